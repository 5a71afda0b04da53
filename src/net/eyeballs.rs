//! Happy Eyeballs (RFC 8305): the addresses of a name are tried a moment apart, and the first connection wins.
//!
//! ```text
//!   v6 a ──────────────────────────────✗ black hole, closed when c wins
//!        250 ms   v4 b ──✗ refused: the next starts at once
//!                        v6 c ───────────✓ wins
//! ```

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::failures::{Failures, all_failed, failed, stopped};
use super::stop::ended;
use crate::deadline::Until;
use crate::error::{Error, Phase, Result};
use crate::rt::channel::{self, Receiver, RecvError, Sender};
use crate::rt::{self, CancelToken, Socket, Stop};

/// Connects to one address: the real thing, or a test's.
pub(super) type Dial = dyn Fn(SocketAddr, Option<Instant>, Option<&CancelToken>) -> io::Result<Socket> + Send + Sync;

/// RFC 8305 §4: families take turns, IPv6 first, and each keeps the order that the resolver gave it.
pub(super) fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut v6 = addresses.iter().filter(|address| address.is_ipv6());
    let mut v4 = addresses.iter().filter(|address| address.is_ipv4());
    let mut mixed = Vec::with_capacity(addresses.len());
    while mixed.len() < addresses.len() {
        mixed.extend(v6.next());
        mixed.extend(v4.next());
    }
    mixed
}

/// Connects to the first of `addresses` that answers, `delay` between two attempts.
pub(super) fn connect(
    dial: Arc<Dial>,
    addresses: Vec<SocketAddr>,
    delay: Duration,
    until: Until,
    token: Option<&CancelToken>,
) -> Result<(SocketAddr, Socket)> {
    if let &[address] = &addresses[..] {
        // The rule for most requests: no coroutine, no channel.
        return dial(address, until.at(), token)
            .map(|socket| (address, socket))
            .map_err(|error| lost(error, until, address));
    }
    race(dial, addresses, delay, until, token)
}

#[inline(never)]
fn lost(error: io::Error, until: Until, address: SocketAddr) -> Error {
    failed(error, until).with_address(address.to_string())
}

// Outlined, so that a connection to one address does without its stack.
#[inline(never)]
fn race(
    dial: Arc<Dial>,
    addresses: Vec<SocketAddr>,
    delay: Duration,
    until: Until,
    token: Option<&CancelToken>,
) -> Result<(SocketAddr, Socket)> {
    Race::new(dial, addresses, token).run(delay, until)
}

struct Race {
    dial: Arc<Dial>,
    pending: std::vec::IntoIter<SocketAddr>,
    running: Vec<SocketAddr>,
    failures: Vec<(SocketAddr, Error)>,
    // Fired when somebody has won or given up: the others close their sockets.
    stop: StopOnDrop,
    sender: Sender<Outcome>,
    outcomes: Receiver<Outcome>,
}

type Outcome = (SocketAddr, io::Result<Socket>);

struct StopOnDrop(CancelToken);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Race {
    fn new(dial: Arc<Dial>, addresses: Vec<SocketAddr>, token: Option<&CancelToken>) -> Self {
        let (sender, outcomes) = channel::unbounded();
        Self {
            dial,
            running: Vec::with_capacity(addresses.len()),
            pending: addresses.into_iter(),
            failures: Vec::new(),
            stop: StopOnDrop(token.map_or_else(CancelToken::new, CancelToken::child)),
            sender,
            outcomes,
        }
    }

    fn run(mut self, delay: Duration, until: Until) -> Result<(SocketAddr, Socket)> {
        loop {
            self.start_next(until)?;
            if self.running.is_empty() {
                return Err(all_failed(self.failures));
            }
            let next = Until::after(Instant::now(), Some(delay));
            let wake = if self.pending.len() > 0 { until.min(next) } else { until };
            let stop = match self.outcomes.recv_until(wake.at()) {
                Ok((address, Ok(socket))) => return Ok((address, socket)),
                Ok((address, Err(error))) => {
                    let stop = stopped(&error);
                    self.note(address, error);
                    stop
                }
                Err(RecvError::Stopped(stop)) => Some(stop),
                Err(RecvError::Disconnected) => unreachable!("this side holds a sender"),
            };
            match stop {
                Some(Stop::Cancelled) => return Err(self.ended(Stop::Cancelled, until)),
                Some(Stop::TimedOut) if until.is_over(Instant::now()) => return Err(self.ended(Stop::TimedOut, until)),
                // Time for the next one.
                _ => {}
            }
        }
    }

    fn start_next(&mut self, until: Until) -> Result<()> {
        let Some(address) = self.pending.next() else { return Ok(()) };
        let (dial, stop, sender) = (self.dial.clone(), self.stop.0.clone(), self.sender.clone());
        rt::spawn(move || {
            let outcome = dial(address, until.at(), Some(&stop));
            // After the race nobody takes it, and it is closed here.
            sender.send((address, outcome)).ok();
        })
        .map_err(|error| error.with_phase(Phase::Connect).with_address(address.to_string()))?;
        self.running.push(address);
        Ok(())
    }

    fn note(&mut self, address: SocketAddr, error: io::Error) {
        self.running.retain(|running| *running != address);
        self.failures.push((address, Error::from_io(error)));
    }

    fn ended(self, stop: Stop, until: Until) -> Error {
        let tried = self.failures.iter().map(|(address, _)| address).chain(&self.running);
        let error =
            tried.fold(ended(stop, Phase::Connect, until), |error, address| error.with_address(address.to_string()));
        if self.failures.is_empty() { error } else { error.with_source(Failures(self.failures)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_and_keep_their_order() {
        let ips = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        let given = ips(&["1.1.1.1", "1.1.1.2", "1.1.1.3", "::1", "::2"]);
        assert_eq!(interleave(&given), ips(&["::1", "1.1.1.1", "::2", "1.1.1.2", "1.1.1.3"]));
        assert_eq!(interleave(&given[..2]), ips(&["1.1.1.1", "1.1.1.2"]));
        assert_eq!(interleave(&given[3..]), ips(&["::1", "::2"]));
        assert_eq!(interleave(&[]), ips(&[]));
    }
}
