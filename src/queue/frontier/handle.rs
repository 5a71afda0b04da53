//! The frontier, as its user holds it.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::core::Core;
use super::feed::Feed;
use super::item::Item;
use super::links::Links;
use super::report::{Added, Progress, Report, Resumed};
use super::run;
use crate::error::Result;
use crate::queue::engine::Stop;
use crate::queue::fetch::{FetchQueue, Fetched};
use crate::queue::seen::Seen;

/// Fetches everything that is added and everything that its handler finds, each request once; with stop conditions, and in
/// a directory that survives a kill.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         let n: u32 = request.url.path()[1..].parse().unwrap_or(1);
/// #         Inbound::new(200, [], format!("/{} /{}", 2 * n, 2 * n + 1))
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// use maypole::queue::{FetchQueue, Frontier, Item, frontier::Ended};
/// let queue = FetchQueue::builder().client(client).concurrency(20);
/// let frontier = Frontier::builder().queue(queue).max_depth(5).max_items(1_000).open()?;
/// frontier.add(Item::get("http://127.0.0.1:8080/1"))?;
/// let report = frontier.run(|item, answer, links| {
///     println!("{} {} at depth {}", answer.status(), item.url, item.depth);
///     for link in String::from_utf8_lossy(answer.bytes()).split_whitespace() {
///         links.follow(link);
///     }
///     Ok(())
/// })?;
/// assert_eq!((report.ended, report.done, report.too_deep), (Ended::Finished, 63, 64));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// # What is done when
/// An item is done when its handler has returned `Ok`: that and the links it found are written together, and its worker
/// goes on to the next item when they are. So after a kill no more items are repeated than were in flight, and no link
/// is lost. What the handler itself writes is there for each item that is not repeated, if it is as durable as the
/// directory when the handler returns: written to a file for a `kill -9`, synced for a loss of power with
/// [`sync`](super::FrontierBuilder::sync). Of those in flight it may be there twice; [`Item::id`] tells.
///
/// When the handler returns an error, or panics, it is as if it had not run: its links are dropped, and the item is
/// fetched again as long as [`Retries`](super::Retries) has tries left; then it is done and counts as failed.
///
/// Clones are handles to the same frontier, for adding, stopping and looking on from any coroutine or thread.
///
/// Follows Scrapy's scheduler, `JOBDIR` and `CLOSESPIDER` settings; unlike there a kill is one more way to stop.
#[doc(alias = "Scheduler")]
#[doc(alias = "crawl")]
#[derive(Clone)]
pub struct Frontier {
    pub(super) core: Arc<Core>,
}

/// What a handler returns.
type Handled = std::result::Result<(), Box<dyn StdError + Send + Sync>>;

impl Frontier {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Adds an item and waits until it is written: it is accepted then. For many there is [`feed`](Self::feed).
    ///
    /// # Errors
    /// As those of [`Feed::push`].
    pub fn add(&self, item: Item) -> Result<Added> {
        let prepared = self.core.prepare(item)?;
        let added = self.core.add(prepared)?;
        self.core.commit()?;
        Ok(added)
    }

    /// For adding many, before a run or beside it.
    pub fn feed(&self) -> Feed {
        Feed::new(self.core.clone())
    }

    /// Fetches until nothing is left, or a stop condition is met. `handler` is called once for each item, with the answer
    /// of its last try or why there is none, on the queue's coroutines, several at once.
    ///
    /// It may be called again after [`Ended::Finished`](super::Ended::Finished) and [`Ended::Items`](super::Ended::Items);
    /// any other end is one for good, and a directory has to be opened again. The end of a surrounding
    /// [scope](crate::rt::scope) stops it as [`Stop::Abort`] does.
    ///
    /// # Errors
    /// What went wrong with the directory: then it has stopped, and nothing that was accepted is lost. Of kind
    /// [`Closed`](crate::error::Kind::Closed) if it was stopped before or runs already.
    pub fn run(
        &self,
        handler: impl Fn(&Item, Fetched, &mut Links) -> Handled + Send + Sync + 'static,
    ) -> Result<Report> {
        run::run(&self.core, Arc::new(handler))
    }

    /// Ends a run. [`Drain`](Stop::Drain): all that is pending is still done, and what handlers find; nothing more is
    /// taken from outside. [`CancelQueued`](Stop::CancelQueued): what is in flight is done.
    /// [`Abort`](Stop::Abort): what is in flight is broken off. What is not done stays pending, in the directory, and
    /// no handler is called for it.
    ///
    /// Returns at once.
    pub fn stop(&self, how: Stop) {
        self.core.stop(how);
    }

    /// How it stands.
    pub fn progress(&self) -> Progress {
        self.core.progress()
    }

    /// What was found in the directory when it was opened.
    pub fn resumed(&self) -> Resumed {
        self.core.resumed
    }

    /// What has been seen.
    pub fn seen(&self) -> &Seen {
        &self.core.rules.seen
    }

    /// The queue that fetches, for its figures.
    pub fn queue(&self) -> &FetchQueue {
        &self.core.queue
    }
}

impl fmt::Debug for Frontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frontier").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
