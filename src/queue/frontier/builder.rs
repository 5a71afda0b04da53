//! Options of a frontier.

use std::path::PathBuf;
use std::time::Duration;

use super::bounds::Bounds;
use super::core::{Core, Rules};
use super::handle::Frontier;
use super::journal::{self, Journal};
use super::retries::Retries;
use crate::error::{Error, Kind, Phase, Result};
use crate::queue::fetch::{FetchQueue, FetchQueueBuilder};
use crate::queue::seen::Seen;

/// Items in memory by default: a few MB, and enough for hosts to take turns.
const WINDOW: usize = 10_000;

/// Options of a [`Frontier`].
#[must_use = "a builder does nothing until `open`"]
pub struct FrontierBuilder {
    queue: FetchQueueBuilder,
    directory: Option<PathBuf>,
    sync: bool,
    seen: Option<Seen>,
    max_depth: u32,
    retries: Retries,
    bounds: Bounds,
    window: usize,
}

impl Frontier {
    /// A frontier with options.
    pub fn builder() -> FrontierBuilder {
        FrontierBuilder {
            queue: FetchQueue::builder(),
            directory: None,
            sync: false,
            seen: Some(Seen::exact()),
            max_depth: u32::MAX,
            retries: Retries::default(),
            bounds: Bounds::default(),
            window: WINDOW,
        }
    }
}

impl FrontierBuilder {
    /// The queue that fetches: concurrency, limiters, client, profile. Its bound, its start, and what it has seen
    /// ([`dedupe`](FetchQueueBuilder::dedupe)) are the frontier's matter; its own retries come before those here.
    /// Default `FetchQueue::builder()`.
    pub fn queue(mut self, queue: FetchQueueBuilder) -> Self {
        self.queue = queue;
        self
    }

    /// Keeps everything in this directory, which is made if it is not there: opening it again goes on where the last
    /// process ended, however it ended. Default none: everything is in memory, and gone with the frontier.
    #[doc(alias = "JOBDIR")]
    pub fn directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.directory = Some(path.into());
        self
    }

    /// Whether each write waits for the disk itself (`fdatasync`), so that even a loss of power takes nothing that was
    /// accepted. Default off: what was accepted survives the end of the process, by `kill -9` too, which needs no more
    /// than the system's memory; a loss of power may take the last seconds, links among them whose page
    /// counts as done.
    pub fn sync(mut self, on: bool) -> Self {
        self.sync = on;
        self
    }

    /// What has been seen; `None` fetches everything as often as it is added. Default [`Seen::exact`].
    pub fn seen(mut self, seen: impl Into<Option<Seen>>) -> Self {
        self.seen = seen.into();
        self
    }

    /// How deep to go: 0 fetches nothing but what is added from outside. Default no limit.
    #[doc(alias = "DEPTH_LIMIT")]
    pub fn max_depth(mut self, depth: u32) -> Self {
        self.max_depth = depth;
        self
    }

    /// What is tried again, and when. Default [`Retries::default`].
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Stops after so many items, exactly. Default no limit.
    #[doc(alias = "CLOSESPIDER_ITEMCOUNT")]
    #[doc(alias = "CLOSESPIDER_PAGECOUNT")]
    pub fn max_items(mut self, items: u64) -> Self {
        self.bounds.items = Some(items);
        self
    }

    /// Stops after this time: what is in flight then is done, and nothing more begins. Default no limit.
    #[doc(alias = "CLOSESPIDER_TIMEOUT")]
    pub fn max_time(mut self, time: Duration) -> Self {
        self.bounds.time = Some(time);
        self
    }

    /// Stops when so many items have failed; what is in flight then is done. Default no limit.
    #[doc(alias = "CLOSESPIDER_ERRORCOUNT")]
    pub fn max_errors(mut self, items: u64) -> Self {
        self.bounds.errors = Some(items);
        self
    }

    /// Stops when so many items have failed and none was good in between. Default no limit.
    pub fn max_errors_in_a_row(mut self, items: u64) -> Self {
        self.bounds.errors_in_a_row = Some(items);
        self
    }

    /// Stops when more than this share of all items has failed, as soon as `after` have ended. Default no limit.
    pub fn max_error_share(mut self, share: f64, after: u64) -> Self {
        self.bounds.error_share = Some((share, after.max(1)));
        self
    }

    /// Stops when bodies of so many bytes have come, decoded; what is in flight then is done. Default no limit.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.bounds.bytes = Some(bytes);
        self
    }

    /// How many items are handed to the queue at most: waiting for a worker, for a limiter, for their next try, or in
    /// flight. The others wait on disk, or packed in memory. Hosts take turns, and priorities count, among those in the
    /// window. Default 10,000, which takes about 10 MB.
    pub fn window(mut self, items: usize) -> Self {
        self.window = items.max(1);
        self
    }

    /// The frontier, with what its directory holds. Reads the directory on a thread for that: a second or two for a
    /// million items.
    ///
    /// # Errors
    /// Those of the queue's builder; a directory that cannot be made, read or written, is in use, or holds something
    /// else; a share of errors that is not from 0 to 1.
    pub fn open(self) -> Result<Frontier> {
        if let Some((share, _)) = self.bounds.error_share.filter(|(share, _)| !(0.0..=1.0).contains(share)) {
            let what = format!("a share of errors of {share} is not from 0 to 1");
            return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        }
        let queue = self.queue.bounded(usize::MAX).build()?;
        let is_deduping = self.seen.is_some();
        let rules = Rules {
            seen: self.seen.unwrap_or_else(Seen::exact),
            is_deduping,
            max_depth: self.max_depth,
            retries: self.retries,
            bounds: self.bounds,
            window: self.window,
        };
        let (journal, found) = match self.directory {
            Some(path) => {
                let seen = is_deduping.then(|| rules.seen.clone());
                let (journal, found) = journal::aside(move || Journal::open(&path, self.sync, seen.as_ref()))?;
                (Some(journal), found)
            }
            None => Default::default(),
        };
        Ok(Frontier::new(Core::new(queue, rules, journal, found)))
    }
}
