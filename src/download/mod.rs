//! Files from servers to the disk: resumed, in parallel pieces, from several mirrors, checked, and whole or not at all.
//!
//! ```text
//!   Download ─▶ run: where it goes (place, name, part) ─▶ begin: the first response
//!                │                                            │ answer::judge: a part, the whole, another version?
//!                │                                            ▼
//!                │         round: one version of the file, a crew of workers ─▶ events
//!                │            worker ── takes a piece from the board, asks for it
//!                │            copy ──── response ─▶ 512 KiB ─▶ pwrite on a thread, digest
//!                ▼
//!              digest right? ─▶ NAME.part gets its NAME
//! ```
//!
//! While it runs the bytes are in `NAME.part`, locked, and what is known about them in `NAME.part.meta`. Two versions
//! are never mixed: a part counts only if the server says that it is of the same version, and everything begins from
//! zero otherwise.

mod answer;
mod backoff;
mod begin;
mod board;
mod checksum;
mod copy;
mod crew;
mod job;
mod meta;
mod name;
mod options;
mod pacer;
mod part;
mod place;
mod ranges;
mod report;
mod round;
mod run;
mod settings;
mod speed;
mod validators;
mod worker;

pub use checksum::Checksum;
pub use options::Download;
pub use pacer::RateLimit;
pub use report::{Event, Progress, Report};
pub use settings::Existing;
