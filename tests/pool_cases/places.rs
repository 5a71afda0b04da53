//! The limit, the line, and how places come free.

use crate::site::{FakeLease, Site, on_both, sleep, soon, until};
use maypole::pool::{Checkout, Config, Pool, Pooled, Refused};
use maypole::rt::{self, CancelToken};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[test]
fn c30_five_on_three_places() {
    on_both(|| {
        let site = Site::of_size(3);
        let in_flight = Arc::new(AtomicUsize::new(0));
        let peak = Arc::new(AtomicUsize::new(0));
        let users: Vec<_> = (0..5)
            .map(|_| {
                let (site, in_flight, peak) = (site.clone(), in_flight.clone(), peak.clone());
                rt::spawn(move || {
                    let lease = site.get();
                    peak.fetch_max(in_flight.fetch_add(1, SeqCst) + 1, SeqCst);
                    until("three at once", || peak.load(SeqCst) == 3);
                    sleep(5);
                    in_flight.fetch_sub(1, SeqCst);
                    lease.give_back();
                })
                .unwrap()
            })
            .collect();
        users.into_iter().for_each(|user| user.join().unwrap());
        assert_eq!((peak.load(SeqCst), site.server.peak()), (3, 3));
        site.is_at_rest();
    });
}

#[test]
fn c31_sec_g7_served_in_arrival_order_from_coroutines_and_threads() {
    let site = Site::of_size(3);
    let held: Vec<FakeLease> = (0..3).map(|_| site.get()).collect();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut threads = Vec::new();
    for n in 0..12 {
        let (user, order) = (site.clone(), order.clone());
        let serve = move || {
            let lease = user.get();
            order.lock().unwrap().push(n);
            lease.give_back();
        };
        if n % 2 == 0 {
            threads.push(std::thread::spawn(serve));
        } else {
            rt::spawn(serve).unwrap();
        }
        until("in line", || site.pool.stats().waiting == n + 1);
    }
    // One place at a time, so that the order of the line is the order of the list.
    let mut held = held.into_iter();
    held.next().unwrap().give_back();
    until("all served", || order.lock().unwrap().len() == 12);
    assert_eq!(*order.lock().unwrap(), (0..12).collect::<Vec<_>>());
    held.for_each(FakeLease::give_back);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(site.server.peak(), 3);
    until("at rest", || site.pool.stats().in_use == 0);
    site.is_at_rest();
}

#[test]
fn c39_c40_a_full_pool_is_an_error_after_the_deadline() {
    on_both(|| {
        let site = Site::of_size(1);
        let lease = site.get();
        let start = Instant::now();
        let refused = site.lease("h", Some(soon(100)), None).map(drop).unwrap_err();
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(100) && took < Duration::from_secs(15), "{took:?}");
        let Refused::TimedOut { waited, in_use: 1, limit: 1, ahead: 0 } = refused else { panic!("{refused:?}") };
        assert!(waited >= Duration::from_millis(100) && waited <= took);
        assert_eq!(refused.to_string(), "the only connection is in use; read or drop responses, or raise the limit");
        // A deadline in the past takes what is free, and does not wait for what is not.
        assert!(site.lease("h", Some(start), None).is_err());
        assert!(site.lease("other", Some(start), None).is_ok());
        drop(lease);
        assert!(site.lease("h", Some(start), None).is_ok());
        site.is_at_rest();
    });
}

#[test]
fn c41_c42_sec_g7_close_ends_all_waits() {
    on_both(|| {
        let site = Site::of_size(1);
        let lease = site.get();
        site.get_of("idle").give_back();
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                let site = site.clone();
                rt::spawn(move || site.lease("h", None, None).map(drop)).unwrap()
            })
            .collect();
        until("in line", || site.pool.stats().waiting == 3);
        site.pool.close();
        for waiter in waiting {
            assert_eq!(waiter.join().unwrap(), Err(Refused::Closed));
        }
        assert_eq!(site.server.open(), 1, "idle ones are closed, the one lent out lives");
        for _ in 0..2 {
            assert_eq!(site.lease("h", None, None).map(drop), Err(Refused::Closed));
            site.pool.close();
        }
        assert!(site.pool.is_closed());
        lease.give_back();
        assert_eq!((site.server.open(), site.pool.stats().keys), (0, 0));
    });
}

#[test]
fn c43_a_cancel_token_ends_the_wait() {
    on_both(|| {
        let site = Site::of_size(1);
        let lease = site.get();
        let token = CancelToken::new();
        let firing = token.clone();
        rt::spawn(move || {
            sleep(20);
            firing.cancel();
        })
        .unwrap();
        let start = Instant::now();
        assert_eq!(site.lease("h", None, Some(&token)).map(drop), Err(Refused::Cancelled));
        assert!(start.elapsed() < Duration::from_secs(15));
        lease.give_back();
        assert_eq!(site.lease("h", None, Some(&token)).map(drop), Err(Refused::Cancelled), "also when one is free");
        site.is_at_rest();
    });
}

struct Bomb;

impl Pooled for Bomb {
    fn is_alive(&mut self, _idle: Duration) -> bool {
        panic!("on purpose")
    }
}

