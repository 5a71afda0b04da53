//! How the crate is built, what its numbers are, and what it asks of a program.
//!
//! 1. [Architecture](architecture): the floors, and one request walked through the files
//! 2. [Coroutines](coroutines): stacks, limits, cancelling, what blocks a worker, plain threads
//! 3. [Defaults and decisions](defaults): every number with its reason, and what was decided where a standard leaves room
//! 4. [Swapping crates in](swapped): crates written for blocking sockets and readers, one by one
//! 5. [Changelog](changelog)

#[doc = include_str!("architecture.md")]
pub mod architecture {}

#[doc = include_str!("coroutines.md")]
pub mod coroutines {}

#[doc = include_str!("defaults.md")]
pub mod defaults {}

#[doc = include_str!("swapped.md")]
pub mod swapped {}

#[doc = include_str!("changelog.md")]
pub mod changelog {}
