//! The way through proxies, from the first one to whatever the last one connects.
//!
//! ```text
//!   plan: per proxy, what it is asked for; names that are looked up here, and the guard
//!     │
//!   walk: TCP to the first ─▶ TLS to it ─▶ CONNECT or SOCKS ─▶ TLS to the next ─▶ … ─▶ transport
//!     ▲                                        │
//!     └── once more: asked for credentials and closed; another address of the host ◀┘
//! ```

use std::time::Instant;

use super::info::{ConnectionInfo, TlsInfo};
use super::proxy::{Answer, Goal, Proxy, ProxyScheme, connect_through, is_about_address, socks_through};
use super::resolve::IpFamily;
use super::steps::{Steps, Use};
use super::stream::Stream;
use super::transport::Transport;
use crate::error::{Error, Kind, Phase, Result};
use crate::wire::h1::Head;

/// Addresses of one host that a proxy is asked for, one after the other.
const ADDRESSES: usize = 4;

/// One proxy, and what it is asked to connect to.
struct Hop<'a> {
    proxy: &'a Proxy,
    goals: Vec<Goal>,
    port: u16,
    /// What answers the challenge that it closed its connection with.
    authorization: Option<String>,
}

// Outlined: connections without a proxy do without its stack.
#[inline(never)]
pub(super) fn connect(
    steps: &Steps<'_>,
    last: &Proxy,
    host: &str,
    port: u16,
    secure: bool,
    info: &mut ConnectionInfo,
) -> Result<Transport> {
    let mut hops = plan(steps, last, host, port, info)?;
    info.proxy = Some(last.clone());
    info.forwarding = steps.route.forwards(secure);
    let (start, looked_up) = (Instant::now(), info.timings.resolve);
    let mut goal = 0;
    loop {
        match walk(steps, &mut hops, goal, info) {
            Ok(Some(transport)) => {
                let others = info.timings.connect + info.timings.resolve - looked_up;
                info.timings.proxy = start.elapsed().saturating_sub(others);
                return Ok(transport);
            }
            // Each proxy answers with a challenge once.
            Ok(None) => {}
            Err(error) if is_about_address(&error) && hops.last().is_some_and(|hop| goal + 1 < hop.goals.len()) => {
                goal += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Everything that has to be looked up or may be refused, before the first connection.
fn plan<'a>(
    steps: &Steps<'_>,
    last: &'a Proxy,
    host: &str,
    port: u16,
    info: &mut ConnectionInfo,
) -> Result<Vec<Hop<'a>>> {
    let mut proxies: Vec<&Proxy> = std::iter::successors(Some(last), |proxy| proxy.before()).collect();
    proxies.reverse();
    let mut hops = Vec::with_capacity(proxies.len());
    for (at, &proxy) in proxies.iter().enumerate() {
        let (host, port, guarded) = match proxies.get(at + 1) {
            Some(next) => (next.host(), next.port(), false),
            None => (host, port, true),
        };
        let goals = goals(steps, proxy, host, port, guarded, info)?;
        hops.push(Hop { proxy, goals, port, authorization: None });
    }
    Ok(hops)
}

/// What `proxy` is asked for: an address if there is one or has to be, else the name.
fn goals(
    steps: &Steps<'_>,
    proxy: &Proxy,
    host: &str,
    port: u16,
    guarded: bool,
    info: &mut ConnectionInfo,
) -> Result<Vec<Goal>> {
    if host.is_empty() {
        return Err(Error::new(Kind::InvalidRequest, "no host to ask a proxy for").with_phase(Phase::Build));
    }
    if let Ok(address) = host.parse() {
        for guard in steps.guards().filter(|_| guarded) {
            guard.check_address(address)?;
        }
        return Ok(vec![Goal::Address(address)]);
    }
    if proxy.scheme().resolves_remotely() {
        for guard in steps.guards().filter(|_| guarded) {
            guard.check_remote(host)?;
        }
        return Ok(vec![Goal::Name(host.to_owned())]);
    }
    let mut addresses = steps.addresses(host, port, Use { here: false, guarded }, &mut info.timings)?;
    if proxy.scheme() == ProxyScheme::Socks4 {
        addresses.retain(|address| IpFamily::V4.contains(*address));
    }
    if addresses.is_empty() {
        let what = format!("{host} has no IPv4 address, and SOCKS 4 knows no other");
        return Err(Error::new(Kind::Resolve, what).with_phase(Phase::Resolve));
    }
    Ok(addresses.into_iter().take(ADDRESSES).map(Goal::Address).collect())
}

/// From the first proxy to the end; `None` when it has to be walked once more.
fn walk(steps: &Steps<'_>, hops: &mut [Hop<'_>], goal: usize, info: &mut ConnectionInfo) -> Result<Option<Transport>> {
    let at = |proxy: &Proxy| {
        let name = proxy.to_string();
        move |error: Error| error.on_the_way(Phase::Proxy, name)
    };
    let Some(first) = hops.first().map(|hop| hop.proxy) else {
        return Err(Error::new(Kind::InvalidConfig, "no proxy"));
    };
    let mut transport = Transport::Socket(dial(steps, first, info).map_err(at(first))?.into());
    let end = hops.len() - 1;
    for (n, hop) in hops.iter_mut().enumerate() {
        if hop.proxy.scheme() == ProxyScheme::Https {
            let (secured, tls) = steps
                .secured(transport, &hop.proxy.tls_config(), hop.proxy.host(), &info.peer_text())
                .map_err(at(hop.proxy))?;
            check_protocol(&tls).map_err(at(hop.proxy))?;
            transport = secured;
            info.proxy_tls = Some(Box::new(tls));
        }
        if n == end && info.forwarding {
            break;
        }
        let goal = &hop.goals[if n == end { goal } else { 0 }];
        let stream = Stream::bare(transport);
        match tunnel(steps, hop, goal, stream, &mut info.proxy_heads).map_err(at(hop.proxy))? {
            Answer::Through(stream) => transport = stream.into_transport(),
            Answer::Again(authorization) => {
                hop.authorization = Some(authorization);
                return Ok(None);
            }
        }
    }
    Ok(Some(transport))
}

/// HTTP/1 is what is spoken with proxies, whatever the configuration of TLS offered.
fn check_protocol(tls: &TlsInfo) -> Result<()> {
    match &tls.alpn {
        Some(chosen) if !chosen.starts_with("http/1") => {
            Err(Error::new(Kind::Proxy, format!("it chose the protocol `{chosen}`, which is not spoken with proxies")))
        }
        _ => Ok(()),
    }
}

fn dial(steps: &Steps<'_>, proxy: &Proxy, info: &mut ConnectionInfo) -> Result<crate::rt::Socket> {
    let addresses =
        steps.addresses(proxy.host(), proxy.port(), Use { here: true, guarded: false }, &mut info.timings)?;
    steps.by_address(addresses, proxy.port(), info)
}

/// As long as connecting may take: the proxy connects on our behalf.
fn tunnel(steps: &Steps<'_>, hop: &Hop<'_>, goal: &Goal, stream: Stream, heads: &mut Vec<Head>) -> Result<Answer> {
    let Hop { proxy, port, authorization, .. } = hop;
    let until = steps.connect_until(Instant::now());
    let _guard = steps.token.map(|token| stream.cancel_with(token));
    if proxy.scheme().is_http() {
        return connect_through(stream, proxy, goal, *port, authorization.clone(), until, heads);
    }
    socks_through(stream, proxy, goal, *port, until).map(Answer::Through)
}
