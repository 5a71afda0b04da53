//! How the crate is built, what its numbers are, and what it asks of a program.
//!
//! 1. [Architecture](architecture): the floors, and one request walked through the files
//! 2. [Coroutines](coroutines): stacks, limits, cancelling, what blocks a worker, plain threads
//! 3. [Defaults and decisions](defaults): every number with its reason, and what was decided where a standard leaves room
//! 4. [Changelog](changelog)
#![cfg_attr(
    feature = "ureq",
    doc = "5. [ureq on coroutines](ureq): what changes, what it costs, what ureq asks of a stack"
)]

#[doc = include_str!("architecture.md")]
pub mod architecture {}

#[doc = include_str!("coroutines.md")]
pub mod coroutines {}

#[doc = include_str!("defaults.md")]
pub mod defaults {}

#[doc = include_str!("changelog.md")]
pub mod changelog {}

#[cfg(feature = "ureq")]
#[doc = include_str!("ureq.md")]
pub mod ureq {}
