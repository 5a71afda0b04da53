//! ureq's agents over this crate's connections: the same code, the same results, and nothing that waits on a worker.
#![cfg(all(feature = "ureq", feature = "tls"))]

#[allow(clippy::duplicate_mod, reason = "each test crate uses its own part of the peer")]
#[path = "../peer/mod.rs"]
mod peer;

#[allow(dead_code, reason = "some of them are for other tests")]
#[path = "../proxy/children.rs"]
mod children;

mod both;
mod crowd;
mod ended;
mod names;
mod nginx;
mod pooled;
mod proxied;
mod same;
mod secured;
mod timeouts;
