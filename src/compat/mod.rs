//! Existing blocking code on coroutines: interfaces that it knows, over connections that wait without a thread.
//!
//! ```text
//!   httplib   Python's http.client, step by step        one connection, no policy
//!   io        Read, Write and BufRead over a connection  for protocol crates written for blocking sockets
//!   ureq      connector and resolver for ureq's agents   feature `ureq`
//! ```

pub mod httplib;
pub mod io;
#[cfg(feature = "ureq")]
pub mod ureq;
