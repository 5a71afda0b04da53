//! No wake-up is lost: a ticket too many that hangs is found by the watchdog, and the count of coroutines comes back.

use std::time::{Duration, Instant};

use maypole::{rt, run};

use super::executor::execute;
use super::peer::wait_until;
use super::within;

const LIMIT: Duration = Duration::from_secs(300);

/// A million in release where it is asked for, some thousands in the suite.
fn tickets() -> u64 {
    let asked = std::env::var("MAYPOLE_STRESS_TICKETS").ok().and_then(|number| number.parse().ok());
    asked.unwrap_or(if cfg!(debug_assertions) { 20_000 } else { 100_000 })
}

fn told(what: &str, tickets: u64, start: Instant) {
    let each = start.elapsed().as_secs_f64() * 1e6 / tickets as f64;
    eprintln!("{tickets} {what}: {:.2} s, {each:.2} µs each", start.elapsed().as_secs_f64());
}

fn comes_back(before: usize) {
    // Other tests of this binary have coroutines as well; they come and go.
    wait_until("the coroutines to end", || rt::live() <= before + 2_000);
}

#[test]
fn tickets_awaited_by_a_thread_that_parks() {
    within(LIMIT, || {
        let (before, start, all) = (rt::live(), Instant::now(), tickets());
        for chunk in 0..all / 1_000 {
            let handles: Vec<_> = (0..1_000).map(|n| rt::spawn(move || ends(chunk + n)).unwrap()).collect();
            execute(async move {
                for (n, handle) in (0..).zip(handles) {
                    assert_eq!(handle.await.unwrap(), chunk + n);
                }
            });
        }
        told("tickets awaited by a thread", all, start);
        comes_back(before);
    });
}

#[test]
fn tickets_awaited_by_tasks_of_tokio() {
    within(LIMIT, || {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let (before, start, all) = (rt::live(), Instant::now(), tickets());
        for chunk in 0..all / 10_000 {
            let tasks: Vec<_> = (0..100)
                .map(|part| {
                    tokio.spawn(async move {
                        for n in 0..100 {
                            let n = chunk * 10_000 + part * 100 + n;
                            assert_eq!(rt::spawn(move || ends(n)).unwrap().await.unwrap(), n);
                        }
                    })
                })
                .collect();
            tokio.block_on(async move {
                for task in tasks {
                    task.await.unwrap();
                }
            });
        }
        told("tickets awaited by tasks", all, start);
        comes_back(before);
    });
}

#[test]
fn tasks_of_tokio_awaited_by_coroutines() {
    within(LIMIT, || {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let (before, start, all) = (rt::live(), Instant::now(), tickets());
        rt::scoped(100, |s| {
            for part in 0..100 {
                let tokio = &tokio;
                s.spawn(move || {
                    for n in 0..all / 100 {
                        let task = tokio.spawn(async move { part + n });
                        assert_eq!(rt::block_on(task).unwrap(), part + n);
                    }
                })
                .unwrap();
            }
        });
        told("tasks awaited by coroutines", all, start);
        comes_back(before);
    });
}

#[test]
fn closures_of_threads_on_coroutines() {
    within(LIMIT, || {
        let (before, start, all) = (rt::live(), Instant::now(), tickets() / 4);
        std::thread::scope(|threads| {
            for thread in 0..4 {
                threads.spawn(move || {
                    let mut sum = 0;
                    for n in 0..all / 4 {
                        run(|| sum += ends(n)).unwrap();
                    }
                    assert_eq!(sum, (0..all / 4).sum::<u64>(), "thread {thread}");
                });
            }
        });
        told("closures of threads", all, start);
        comes_back(before);
    });
}

#[test]
fn scoped_closures() {
    within(LIMIT, || {
        let (before, start, all) = (rt::live(), Instant::now(), tickets());
        let numbers: Vec<u64> = (0..all).collect();
        let sum: u64 = rt::scoped(1_000, |s| s.map(&numbers, |n| ends(*n))).unwrap().into_iter().sum();
        assert_eq!(sum, all * (all - 1) / 2);
        told("scoped closures", all, start);
        comes_back(before);
    });
}

/// Some end at once, some after a wait, some on the other worker.
fn ends(n: u64) -> u64 {
    match n % 8 {
        0 => rt::yield_io(),
        1 => rt::sleep(Duration::from_micros(n % 50)),
        _ => {}
    }
    n
}
