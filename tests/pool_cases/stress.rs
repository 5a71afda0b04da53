//! Many at once: the limit holds at every moment, and no wake-up is lost.

use crate::site::{Site, soon, until};
use maypole::pool::{Config, Refused};
use maypole::rt::{self, CancelToken};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

#[test]
fn c61_ten_thousand_coroutines_on_seven_places() {
    let site = Site::of_size(7);
    let users: Vec<_> = (0..10_000)
        .map(|n| {
            let site = site.clone();
            rt::spawn(move || {
                let lease = site.get();
                if n % 16 == 0 {
                    rt::yield_io();
                }
                // Some connections end with their request.
                if n % 5 == 0 { drop(lease) } else { lease.give_back() }
            })
            .unwrap()
        })
        .collect();
    users.into_iter().for_each(|user| user.join().unwrap());
    assert!(site.server.peak() <= 7, "{}", site.server.peak());
    site.is_at_rest();
}

#[test]
fn sec_g5_ends_of_every_kind_on_two_places() {
    let rounds = if cfg!(debug_assertions) { 1000 } else { 4000 };
    let site = Site::new(Config { max_per_key: 2, idle_timeout: Duration::from_millis(1), ..Config::default() });
    let served = Arc::new(AtomicUsize::new(0));
    let work = move |n: usize, site: &Site, served: &AtomicUsize| {
        let token = CancelToken::new();
        let every = |nth: usize| n.is_multiple_of(nth);
        // Deadlines of about the time that a place takes to come free, to meet the hand-over at the very moment.
        let at = (!every(3)).then(|| soon(0) + Duration::from_micros(n as u64 % 700));
        if every(4) {
            let firing = token.clone();
            rt::spawn(move || firing.cancel()).unwrap();
        }
        match site.lease("h", at, Some(&token)) {
            Ok(lease) => {
                served.fetch_add(1, SeqCst);
                if every(7) {
                    rt::yield_io();
                }
                if every(2) { lease.give_back() } else { drop(lease) }
            }
            Err(Refused::TimedOut { .. } | Refused::Cancelled) => {}
            Err(other) => panic!("{other}"),
        }
    };
    let coroutines: Vec<_> = (0..50)
        .map(|c| {
            let (site, served) = (site.clone(), served.clone());
            rt::spawn(move || (0..rounds).for_each(|n| work(n * 50 + c, &site, &served))).unwrap()
        })
        .collect();
    let threads: Vec<_> = (0..4)
        .map(|t| {
            let (site, served) = (site.clone(), served.clone());
            std::thread::spawn(move || (0..rounds).for_each(|n| work(n * 4 + t, &site, &served)))
        })
        .collect();
    coroutines.into_iter().for_each(|user| user.join().unwrap());
    threads.into_iter().for_each(|user| user.join().unwrap());
    assert!(site.server.peak() <= 2, "{}", site.server.peak());
    assert!(served.load(SeqCst) > rounds, "{}", served.load(SeqCst));
    // Nothing is lost: both places can be had, and the idle ones go by themselves.
    drop((site.get(), site.get()));
    until("closed", || site.server.open() == 0);
    site.is_at_rest();
}
