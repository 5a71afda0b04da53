//! Connections as `std::io` knows them, against a scripted peer.
//!
//! - `basic`: reading and writing by each kind of connection, std's idioms
//! - `http`: other libraries' HTTP over it
//! - `duplex`: both directions at once, with full buffers
//! - `limits`: timeouts, deadlines, tokens, scopes
//! - `ends`: half closes, cut connections, handles that go while others wait
//! - `start_tls`: TLS from the middle of a connection on
//! - `renewed`: sessions whose keys change
//! - `site`, `flow`: how to connect, and peers that move much
#![cfg(feature = "tls")]

#[path = "../peer/mod.rs"]
mod peer;

mod basic;
mod duplex;
mod ends;
mod flow;
mod http;
mod limits;
mod renewed;
mod site;
mod start_tls;
