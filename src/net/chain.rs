//! The order of connecting, one step after the other.
//!
//! ```text
//!   host ─▶ guard ─┬─ Unix path ────────────────────────────────────────────────────────────────┐
//!                  ├─ name ─▶ addresses ─▶ guard ─▶ Happy Eyeballs ─────────────────────────────┤
//!                  └─ proxy ─▶ addresses ─▶ Happy Eyeballs ─▶ each: TLS to it, CONNECT or SOCKS ┴─▶ TLS ─▶ Stream
//! ```

use std::sync::Arc;
use std::time::Instant;

use super::info::ConnectionInfo;
use super::settings::Settings;
use super::steps::{Steps, Use};
use super::stream::Stream;
use super::target::Target;
use super::through;
use super::timeouts::DialTimeouts;
use super::transport::Transport;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::CancelToken;

/// Until the last step only TCP, TLS or a proxy has been spoken to: trying again cannot make the server act twice.
pub(super) fn connect(
    network: &Arc<Settings>,
    target: &Target,
    timeouts: &DialTimeouts,
    token: Option<&CancelToken>,
) -> Result<Stream> {
    let steps = Steps { network, route: target.way(), timeouts, token };
    run(&steps, target).map_err(|error| {
        // Nothing of a request has left. What the peer is, or what is wanted of it, will not be another one next time.
        let passing = [Kind::Resolve, Kind::Connect, Kind::Tls, Kind::ConnectionLost, Kind::Incomplete, Kind::Timeout];
        let again = passing.contains(&error.kind());
        error.with_retryable(again)
    })
}

fn run(steps: &Steps<'_>, target: &Target) -> Result<Stream> {
    // 0. A token fired before the start must not depend on whether anything has to be waited for.
    if steps.token.is_some_and(CancelToken::is_cancelled) {
        return Err(Error::cancelled(Phase::Connect));
    }
    let (route, mut info) = (steps.route, Box::<ConnectionInfo>::default());
    // 1. The host as it is named, before anybody learns of it.
    for guard in steps.guards() {
        guard.check_host(&target.host)?;
        route.unix.as_deref().map_or(Ok(()), |path| guard.check_unix(path))?;
    }
    let (host, port) = match &route.connect_to {
        Some((host, port)) => (&**host, *port),
        None => (&*target.host, target.port),
    };
    let transport = match (&route.unix, &route.proxy) {
        // 2. A path is an address already: no name, no race.
        (Some(path), _) => Transport::Socket(steps.by_path(path, &mut info)?.into()),
        (None, Some(proxy)) => through::connect(steps, proxy, host, port, target.secure, &mut info)?,
        (None, None) => {
            // 3. Names first, and all of them at once: connecting to a name would resolve on the worker and try one
            //    address only.
            let addresses = steps.addresses(host, port, Use { here: true, guarded: true }, &mut info.timings)?;
            // 4. Then TCP, to whichever address answers first.
            Transport::Socket(steps.by_address(addresses, port, &mut info)?.into())
        }
    };
    let transport = if steps.network.tcp.announce { announced(steps, transport, &info)? } else { transport };
    // 5. TLS last, next to the request: whatever stands between here and the origin sees nothing of it.
    let transport = if target.secure { secured(steps, target, transport, &mut info)? } else { transport };
    Ok(Stream::new(transport, *info))
}

/// Who speaks, in HAProxy's words (PROXY protocol, version 1, §2.1): the first bytes of the connection.
#[inline(never)]
fn announced(steps: &Steps<'_>, transport: Transport, info: &ConnectionInfo) -> Result<Transport> {
    let line = match (info.local, info.peer) {
        (Some(from), Some(to)) => {
            let family = if from.is_ipv4() { "TCP4" } else { "TCP6" };
            format!("PROXY {family} {} {} {} {}\r\n", from.ip(), to.ip(), from.port(), to.port())
        }
        _ => "PROXY UNKNOWN\r\n".to_owned(),
    };
    let until = steps.connect_until(Instant::now());
    let mut stream = Stream::bare(transport);
    let written = stream.write_all(line.as_bytes(), until.at());
    written.map_err(|error| Error::from_io(error).with_phase(Phase::Connect))?;
    Ok(stream.into_transport())
}

/// The name set in the TLS options wins over the route's, and that over the host.
#[inline(never)]
fn secured(steps: &Steps<'_>, target: &Target, transport: Transport, info: &mut ConnectionInfo) -> Result<Transport> {
    let start = Instant::now();
    let config = steps.route.tls.as_ref().unwrap_or(&steps.network.tls);
    let name = config.server_name().or(steps.route.server_name.as_deref()).unwrap_or(&target.host);
    let (transport, tls) = steps.secured(transport, config, name, &info.peer_text())?;
    info.timings.tls = start.elapsed();
    info.tls = Some(Box::new(tls));
    Ok(transport)
}
