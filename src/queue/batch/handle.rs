//! A batch as its callbacks see it.

use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

use super::draft::Draft;
use super::job::Job;
use super::request::BatchRequest;
use super::shared::{Runs, Shared};
use super::stats::Stats;
use crate::client::RequestBuilder;
use crate::error::{Error, Kind, Result};

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
    pub(super) shared: Arc<Shared>,
    pub(super) runs: Weak<Runs>,
}

impl Handle {
    /// A request that was built by a client, this batch's or another: everything that a request may have.
    pub fn add(&self, request: RequestBuilder) -> BatchRequest {
        BatchRequest::new(self.clone(), Draft::ready(request))
    }

    /// A request with any method.
    pub fn request(&self, method: &str, url: impl AsRef<str>) -> BatchRequest {
        BatchRequest::new(self.clone(), Draft::new(method, url.as_ref()))
    }

    /// Says something through the batch's logger.
    pub fn log(&self, kind: &str, text: &str) {
        self.shared.logger.log(kind, "", text);
    }

    /// How much has been done, and how much there is to do.
    #[doc(alias = "countreq")]
    #[doc(alias = "countfin")]
    #[doc(alias = "workings")]
    #[doc(alias = "qsize")]
    pub fn stats(&self) -> Stats {
        let counts = self.runs.upgrade().map(|runs| runs.counts()).unwrap_or_default();
        Stats::new(counts, &self.shared)
    }

    pub(super) fn enqueue(&self, draft: Draft) -> Result<u64> {
        let Some(runs) = self.runs.upgrade() else { return Err(closed()) };
        runs.enqueue(&self.shared, || {
            let id = self.shared.ids.fetch_add(1, Relaxed);
            (id, Job { handle: self.clone(), item: draft.queued(id) })
        })
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
