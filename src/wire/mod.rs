//! Bytes in, values out: what is said on a connection, without a connection.
//!
//! Nothing here waits, reads a clock or names a socket. Every parser takes its input in pieces of any size and gives
//! the same answer for each way of cutting it; every encoder checks what it writes, whatever checked it before. That
//! makes this floor the place where requests cannot be smuggled and responses cannot be split.

pub mod auth;
pub mod grammar;
pub mod h1;
pub mod socks;

mod headers;
pub use headers::{Headers, Iter};

mod version;
pub use version::Version;

mod violation;
pub use violation::{Rule, Violation};
