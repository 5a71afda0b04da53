//! From a URL to whom to connect to.

use std::path::PathBuf;

use url::{Host, Url};

use super::schemes::Scheme;
use crate::error::{Error, Kind, Phase, Result};
use crate::limits::Limits;
use crate::message::unparsed;

/// Whom a URL names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    Host { host: String, port: u16, scheme: Scheme },
    Unix(PathBuf),
}

impl Address {
    /// User, password, path and query are for the protocol that will be spoken, and not looked at.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let refused = |why: &str| refused(text, why);
        if text.len() > Limits::default().url_bytes {
            return Err(refused("it is too long"));
        }
        // The URL standard would drop line ends silently.
        if text.contains(|c: char| c.is_control() || c == ' ') {
            return Err(refused("a blank or control character in it"));
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => refused("no scheme; it must start with one, as `tcp://`"),
            other => refused(&other.to_string()),
        })?;
        if url.scheme() == "unix" {
            return unix(&url).map_err(refused);
        }
        let Some(scheme) = Scheme::of(url.scheme()) else {
            // `localhost:8080` parses: its scheme is `localhost`.
            return Err(refused("its scheme is not known; `tcp://` and `tls://` with a port go anywhere"));
        };
        let host = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => {
                host_name(name).ok_or_else(|| refused("not a host name"))?
            }
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            _ => return Err(refused("no host")),
        };
        match url.port().or(scheme.port) {
            Some(port) if port > 0 => Ok(Self::Host { host, port, scheme }),
            Some(_) => Err(refused("port 0 cannot be connected to")),
            None => Err(refused("no port, and the scheme has no usual one")),
        }
    }
}

/// The standard leaves hosts of schemes that browsers do not know as they are: they may hold escapes.
fn host_name(name: &str) -> Option<String> {
    match Host::parse(name) {
        Ok(Host::Domain(name)) => Some(name),
        // `1` or `0x7f.1` is an address for a browser, and so it is for `http`.
        Ok(Host::Ipv4(address)) => Some(address.to_string()),
        _ => None,
    }
}

fn unix(url: &Url) -> Result<Address, &'static str> {
    if url.host_str().is_some_and(|host| !host.is_empty()) || url.cannot_be_a_base() {
        return Err("the path of a Unix socket is absolute: `unix:///path`");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a Unix socket has a path and nothing behind it; `%3F` and `%23` stand for `?` and `#`");
    }
    let path = unescaped(url.path()).ok_or("a malformed escape in its path")?;
    if path.len() < 2 || path.contains(&0) {
        return Err("no path");
    }
    let path = String::from_utf8(path).map_err(|_| "its path is not UTF-8")?;
    Ok(Address::Unix(path.into()))
}

fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| (byte? as char).to_digit(16);
        match byte {
            b'%' => out.push((digit(bytes.next())? << 4 | digit(bytes.next())?) as u8),
            byte => out.push(byte),
        }
    }
    Some(out)
}

fn refused(text: &str, why: &str) -> Error {
    Error::new(Kind::InvalidUrl, format!("invalid URL `{}`: {why}", unparsed(text))).with_phase(Phase::Build)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> (String, u16, bool) {
        match Address::parse(text).unwrap() {
            Address::Host { host, port, scheme } => (host, port, scheme.secure),
            unix => panic!("{unix:?}"),
        }
    }

    #[test]
    fn hosts_and_default_ports() {
        assert_eq!(host("tcp://example.test:7"), ("example.test".into(), 7, false));
        assert_eq!(host("tls://[::1]:853"), ("::1".into(), 853, true));
        assert_eq!(host("https://Example.TEST/x?y#z"), ("example.test".into(), 443, true));
        assert_eq!(host("http://h:80/"), ("h".into(), 80, false));
        assert_eq!(host("rediss://:p%20w@cache.test/0"), ("cache.test".into(), 6379, true));
        assert_eq!(host("postgres://u:p@127.0.0.1/db"), ("127.0.0.1".into(), 5432, false));
        assert_eq!(host("imaps://BÜCHER.test"), ("xn--bcher-kva.test".into(), 993, true));
        assert_eq!(host("REDIS://h"), ("h".into(), 6379, false));
    }

    #[test]
    fn unix_paths() {
        let path = |text: &str| match Address::parse(text).unwrap() {
            Address::Unix(path) => path,
            host => panic!("{host:?}"),
        };
        assert_eq!(path("unix:///run/a.sock"), PathBuf::from("/run/a.sock"));
        assert_eq!(path("unix:/run/a%20b"), PathBuf::from("/run/a b"));
    }

    #[test]
    fn bad_ones_are_refused_without_secrets() {
        for text in [
            "",
            "host:80",
            "//host:80",
            "tcp://host",
            "tls://host",
            "tcp://:80",
            "tcp://host:0",
            "tcp://host:99999",
            "nothing://host:1",
            "unix://host/path",
            "unix:///",
            "unix:path",
            "unix:///p?q",
            "unix:///%zz",
            "tcp://a b:1",
            "tcp://a\r\nb:1",
            "tcp://a%00b:1",
            "mailto:me@host",
            "data:text/plain,x",
            "tcp:host:1",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::InvalidUrl, Some(Phase::Build)), "{text}");
        }
        let error = Address::parse("tcp://me:secret@host").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
