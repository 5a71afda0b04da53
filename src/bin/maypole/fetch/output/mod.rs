//! What came of it: a line of JSON each on standard output, bodies in files.
//!
//! ```text
//!   handlers, on coroutines ─▶ outlet ─▶ writer, one thread: files · digest · record ─▶ standard output
//!        ▲                                  │
//!        └──── it is written ───────────────┘
//! ```
//!
//! A disk or a pipe that is slow holds the writer up, and a handler waits for it as a coroutine: no worker is blocked, and
//! no more bodies lie in memory than fetches may run at once.

mod files;
mod record;
mod stdout;
mod writer;

pub(super) use files::Files;
pub(super) use record::Shape;
pub(super) use stdout::Stdout;
pub(super) use writer::{Outcome, Outlet, Told, Writer};
