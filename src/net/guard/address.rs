//! `AddressGuard`: the rules, and the verdict on a host or an address.

use std::net::IpAddr;
use std::sync::Arc;

use super::cidr::Cidr;
use super::public::{embedded, inside};
use crate::error::{Error, Kind, Phase, Result};

/// Which hosts and addresses may be connected to, for programs that fetch URLs from strangers.
///
/// ```
/// use maypole::{HttpClient, net::AddressGuard};
/// let guard = AddressGuard::public_only().allow("10.1.0.0/16")?.deny_host(".internal.example")?;
/// let client = HttpClient::builder().address_guard(guard).build()?;
/// let error = client.get("http://127.0.0.1:1/").send().unwrap_err();
/// assert_eq!(error.kind(), maypole::error::Kind::Blocked);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Every address is checked where it is connected to, after all lookups, overrides and redirects, so that a name cannot
/// pass with one address and be connected with another (DNS rebinding). Of a name with several addresses those that are
/// refused are left out; if none is left the request fails with [`Kind::Blocked`]. An IPv4 address inside an IPv6 one
/// (mapped, NAT64, 6to4, ISATAP) is checked as well.
///
/// The address of a proxy is not checked: the program's own configuration names it. A request through a proxy that
/// looks names up itself is refused, because nobody here sees the address, unless that is
/// [allowed](Self::allow_remote_lookup); an address in its URL, or one looked up here for a `socks4` or `socks5` proxy,
/// is checked. Unix sockets are refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressGuard(Arc<Rules>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Rules {
    rest: Rest,
    allowed: Vec<Cidr>,
    denied: Vec<Cidr>,
    only_hosts: Vec<HostRule>,
    denied_hosts: Vec<HostRule>,
    remote_lookup: bool,
}

/// What becomes of an address that no list names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rest {
    Passes,
    Public,
    Refused,
}

/// A name in lower case, or with everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct HostRule {
    name: String,
    below: bool,
}

impl AddressGuard {
    /// Lets only addresses of the public internet through: none that are private, loopback, link-local (and with them
    /// the clouds' metadata services at 169.254.169.254), shared by a carrier's customers, multicast, unspecified,
    /// broadcast, reserved, or for documentation, in IPv4 and IPv6.
    pub fn public_only() -> Self {
        Self::with(Rest::Public)
    }

    /// Lets everything through but what is denied.
    pub fn everything() -> Self {
        Self::with(Rest::Passes)
    }

    /// Lets nothing through but what is allowed.
    pub fn nothing() -> Self {
        Self::with(Rest::Refused)
    }

    fn with(rest: Rest) -> Self {
        Self(Arc::new(Rules {
            rest,
            allowed: Vec::new(),
            denied: Vec::new(),
            only_hosts: Vec::new(),
            denied_hosts: Vec::new(),
            remote_lookup: false,
        }))
    }

    /// Lets these addresses through, such as `10.1.0.0/16` or `127.0.0.1`, unless they are denied.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for what is no address or block.
    pub fn allow(mut self, block: &str) -> Result<Self> {
        Arc::make_mut(&mut self.0).allowed.push(block.parse()?);
        Ok(self)
    }

    /// Refuses these addresses, also where they are allowed.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for what is no address or block.
    pub fn deny(mut self, block: &str) -> Result<Self> {
        Arc::make_mut(&mut self.0).denied.push(block.parse()?);
        Ok(self)
    }

    /// Lets only requests for these hosts through, as the URL names them; further calls add to them. `.example.com` is
    /// that name and every name below it. Their addresses are checked nevertheless.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for what is no host name.
    pub fn allow_host(mut self, host: &str) -> Result<Self> {
        Arc::make_mut(&mut self.0).only_hosts.push(HostRule::parse(host)?);
        Ok(self)
    }

    /// Refuses requests for this host, as the URL names it, before it is looked up. `.example.com` is that name and
    /// every name below it.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for what is no host name.
    pub fn deny_host(mut self, host: &str) -> Result<Self> {
        Arc::make_mut(&mut self.0).denied_hosts.push(HostRule::parse(host)?);
        Ok(self)
    }

    /// Whether a proxy may look names up, so that the address is the proxy's to judge. Default no.
    #[must_use]
    pub fn allow_remote_lookup(mut self, allow: bool) -> Self {
        Arc::make_mut(&mut self.0).remote_lookup = allow;
        self
    }

    /// The verdict on a host, before any lookup. An address is judged as such too.
    ///
    /// # Errors
    /// [`Kind::Blocked`] with the host and the rule.
    pub fn check_host(&self, host: &str) -> Result<()> {
        let name = normal(host);
        if let Some(rule) = self.0.denied_hosts.iter().find(|rule| rule.matches(&name)) {
            return Err(blocked(host, &format!("the rule `{rule}` denies it")));
        }
        if !self.0.only_hosts.is_empty() && !self.0.only_hosts.iter().any(|rule| rule.matches(&name)) {
            return Err(blocked(host, "it is none of the hosts that are allowed"));
        }
        name.parse().map_or(Ok(()), |address| self.check_address(address))
    }

