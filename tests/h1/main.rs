//! HTTP/1 on the wire: what the client sends, and what it makes of what servers do.
//!
//! One binary for all of it, so that the crate is linked once. A case's id stands in the name of its test or in the
//! table that the test walks.

#[path = "../peer/mod.rs"]
mod peer;

mod harness;
