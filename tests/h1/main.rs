//! HTTP/1 on the wire: what the client sends, and what it makes of what servers do.
//!
//! One binary for all of it, so that the crate is linked once. A case's id stands in the name of its test or in the
//! table that the test walks.

#[path = "../peer/mod.rs"]
mod peer;

mod caller_input;
mod case;
mod framing;
mod harness;
mod headers;
mod pool;
mod reading;
mod reliability;
mod request_line;
mod timeouts;
mod tls;
mod uploads;

use std::time::Duration;

use maypole::HttpClient;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// A client whose every request ends within 5 s, so that a hang is reported by its own error.
fn quick() -> HttpClient {
    HttpClient::builder().timeout(Duration::from_secs(5)).build().unwrap()
}

/// The same with the test authority as its only root.
fn tls_client() -> HttpClient {
    tls::trusting().build().unwrap()
}
