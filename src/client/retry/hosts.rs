//! One back-off clock per host, for all requests of a client.
//!
//! A hundred requests that fail in the same moment are one event for the host, not a hundred: it is counted once, by the
//! rule that a try which was on its way already when the last failure was counted tells nothing new. What one of them
//! was told by `Retry-After` holds for the retries of all.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::message::Url;

/// Hosts remembered: a crawl of a million dead ones must not grow without bound.
const MOST: usize = 1024;
/// How long after its last failure a host's count still matters.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Whom a clock belongs to, whatever the way there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Host {
    secure: bool,
    name: Box<str>,
    port: u16,
}

impl Host {
    pub(super) fn of(url: &Url) -> Self {
        Self { secure: url.is_secure(), name: url.host().into(), port: url.port_or_default() }
    }
}

#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// How many are in the map: while it is 0, which is the rule, a success costs one load.
    known: AtomicUsize,
    slow: Mutex<HashMap<Host, Slow>>,
}

#[derive(Clone, Copy, Debug)]
struct Slow {
    failures: u32,
    counted: Instant,
    not_before: Instant,
}

impl Slow {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.counted.max(self.not_before)) > REMEMBERED
    }
}

impl Hosts {
    /// A try that began at `started` has failed, and the host asked to be left alone for `asked`: how many failures in
    /// a row that makes, and for how long nobody should try again.
    pub(super) fn failed(&self, key: &Host, started: Instant, now: Instant, asked: Duration) -> (u32, Duration) {
        let mut slow = self.lock();
        if !slow.contains_key(key) {
            make_room(&mut slow, now);
            slow.insert(key.clone(), Slow { failures: 0, counted: started, not_before: now });
        }
        self.known.store(slow.len(), Relaxed);
        let Some(host) = slow.get_mut(key) else { return (1, asked) };
        if host.is_over(now) {
            host.failures = 0;
        }
        if host.failures == 0 || started > host.counted {
            host.failures = host.failures.saturating_add(1);
            host.counted = now;
        }
        host.not_before = host.not_before.max(now.checked_add(asked).unwrap_or(now));
        (host.failures, host.not_before.saturating_duration_since(now))
    }

    /// A try that began at `started` went well: news, unless a failure was counted after that.
    pub(super) fn succeeded(&self, key: &Host, started: Instant) {
        if self.known.load(Relaxed) == 0 {
            return;
        }
        let mut slow = self.lock();
        if slow.get(key).is_some_and(|host| started > host.counted) {
            slow.remove(key);
        }
        self.known.store(slow.len(), Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Host, Slow>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(slow: &mut HashMap<Host, Slow>, now: Instant) {
    if slow.len() < MOST {
        return;
    }
    slow.retain(|_, host| !host.is_over(now));
    if slow.len() >= MOST
        && let Some(oldest) = slow.iter().min_by_key(|(_, host)| host.counted).map(|(key, _)| key.clone())
    {
        slow.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(host: &str) -> Host {
        Host::of(&Url::parse(&format!("http://{host}/")).unwrap())
    }

    fn s(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn c314_c397_failures_at_once_count_once() {
        let (hosts, start, a) = (Hosts::default(), Instant::now(), key("a"));
        for n in 0..100 {
            assert_eq!(hosts.failed(&a, start, start + s(1) + Duration::from_millis(n), s(0)).0, 1);
        }
        // The next round was sent after that.
        for _ in 0..100 {
            assert_eq!(hosts.failed(&a, start + s(2), start + s(3), s(0)).0, 2);
        }
        assert_eq!(hosts.failed(&key("b"), start + s(2), start + s(3), s(0)).0, 1, "another host");
    }

    #[test]
    fn c397_what_one_was_told_holds_for_all_of_that_host() {
        let (hosts, start, a) = (Hosts::default(), Instant::now(), key("a"));
        assert_eq!(hosts.failed(&a, start, start, s(30)).1, s(30));
        assert_eq!(hosts.failed(&a, start, start + s(10), s(0)).1, s(20));
        assert_eq!(hosts.failed(&a, start, start + s(10), s(5)).1, s(20));
        assert_eq!(hosts.failed(&key("b"), start, start + s(10), s(5)).1, s(5));
        assert_eq!(hosts.failed(&a, start + s(31), start + s(32), s(0)), (2, s(0)));
    }

    #[test]
    fn c314_a_success_ends_it_unless_it_is_older_than_the_failure() {
        let (hosts, start, a) = (Hosts::default(), Instant::now(), key("a"));
        hosts.failed(&a, start, start + s(5), s(0));
        hosts.succeeded(&a, start + s(1));
        assert_eq!(hosts.failed(&a, start + s(6), start + s(7), s(0)).0, 2);
        hosts.succeeded(&a, start + s(8));
        assert_eq!(hosts.failed(&a, start + s(9), start + s(10), s(0)).0, 1);
        assert_eq!(hosts.failed(&a, start + s(100), start + s(101), s(0)).0, 1, "long ago");
    }

    #[test]
    fn the_number_of_hosts_is_bounded() {
        let (hosts, start) = (Hosts::default(), Instant::now());
        for n in 0..2 * MOST as u64 {
            hosts.failed(&key(&format!("h{n}")), start, start + Duration::from_millis(n), s(0));
        }
        assert_eq!(hosts.lock().len(), MOST);
        hosts.failed(&key("late"), start + s(500), start + s(501), s(0));
        assert_eq!(hosts.lock().len(), 1);
    }
}
