//! Options as a whole: each has its words, an effect, a way to be set for one request, and no contradiction.
//!
//! One binary for all of it, so that the crate is linked once. A case's id stands in the name of its test.

#[path = "../peer/mod.rs"]
mod peer;

mod stage;

mod effects;
mod overrides;
mod refused;
mod sources;