    /// The verdict on an address.
    ///
    /// # Errors
    /// [`Kind::Blocked`] with the address and the rule.
    pub fn check_address(&self, address: IpAddr) -> Result<()> {
        let inner = embedded(address).map(IpAddr::V4);
        let forms = || std::iter::once(address).chain(inner);
        let in_one_of = |blocks: &[Cidr]| blocks.iter().copied().find(|block| forms().any(|form| block.contains(form)));
        if let Some(block) = in_one_of(&self.0.denied) {
            return Err(blocked(address, &format!("the rule `{block}` denies it")));
        }
        if in_one_of(&self.0.allowed).is_some() {
            return Ok(());
        }
        match self.0.rest {
            Rest::Passes => Ok(()),
            Rest::Refused => Err(blocked(address, "it is none of the addresses that are allowed")),
            Rest::Public => match inner.and_then(inside).or_else(|| inside(address.to_canonical())) {
                Some(what) => Err(blocked(address, &format!("not a public address: {what}"))),
                None => Ok(()),
            },
        }
    }

    /// The verdict on a host that a proxy would look up.
    pub(in crate::net) fn check_remote(&self, host: &str) -> Result<()> {
        if self.0.remote_lookup || host.parse::<IpAddr>().is_ok() {
            return Ok(());
        }
        Err(blocked(host, "the proxy would look it up, and its address could not be checked (`allow_remote_lookup`)"))
    }

    /// The verdict on a Unix socket.
    pub(in crate::net) fn check_unix(&self, path: &std::path::Path) -> Result<()> {
        Err(blocked(path.display(), "a Unix socket has no address to check"))
    }
}

fn blocked(what: impl std::fmt::Display, why: &str) -> Error {
    Error::new(Kind::Blocked, format!("{what} is blocked: {why}")).with_phase(Phase::Connect)
}

/// Names compare without case and without the dot of the root.
fn normal(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

impl HostRule {
    fn parse(text: &str) -> Result<Self> {
        let below = text.starts_with('.') || text.starts_with("*.");
        let name = normal(text.trim_start_matches('*').trim_start_matches('.'));
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_graphic() || "*/@[]".contains(c)) {
            let what = format!("address guard: `{text}` is not a host name");
            return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        }
        Ok(Self { name, below })
    }

    fn matches(&self, host: &str) -> bool {
        host == self.name || self.below && host.strip_suffix(&self.name).is_some_and(|front| front.ends_with('.'))
    }
}

impl std::fmt::Display for HostRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.below { "." } else { "" }, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(guard: &AddressGuard, address: &str) -> bool {
        guard.check_address(address.parse().unwrap()).is_ok()
    }

    #[test]
    fn c372_denied_wins_over_allowed_and_that_over_the_rest() {
        let guard = AddressGuard::public_only().allow("10.1.0.0/16").unwrap().deny("10.1.9.0/24").unwrap();
        assert!(passes(&guard, "10.1.2.3") && passes(&guard, "::ffff:10.1.2.3") && passes(&guard, "1.1.1.1"));
        assert!(!passes(&guard, "10.1.9.1") && !passes(&guard, "::ffff:10.1.9.1") && !passes(&guard, "10.2.0.1"));
        let guard = AddressGuard::nothing().allow("1.1.1.1").unwrap();
        assert!(passes(&guard, "1.1.1.1") && !passes(&guard, "1.1.1.2"));
        let guard = AddressGuard::everything().deny("169.254.0.0/16").unwrap();
        assert!(
            passes(&guard, "127.0.0.1") && !passes(&guard, "169.254.169.254") && !passes(&guard, "::ffff:a9fe:a9fe")
        );
        assert!(!passes(&guard, "64:ff9b::169.254.169.254") && !passes(&guard, "2002:a9fe:a9fe::1"));
    }

    #[test]
    fn sec_i2_public_only_sees_through_disguises_and_names_the_rule() {
        let guard = AddressGuard::public_only();
        for inside in
            ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "::127.0.0.1", "fe80::1"]
        {
            assert!(!passes(&guard, inside), "{inside}");
        }
        assert!(passes(&guard, "::ffff:1.1.1.1") && passes(&guard, "64:ff9b::1.1.1.1"));
        let error = guard.check_address("169.254.169.254".parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "connect: 169.254.169.254 is blocked: not a public address: link-local");
        assert_eq!(error.kind(), Kind::Blocked);
    }

    #[test]
    fn c372_hosts_exactly_and_with_what_is_below_them() {
        let guard = AddressGuard::everything().deny_host("a.test").unwrap().deny_host(".b.test").unwrap();
        for (host, passes) in [
            ("a.test", false),
            ("A.Test.", false),
            ("x.a.test", true),
            ("b.test", false),
            ("x.y.b.test", false),
            ("xb.test", true),
            ("b.test.evil", true),
        ] {
            assert_eq!(guard.check_host(host).is_ok(), passes, "{host}");
        }
        let guard = AddressGuard::public_only().allow_host("*.good.test").unwrap();
        assert!(guard.check_host("www.good.test").is_ok() && guard.check_host("other.test").is_err());
        assert!(AddressGuard::public_only().check_host("127.0.0.1").is_err());
        for wrong in ["", ".", "*", "a b", "http://x", "[::1]"] {
            assert_eq!(AddressGuard::everything().deny_host(wrong).unwrap_err().kind(), Kind::InvalidConfig, "{wrong}");
        }
    }
}
