//! The machine of `wire::socks` on a stream.

use std::error::Error as StdError;

use super::goal::{Goal, failed, refused};
use super::parts::ProxyScheme;
use super::value::Proxy;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::net::stream::Stream;
use crate::wire::socks::{Destination, Dialect, Refusal, Step, Talk};

/// Has `proxy` at the other end of `stream` connect to `goal`.
pub(in crate::net) fn socks_through(
    mut stream: Stream,
    proxy: &Proxy,
    goal: &Goal,
    port: u16,
    until: Until,
) -> Result<Stream> {
    let dialect = match proxy.scheme() {
        ProxyScheme::Socks4 | ProxyScheme::Socks4a => Dialect::V4,
        _ => Dialect::V5,
    };
    let to = match goal {
        Goal::Name(name) => Destination::Name(name),
        Goal::Address(address) => Destination::Address(*address),
    };
    // SOCKS 4 has no password, and curl leaves one that was given out as well.
    let credentials = proxy.user_and_password().map(|(user, password)| match dialect {
        Dialect::V4 => (user, &b""[..]),
        Dialect::V5 => (user, password),
    });
    let mut talk = Talk::new(dialect, to, port, credentials).map_err(of_refusal)?;
    // No answer is longer: a bound name with its length.
    let mut buffer = vec![0; 260];
    loop {
        match talk.step() {
            Step::Done => return Ok(stream),
            Step::Send(bytes) => {
                let n = stream.write(bytes, until.at()).map_err(|error| failed(error, until))?;
                talk.sent(n);
            }
            Step::Receive(wanted) => {
                let room = wanted.min(buffer.len());
                match stream.read(&mut buffer[..room], until.at()).map_err(|error| failed(error, until))? {
                    0 => return Err(refused("the proxy closed the connection in the SOCKS handshake")),
                    n => talk.received(&buffer[..n]).map_err(of_refusal)?,
                }
            }
        }
    }
}

fn of_refusal(refusal: Refusal) -> Error {
    let kind = if refusal.is_callers() { Kind::InvalidRequest } else { Kind::Proxy };
    Error::new(kind, refusal.to_string()).with_phase(Phase::Proxy).with_source(refusal)
}

/// Whether another address of the same host may be reached through the proxy.
pub(in crate::net) fn is_about_address(error: &Error) -> bool {
    let refusal = error.source().and_then(|source| source.downcast_ref::<Refusal>());
    refusal.is_some_and(|refusal| refusal.is_about_address())
}
