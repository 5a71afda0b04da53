//! Limiters without a queue: from threads and coroutines, within scopes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::error::Kind;
use maypole::queue::{self, Acquire, Limiter, Permit, PrefixLimiter, RateLimiter, Turn};
use maypole::rt::{self, CancelToken, scope};

use crate::peer::{on_both, wait_until};
use crate::{case, ms, url};

const A: &str = "http://a";

fn one() -> PrefixLimiter {
    PrefixLimiter::new([(A, 1)]).unwrap()
}

#[test]
fn who_waits_is_granted_by_the_release_on_threads_and_coroutines() {
    case(|| {
        on_both(|| {
            let limiter = one();
            let held = queue::acquire(&limiter, &url(A)).unwrap();
            let theirs = limiter.clone();
            let waiting = rt::spawn(move || queue::acquire(&theirs, &url(A)).unwrap()).unwrap();
            wait_until("the coroutine to wait", || limiter.waiting(A) == 1);
            drop(held);
            let permit = waiting.join().unwrap();
            assert_eq!((limiter.in_use(A), limiter.waiting(A)), (1, 0));
            drop(permit);
            assert_eq!(limiter.in_use(A), 0);
        });
    });
}

#[test]
fn a_deadline_or_a_token_of_the_scope_ends_the_wait_and_leaves_no_place() {
    case(|| {
        on_both(|| {
            let limiter = one();
            let held = queue::acquire(&limiter, &url(A)).unwrap();
            let start = Instant::now();
            let error = scope::with_deadline(ms(20), || queue::acquire(&limiter, &url(A))).unwrap_err();
            assert_eq!((error.kind(), error.limit()), (Kind::Timeout, Some(ms(20))));
            assert!(start.elapsed() >= ms(20) && error.to_string().contains("limiter"), "{error}");

            let token = CancelToken::new();
            let (theirs, its) = (limiter.clone(), token.clone());
            let waiting = rt::spawn(move || scope::with_cancel(&its, || queue::acquire(&theirs, &url(A)))).unwrap();
            wait_until("the coroutine to wait", || limiter.waiting(A) == 1);
            token.cancel();
            assert_eq!(waiting.join().unwrap().unwrap_err().kind(), Kind::Cancelled);
            assert_eq!(limiter.waiting(A), 0);
            drop(held);
            assert_eq!(limiter.in_use(A), 0, "nobody is left to take it");
        });
    });
}

/// Says *later* so many times.
struct Later {
    asked: AtomicUsize,
    times: usize,
    pause: Duration,
}

impl Limiter for Later {
    fn try_acquire(&self, _: &maypole::Url, _: &Turn) -> Acquire {
        match self.asked.fetch_add(1, SeqCst) < self.times {
            true => Acquire::Later(Instant::now() + self.pause),
            false => Acquire::Granted(Permit::free()),
        }
    }
}

#[test]
fn later_is_asked_again_at_its_time_and_not_before() {
    case(|| {
        on_both(|| {
            let limiter = Arc::new(Later { asked: AtomicUsize::new(0), times: 2, pause: ms(20) });
            let start = Instant::now();
            drop(queue::acquire(&limiter, &url(A)).unwrap());
            assert!(start.elapsed() >= ms(40));
            assert_eq!(limiter.asked.load(SeqCst), 3);
            let never = Later { asked: AtomicUsize::new(0), times: usize::MAX, pause: ms(600_000) };
            let error = scope::with_deadline(ms(10), || queue::acquire(&never, &url(A))).unwrap_err();
            assert_eq!(error.kind(), Kind::Timeout);
        });
    });
}

#[test]
fn several_are_asked_in_their_order_and_nothing_is_held_if_one_refuses() {
    case(|| {
        let (first, second) = (one(), PrefixLimiter::builder().rule(A, 0).reject_zero(true).build().unwrap());
        let error = queue::acquire_all(&[&first, &second], &url(A)).unwrap_err();
        assert_eq!(error.kind(), Kind::Blocked);
        assert_eq!(first.in_use(A), 0);
        let rate = RateLimiter::per_host(1000.0).unwrap();
        let permits = queue::acquire_all(&[&first, &rate], &url(A)).unwrap();
        assert_eq!((permits.len(), first.in_use(A)), (2, 1));
        drop(permits);
    });
}

#[test]
fn a_token_of_a_rate_is_not_lost_with_a_request_that_never_begins() {
    case(|| {
        // One an hour: whoever loses its token waits for the test's end.
        let rate = RateLimiter::builder().delay(Duration::from_secs(3600)).build().unwrap();
        let refusing = PrefixLimiter::builder().rule(A, 0).reject_zero(true).build().unwrap();
        for _ in 0..10 {
            queue::acquire_all(&[&rate, &refusing], &url(A)).unwrap_err();
        }
        drop(queue::acquire(&rate, &url(A)).unwrap());
        assert!(queue::try_acquire(&rate, &url(A)).unwrap().is_none());
    });
}

#[test]
fn a_panic_returns_the_permit() {
    case(|| {
        let limiter = one();
        let theirs = limiter.clone();
        let panicked = rt::spawn(move || {
            let _permit = queue::acquire(&theirs, &url(A)).unwrap();
            panic!("on purpose");
        });
        panicked.unwrap().join().unwrap_err();
        assert_eq!(limiter.in_use(A), 0);
    });
}
