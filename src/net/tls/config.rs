//! `TlsConfig`: what to trust, what to show, what to offer.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock, OnceLock};

use super::backend::{self, Connector};
use super::pin::Pin;
use super::settings::{Identity, Roots, Settings, TlsVersion};
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::net::stop::ended;
use crate::rt::{self, CancelToken, Waiter};

/// How connections are secured: whom to trust, what to show, which versions and protocols to offer.
///
/// ```
/// use maypole::net::TlsConfig;
/// let tls = TlsConfig::builder().alpn(["http/1.1"]).build()?;
/// assert_eq!(tls, TlsConfig::default());
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Defaults: Mozilla's roots compiled into this crate, chain and name verified, TLS 1.2 at least (RFC 8996 and RFC 9325
/// deprecate what is older), SNI sent, ALPN `http/1.1`.
///
/// A configuration cannot be changed once built, and clones share its state. Two of them are equal only if every part
/// is: roots, keys, versions, protocols, names, pins, switches. It is part of a pool's key, so that a connection made
/// with verification switched off never serves a request that asked for it.
///
/// The library's context is made at the first connection and shared by all others. Sessions are not resumed, and
/// version and cipher of a connection cannot be read: `native-tls` offers neither.
#[derive(Clone)]
pub struct TlsConfig(Arc<Inner>);

struct Inner {
    settings: Settings,
    fingerprint: u64,
    // An error as text: every connection of this configuration reports it anew.
    connector: OnceLock<Result<Connector, String>>,
}

impl TlsConfig {
    /// Starts from the defaults.
    pub fn builder() -> TlsConfigBuilder {
        TlsConfigBuilder { settings: Settings::default(), wrong: None }
    }

    /// A number for logs and maps: equal configurations have equal ones. Keys of pools use the configuration itself.
    pub fn fingerprint(&self) -> u64 {
        self.0.fingerprint
    }

    /// The protocols offered by ALPN, most wanted first.
    pub fn alpn(&self) -> &[String] {
        &self.0.settings.alpn
    }

    /// The name that was set to be asked for and verified, whatever the host.
    pub fn server_name(&self) -> Option<&str> {
        self.0.settings.server_name.as_deref()
    }

    fn new(settings: Settings) -> Self {
        let mut hasher = DefaultHasher::new();
        settings.hash(&mut hasher);
        Self(Arc::new(Inner { fingerprint: hasher.finish(), settings, connector: OnceLock::new() }))
    }

    /// The library's context, with what it was made of. It is made at first use on a thread for blocking work: loading
    /// the stores reads files and takes 40 to 80 ms.
    pub(super) fn ready(&self, until: Until, token: Option<&CancelToken>) -> Result<(&Connector, &Settings)> {
        if self.0.connector.get().is_none() {
            let waiter = Waiter::current();
            let _guard = token.map(|token| waiter.cancel_with(token));
            let (inner, made) = (self.0.clone(), WakeOnDrop(waiter.clone()));
            // Made to its end even if this request gives up meanwhile: the next one needs it as well.
            let making = rt::spawn(move || {
                let _made = made;
                rt::offload(None, move || inner.make_connector().map(|_| ())).ok();
            });
            making.map_err(|error| error.with_phase(Phase::Tls))?;
            waiter.wait(until.at()).map_err(|stop| ended(stop, Phase::Tls, until))?;
        }
        Ok((self.0.make_connector().map_err(invalid)?, &self.0.settings))
    }
}

/// Wakes also when the library panics: nobody must wait for what will never come.
struct WakeOnDrop(Waiter);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        self.0.wake();
    }
}

impl Inner {
    fn make_connector(&self) -> Result<&Connector, String> {
        self.connector.get_or_init(|| Connector::new(&self.settings)).as_ref().map_err(Clone::clone)
    }
}

impl Default for TlsConfig {
    /// The one default configuration of the process: its context is made once however many clients there are.
    fn default() -> Self {
        static DEFAULT: LazyLock<TlsConfig> = LazyLock::new(|| TlsConfig::new(Settings::default()));
        DEFAULT.clone()
    }
}

impl PartialEq for TlsConfig {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || self.0.fingerprint == other.0.fingerprint && self.0.settings == other.0.settings
    }
}

impl Eq for TlsConfig {}

impl Hash for TlsConfig {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.fingerprint);
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TlsConfig").field(&self.0.settings).finish()
    }
}

