//! Connections as `std::io` knows them, against a scripted peer.
//!
//! - `basic`: reading and writing by each kind of connection, std's idioms, another library's HTTP
//! - `limits`: timeouts, deadlines, tokens, scopes
//! - `ends`: half closes, cut connections, handles that go while others wait
#![cfg(feature = "tls")]

#[path = "../peer/mod.rs"]
mod peer;

mod basic;
mod site;
