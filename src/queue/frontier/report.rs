//! What came of a run.

use std::fmt;
use std::time::Duration;

/// What a [`run`](super::Frontier::run) has done, and why it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Why it ended.
    pub ended: Ended,
    /// Items that ended in this run, failed ones included.
    pub done: u64,
    /// Those that failed: no answer, a status that is tried again, or an error of the handler, after the last try.
    pub failed: u64,
    /// Tries beyond the first ones.
    pub retried: u64,
    /// Handlers that panicked, which counts as an error of theirs, and rules of the program's.
    pub panicked: u64,
    /// Items and links that had been seen before.
    pub duplicates: u64,
    /// Links beyond [`max_depth`](super::FrontierBuilder::max_depth).
    pub too_deep: u64,
    /// Links that are no URL that can be fetched.
    pub invalid: u64,
    /// Bytes of bodies, decoded.
    pub bytes: u64,
    /// Items that are still to be done.
    pub pending: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ended {
    /// Nothing was left to do.
    Finished,
    /// [`max_items`](super::FrontierBuilder::max_items) were done.
    Items,
    /// [`max_time`](super::FrontierBuilder::max_time) was over.
    Time,
    /// [`max_errors`](super::FrontierBuilder::max_errors) had failed.
    Errors,
    /// [`max_errors_in_a_row`](super::FrontierBuilder::max_errors_in_a_row) had failed.
    ErrorsInARow,
    /// More than [`max_error_share`](super::FrontierBuilder::max_error_share) had failed.
    ErrorShare,
    /// [`max_bytes`](super::FrontierBuilder::max_bytes) had come.
    Bytes,
    /// [`Frontier::stop`](super::Frontier::stop), or the end of the surrounding scope.
    Stopped,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finished => "finished",
            Self::Items => "stopped at the number of items",
            Self::Time => "stopped at the time limit",
            Self::Errors => "stopped at the number of errors",
            Self::ErrorsInARow => "stopped at the number of errors in a row",
            Self::ErrorShare => "stopped at the share of errors",
            Self::Bytes => "stopped at the number of bytes",
            Self::Stopped => "stopped",
        })
    }
}

/// One line.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ended, done, failed, retried, duplicates, bytes, pending, elapsed, .. } = self;
        write!(f, "{ended}: {done} done, {failed} of them failed, {retried} retries, {duplicates} duplicates, ")?;
        write!(f, "{bytes} bytes, {pending} pending, {elapsed:.1?}")
    }
}

/// How a frontier stands, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Items that have not ended: waiting, waiting for another try, or in flight.
    pub pending: u64,
    /// Those of them that have been handed to the queue.
    pub open: usize,
    /// Items that have ended, in earlier runs on the directory too.
    pub done: u64,
    /// Of this run: items that failed.
    pub failed: u64,
    /// Of this run: tries beyond the first ones.
    pub retried: u64,
    /// Of this run: items and links that had been seen before.
    pub duplicates: u64,
    /// Of this run: bytes of bodies, decoded.
    pub bytes: u64,
}

/// What was found in the directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resumed {
    /// Items that are still to be done.
    pub pending: u64,
    /// Items that have been done.
    pub done: u64,
    /// Bytes of records that a kill had left unfinished, and that were cut off.
    pub cut: u64,
}

/// What became of an item that was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Added {
    /// It will be fetched; this is its number.
    New(u64),
    /// It had been seen before.
    Duplicate,
    /// It lies beyond [`max_depth`](super::FrontierBuilder::max_depth).
    TooDeep,
}
