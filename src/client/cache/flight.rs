//! Equal requests at the same time make one (C393, Q9 to Q11).
//!
//! ```text
//!   join ─┬─ first ──▶ Lead ─┬─ land(outcome) ──▶ every follower has it
//!         │                  └─ dropped ────────▶ the first follower leads
//!         └─ others ─▶ Follow ─ wait ─┬─▶ outcome
//!                                     ├─▶ Lead
//!                                     └─▶ own deadline
//! ```

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use bytes::Bytes;

use super::clock::Moment;
use super::digest::Digest;
use super::meta::Meta;
use crate::error::Error;
use crate::rt::{CancelToken, Stop, Waiter};

/// What came of the request that the others waited for.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// This.
    Answer(Arc<(Meta, Bytes)>),
    /// It is in the store, since then.
    Stored(Moment),
    /// Nothing that others could have: each asks by itself.
    Own,
    /// It failed.
    Failed(Arc<Error>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<Digest, Arc<Flight>>>>);

#[derive(Debug, Default)]
struct Flight(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    outcome: Option<Outcome>,
    waiting: VecDeque<Arc<Place>>,
}

#[derive(Debug)]
struct Place {
    leads: AtomicBool,
    waiter: Waiter,
}

pub(super) enum Role {
    Lead(Lead),
    Follow(Follow),
}

/// The one who asks. Dropped without an outcome, it hands over to the first who waits.
#[derive(Debug)]
pub(super) struct Lead {
    flights: Flights,
    key: Digest,
    flight: Arc<Flight>,
    landed: bool,
}

pub(super) struct Follow {
    flights: Flights,
    key: Digest,
    flight: Arc<Flight>,
    place: Arc<Place>,
}

/// What a follower is told.
pub(super) enum Told {
    Outcome(Outcome),
    Lead(Lead),
}

