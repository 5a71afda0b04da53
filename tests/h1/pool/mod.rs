//! The pool as callers and servers see it: how many connections there are, who waits, what is used again.

mod key;
mod release;
mod reuse;
mod waiting;

use std::sync::Arc;

use maypole::HttpClient;
use maypole::rt;

use crate::ms;

/// A client with this many connections a host.
fn of_size(n: usize) -> HttpClient {
    HttpClient::builder().max_per_host(n).timeout(ms(10_000)).build().unwrap()
}

/// Runs this many coroutines, each with its number, and waits for them.
fn coroutines<T: Send + 'static>(n: usize, body: impl Fn(usize) -> T + Send + Sync + 'static) -> Vec<T> {
    let body = Arc::new(body);
    let started: Vec<_> = (0..n)
        .map(|i| {
            let body = body.clone();
            rt::spawn(move || body(i)).unwrap()
        })
        .collect();
    started.into_iter().map(|handle| handle.join().unwrap()).collect()
}
