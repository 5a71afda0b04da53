//! The way to where ureq wants to go: whom to connect to, at which addresses, through what.

use std::net::{IpAddr, SocketAddr};

use ureq::unversioned::transport::ConnectionDetails;
use ureq::{Error, http::Uri};

use super::proxy;
use super::resolver::host_and_port;
use crate::net::{Route, Target, TlsConfig};

pub(super) struct Way<'a> {
    pub(super) target: Target,
    /// Each host that has to be known, at its port.
    pub(super) hosts: Vec<(&'a str, u16, Vec<IpAddr>)>,
}

impl<'a> Way<'a> {
    /// `tls` makes the configuration that ureq's stands for.
    pub(super) fn to(
        details: &'a ConnectionDetails<'a>,
        tls: impl Fn() -> Result<TlsConfig, Error>,
    ) -> Result<Self, Error> {
        let (host, port) = host_and_port(details.uri)?;
        let secure = details.needs_tls();
        let route = Route { tls: secure.then(&tls).transpose()?, ..Route::default() };
        match proxy_of(details) {
            None => Self::directly(details, host, route),
            Some(found) => Self::through(found, details, (host, port), route, tls),
        }
    }

    fn directly(details: &'a ConnectionDetails<'a>, host: &'a str, route: Route) -> Result<Self, Error> {
        // A resolver may say another port than the URL; it is one and the same for all its addresses.
        let port = details.addrs.first().ok_or(Error::HostNotFound)?.port();
        let addresses = details.addrs.iter().filter(|address| address.port() == port).map(SocketAddr::ip).collect();
        let target = Target::new(host, port, details.needs_tls()).by(route);
        Ok(Self { target, hosts: vec![(host, port, addresses)] })
    }

    fn through(
        found: &'a ureq::Proxy,
        details: &'a ConnectionDetails<'a>,
        (host, port): (&'a str, u16),
        mut route: Route,
        tls: impl Fn() -> Result<TlsConfig, Error>,
    ) -> Result<Self, Error> {
        let ours = proxy::of(found, details.config, tls)?;
        // As ureq does: by the agent's resolver, on the time for connecting.
        let addresses = details.resolver.resolve(found.uri(), details.config, details.timeout)?;
        let at = (bare(found.uri()), ours.port(), addresses.iter().map(SocketAddr::ip).collect());
        route.proxy = Some(ours);
        if found.resolve_target() {
            let address = details.addrs.first().ok_or(Error::HostNotFound)?;
            route.connect_to = Some((address.ip().to_string(), address.port()));
        }
        Ok(Self { target: Target::new(host, port, details.needs_tls()).by(route), hosts: vec![at] })
    }
}

/// The proxy of the configuration, unless it says that this host is none of its business.
pub(super) fn proxy_of<'a>(details: &'a ConnectionDetails<'a>) -> Option<&'a ureq::Proxy> {
    details.config.proxy().filter(|proxy| !proxy.is_no_proxy(details.uri))
}

fn bare(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}
