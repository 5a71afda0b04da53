//! What stands around requests: middleware, events, recordings, counts, and a transport in place of the network.

#[path = "../peer/mod.rs"]
mod peer;

mod answers;
mod events;
#[cfg(feature = "json")]
mod har;
mod metrics;
mod middleware;
#[cfg(feature = "tracing")]
mod tracing;
mod transport;

use std::time::Duration;

use maypole::HttpClient;
use maypole::client::ClientBuilder;

/// A client whose every request ends within 5 s, so that a hang is reported by its own error.
fn builder() -> ClientBuilder {
    HttpClient::builder().timeout(Duration::from_secs(5))
}
