//! What a download tells while it runs and when it has ended.

use std::path::PathBuf;
use std::time::Duration;

use super::checksum::Checksum;
use crate::message::Url;

/// A finished download.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Where the file is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How many of its bytes were there before.
    pub resumed: u64,
    /// How many body bytes this run received; more than `bytes` where something had to be fetched again.
    pub received: u64,
    /// How many requests were sent.
    pub requests: u64,
    /// How many connections fetched pieces at once.
    pub connections: usize,
    /// How many mirrors were given up.
    pub mirrors_dropped: usize,
    /// The digest, if one was to be checked.
    pub checksum: Option<Checksum>,
    /// The URL that sent the first byte, behind all redirects.
    pub url: Option<Url>,
    /// From the call to the end.
    pub elapsed: Duration,
}

/// Something that a download tells while it runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Bytes begin to come. Again after each [`Restarted`](Self::Restarted).
    Started {
        /// The final name; the bytes are in `path` with `.part` behind it until the end.
        path: PathBuf,
        /// The length of the file, if the server says it.
        total: Option<u64>,
        /// How many bytes were there already.
        resumed: u64,
        /// How many connections fetch pieces.
        connections: usize,
    },
    /// How far it is; every 100 ms while bytes come, and once at the end.
    Progress(Progress),
    /// A request or a connection failed, and is tried again after `wait`.
    Retrying {
        /// What failed.
        error: String,
        /// How long it waits before.
        wait: Duration,
    },
    /// Everything from before is thrown away: the server has another version, or no parts.
    Restarted {
        /// What was seen.
        why: String,
    },
    /// A mirror is given up; the others go on.
    MirrorDropped {
        /// Its URL, without user name and password.
        url: String,
        /// What was wrong with it.
        why: String,
    },
    /// All bytes are there, and the digest of what was not fetched in order is being computed.
    Verifying,
    /// It did not finish. What is there stays, and the next run goes on from it.
    Kept {
        /// The unfinished file.
        path: PathBuf,
        /// How many of its bytes are there.
        bytes: u64,
        /// The length of the file, if known.
        total: Option<u64>,
    },
}

/// How far a download is.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes in the file, those of earlier runs included.
    pub bytes: u64,
    /// Its length, if known.
    pub total: Option<u64>,
    /// Bytes a second, over the last few seconds.
    pub per_second: f64,
    /// Each piece that is being fetched: from its next byte to one past its last.
    pub pieces: Vec<std::ops::Range<u64>>,
}

impl Progress {
    /// How long the rest will take at this rate; none if that is not known.
    #[must_use]
    pub fn eta(&self) -> Option<Duration> {
        let left = self.total?.saturating_sub(self.bytes);
        Duration::try_from_secs_f64(left as f64 / self.per_second).ok()
    }
}
