//! Exchanges on file: HTTP Archive 1.2, recorded from a client and replayed to one.
//!
//! ```text
//!   client ─▶ HarRecorder ─▶ document ─▶ file ─▶ document ─▶ HarReplay ─▶ client, without a network
//! ```

mod document;
mod hide;
mod options;
mod record;
mod replay;

pub use record::HarRecorder;
pub use replay::HarReplay;
