//! How many requests are in flight at once: per client and per host, whatever scheme, port or proxy.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, CancelToken, Semaphore, Stop, scope};

/// The places of a client, given out first come, first served.
#[derive(Default)]
pub(super) struct Crowd {
    total: Option<(usize, Semaphore)>,
    per_host: Option<usize>,
    // Only hosts that somebody uses or waits for: a crawl meets millions.
    hosts: Mutex<HashMap<Box<str>, Host>>,
    /// Fired when the client is closed.
    closed: CancelToken,
}

struct Host {
    places: Semaphore,
    users: usize,
}

/// A place among the requests in flight, from before the checkout to the end of the body.
pub(in crate::client) struct Permit {
    _total: Option<rt::Permit>,
    _host: Option<AtHost>,
}

/// A place at a host, or in its line; the host is forgotten with the last of them.
struct AtHost {
    // Before the count, so that it has been given back when the host is forgotten.
    place: Option<rt::Permit>,
    user: User,
}

struct User {
    crowd: Arc<Crowd>,
    host: Box<str>,
}

impl Crowd {
    pub(super) fn with_total(&self, places: usize) -> Self {
        Self { total: Some((places, Semaphore::new(places))), per_host: self.per_host, ..Self::default() }
    }

    pub(super) fn with_per_host(&self, places: usize) -> Self {
        Self { total: self.total.clone(), per_host: Some(places), ..Self::default() }
    }

    /// The places of a host and of all, where a host's can never be the fewer.
    pub(super) fn idle_cap(&self) -> Option<(usize, usize)> {
        let (all, _) = self.total.as_ref()?;
        self.per_host.filter(|host| host > all).map(|host| (host, *all))
    }

    /// Ends the waits for a place.
    pub(super) fn close(&self) {
        self.closed.cancel();
    }

    /// Waits for a place at the host, then for one of the client's: who waits for a busy host keeps nobody from another.
    pub(super) fn admit(self: &Arc<Self>, host: &str, until: Until, token: Option<&CancelToken>) -> Result<Permit> {
        let host = self.per_host.map(|places| self.at_host(host, places, until, token)).transpose()?;
        let total = self.total.as_ref().map(|(places, semaphore)| {
            self.acquire(semaphore, until, token)
                .map_err(|stop| self.refuse(stop, until, format_args!("{places} requests in flight (max_concurrent)")))
        });
        Ok(Permit { _total: total.transpose()?, _host: host })
    }

    fn at_host(
        self: &Arc<Self>,
        host: &str,
        places: usize,
        until: Until,
        token: Option<&CancelToken>,
    ) -> Result<AtHost> {
        // With and without the dot of the root it is the same host.
        let host: Box<str> = host.strip_suffix('.').unwrap_or(host).into();
        let semaphore = {
            let mut hosts = self.lock();
            let entry = hosts.entry(host.clone());
            let entry = entry.or_insert_with(|| Host { places: Semaphore::new(places), users: 0 });
            entry.users += 1;
            entry.places.clone()
        };
        let mut place = AtHost { place: None, user: User { crowd: self.clone(), host } };
        let acquired = self.acquire(&semaphore, until, token).map_err(|stop| {
            let host = &place.user.host;
            self.refuse(stop, until, format_args!("{places} requests in flight for {host} (max_concurrent_per_host)"))
        });
        place.place = Some(acquired?);
        Ok(place)
    }

    fn acquire(&self, semaphore: &Semaphore, until: Until, token: Option<&CancelToken>) -> Result<rt::Permit, Stop> {
        match semaphore.try_acquire() {
            Some(permit) => Ok(permit),
            None => {
                let ends = CancelToken::child_of(token.into_iter().chain([&self.closed]));
                scope::with_cancel(&ends, || semaphore.acquire(until.at()))
            }
        }
    }

    fn refuse(&self, stop: Stop, until: Until, why: fmt::Arguments<'_>) -> Error {
        let error = match stop {
            Stop::TimedOut => Error::timeout(Phase::Checkout, until.limit()).because(why),
            Stop::Cancelled if self.closed.is_cancelled() => {
                Error::new(Kind::Closed, "the client is closed").with_phase(Phase::Checkout)
            }
            Stop::Cancelled => Error::cancelled(Phase::Checkout),
        };
        // Nothing of the request has left.
        error.with_retryable(true)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut hosts = self.crowd.lock();
        if let Some(entry) = hosts.get_mut(&self.host) {
            entry.users -= 1;
            if entry.users == 0 {
                hosts.remove(&self.host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn soon() -> Until {
        Until::after(Instant::now(), Some(Duration::from_millis(5)))
    }

    #[test]
    fn c377_places_per_host_and_in_total() {
        let crowd = Arc::new(Crowd::default().with_total(3).with_per_host(2));
        let admit = |host: &str| crowd.admit(host, soon(), None);
        let (one, two) = (admit("a").unwrap(), admit("a.").unwrap());
        let error = admit("a").err().unwrap();
        assert!(error.is_timeout() && error.is_retryable(), "{error}");
        assert!(error.to_string().contains("2 requests in flight for a (max_concurrent_per_host)"), "{error}");
        let three = admit("b").unwrap();
        assert!(admit("c").err().unwrap().to_string().contains("3 requests in flight (max_concurrent)"));
        drop(one);
        let four = admit("c").unwrap();
        drop((two, three, four));
        assert!(crowd.lock().is_empty(), "hosts that nobody uses are forgotten");
        assert_eq!(crowd.total.as_ref().unwrap().1.free(), 3);
    }

    #[test]
    fn a_token_ends_the_wait() {
        let crowd = Arc::new(Crowd::default().with_per_host(1));
        let _one = crowd.admit("a", Until::never(), None).unwrap();
        let token = CancelToken::new();
        token.cancel();
        let error = crowd.admit("a", Until::never(), Some(&token)).err().unwrap();
        assert_eq!((error.kind(), error.phase()), (Kind::Cancelled, Some(Phase::Checkout)));
        assert_eq!(crowd.lock()["a"].users, 1);
        crowd.close();
        assert_eq!(crowd.admit("a", Until::never(), None).err().unwrap().kind(), Kind::Closed);
    }
}
