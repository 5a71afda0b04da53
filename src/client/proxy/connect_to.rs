//! Other hosts to connect to, as curl's `--connect-to`.

use crate::error::{Error, Kind, Phase, Result};
use crate::message::Url;

/// Rules in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectTo(Vec<Rule>);

/// What is `None` was left empty: any, or as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    host: Option<String>,
    port: Option<u16>,
    to_host: Option<String>,
    to_port: Option<u16>,
}

impl ConnectTo {
    /// Adds `HOST1:PORT1:HOST2:PORT2`.
    pub(super) fn add(&mut self, text: &str) -> Result<()> {
        self.0.push(checked(text)?);
        Ok(())
    }

    /// Adds one that is tried before the others.
    pub(super) fn add_first(&mut self, text: &str) -> Result<()> {
        self.0.insert(0, checked(text)?);
        Ok(())
    }

    /// Where to connect for this URL instead; the first rule that fits decides.
    pub(in crate::client) fn select(&self, url: &Url) -> Option<(String, u16)> {
        if self.0.is_empty() {
            return None;
        }
        let (host, port) = (url.host(), url.port_or_default());
        let rule = self.0.iter().find(|rule| {
            rule.host.as_deref().is_none_or(|rule| rule == host) && rule.port.is_none_or(|rule| rule == port)
        })?;
        let to = (rule.to_host.clone().unwrap_or_else(|| host.to_owned()), rule.to_port.unwrap_or(port));
        (to.0 != host || to.1 != port).then_some(to)
    }
}

fn checked(text: &str) -> Result<Rule> {
    Rule::parse(text).ok_or_else(|| {
        let what = format!("connect_to `{text}`: not HOST1:PORT1:HOST2:PORT2");
        Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
    })
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        let (host, rest) = split_host(text)?;
        let (port, rest) = rest.split_once(':')?;
        let (to_host, rest) = split_host(rest)?;
        let port_of = |text: &str| match text {
            "" => Some(None),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok().map(Some),
            _ => None,
        };
        Some(Self {
            host: Some(host.to_ascii_lowercase()).filter(|host| !host.is_empty()),
            port: port_of(port)?,
            to_host: Some(to_host.to_owned()).filter(|host| !host.is_empty()),
            to_port: port_of(rest)?,
        })
    }
}

/// The host, in brackets if it is an IPv6 address, and what follows its colon.
fn split_host(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            Some((address, rest.strip_prefix(':')?))
        }
        None => text
            .split_once(':')
            .filter(|(host, _)| host.bytes().all(|b| b.is_ascii_graphic() && !b"/@?#[]".contains(&b))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c370_rules_in_order_with_empty_parts() {
        let mut rules = ConnectTo::default();
        for rule in ["a.test:80:b.test:8080", "A.test::c.test:", "[::1]:443:[::2]:444", ":8443::9443", "same.test:::"] {
            rules.add(rule).unwrap();
        }
        let to = |url: &str| rules.select(&Url::parse(url).unwrap());
        let at = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(to("http://a.test/"), at("b.test", 8080));
        assert_eq!(to("https://a.test/"), at("c.test", 443));
        assert_eq!(to("https://[::1]/"), at("::2", 444));
        assert_eq!(to("https://any.test:8443/"), at("any.test", 9443));
        assert_eq!(to("https://other.test/"), None);
        assert_eq!(to("https://same.test/"), None, "as it is");
        for wrong in
            ["", "a", "a:80", "a:80:b", "a:x:b:80", "a:80:b:99999", "a:80:b:80:c", "[x]:1:b:2", "a/b:1:c:2", "a:+1:b:2"]
        {
            assert_eq!(ConnectTo::default().add(wrong).unwrap_err().kind(), Kind::InvalidConfig, "{wrong}");
        }
    }
}
