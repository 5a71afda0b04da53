//! The requests of a run, and which of them is next.
//!
//! ```text
//!   --urls-from ─▶ file ─▶ plain | object ─▶ entry ┐
//!   URL … on the command line ──────────────▶ entry ┴─ with defaults ─▶ prepared ─▶ choice: the one of (seed, number)
//!                                                         template ──┘                └─ draw: its random values
//! ```

mod choice;
mod draw;
mod entry;
mod file;
mod object;
mod plain;
mod prepared;
mod template;

pub(super) use choice::Mix;
pub(super) use entry::{Body, Defaults, Entry};
pub(super) use file::read;
pub(super) use prepared::Prepared;
