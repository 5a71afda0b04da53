//! `Proxy`: where one is, how to talk to it, and who asks.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::parse::{self, Parsed};
use super::parts::{Credentials, ProxyScheme};
use crate::error::{Error, Kind, Phase, Result};
use crate::net::tls::TlsConfig;
use crate::wire::{Headers, auth};

/// A proxy: its address, how to talk to it, and the credentials for it.
///
/// ```
/// use maypole::net::{Proxy, ProxyScheme};
/// let proxy = Proxy::parse("socks5h://me:s%20ecret@proxy.test:1080")?;
/// assert_eq!((proxy.scheme(), proxy.host(), proxy.port()), (ProxyScheme::Socks5h, "proxy.test", 1080));
/// assert_eq!(proxy.to_string(), "socks5h://proxy.test:1080"); // no credentials in what is printed
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Changing it makes another proxy; clones share their parts. Two are equal only if every part is, credentials
/// included, so that connections made for one user never serve another.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Proxy(Arc<Inner>);

#[derive(Clone, PartialEq, Eq, Hash)]
struct Inner {
    scheme: ProxyScheme,
    host: String,
    port: u16,
    credentials: Option<Credentials>,
    tls: Option<TlsConfig>,
    headers: Vec<(Box<str>, Box<[u8]>)>,
    tunnel: bool,
    digest_only: bool,
    before: Option<Proxy>,
}

impl Proxy {
    /// Reads `scheme://user:password@host:port`; every part but the host may be missing. The scheme is one of `http`
    /// (default), `https`, `socks4`, `socks4a`, `socks5`, `socks5h` (`socks` is `socks4`, as for curl); user and
    /// password are percent-decoded. The default port is 443 for `https` and 1080 for all others, as for curl.
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`](crate::error::Kind::InvalidUrl), without the credentials in its text: another scheme, a bad
    /// host or port, a path, a query, a line end.
    pub fn parse(text: &str) -> Result<Self> {
        let Parsed { scheme, host, port, credentials } = parse::parse(text)?;
        Ok(Self(Arc::new(Inner {
            scheme,
            host,
            port,
            credentials,
            tls: None,
            headers: Vec::new(),
            tunnel: false,
            digest_only: false,
            before: None,
        })))
    }

    /// Asks as this user. For an HTTP proxy they may hold no control characters and the user no colon (RFC 7617 §2).
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`](crate::error::Kind::InvalidConfig) for credentials that this kind of proxy cannot be
    /// sent; SOCKS 5 takes 255 bytes of each at most (RFC 1929 §2). The same besides a `Proxy-Authorization` among the
    /// [headers](Self::header).
    pub fn credentials(mut self, user: impl Into<Vec<u8>>, password: impl Into<Vec<u8>>) -> Result<Self> {
        let credentials = Credentials { user: user.into(), password: password.into() };
        credentials.check(self.scheme()).map_err(invalid)?;
        if self.headers().any(|(name, _)| is_login(name)) {
            return Err(invalid(TWO_LOGINS.into()));
        }
        Arc::make_mut(&mut self.0).credentials = Some(credentials);
        Ok(self)
    }

    /// How the connection to an `https` proxy is secured. Default: as [`TlsConfig::default`], with the proxy's name
    /// verified; what is set for origins never applies to proxies.
    #[must_use]
    pub fn tls(mut self, config: TlsConfig) -> Self {
        Arc::make_mut(&mut self.0).tls = Some(config);
        self
    }

    /// Adds a header line that an HTTP proxy is sent, with `CONNECT` or with a forwarded request, and no origin through
    /// a tunnel.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`](crate::error::Kind::InvalidConfig) for a name or value that is no header, for names that
    /// frame a message (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection`), and for a `Proxy-Authorization`
    /// besides [`credentials`](Self::credentials) or another one: a proxy may take either.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Result<Self> {
        let value = value.as_ref();
        Headers::new().append(name, value).map_err(|rule| invalid(format!("proxy header: {rule}")))?;
        let framing = ["host", "content-length", "transfer-encoding", "connection"];
        if framing.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            return Err(invalid(format!("proxy header `{name}` is this side's own to set")));
        }
        let shown = self.0.credentials.is_some() || self.headers().any(|(name, _)| is_login(name));
        if is_login(name) && shown {
            return Err(invalid(TWO_LOGINS.into()));
        }
        Arc::make_mut(&mut self.0).headers.push((name.into(), value.into()));
        Ok(self)
    }

    /// Goes through a tunnel for `http` URLs too, curl's `--proxytunnel`. Default off: proxies may cache what they are
    /// handed, and many allow `CONNECT` to port 443 only.
    #[must_use]
    pub fn tunnel(mut self, always: bool) -> Self {
        Arc::make_mut(&mut self.0).tunnel = always;
        self
    }

    /// Never sends the password itself: waits for a challenge and answers only with a digest (RFC 7616). Default off:
    /// Basic credentials are sent at once, which saves a round trip.
    #[must_use]
    pub fn digest_only(mut self, only: bool) -> Self {
        Arc::make_mut(&mut self.0).digest_only = only;
        self
    }

    /// Reaches this proxy through `first`, curl's `--preproxy`. Default none.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`](crate::error::Kind::InvalidConfig) when there would be more than four in a row.
    pub fn through(mut self, first: Proxy) -> Result<Self> {
        let length = std::iter::successors(Some(&first), |proxy| proxy.before()).count();
        if length > 3 {
            return Err(invalid("at most four proxies in a row".into()));
        }
        Arc::make_mut(&mut self.0).before = Some(first);
        Ok(self)
    }

    /// How it is spoken to.
    pub fn scheme(&self) -> ProxyScheme {
        self.0.scheme
    }

    /// Its name or address, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.0.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Whether requests are handed to it instead of sent through a tunnel: those for `http` URLs, unless it is told to
    /// [tunnel](Self::tunnel).
    pub fn forwards(&self, secure: bool) -> bool {
        self.scheme().is_http() && !secure && !self.0.tunnel
    }

    /// The value of `Proxy-Authorization` that is sent without being asked (RFC 7617); none without credentials, with
    /// [`digest_only`](Self::digest_only), and for SOCKS.
    pub fn authorization(&self) -> Option<String> {
        let credentials = self.0.credentials.as_ref().filter(|_| self.scheme().is_http() && !self.0.digest_only)?;
        // What it would refuse was refused when the credentials were set.
        auth::basic(&credentials.user, &credentials.password).ok()
    }

    /// How the connection to it is secured, if it is an `https` proxy.
    pub fn tls_config(&self) -> TlsConfig {
        self.0.tls.clone().unwrap_or_default()
    }

    /// Its extra header lines.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.headers.iter().map(|(name, value)| (&**name, &**value))
    }

    /// User and password, decoded.
    pub fn user_and_password(&self) -> Option<(&[u8], &[u8])> {
        self.0.credentials.as_ref().map(|pair| (&pair.user[..], &pair.password[..]))
    }

    /// The proxy that it is reached through.
    pub fn before(&self) -> Option<&Proxy> {
        self.0.before.as_ref()
    }
}

