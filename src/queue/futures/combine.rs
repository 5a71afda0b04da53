//! Futures made of futures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use super::cell::Cell;
use super::control::{Chain, Many};
use super::future::ResponseFuture;
use super::task::panicked;
use crate::error::{Error, Kind, Result};

impl<T: Send + 'static, G> ResponseFuture<T, G> {
    /// A future of what `f` makes of the result. It is called where the result comes, on the worker, or here if it is there
    /// already; an error goes by it.
    ///
    /// [`RequestBuilder::map`](crate::RequestBuilder::map) is the same for the result itself: `is_done` and callbacks come
    /// after it there.
    pub fn map<U: Send + 'static>(self, f: impl FnOnce(T) -> Result<U> + Send + 'static) -> ResponseFuture<U, G> {
        let Self { cell, held, tag } = self;
        let made = Arc::new(Cell::default());
        let making = made.clone();
        cell.then(move |result| making.complete(result.and_then(|value| caught(|| f(value)))));
        ResponseFuture { cell: made, held, tag }
    }

    /// A future that goes on with the one that `f` returns; an error goes by it.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], "http://127.0.0.1:8080/next")
    /// #     }
    /// # }
    /// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
    /// # let session = session.build()?;
    /// let more = session.clone();
    /// let second = session.get("http://127.0.0.1:8080/first").map(|response| response.text()).send();
    /// let second = second.and_then(move |url| more.get(url).send());
    /// assert_eq!(second.result()?.url().path(), "/next");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn and_then<U: Send + 'static, H: Send + 'static>(
        self,
        f: impl FnOnce(T) -> ResponseFuture<U, H> + Send + 'static,
    ) -> ResponseFuture<U, G> {
        self.chained(move |result| match result {
            Ok(value) => caught(|| Ok(Err(f(value)))),
            Err(error) => Err(error),
        })
    }

    /// A future that goes on with the one that `f` returns if this one fails.
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
    /// let more = session.clone();
    /// let either = session.get("no URL").send().or_else(move |_| more.get("http://127.0.0.1:8080/").send());
    /// assert_eq!(either.result()?.status(), 200);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn or_else<H: Send + 'static>(
        self,
        f: impl FnOnce(Error) -> ResponseFuture<T, H> + Send + 'static,
    ) -> ResponseFuture<T, G> {
        self.chained(move |result| match result {
            Ok(value) => Ok(Ok(value)),
            Err(error) => caught(|| Ok(Err(f(error)))),
        })
    }

    /// Goes on with what `next` says: a value, or another future.
    fn chained<U: Send + 'static, H: Send + 'static>(
        self,
        next: impl FnOnce(Result<T>) -> Result<Result<U, ResponseFuture<U, H>>> + Send + 'static,
    ) -> ResponseFuture<U, G> {
        let Self { cell, held, tag } = self;
        let abort_on_drop = held.abort_on_drop;
        let chain = Arc::new(Chain::new(held.let_go()));
        let (made, going_on) = (Arc::new(Cell::default()), chain.clone());
        let making = made.clone();
        let end = move |chain: &Chain, result| {
            chain.end();
            making.complete(result);
        };
        cell.then(move |result| match next(result) {
            Err(error) => end(&going_on, Err(error)),
            Ok(Ok(value)) => end(&going_on, Ok(value)),
            Ok(Err(future)) => {
                let ResponseFuture { cell, held, tag: _ } = future;
                going_on.go_on(held.let_go());
                cell.then(move |result| end(&going_on, result));
            }
        });
        let mut future = ResponseFuture::new(made, chain).tagged(tag);
        future.held.abort_on_drop = abort_on_drop;
        future
    }
}

/// A future of all results, in the order of the futures: it comes when the last of them does, and never fails itself.
/// Cancelling and aborting it is for all of them.
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
/// use maypole::queue::join_all;
/// let all = join_all((0..3).map(|n| session.get(format!("http://127.0.0.1:8080/{n}")).send()));
/// assert!(all.result()?.into_iter().all(|response| response.is_ok()));
/// # Ok::<(), maypole::Error>(())
/// ```
pub fn join_all<T: Send + 'static, G>(
    futures: impl IntoIterator<Item = ResponseFuture<T, G>>,
) -> ResponseFuture<Vec<Result<T>>> {
    let Parts { cells, many, abort_on_drop } = parts(futures);
    let made = Arc::new(Cell::default());
    if cells.is_empty() {
        made.complete(Ok(Vec::new()));
    }
    let all: Vec<Option<Result<T>>> = cells.iter().map(|_| None).collect();
    let all = Arc::new(Mutex::new((all, cells.len())));
    for (index, cell) in cells.into_iter().enumerate() {
        let (all, making) = (all.clone(), made.clone());
        cell.then(move |result| {
            let mut all = all.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            all.0[index] = Some(result);
            all.1 -= 1;
            if all.1 == 0 {
                let results = std::mem::take(&mut all.0);
                drop(all);
                making.complete(Ok(results.into_iter().flatten().collect()));
            }
        });
    }
    several(made, Arc::new(many), abort_on_drop)
}

/// A future of the first result that is good. The others are aborted then. It fails when all have, with the last one's error.
///
/// # Errors
/// Its result is [`Kind::InvalidConfig`] if there are none.
pub fn race<T: Send + 'static, G>(futures: impl IntoIterator<Item = ResponseFuture<T, G>>) -> ResponseFuture<T> {
    let Parts { cells, many, abort_on_drop } = parts(futures);
    let (made, many) = (Arc::new(Cell::default()), Arc::new(many));
    if cells.is_empty() {
        made.complete(Err(Error::new(Kind::InvalidConfig, "a race without futures has no winner")));
    }
    let open = Arc::new(std::sync::atomic::AtomicUsize::new(cells.len()));
    for cell in cells {
        let (open, making, others) = (open.clone(), made.clone(), many.clone());
        cell.then(move |result| {
            if result.is_ok() {
                making.complete(result);
                super::control::Control::abort(&*others);
            } else if open.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) == 1 {
                // Failures alone are counted: a good one that has come and not been told yet must not make this the last.
                making.complete(result);
            }
        });
    }
    several(made, many, abort_on_drop)
}

struct Parts<T> {
    cells: Vec<Arc<Cell<T>>>,
    many: Many,
    /// Whether each of them has said so.
    abort_on_drop: bool,
}

fn parts<T, G>(futures: impl IntoIterator<Item = ResponseFuture<T, G>>) -> Parts<T> {
    let mut parts = Parts { cells: Vec::new(), many: Many(Vec::new()), abort_on_drop: true };
    for future in futures {
        let ResponseFuture { cell, held, tag: _ } = future;
        parts.abort_on_drop &= held.abort_on_drop;
        parts.cells.push(cell);
        parts.many.0.push(held.let_go());
    }
    parts
}

fn several<T>(made: Arc<Cell<T>>, many: Arc<Many>, abort_on_drop: bool) -> ResponseFuture<T> {
    let mut future = ResponseFuture::new(made, many);
    future.held.abort_on_drop = abort_on_drop;
    future
}

fn caught<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| Err(panicked(panic)))
}