#[test]
fn c45_sec_g5_a_panic_frees_the_place() {
    on_both(|| {
        let site = Site::of_size(1);
        let panicking = |work: &dyn Fn()| assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
        panicking(&|| {
            let _lease = site.get();
            panic!("on purpose");
        });
        panicking(&|| {
            let _slot = site.pool.checkout(&"h", None, None).unwrap();
            panic!("on purpose");
        });
        site.is_at_rest();

        let pool = Pool::new(Config { max_per_key: 1, ..Config::default() });
        let Ok(Checkout::Vacant(slot)) = pool.checkout(&1, None, None) else { panic!("vacant") };
        slot.fill(Bomb).give_back();
        panicking(&|| drop(pool.checkout(&1, None, None)));
        assert_eq!(pool.stats().open, 0);
    });
}

#[test]
fn c46_a_dropped_lease_or_slot_frees_its_place_and_hands_it_over() {
    on_both(|| {
        let site = Site::of_size(1);
        for give in [drop, FakeLease::give_back] {
            let lease = site.get();
            let next = {
                let site = site.clone();
                rt::spawn(move || site.get().id).unwrap()
            };
            until("in line", || site.pool.stats().waiting == 1);
            give(lease);
            next.join().unwrap();
            assert_eq!(site.server.peak(), 1, "closed before the place was free");
        }
        let slot = site.pool.checkout(&"h", None, None).unwrap();
        let next = {
            let site = site.clone();
            rt::spawn(move || drop(site.get())).unwrap()
        };
        until("in line", || site.pool.stats().waiting == 1);
        drop(slot);
        next.join().unwrap();
        site.is_at_rest();
    });
}

#[test]
fn c60_the_counts_are_exact() {
    let site = Site::of_size(2);
    let stats = || {
        let stats = site.pool.stats();
        assert_eq!(stats.open, stats.idle + stats.in_use);
        (stats.idle, stats.in_use, stats.waiting, stats.keys, stats.created, stats.reused)
    };
    assert_eq!(stats(), (0, 0, 0, 0, 0, 0));
    let (a, b) = (site.get(), site.get());
    assert_eq!(stats(), (0, 2, 0, 1, 2, 0));
    let waiter = {
        let site = site.clone();
        rt::spawn(move || site.get().give_back()).unwrap()
    };
    until("in line", || site.pool.stats().waiting == 1);
    assert_eq!(stats(), (0, 2, 1, 1, 2, 0));
    a.give_back();
    waiter.join().unwrap();
    assert_eq!(stats(), (1, 1, 0, 1, 2, 1));
    let c = site.get_of("other");
    assert_eq!(stats(), (1, 2, 0, 2, 3, 1));
    drop(c);
    b.give_back();
    assert_eq!(stats(), (2, 0, 0, 1, 3, 1));
    let slot = site.pool.checkout(&"other", None, None).unwrap();
    assert_eq!(stats(), (2, 1, 0, 2, 3, 1), "being opened counts as in use");
    drop(slot);
    site.pool.close();
    assert_eq!(stats(), (0, 0, 0, 0, 3, 1));
    assert_eq!(site.pool.stats().discarded, 2);
}

#[test]
fn c62_each_waiter_has_its_own_deadline() {
    // With longer ones where somebody gives up before all stand in line.
    let ahead = [1, 5, 25].into_iter().find_map(ahead_of_each);
    assert_eq!(ahead, Some(vec![0, 1, 1]));
}

fn ahead_of_each(times: u64) -> Option<Vec<usize>> {
    let site = Site::of_size(1);
    let lease = site.get();
    let first_ends = soon(50 * times);
    let mut in_time = true;
    let waiting: Vec<_> = [300, 50, 150]
        .map(|ms| ms * times)
        .into_iter()
        .enumerate()
        .map(|(n, ms)| {
            let user = site.clone();
            let handle = rt::spawn(move || {
                let start = Instant::now();
                let refused = user.lease("h", Some(soon(ms)), None).map(drop).unwrap_err();
                (refused, start.elapsed(), ms)
            });
            until("in line", || site.pool.stats().waiting == n + 1 || Instant::now() >= first_ends);
            in_time &= site.pool.stats().waiting == n + 1 && Instant::now() < first_ends;
            handle.unwrap()
        })
        .collect();
    let mut ahead = Vec::new();
    for waiter in waiting {
        let (refused, took, ms) = waiter.join().unwrap();
        assert!(took >= Duration::from_millis(ms) && took < Duration::from_millis(ms + 10_000), "{ms}: {took:?}");
        let Refused::TimedOut { ahead: n, .. } = refused else { panic!("{refused:?}") };
        ahead.push(n);
    }
    lease.give_back();
    site.is_at_rest();
    // They may have given up together.
    (in_time && ahead != [0, 0, 0] && ahead != [0, 1, 2]).then_some(ahead)
}

#[test]
fn c63_a_lease_ends_on_another_thread_than_it_began() {
    let site = Site::of_size(1);
    for _ in 0..3 {
        let lease = site.get();
        std::thread::spawn(move || lease.give_back()).join().unwrap();
        let lease = site.get();
        rt::spawn(move || lease.give_back()).unwrap().join().unwrap();
    }
    assert_eq!(site.pool.stats().created, 1);
    site.is_at_rest();
}

#[test]
fn a_size_of_zero_is_one() {
    let site = Site::of_size(0);
    let lease = site.get();
    assert!(site.lease("h", Some(soon(5)), None).is_err());
    lease.give_back();
}
