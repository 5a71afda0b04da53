//! How much, how fast, how many at once: caps, rates, least speeds, places in flight, progress.
//!
//! One binary for all of it, so that the crate is linked once. A case's id stands in the name of its test.

#[path = "../peer/mod.rs"]
mod peer;

mod caps;
mod crowd;
mod expect;
mod options;
mod progress;
mod rates;
mod speed;

use std::time::Duration;

use maypole::{ClientBuilder, HttpClient};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A client whose every request ends within 10 s, so that a hang is reported by its own error.
fn with(options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> HttpClient {
    options(HttpClient::builder().timeout(ms(10_000))).build().unwrap()
}

/// A 200 that announces so many bytes.
fn announces(bytes: u64) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n")
}
