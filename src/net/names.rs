//! Looked-up names: each is asked for once at a time, and remembered for a moment.
//!
//! ```text
//!   lookup ──▶ remembered? ── yes ──────────────────────────────────▶ addresses
//!                  │ no
//!              in flight? ── no ──▶ coroutine ──▶ thread: resolve ──┐
//!                  │ yes                                            ▼
//!                  └────────── wait, until our own deadline ◀── landed: result to all, kept if good
//! ```
//!
//! The flight belongs to nobody: whoever started it may leave at its deadline, the others go on waiting. A name whose
//! server is silent so costs one thread however often it is asked for.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use super::resolve::{Resolve, unknown};
use super::stop::ended;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, CancelToken, Waiter};

/// Names remembered at most: a crawl of a million hosts must not grow without bound.
const REMEMBERED: usize = 1_024;

/// Addresses used of one name: a hostile zone may list thousands, and each would be tried in turn.
const ADDRESSES: usize = 64;

pub(super) struct Names {
    resolver: Arc<dyn Resolve>,
    keep: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: HashMap<Box<str>, Known>,
    flights: HashMap<Box<str>, Arc<Flight>>,
}

struct Known {
    addresses: Arc<[IpAddr]>,
    until: Instant,
}

/// One lookup under way and those who wait for it.
#[derive(Default)]
struct Flight {
    landed: OnceLock<Landed>,
    waiting: Mutex<Vec<Waiter>>,
}

type Landed = Result<Arc<[IpAddr]>, Failure>;

#[derive(Clone)]
struct Failure {
    kind: Kind,
    what: String,
}

impl Names {
    pub(super) fn new(resolver: Arc<dyn Resolve>, keep: Duration) -> Self {
        Self { resolver, keep, state: Mutex::default() }
    }

    /// The addresses of `host`, a name in lower case.
    pub(super) fn lookup(
        self: &Arc<Self>,
        host: &str,
        now: Instant,
        until: Until,
        token: Option<&CancelToken>,
    ) -> Result<Arc<[IpAddr]>> {
        let (flight, mine) = {
            let mut state = lock(&self.state);
            if let Some(known) = state.known.get(host).filter(|known| known.until > now) {
                return Ok(known.addresses.clone());
            }
            match state.flights.get(host) {
                Some(flight) => (flight.clone(), false),
                None => {
                    let flight = Arc::new(Flight::default());
                    state.flights.insert(host.into(), flight.clone());
                    (flight, true)
                }
            }
        };
        if mine {
            self.start(host, &flight)?;
        }
        flight.wait(until, token).map_err(|error| error.with_address(host))
    }

    fn start(self: &Arc<Self>, host: &str, flight: &Arc<Flight>) -> Result<()> {
        let landing = Landing { names: self.clone(), flight: flight.clone(), host: host.into() };
        rt::spawn(move || {
            // Nobody can cancel it and it has no deadline of its own: it lands, or its thread is lost.
            rt::offload(None, move || landing.resolve()).ok();
        })
        .map(|_| ())
        .map_err(|error| error.with_phase(Phase::Resolve))
    }

    fn land(&self, host: &str, landed: &Landed, now: Instant) {
        let mut state = lock(&self.state);
        state.flights.remove(host);
        // A failure is not remembered: the next request may well come after the network.
        let until = now.checked_add(self.keep).filter(|until| *until > now);
        if let (Ok(addresses), Some(until)) = (landed, until) {
            state.remember(host, Known { addresses: addresses.clone(), until }, now);
        }
    }
}

impl State {
    fn remember(&mut self, host: &str, known: Known, now: Instant) {
        if self.known.len() >= REMEMBERED {
            self.known.retain(|_, known| known.until > now);
        }
        if self.known.len() >= REMEMBERED {
            let oldest = self.known.iter().min_by_key(|(_, known)| known.until).map(|(host, _)| host.clone());
            oldest.and_then(|host| self.known.remove(&host));
        }
        self.known.insert(host.into(), known);
    }
}

impl Flight {
    fn wait(&self, until: Until, token: Option<&CancelToken>) -> Result<Arc<[IpAddr]>> {
        let waiter = Waiter::current();
        let _guard = token.map(|token| waiter.cancel_with(token));
        lock(&self.waiting).push(waiter.clone());
        loop {
            if let Some(landed) = self.landed.get() {
                return landed.clone().map_err(Failure::into_error);
            }
            waiter.wait(until.at()).map_err(|stop| ended(stop, Phase::Resolve, until))?;
        }
    }

    fn land(&self, landed: Landed) {
        self.landed.set(landed).ok();
        for waiter in std::mem::take(&mut *lock(&self.waiting)) {
            waiter.wake();
        }
    }
}

impl Failure {
    fn into_error(self) -> Error {
        Error::new(self.kind, self.what).with_phase(Phase::Resolve)
    }
}

/// Brings the flight down whatever happens: a resolver that panics must not leave others waiting for ever.
struct Landing {
    names: Arc<Names>,
    flight: Arc<Flight>,
    host: Box<str>,
}

impl Landing {
    fn resolve(self) {
        let landed = match self.names.resolver.resolve(&self.host) {
            Ok(addresses) => Ok(distinct(addresses)),
            Err(error) => Err(failure(&self.host, &error)),
        };
        self.land(landed);
    }

    fn land(&self, landed: Landed) {
        self.names.land(&self.host, &landed, Instant::now());
        self.flight.land(landed);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if self.flight.landed.get().is_none() {
            let what = format!("the lookup of {} was given up", self.host);
            self.land(Err(Failure { kind: Kind::Resolve, what }));
        }
    }
}

fn distinct(addresses: Vec<IpAddr>) -> Arc<[IpAddr]> {
    let mut distinct: Vec<IpAddr> = Vec::new();
    for address in addresses {
        if distinct.len() < ADDRESSES && !distinct.contains(&address) {
            distinct.push(address);
        }
    }
    distinct.into()
}

fn failure(host: &str, error: &io::Error) -> Failure {
    let text = error.to_string();
    let why = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    Failure { kind: unknown(host, why).kind(), what: format!("{host} not found: {why}") }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
