//! Limiters, as far as the queue has to do with them.

use std::collections::VecDeque;
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use maypole::Url;
use maypole::client::Retry;
use maypole::error::{Error, Kind};
use maypole::queue::{Acquire, Fetch, FetchEvent, FetchQueue, Limiter, Permit, Release, ResponseCache, Turn};

use super::site::Site;
use super::*;

/// So many at once, first come, first served; counts what it gives.
#[derive(Clone)]
struct Few(Arc<Inner>);

struct Inner {
    me: Weak<Inner>,
    most: usize,
    given: AtomicUsize,
    /// In use, and who waits.
    state: Mutex<(usize, VecDeque<Turn>)>,
}

impl Inner {
    fn permit(&self) -> Permit {
        self.given.fetch_add(1, SeqCst);
        Permit::new(self.me.upgrade().unwrap(), 0)
    }
}

fn few(most: usize) -> Few {
    let state = Mutex::default();
    Few(Arc::new_cyclic(|me| Inner { me: me.clone(), most, given: AtomicUsize::new(0), state }))
}

impl Few {
    fn in_use(&self) -> usize {
        self.0.state.lock().unwrap().0
    }

    fn given(&self) -> usize {
        self.0.given.load(SeqCst)
    }
}

impl Limiter for Few {
    fn try_acquire(&self, url: &Url, turn: &Turn) -> Acquire {
        match url.path() {
            "/panics" => panic!("a limiter"),
            "/refused" => return Acquire::Refused(Error::new(Kind::Blocked, "not there")),
            _ => {}
        }
        let mut state = self.0.state.lock().unwrap();
        if state.0 == self.0.most {
            state.1.push_back(turn.clone());
            return Acquire::Queued;
        }
        state.0 += 1;
        drop(state);
        Acquire::Granted(self.0.permit())
    }
}

impl Release for Inner {
    fn release(&self, _: u64) {
        let mut state = self.state.lock().unwrap();
        let next = state.1.pop_front();
        state.0 -= usize::from(next.is_none());
        drop(state);
        if let Some(turn) = next {
            turn.grant(self.permit());
        }
    }
}

#[test]
fn permits_bound_what_the_server_sees_and_come_back_before_the_handler() {
    let (site, few, misses) = (Site::start(), few(2), Arc::new(AtomicUsize::new(0)));
    let counted = misses.clone();
    let queue = running(FetchQueue::builder().concurrency(10).limiter(few.clone()).on_event(move |_, event| {
        counted.fetch_add(usize::from(matches!(event, FetchEvent::LimiterMiss)), SeqCst);
    }));
    for _ in 0..10 {
        queue.enqueue_ignore(site.url("/gate")).unwrap();
    }
    site.server.wait_requests(2);
    super::peer::wait_until("8 that wait", || queue.stats().blocked == 8);
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!((site.server.peak(), few.given(), few.in_use(), misses.load(SeqCst)), (2, 10, 0, 8));
    let watched = few.clone();
    queue.enqueue(&site.url("/ok"), move |_, _| assert_eq!(watched.in_use(), 0)).unwrap();
    queue.wait(LONG).unwrap();
    assert_eq!(queue.stats().panicked, 0);
    finish(queue, &site);
}

#[test]
fn q119_a_hit_uses_no_permit() {
    let (site, few) = (Site::start(), few(1));
    let queue = running(FetchQueue::builder().cache(ResponseCache::new()).limiter(few.clone()));
    let seen = Seen::default();
    for _ in 0..5 {
        queue.enqueue(&site.url("/gate"), seen.handler()).unwrap();
    }
    super::peer::wait_until("4 followers", || queue.stats().blocked == 4);
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert!(fetch(&queue, site.url("/gate")).is_from_cache());
    assert_eq!((seen.len(), few.given(), few.in_use(), site.server.requests()), (5, 1, 0, 1));
    finish(queue, &site);
}

#[test]
fn q120_the_permit_goes_back_between_two_tries_and_never_two_are_held() {
    let pausing = |pause: Duration| {
        Retry::standard().without_budget().decide(move |outcome| match outcome.status() {
            Some(503) => maypole::client::RetryDecision::RetryAfter(pause),
            _ => maypole::client::RetryDecision::Default,
        })
    };
    // The pause does not end before it has been looked at.
    let (site, one) = (Site::start(), few(1));
    let queue = running(FetchQueue::builder().limiter(one.clone()).retry(pausing(Duration::from_secs(600))));
    let between = Seen::default();
    let paused = queue.enqueue_ignore(site.url("/later/2")).unwrap();
    super::peer::wait_until("the pause", || queue.delayed() == 1);
    assert_eq!((one.in_use(), queue.in_flight()), (0, 0));
    queue.enqueue(&site.url("/ok"), between.handler()).unwrap();
    super::peer::wait_until("the other one", || between.len() == 1);
    assert!(paused.cancel() && between.one().status() == 200);
    finish(queue, &site);

    let (site, one, start) = (Site::start(), few(1), Instant::now());
    let queue = running(FetchQueue::builder().limiter(one.clone()).retry(pausing(ms(50))));
    let fetched = fetch(&queue, site.url("/later/2"));
    assert_eq!((fetched.status(), fetched.attempts()), (200, 3));
    assert!(start.elapsed() >= ms(100));
    assert_eq!((one.given(), one.in_use(), queue.stats().retried), (3, 0, 2));
    finish(queue, &site);
}

#[test]
fn refusals_and_panics_of_a_limiter_are_the_fetchs_failure() {
    let (site, few) = (Site::start(), few(1));
    let queue = running(FetchQueue::builder().concurrency(2).limiter(few.clone()));
    assert_eq!(fetch(&queue, site.url("/refused")).error().unwrap().kind(), Kind::Blocked);
    assert!(fetch(&queue, site.url("/panics")).error_message().unwrap().contains("a limiter"));
    assert!(fetch(&queue, Fetch::from("no url")).error().is_some());
    assert_eq!((fetch(&queue, site.url("/ok")).status(), few.in_use()), (200, 0));
    finish(queue, &site);
}

#[test]
fn who_waits_for_a_permit_can_be_cancelled() {
    let (site, few) = (Site::start(), few(1));
    let queue = running(FetchQueue::builder().limiter(few.clone()));
    let (first, second, third) = (Seen::default(), Seen::default(), Seen::default());
    queue.enqueue(&site.url("/gate"), first.handler()).unwrap();
    site.server.wait_requests(1);
    let waiting = queue.enqueue(&site.url("/ok/2"), second.handler()).unwrap();
    super::peer::wait_until("it waits", || queue.stats().blocked == 1);
    assert!(waiting.cancel() && waiting.wait(LONG));
    assert_eq!(second.one().error().unwrap().kind(), Kind::Cancelled);
    queue.enqueue(&site.url("/ok/3"), third.handler()).unwrap();
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!((first.one().status(), third.one().status(), few.in_use()), (200, 200, 0));
    finish(queue, &site);
}
