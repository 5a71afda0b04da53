//! Sending once more on the wire: retries, bodies that go on after a break, hedged requests.
//!
//! Delays are made short where they do not matter, and measured from below where they do.

#[path = "../peer/mod.rs"]
mod peer;

mod budget;
mod hedge;
mod key;
mod resume;
mod tries;

use std::time::Duration;

use maypole::client::Retry;
use maypole::{ClientBuilder, HttpClient};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Every retry comes within 2 ms.
fn eager() -> Retry {
    Retry::standard().backoff(ms(1), ms(2))
}

/// Ends within 30 s, so that a hang is reported by its own error.
fn builder() -> ClientBuilder {
    HttpClient::builder().timeout(Duration::from_secs(30))
}

fn retrying(retry: Retry) -> HttpClient {
    builder().retry(retry).build().unwrap()
}