impl Flights {
    pub(super) fn join(&self, key: Digest) -> Role {
        let mut flights = self.lock();
        let Some(flight) = flights.get(&key).cloned() else {
            let flight = Arc::new(Flight::default());
            flights.insert(key, flight.clone());
            return Role::Lead(Lead { flights: self.clone(), key, flight, landed: false });
        };
        // Under the lock of the map: a flight that is in it has no outcome yet.
        let place = Arc::new(Place { leads: AtomicBool::new(false), waiter: Waiter::current() });
        flight.lock().waiting.push_back(place.clone());
        drop(flights);
        Role::Follow(Follow { flights: self.clone(), key, flight, place })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Arc<Flight>>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Ends the lead: the outcome for all, or the next one's turn.
    fn end(&self, key: &Digest, flight: &Flight, outcome: Option<Outcome>) {
        let mut flights = self.lock();
        let mut state = flight.lock();
        match outcome {
            Some(outcome) => {
                flights.remove(key);
                state.outcome = Some(outcome);
                let waiting = std::mem::take(&mut state.waiting);
                drop((state, flights));
                waiting.iter().for_each(|place| place.waiter.wake());
            }
            None => match state.waiting.pop_front() {
                Some(next) => {
                    // Under the lock: one who gives up meanwhile must see that it is about to lead.
                    next.leads.store(true, SeqCst);
                    drop((state, flights));
                    next.waiter.wake();
                }
                None => drop(flights.remove(key)),
            },
        }
    }
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Lead {
    pub(super) fn land(mut self, outcome: Outcome) {
        self.landed = true;
        self.flights.end(&self.key, &self.flight, Some(outcome));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.landed {
            self.flights.end(&self.key, &self.flight, None);
        }
    }
}

impl Follow {
    /// Waits for the leader, until `at` at most.
    pub(super) fn wait(self, at: Option<Instant>, token: Option<&CancelToken>) -> Result<Told, Stop> {
        let _guard = token.map(|token| self.place.waiter.cancel_with(token));
        loop {
            if self.place.leads.swap(false, SeqCst) {
                return Ok(Told::Lead(self.lead()));
            }
            if let Some(outcome) = self.flight.lock().outcome.clone() {
                return Ok(Told::Outcome(outcome));
            }
            self.place.waiter.wait(at)?;
        }
    }

    fn lead(&self) -> Lead {
        Lead { flights: self.flights.clone(), key: self.key, flight: self.flight.clone(), landed: false }
    }
}

impl Drop for Follow {
    /// Gives the place up. Taken out of the line already, it was about to lead, and the next one does instead.
    fn drop(&mut self) {
        let mut state = self.flight.lock();
        let before = state.waiting.len();
        state.waiting.retain(|place| !Arc::ptr_eq(place, &self.place));
        let out = state.waiting.len() == before && state.outcome.is_none();
        drop(state);
        if out && self.place.leads.swap(false, SeqCst) {
            drop(self.lead());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    fn key() -> Digest {
        Digest::of([])
    }

    fn lead(flights: &Flights) -> Lead {
        match flights.join(key()) {
            Role::Lead(lead) => lead,
            Role::Follow(_) => panic!("somebody leads"),
        }
    }

    fn follow(flights: &Flights) -> Follow {
        match flights.join(key()) {
            Role::Lead(_) => panic!("nobody leads"),
            Role::Follow(follow) => follow,
        }
    }

    #[test]
    fn c393_every_follower_has_the_outcome_and_the_next_request_leads_again() {
        let flights = Flights::default();
        let leading = lead(&flights);
        let joined = Arc::new(AtomicUsize::new(0));
        let followers: Vec<_> = (0..100)
            .map(|_| {
                let (flights, joined) = (flights.clone(), joined.clone());
                rt::spawn(move || {
                    let follow = follow(&flights);
                    joined.fetch_add(1, SeqCst);
                    matches!(follow.wait(None, None), Ok(Told::Outcome(Outcome::Stored(_))))
                })
                .unwrap()
            })
            .collect();
        while joined.load(SeqCst) < 100 {
            rt::sleep(Duration::from_millis(1));
        }
        leading.land(Outcome::Stored(Moment::from_millis(0)));
        assert!(followers.into_iter().all(|follower| follower.join().unwrap()));
        drop(lead(&flights));
        assert!(flights.lock().is_empty());
    }

    #[test]
    fn q11_a_dropped_leader_hands_over_in_order_and_so_does_a_follower_that_gave_up() {
        let flights = Flights::default();
        let leading = lead(&flights);
        let [first, second, third] = [(); 3].map(|()| follow(&flights));
        drop(first);
        drop(leading);
        // The second leads now, without having been told: given up, the third does.
        drop(second);
        let Ok(Told::Lead(leading)) = third.wait(None, None) else { panic!("nobody else is there") };
        let soon = Some(Instant::now() + Duration::from_millis(5));
        assert!(matches!(follow(&flights).wait(soon, None), Err(Stop::TimedOut)));
        let token = CancelToken::new();
        token.cancel();
        assert!(matches!(follow(&flights).wait(None, Some(&token)), Err(Stop::Cancelled)));
        drop(leading);
        assert!(flights.lock().is_empty());
    }

    #[test]
    fn leads_and_deadlines_that_meet_leave_no_flight_behind() {
        let flights = Flights::default();
        let all: Vec<_> = (0..2000)
            .map(|n| {
                let flights = flights.clone();
                rt::spawn(move || match flights.join(key()) {
                    Role::Lead(lead) => {
                        rt::yield_io();
                        if n % 3 == 0 { lead.land(Outcome::Own) } else { drop(lead) }
                    }
                    Role::Follow(follow) => {
                        let at = Instant::now() + Duration::from_micros(n % 300);
                        if let Ok(Told::Lead(lead)) = follow.wait(Some(at), None) {
                            rt::yield_io();
                            drop(lead);
                        }
                    }
                })
                .unwrap()
            })
            .collect();
        all.into_iter().for_each(|handle| handle.join().unwrap());
        assert!(flights.lock().is_empty());
    }
}
