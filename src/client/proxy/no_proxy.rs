//! Hosts that are reached without a proxy, as curl reads `no_proxy`.

use std::net::IpAddr;

use crate::message::Url;
use crate::net::Cidr;

/// Hosts that are reached without a proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NoProxy {
    all: bool,
    hosts: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    what: What,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A name in lower case, with everything below it.
    Name(String),
    Addresses(Cidr),
}

impl NoProxy {
    /// Names, addresses and blocks of addresses between commas and blanks. Nothing in it is an error: such lists come
    /// from the environment and are shared by programs that read them in different ways.
    pub(super) fn parse(list: &str) -> Self {
        let mut hosts = Vec::new();
        let mut all = false;
        for entry in list.split([',', ' ', '\t', '\n']).filter(|entry| !entry.is_empty()) {
            all |= entry == "*";
            hosts.extend(Entry::parse(entry));
        }
        Self { all, hosts }
    }

    pub(super) fn contains(&self, url: &Url) -> bool {
        if self.all || self.hosts.is_empty() {
            return self.all;
        }
        // The URL's parser made one text of all ways to write an address, and one case of names.
        let host = url.host().strip_suffix('.').unwrap_or(url.host());
        let address = host.parse::<IpAddr>().ok();
        self.hosts.iter().any(|entry| {
            let is_it = match (&entry.what, address) {
                (What::Addresses(block), Some(address)) => block.contains(address),
                (What::Name(name), None) => is_within(host, name),
                _ => false,
            };
            is_it && entry.port.is_none_or(|port| port == url.port_or_default())
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let at = |what, port| Some(Self { what, port });
        if let Ok(block) = unbracketed(text).parse() {
            return at(What::Addresses(block), None);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok()?)),
            None => (text, None),
        };
        if let Ok(block) = unbracketed(host).parse() {
            return at(What::Addresses(block), port);
        }
        let name = host.strip_prefix('*').unwrap_or(host).trim_start_matches('.');
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        if name.is_empty() { None } else { at(What::Name(name), port) }
    }
}

/// `[::1]`, and `[fd00::]/8`.
fn unbracketed(text: &str) -> String {
    match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) if rest.is_empty() || rest.starts_with('/') => format!("{address}{rest}"),
        _ => text.to_owned(),
    }
}

fn is_within(host: &str, name: &str) -> bool {
    host.strip_suffix(name).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_i4_c300_every_way_to_write_it() {
        for (list, url, without) in [
            ("example.com", "http://example.com/", true),
            ("example.com", "http://EXAMPLE.com./", true),
            ("Example.COM.", "http://example.com/", true),
            ("example.com", "http://www.example.com/", true),
            (".example.com", "http://example.com/", true),
            (".example.com", "http://www.example.com/", true),
            ("*.example.com", "http://www.example.com/", true),
            ("example.com", "http://nonexample.com/", false),
            ("example.com", "http://example.com.evil/", false),
            ("www.example.com", "http://example.com/", false),
            ("a, b\tc,,  d", "http://c/", true),
            ("a, b\tc,,  d", "http://d/", true),
            ("localhost", "http://localhost./", true),
            ("localhost", "http://notlocalhost/", false),
            ("*", "http://any.test/", true),
            ("a,*", "http://any.test/", true),
            ("", "http://any.test/", false),
            (", .", "http://any.test/", false),
            ("127.0.0.1", "http://127.0.0.1/", true),
            ("127.0.0.1", "http://2130706433/", true),
            ("127.0.0.1", "http://0x7f.1/", true),
            ("127.0.0.1", "http://[::ffff:127.0.0.1]/", true),
            ("0.0.1", "http://127.0.0.1/", false),
            ("10.0.0.0/8", "http://10.200.0.1/", true),
            ("10.0.0.0/8", "http://11.0.0.1/", false),
            ("10.0.0.0/8", "http://10.0.0.1.nip.test/", false),
            ("[::1]", "http://[::1]/", true),
            ("::1", "http://[0:0:0:0:0:0:0:1]/", true),
            ("fd00::/8", "http://[fd12::1]/", true),
            ("[fd00::]/8", "http://[fe12::1]/", false),
            ("[::1]:8080", "http://[::1]:8080/", true),
            ("[::1]:8080", "http://[::1]/", false),
            ("example.com:8080", "http://example.com:8080/", true),
            ("example.com:8080", "http://example.com/", false),
            ("example.com:443", "https://www.example.com/", true),
            ("example.com:x", "http://example.com/", false),
        ] {
            let found = NoProxy::parse(list).contains(&Url::parse(url).unwrap());
            assert_eq!(found, without, "{list:?} and {url}");
        }
    }
}