/// Builds a [`TlsConfig`].
#[derive(Clone, Debug)]
#[must_use = "nothing is configured before `build`"]
#[doc(alias = "ssl_options")]
#[doc(alias = "ssl_context_factory")]
pub struct TlsConfigBuilder {
    settings: Settings,
    wrong: Option<String>,
}

impl TlsConfigBuilder {
    /// Which authorities may vouch for a server. Default [`Roots::Vendored`].
    pub fn roots(mut self, roots: Roots) -> Self {
        self.settings.roots = roots;
        self
    }

    /// Trusts the certificates of this PEM text as well. Calls add up. Default none.
    #[doc(alias = "ca_certs")]
    pub fn add_root_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.settings.more_roots.push(pem.into());
        self
    }

    /// Shows this certificate to servers that ask for one: PEM, our own first, then its intermediates; the key as
    /// PKCS#8 PEM without a password (`openssl pkcs8 -topk8 -nocrypt` makes one of any other). Default none is shown.
    #[doc(alias = "certfile")]
    #[doc(alias = "keyfile")]
    pub fn identity_pem(self, certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity(Identity::Pem { certificates: certificates.into(), key: key.into() })
    }

    /// Shows the certificate of this PKCS#12 archive (`.p12`, `.pfx`) to servers that ask for one. Default none is shown.
    /// Together with [`identity_pem`](Self::identity_pem) it is an error of [`build`](Self::build).
    pub fn identity_pkcs12(self, der: impl Into<Vec<u8>>, password: impl Into<String>) -> Self {
        self.identity(Identity::Pkcs12 { der: der.into(), password: password.into() })
    }

    fn identity(mut self, identity: Identity) -> Self {
        let other = self.settings.identity.as_ref().map(std::mem::discriminant);
        if other.is_some_and(|other| other != std::mem::discriminant(&identity)) {
            let what = "TLS options `identity_pem` and `identity_pkcs12`: a client shows one certificate";
            self.wrong.get_or_insert_with(|| what.into());
        }
        self.settings.identity = Some(identity);
        self
    }

    /// The oldest version to accept. Default TLS 1.2.
    pub fn min_version(mut self, version: TlsVersion) -> Self {
        self.settings.min_version = version;
        self
    }

    /// The newest version to offer. Default: the newest that the library knows.
    pub fn max_version(mut self, version: TlsVersion) -> Self {
        self.settings.max_version = Some(version);
        self
    }

    /// The protocols to offer by ALPN (RFC 7301), most wanted first; none sends no such extension. Default `http/1.1`.
    /// A server that answers with one that was not offered is refused.
    pub fn alpn<S: Into<String>>(mut self, protocols: impl IntoIterator<Item = S>) -> Self {
        self.settings.alpn = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for and verifies this name instead of the host of the URL. Default the host.
    #[doc(alias = "server_hostname")]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.settings.server_name = Some(name.into());
        self
    }

    /// Whether the name is sent in the clear so that a server of several sites can choose its certificate (SNI,
    /// RFC 6066 §3). Default yes; for an IP address it is never sent.
    pub fn sni(mut self, send: bool) -> Self {
        self.settings.sni = send;
        self
    }

    /// Accepts only servers with one of these public keys, besides all other checks: `sha256//` and the base64 of the
    /// SHA-256 of the subject public key info, several separated by `;`, as in curl's `--pinnedpubkey`. Calls add up.
    /// Default none: a pin that is not changed in time locks everybody out.
    pub fn pinned_public_key(mut self, pins: &str) -> Self {
        match Pin::parse_list(pins) {
            Some(pins) => self.settings.pins.extend(pins),
            None => {
                let what =
                    format!("TLS option `pinned_public_key`: `{pins}` is not `sha256//` and 44 characters of base64");
                self.wrong.get_or_insert(what);
            }
        }
        self
    }

    /// Switches every check of the server's certificate off, chain and name; pinned keys stay. Whoever can reach the
    /// connection can then read and change it. Default off.
    #[doc(alias = "verify")]
    pub fn danger_accept_invalid_certs(mut self, accept: bool) -> Self {
        self.settings.accept_invalid_certs = accept;
        self
    }

    /// Accepts a trusted certificate of any other name. Whoever owns any certificate can then take the server's place.
    /// Default off.
    #[doc(alias = "insecure")]
    pub fn danger_accept_invalid_hostnames(mut self, accept: bool) -> Self {
        self.settings.accept_invalid_hostnames = accept;
        self
    }

    /// Checks everything that can be checked without a connection.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] that names the option: PEM without a certificate, a certificate without its key or with
    /// another one's, a wrong password, a minimum version above the maximum, a malformed name, protocol or pin.
    /// [`Kind::Unsupported`] for any of these in a build without the feature `tls`, which cannot look.
    pub fn build(self) -> Result<TlsConfig> {
        self.check().map_err(invalid)?;
        let config = TlsConfig::new(self.settings);
        let inner = config.0.clone();
        // Parsing keys may take more stack than a small coroutine has left.
        rt::roomy(move || backend::check(&inner.settings))??;
        if config.0.settings.identity.is_some() {
            // Only the library's context can tell whether key and certificate belong together.
            config.ready(Until::never(), None)?;
        }
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let settings = &self.settings;
        if let Some(what) = &self.wrong {
            return Err(what.clone());
        }
        if let Some(max) = settings.max_version.filter(|max| *max < settings.min_version) {
            return Err(format!("TLS option `min_version`: {:?} is above `max_version` {max:?}", settings.min_version));
        }
        if let Some(bad) = settings.alpn.iter().find(|name| name.is_empty() || name.len() > 255) {
            // RFC 7301 §3.1: 1 to 255 bytes.
            return Err(format!("TLS option `alpn`: a protocol name has 1 to 255 bytes, not {}", bad.len()));
        }
        if settings.server_name.as_ref().is_some_and(|name| !is_name(name)) {
            return Err("TLS option `server_name`: not a host name or IP address".into());
        }
        Ok(())
    }
}

