//! Hosts and ports as they are given, and as they stand in `Host`.

use std::net::Ipv6Addr;

use super::error::{Error, Kind, Result};
use crate::message::Url;

/// A host, without brackets, and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostPort {
    /// As it was given if it is ASCII, else as punycode.
    pub(super) host: String,
    pub(super) port: u16,
}

impl HostPort {
    /// `host` may end with `:port`, where `port` is none; an IPv6 address may stand in brackets.
    pub(super) fn parse(host: &str, port: Option<u16>, default: u16) -> Result<Self> {
        let (host, port) = match port {
            Some(port) => (host, port),
            None => split(host, default)?,
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        // The one parser of hosts: what it refuses would end the host somewhere else for another reader.
        let url = Url::from_parts("http", host, Some(port))?;
        let host = if host.is_ascii() { host.to_owned() } else { url.host().to_owned() };
        Ok(Self { host, port })
    }

    /// With the port unless it is the scheme's own (RFC 9110 §7.2).
    pub(super) fn header(&self, default: u16) -> String {
        if self.port == default { self.bracketed() } else { format!("{}:{}", self.bracketed(), self.port) }
    }

    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }
}

/// `host:port`, of which `:port` or only the number may be missing.
fn split(text: &str, default: u16) -> Result<(&str, u16)> {
    let whole = text.parse::<Ipv6Addr>().is_ok();
    let Some((host, port)) = text.rsplit_once(':').filter(|(_, port)| !whole && !port.contains(']')) else {
        return Ok((text, default));
    };
    // `str::parse` would take a plus sign.
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        _ if port.is_empty() => Ok((host, default)),
        Ok(port) if digits => Ok((host, port)),
        _ => Err(Error::new(Kind::InvalidUrl, format!("the port is not a number up to 65535: `{}`", shown(port)))),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The authority of an absolute target, as a proxy is given one: what `Host` has to say then (RFC 9112 §3.2.2), without
/// the user name and password that may stand before it.
pub(super) fn authority_of(target: &str) -> Option<&str> {
    let rest = target.strip_prefix("http://").or_else(|| target.strip_prefix("https://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_as_http_client_takes_them() {
        for (text, port, host, expected) in [
            ("h", None, "h", 80),
            ("h:8080", None, "h", 8080),
            ("h:", None, "h", 80),
            ("Example.COM:81", None, "Example.COM", 81),
            ("[::1]", None, "::1", 80),
            ("[::1]:81", None, "::1", 81),
            ("::1", None, "::1", 80),
            ("::1", Some(82), "::1", 82),
            ("[::1]", Some(82), "::1", 82),
            ("bücher.example", None, "xn--bcher-kva.example", 80),
            ("127.0.0.1", Some(0), "127.0.0.1", 0),
        ] {
            assert_eq!(HostPort::parse(text, port, 80).unwrap(), HostPort { host: host.into(), port: expected });
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in
            ["", ":80", "h:x", "h:+1", "h:65536", "h:-1", "a b", "h\r\nX: y", "u@h", "h/p", "h?q", "h\0", "[::1"]
        {
            let refused = HostPort::parse(text, None, 80);
            assert_eq!(refused.map_err(|error| error.kind()), Err(Kind::InvalidUrl), "{text:?}");
        }
    }

    #[test]
    fn the_host_of_a_target_is_its_authority() {
        for (target, host) in [
            ("http://h/x", Some("h")),
            ("https://h:81?q", Some("h:81")),
            ("http://me:pw@h/x@y", Some("h")),
            ("http://[::1]:81/", Some("[::1]:81")),
            ("http:///x", None),
            ("/x", None),
            ("*", None),
            ("httpx", None),
        ] {
            assert_eq!(authority_of(target), host, "{target}");
        }
        let at = |host: &str, port| HostPort { host: host.into(), port };
        assert_eq!(at("h", 80).header(80), "h");
        assert_eq!(at("h", 80).header(443), "h:80");
        assert_eq!(at("::1", 81).header(80), "[::1]:81");
    }
}
