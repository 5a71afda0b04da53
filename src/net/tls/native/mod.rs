//! TLS by `native-tls`.
//!
//! OpenSSL keeps its error queue per thread. A coroutine that waited inside one of its calls could wake on another
//! thread, or let another coroutine run OpenSSL meanwhile; with such a stream 2 to 5 % of good connections failed with
//! some other connection's certificate error. So nothing below the library waits, every function here that calls it is
//! outlined and free of waits, and waiting happens between two such calls.
//!
//! ```text
//!   handshake ── would block ──▶ wait ── again ──▶ … ──▶ check (ALPN, names, pins) ──▶ Session
//! ```

mod adapter;
mod connector;
mod handshake;
mod peer;
mod reason;
mod session;

pub(super) use connector::{Connector, check};
pub(in crate::net) use handshake::handshake;
pub(in crate::net) use session::Session;
