//! Where lines go.
//!
//! ```text
//!   log(kind, name, text) ─▶ line ─▶ writer: bounded buffer ─▶ a thread of its own ─▶ screen, pipe, rotating file
//!                              └───▶ memory: the last lines
//! ```
//!
//! Nothing here writes on the caller's thread: a terminal, a full pipe or a disk would hold its worker. Who logs faster than
//! the thread writes waits for room, as a coroutine waits.

mod clock;
mod file;
mod line;
mod logger;
mod memory;
mod rotate;
mod screen;
mod several;
mod writer;

pub use file::{FileLogger, FileLoggerBuilder};
pub use logger::{Logger, OnlyLogger};
pub use memory::MemoryLogger;
pub use rotate::Rotate;
pub use screen::{PipeLogger, ScreenLogger};
pub use several::{MultiLogger, NullLogger};
