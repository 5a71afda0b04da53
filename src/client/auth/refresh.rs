//! Tokens that are fetched again: one call, however many wait for it.
//!
//! ```text
//! value(refused) ─┬─ held, not refused, not over ─────────────────────▶ it
//!                 ├─ nothing in flight ─▶ fetch on a coroutine ─┐
//!                 └─ in flight ─────────────────────────────────┴─ wait, within one's own deadline ─▶ it, or the error
//! ```

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::authenticate::{AuthContext, Authenticate};
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, Stop, Waiter};
use crate::wire::auth::{Challenge, bearer};

/// A bearer token, as [`Auth::refreshing`](super::Auth::refreshing) wants it.
#[derive(Clone)]
pub struct Token {
    value: String,
    expires_in: Option<Duration>,
}

impl Token {
    /// A token that counts until the server refuses it.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), expires_in: None }
    }

    /// How long it counts from now on. A new one is fetched 10 s sooner, or after nine tenths of a shorter time, so that
    /// none expires on its way. Default: until it is refused.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = Some(lifetime);
        self
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// A token on its way from the server may be late by this much.
const MARGIN: Duration = Duration::from_secs(10);

type Fetch = dyn Fn(Option<&str>) -> Result<Token> + Send + Sync;

pub(super) struct Refreshing {
    fetch: Arc<Fetch>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    flight: Option<Arc<Flight>>,
}

/// The token, its header value, and when it is over.
struct Held {
    token: String,
    value: Arc<str>,
    over: Option<Instant>,
}

/// One call of `fetch`, and those who wait for it.
#[derive(Default)]
struct Flight(Mutex<(Option<Outcome>, Vec<Waiter>)>);

type Outcome = Result<Arc<str>, Arc<Error>>;

impl Refreshing {
    pub(super) fn new(fetch: impl Fn(Option<&str>) -> Result<Token> + Send + Sync + 'static) -> Self {
        Self { fetch: Arc::new(fetch), state: Arc::default() }
    }

    /// A value other than the refused one.
    fn value(&self, refused: Option<&str>, context: &AuthContext) -> Result<Option<String>> {
        let (flight, landing) = {
            let mut state = lock(&self.state);
            if let Some(held) = &state.held
                && refused != Some(&*held.value)
                && held.over.is_none_or(|over| Instant::now() < over)
            {
                return Ok(Some(held.value.to_string()));
            }
            match &state.flight {
                Some(flight) => (flight.clone(), None),
                None => {
                    let flight = Arc::new(Flight::default());
                    state.flight = Some(flight.clone());
                    let old = state.held.as_ref().map(|held| held.token.clone());
                    (flight.clone(), Some((Landing { state: self.state.clone(), flight }, old)))
                }
            }
        };
        if let Some((landing, old)) = landing {
            let fetch = self.fetch.clone();
            // Not on the coroutine that asks first: its deadline and its cancellation are not the others'.
            rt::spawn(move || landing.land(fetch(old.as_deref())))?;
        }
        flight.wait(context).map(|value| Some(value.to_string()))
    }
}

impl Authenticate for Refreshing {
    fn authorize(&self, request: &AuthContext) -> Result<Option<String>> {
        self.value(None, request)
    }

    fn challenged(&self, request: &AuthContext, _: &[Challenge]) -> Result<Option<String>> {
        // Whoever refuses a fresh token will refuse the next one.
        if request.answers() > 0 { Ok(None) } else { self.value(request.sent(), request) }
    }
}

/// Ends a flight, also when `fetch` panics or its coroutine could not be started.
struct Landing {
    state: Arc<Mutex<State>>,
    flight: Arc<Flight>,
}

impl Landing {
    fn land(self, fetched: Result<Token>) {
        self.end(fetched.and_then(|token| Held::new(token, Instant::now())));
    }

    fn end(&self, held: Result<Held>) {
        let mut state = lock(&self.state);
        let mine = state.flight.take_if(|flight| Arc::ptr_eq(flight, &self.flight));
        // Ended before, and another one may be under way.
        if mine.is_none() {
            return;
        }
        let outcome = held.map_err(Arc::new).map(|held| {
            let value = held.value.clone();
            state.held = Some(held);
            value
        });
        // Before anybody wakes, so that none of them joins a flight that is over.
        drop(state);
        self.flight.end(outcome);
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.end(Err(Error::new(Kind::Io, "the code that fetches it panicked or was never run")));
    }
}

impl Held {
    fn new(token: Token, now: Instant) -> Result<Self> {
        let value =
            bearer(&token.value).map_err(|violation| Error::new(Kind::InvalidRequest, violation.to_string()))?;
        // A lifetime beyond the clock's range is none.
        let over = token.expires_in.and_then(|lifetime| now.checked_add(lifetime - MARGIN.min(lifetime / 10)));
        Ok(Self { token: token.value, value: value.into(), over })
    }
}

impl Flight {
    fn end(&self, outcome: Outcome) {
        let waiting = {
            let mut state = lock(&self.0);
            state.0 = Some(outcome);
            std::mem::take(&mut state.1)
        };
        // Without the lock: the last handle of one who has given up may yield when it goes.
        waiting.into_iter().for_each(|waiter| waiter.wake());
    }

    fn wait(&self, context: &AuthContext) -> Result<Arc<str>> {
        let waiter = Waiter::current();
        let _guard = context.token().map(|token| waiter.cancel_with(token));
        lock(&self.0).1.push(waiter.clone());
        loop {
            if let Some(outcome) = &lock(&self.0).0 {
                return outcome.clone().map_err(|error| no_token(&error));
            }
            match waiter.wait(context.until().at()) {
                Ok(()) => {}
                Err(Stop::TimedOut) => {
                    return Err(
                        Error::timeout(Phase::Authenticate, context.until().limit()).because("waiting for a token")
                    );
                }
                Err(Stop::Cancelled) => return Err(Error::cancelled(Phase::Authenticate)),
            }
        }
    }
}

/// The same error for each of those who waited.
fn no_token(error: &Error) -> Error {
    let what = format!("no token could be fetched: {error}");
    Error::new(error.kind(), what).with_phase(Phase::Authenticate).with_source(error.again())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests;
