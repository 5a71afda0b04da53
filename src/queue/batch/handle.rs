//! A batch as its callbacks see it.

use std::fmt;
use std::sync::{Arc, Weak};

use super::draft::Draft;
use super::outcome::Outcome;
use super::shared::Shared;
use super::stats::Stats;
use crate::error::{Error, Kind, Result};
use crate::queue::engine::Counts;

/// The batch's callback.
pub(super) type Callback = Box<dyn Fn(Outcome, &Handle) + Send + Sync>;

/// One request's own, in place of the batch's.
pub(super) type Once = Box<dyn FnOnce(Outcome, &Handle) + Send>;

/// What a callback gets to queue more with: every verb of a [`Batch`](super::Batch), and none of its waits.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let client = maypole::HttpClient::builder().transport(Site).build()?;
/// use maypole::queue::batch::Batch;
/// // Load: ten at a time, until a thousand have been queued.
/// let batch = Batch::builder()
///     .client(client)
///     .workers(10)
///     .on_response(|outcome, batch| {
///         if outcome.req_id() + 10 < 1_000 {
///             batch.get("http://127.0.0.1:8080/").queue().ok();
///         }
///     })
///     .build()?;
/// for _ in 0..10 {
///     batch.get("http://127.0.0.1:8080/").queue()?;
/// }
/// assert_eq!(batch.fetch_all().requests, 1_000);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It does not keep the batch alive: once the last [`Batch`](super::Batch) is dropped, nothing can be queued.
#[derive(Clone)]
pub struct Handle {
    pub(super) ends: Arc<Ends>,
    pub(super) line: Weak<dyn Line>,
}

/// What outcomes need, for as long as there are any to come.
pub(super) struct Ends {
    pub(super) shared: Shared,
    pub(super) callback: Callback,
}

/// Where requests wait for their turn.
pub(super) trait Line: Send + Sync {
    /// Numbers a request and puts it in line.
    fn enqueue(&self, handle: &Handle, draft: Draft, callback: Option<Once>) -> Result<u64>;

    fn counts(&self) -> Counts;
}

impl Handle {
    pub(super) fn shared(&self) -> &Shared {
        &self.ends.shared
    }

    /// Says something through the batch's logger.
    pub fn log(&self, kind: &str, text: &str) {
        self.shared().logger.log(kind, "", text);
    }

    /// How much has been done, and how much there is to do.
    #[doc(alias = "countreq")]
    #[doc(alias = "countfin")]
    #[doc(alias = "workings")]
    #[doc(alias = "qsize")]
    pub fn stats(&self) -> Stats {
        let counts = self.line.upgrade().map(|line| line.counts()).unwrap_or_default();
        Stats::new(counts, self.shared())
    }

    pub(super) fn enqueue(&self, draft: Draft, callback: Option<Once>) -> Result<u64> {
        match self.line.upgrade() {
            Some(line) => line.enqueue(self, draft, callback),
            None => Err(closed()),
        }
    }
}

pub(super) fn closed() -> Error {
    Error::new(Kind::Closed, "the batch has been shut down or dropped")
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
