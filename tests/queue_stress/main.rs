//! A fetch queue whose jobs, limiters and owners do what they like, for as long as one likes.
//!
//! `MAYPOLE_STRESS_SECONDS=600 cargo test --release --test queue_stress -- --nocapture` is the long run. Each part runs in
//! a child process, with its own number of workers. What must hold: every job that was enqueued has exactly one end; a
//! wait ends; counts are zero then, and so are the permits that are out; coroutines and descriptors are back where they
//! were.

mod dice;
mod moody;
mod round;
mod site;

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::rt::{self, Runtime};

/// Runs a part in a process of its own.
fn part(name: &str, workers: usize) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env("MAYPOLE_STRESS_WORKERS", workers.to_string())
        .status()
        .unwrap();
    assert!(child.success(), "{name} with {workers} workers: {child}");
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !done() {
        if Instant::now() > end {
            eprintln!("a minute later still not: {what}");
            std::process::abort();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

static ROUND: AtomicU64 = AtomicU64::new(0);

/// Ends the process when a round stands still: a lock that nobody gives back stops threads that would say so, too.
fn watch() {
    std::thread::spawn(|| {
        loop {
            let round = ROUND.load(SeqCst);
            std::thread::sleep(Duration::from_secs(120));
            if ROUND.load(SeqCst) == round {
                eprintln!("round {round} stands still");
                std::process::abort();
            }
        }
    });
}

#[test]
fn every_job_has_exactly_one_end_whatever_happens() {
    let name = "every_job_has_exactly_one_end_whatever_happens";
    let Some(workers) = number("MAYPOLE_STRESS_WORKERS") else {
        part(name, 2);
        return part(name, 8);
    };
    Runtime::builder().workers(workers as usize).start().unwrap();
    let end = Instant::now() + Duration::from_secs(number("MAYPOLE_STRESS_SECONDS").unwrap_or(6)) / 2;
    let first = number("MAYPOLE_STRESS_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20);
    std::panic::set_hook(Box::new(|panic| {
        if !panic.to_string().contains("on purpose") && !panic.payload().is::<round::Bomb>() {
            eprintln!("{panic}");
        }
    }));
    // What the first round starts for good: timer, workers, the descriptors of yields.
    round::run(first);
    until("no coroutine left of the first round", || rt::live() == 0);
    let (mut seed, mut jobs, before) = (first, 0, descriptors());
    watch();
    while Instant::now() < end {
        seed += 1;
        ROUND.store(seed, SeqCst);
        jobs += round::run(seed);
        until("no coroutine left", || rt::live() == 0);
    }
    // A yield that finds all its descriptors in use makes one more, and keeps it.
    assert!(descriptors() <= before + 64, "{} descriptors, {before} before", descriptors());
    eprintln!("{workers} workers: {} rounds, {jobs} jobs", seed - first);
}
