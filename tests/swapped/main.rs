//! Crates that were written for blocking sockets and readers, over connections of ours: the examples, run against real
//! servers, once as a reader would and once with a thousand coroutines on two workers.
#![cfg(feature = "tls")]

mod crowd;
#[allow(clippy::duplicate_mod, reason = "each test crate uses its own part of the peer")]
#[path = "../peer/mod.rs"]
mod peer;
mod servers;

mod postgres;
mod redis;
mod websocket;

mod csv;
mod files;
mod imap;
#[cfg(feature = "json")]
mod json;
mod tar;
mod xml;
mod zip;