const TWO_LOGINS: &str = "proxy credentials and proxy header `Proxy-Authorization`, or two of these: one login is shown, leave the other out";

fn is_login(name: &str) -> bool {
    name.eq_ignore_ascii_case("Proxy-Authorization")
}

fn invalid(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}

impl FromStr for Proxy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host().contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{}://{open}{}{close}:{}", self.scheme().as_str(), self.host(), self.port())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Proxy")
            .field("url", &format_args!("{self}"))
            .field("credentials", &self.0.credentials.as_ref().map(|_| "hidden"))
            .field("headers", &names)
            .field("tunnel", &self.0.tunnel)
            .field("before", &self.0.before)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_ports_and_credentials() {
        for (text, shown, credentials) in [
            ("p.test", "http://p.test:1080", None),
            ("p.test:80", "http://p.test:80", None),
            ("http://p.test:80/", "http://p.test:80", None),
            ("http://p.test:21", "http://p.test:21", None),
            ("HTTP://P.Test", "http://p.test:1080", None),
            ("https://p.test", "https://p.test:443", None),
            ("https://[::1]:8443", "https://[::1]:8443", None),
            ("socks://p.test", "socks4://p.test:1080", None),
            ("socks4a://me@p.test", "socks4a://p.test:1080", Some(("me", ""))),
            ("socks5h://me:p%40%3a%2fss@p.test:9", "socks5h://p.test:9", Some(("me", "p@:/ss"))),
            ("http://:pw@p.test", "http://p.test:1080", Some(("", "pw"))),
            ("http://m%zze:100%@p.test", "http://p.test:1080", Some(("m%zze", "100%"))),
            ("http://bücher.test", "http://xn--bcher-kva.test:1080", None),
            ("socks5://0x7f.1", "socks5://127.0.0.1:1080", None),
            ("http://a@b@c.test", "http://c.test:1080", Some(("a@b", ""))),
        ] {
            let proxy = Proxy::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(proxy.to_string(), shown);
            let credentials = credentials.map(|(user, password): (&str, &str)| (user.as_bytes(), password.as_bytes()));
            assert_eq!(proxy.user_and_password(), credentials, "{text}");
        }
    }

    #[test]
    fn sec_i5_j6_what_is_no_proxy_is_refused_without_showing_its_password() {
        for text in [
            "",
            "http://",
            "ftp://p",
            "socks6://p",
            "http://p:0",
            "http://p:99999",
            "http://p:x",
            "http://p/path",
            "http://p?q",
            "http://p#f",
            "http:\\\\p",
            "http://me:s3cret@p\r\nX: y",
            "http://p q",
            "http://p\t",
            "http://%00",
            "http://a%2Fb",
            "http://[::1",
            "http://[::1%25eth0]",
            "http://me:s3cret@",
            "http://m%3Ae:s3cret@p",
            "http://me:s3cret%0d@p",
            "://p",
            "http://p\u{0}",
            "socks4://m%00e@p",
        ] {
            let error = Proxy::parse(text).err().unwrap_or_else(|| panic!("{text:?} passes"));
            assert_eq!(error.kind(), Kind::InvalidUrl, "{text:?}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn basic_goes_at_once_only_where_it_may() {
        let basic = Some("Basic bWU6cHc=".to_owned());
        assert_eq!(Proxy::parse("http://me:pw@p").unwrap().authorization(), basic);
        assert_eq!(Proxy::parse("https://me:pw@p").unwrap().authorization(), basic);
        assert_eq!(Proxy::parse("http://p").unwrap().credentials("me", "pw").unwrap().authorization(), basic);
        assert_eq!(Proxy::parse("http://me:pw@p").unwrap().digest_only(true).authorization(), None);
        assert_eq!(Proxy::parse("socks5://me:pw@p").unwrap().authorization(), None);
        assert_eq!(Proxy::parse("http://p").unwrap().authorization(), None);
    }

    #[test]
    fn what_is_forwarded() {
        let forwards = |text, secure| Proxy::parse(text).unwrap().forwards(secure);
        assert!(forwards("http://p", false) && forwards("https://p", false));
        assert!(!forwards("http://p", true) && !forwards("socks5://p", false));
        assert!(!Proxy::parse("http://p").unwrap().tunnel(true).forwards(false));
    }
}
