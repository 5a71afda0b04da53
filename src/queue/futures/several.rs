//! Several futures: as they complete, or as many as are wanted.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::future::ResponseFuture;
use crate::queue::engine::within_scope;
use crate::rt::Waiter;

/// The futures in the order in which they complete. Each comes out with its result there.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
/// # let session = session.build()?;
/// use maypole::queue::as_completed;
/// let futures = (0..10).map(|n| session.get(format!("http://127.0.0.1:8080/{n}")).send());
/// for future in as_completed(futures) {
///     println!("{:?}", future.result()?.status());
/// }
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// All of `futures` are taken at once. A surrounding [`scope`](crate::rt::scope) ends the iteration; what has not come by
/// then is in [`into_rest`](AsCompleted::into_rest).
pub fn as_completed<T, G>(futures: impl IntoIterator<Item = ResponseFuture<T, G>>) -> AsCompleted<T, G> {
    let inbox = Arc::new(Inbox::default());
    let rest: BTreeMap<_, _> = futures.into_iter().enumerate().collect();
    for (&index, future) in &rest {
        let inbox = inbox.clone();
        future.cell.on_ready(move || inbox.put(index));
    }
    AsCompleted { inbox, rest, at: None }
}

/// From [`as_completed`].
#[must_use = "nobody waits for the futures unless this is iterated over"]
pub struct AsCompleted<T, G = ()> {
    inbox: Arc<Inbox>,
    rest: BTreeMap<usize, ResponseFuture<T, G>>,
    at: Option<Instant>,
}

impl<T, G> AsCompleted<T, G> {
    /// Ends the iteration so long from now. Default no limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.at = Instant::now().checked_add(limit);
        self
    }

    /// Those that have not come out, in the order in which they were given.
    pub fn into_rest(self) -> Vec<ResponseFuture<T, G>> {
        self.rest.into_values().collect()
    }
}

impl<T, G> Iterator for AsCompleted<T, G> {
    type Item = ResponseFuture<T, G>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let index = self.inbox.take(self.at)?;
        self.rest.remove(&index)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.rest.len()))
    }
}

/// What [`wait`] waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReturnWhen {
    /// The first that is done, good or bad.
    First,
    /// The first that has failed; all, if none does.
    Exception,
    /// All of them.
    #[default]
    All,
}

/// From [`wait`]; both in the order in which they were given.
#[derive(Debug)]
#[non_exhaustive]
pub struct Waited<T, G = ()> {
    /// Those whose results are there.
    pub done: Vec<ResponseFuture<T, G>>,
    /// The others, which go on.
    pub not_done: Vec<ResponseFuture<T, G>>,
}

/// Waits for as many as `when` says, for `limit` at most and within the surrounding scope.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [], "hello")
/// #     }
/// # }
/// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
/// # let session = session.build()?;
/// use maypole::queue::{ReturnWhen, wait};
/// let futures = (0..10).map(|n| session.get(format!("http://127.0.0.1:8080/{n}")).send());
/// let waited = wait(futures, ReturnWhen::All, None);
/// assert_eq!((waited.done.len(), waited.not_done.len()), (10, 0));
/// # Ok::<(), maypole::Error>(())
/// ```
pub fn wait<T, G>(
    futures: impl IntoIterator<Item = ResponseFuture<T, G>>,
    when: ReturnWhen,
    limit: impl Into<Option<Duration>>,
) -> Waited<T, G> {
    let mut all = as_completed(futures);
    all.at = limit.into().and_then(|limit| Instant::now().checked_add(limit));
    let mut open = all.rest.len();
    while open > 0
        && let Some(index) = all.inbox.take(all.at)
    {
        open -= 1;
        let has_failed = || all.rest.get(&index).is_some_and(|future| future.error().is_some());
        if when == ReturnWhen::First || (when == ReturnWhen::Exception && has_failed()) {
            break;
        }
    }
    let (done, not_done) = all.into_rest().into_iter().partition(ResponseFuture::is_done);
    Waited { done, not_done }
}

/// Numbers of futures whose results have come.
#[derive(Default)]
struct Inbox(Mutex<Come>);

#[derive(Default)]
struct Come {
    indexes: VecDeque<usize>,
    waiter: Option<Waiter>,
}

impl Inbox {
    fn put(&self, index: usize) {
        let mut come = self.lock();
        come.indexes.push_back(index);
        let waiter = come.waiter.take();
        drop(come);
        waiter.inspect(Waiter::wake);
    }

    /// The next one; `None` when the time is over.
    fn take(&self, at: Option<Instant>) -> Option<usize> {
        let mut waiter = None;
        loop {
            let mut come = self.lock();
            if let Some(index) = come.indexes.pop_front() {
                return Some(index);
            }
            let waiter: &Waiter = waiter.get_or_insert_with(Waiter::current);
            let before = come.waiter.replace(waiter.clone());
            drop(come);
            drop(before);
            if within_scope(waiter, at).is_err() {
                return self.lock().indexes.pop_front();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Come> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<T, G> fmt::Debug for AsCompleted<T, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("rest", &self.rest.len()).finish_non_exhaustive()
    }
}