fn invalid(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}

/// A NUL, a blank or a bracket in a name that the library reads as a C string or parses itself is an attack or an error.
pub(in crate::net) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 255 && name.bytes().all(|b| b.is_ascii_graphic() && !b"/\\[]@%?#*".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants() -> Vec<TlsConfig> {
        let new = || TlsConfig::builder();
        let pin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        [
            new(),
            new().roots(Roots::System),
            new().roots(Roots::Only(b"one".into())),
            new().roots(Roots::Only(b"two".into())),
            new().add_root_pem("one"),
            new().identity_pem("one", "key"),
            new().identity_pem("one", "another"),
            new().identity_pkcs12("one", "key"),
            new().min_version(TlsVersion::Tls13),
            new().max_version(TlsVersion::Tls12),
            new().alpn(["h2", "http/1.1"]),
            new().alpn(["http/1.1", "h2"]),
            new().alpn(Vec::<String>::new()),
            new().server_name("a"),
            new().sni(false),
            new().pinned_public_key(pin),
            new().danger_accept_invalid_certs(true),
            new().danger_accept_invalid_hostnames(true),
        ]
        .map(|builder| TlsConfig::new(builder.settings))
        .into()
    }

    #[test]
    fn sec_f4_f5_configurations_that_differ_anywhere_never_compare_equal() {
        let (all, again) = (variants(), variants());
        for (i, a) in all.iter().enumerate() {
            for (j, b) in again.iter().enumerate() {
                assert_eq!(a == b, i == j, "{a:?} {b:?}");
                assert_eq!(a.fingerprint() == b.fingerprint(), i == j);
            }
        }
    }

    #[test]
    fn c285_options_that_contradict_each_other_fail_at_build_and_are_named() {
        let new = || TlsConfig::builder();
        for (builder, option) in [
            (new().min_version(TlsVersion::Tls13).max_version(TlsVersion::Tls12), "`min_version`"),
            (new().alpn([""]), "`alpn`"),
            (new().alpn(["x".repeat(256)]), "`alpn`"),
            (new().server_name("a\0b"), "`server_name`"),
            (new().server_name(""), "`server_name`"),
            (new().pinned_public_key("sha256//x"), "`pinned_public_key`"),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidConfig);
            assert!(error.to_string().contains(option), "{error}");
        }
    }

    #[test]
    fn sec_j6_keys_and_passwords_are_not_printed() {
        let config = TlsConfig::new(TlsConfig::builder().identity_pkcs12("zzz", "s3cret").settings);
        let shown = format!("{config:?}");
        assert!(shown.contains("hidden") && !shown.contains("s3cret") && !shown.contains("122"), "{shown}");
    }
}
