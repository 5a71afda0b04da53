//! Limiters, in queues and without: prefixes, rates, what a host bears, robots.txt.
//!
//! One binary for all of it, so that the crate is linked once. A case's id stands in the name of its test.

#[path = "../peer/mod.rs"]
mod peer;

mod adaptive;
mod beside;
mod outside;
mod prefix;
mod queued;
mod rate;
mod robots;
mod rules;
mod site;
mod stress;
mod waiting;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use maypole::queue::{FetchQueue, FetchQueueBuilder, WaitTimeout};
use maypole::{HttpClient, Url, rt};

use peer::wait_until;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A client whose every request ends within 30 s, so that a hang is reported by its own error.
fn client() -> HttpClient {
    HttpClient::builder().timeout(ms(30_000)).max_per_host(64).build().unwrap()
}

/// A queue that has been started.
fn queue(options: impl FnOnce(FetchQueueBuilder) -> FetchQueueBuilder) -> FetchQueue {
    options(FetchQueue::builder().client(client()).auto_start(true)).build().unwrap()
}

fn finished(queue: &FetchQueue) -> Result<(), WaitTimeout> {
    queue.wait(ms(45_000))
}

/// What a machine that stops for a moment may spoil once, it does not spoil each time.
#[track_caller]
fn shown(mut shows: impl FnMut() -> bool) {
    assert!((0..5).any(|_| shows()), "not in five attempts");
}

/// Runs a test on a plain thread, one after the other, and sees to it that no coroutine is left.
fn case(body: impl FnOnce() + Send + 'static) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    peer::on_thread(body);
    wait_until("all coroutines to end", || rt::live() == 0);
}
