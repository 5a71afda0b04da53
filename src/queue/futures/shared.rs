//! One result for several readers.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::cell::Cell;
use super::control::{Control, Requested};
use super::future::ResponseFuture;
use crate::client::Response;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, Mutex};

/// A future that may be cloned: each reader gets the result, the same for all. From [`ResponseFuture::shared`].
pub struct SharedFuture<T = Response>(Arc<Common<T>>);

struct Common<T> {
    result: OnceLock<Mutex<Result<T>>>,
    there: Cell<()>,
    copy: fn(&T) -> Result<T>,
    control: Arc<dyn Control>,
}

impl<G> ResponseFuture<Response, G> {
    /// The future for several readers. Each gets a response of its own, with the same bytes: its body must not be left to
    /// be read ([`stream`](crate::RequestBuilder::stream)), or every reader gets an error.
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
    /// let one = session.get("http://127.0.0.1:8080/").send().shared();
    /// let two = one.clone();
    /// assert_eq!(one.result()?.text()?, two.result()?.text()?);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn shared(self) -> SharedFuture {
        SharedFuture::new(self, |response| {
            let what = "a response whose body is left to be read has one reader";
            response.try_clone().ok_or_else(|| Error::new(Kind::BodyUsed, what).with_phase(Phase::Body))
        })
    }
}

impl<T: Clone + Send + 'static, G> ResponseFuture<T, G> {
    /// The future for several readers. Each gets a clone of the result.
    pub fn shared(self) -> SharedFuture<T> {
        SharedFuture::new(self, |value| Ok(value.clone()))
    }
}

impl<T: Send + 'static> SharedFuture<T> {
    fn new<G>(future: ResponseFuture<T, G>, copy: fn(&T) -> Result<T>) -> Self {
        let ResponseFuture { cell, held, tag: _ } = future;
        let (result, there) = (OnceLock::new(), Cell::default());
        let common = Arc::new(Common { result, there, copy, control: held.let_go() });
        let setting = common.clone();
        cell.then(move |result| {
            setting.result.set(Mutex::new(result)).ok();
            setting.there.complete(Ok(()));
        });
        Self(common)
    }
}

impl<T> SharedFuture<T> {
    /// Waits for the result.
    ///
    /// # Errors
    /// Those of [`ResponseFuture::result`], the same for each reader; the response of a status error is the first one's.
    pub fn result(&self) -> Result<T> {
        self.until(None)
    }

    /// As [`result`](Self::result), for so long at most.
    ///
    /// # Errors
    /// [`Kind::Timeout`] after `limit`, too.
    pub fn result_timeout(&self, limit: Duration) -> Result<T> {
        self.until(Some(limit))
    }

    fn until(&self, limit: Option<Duration>) -> Result<T> {
        let at = limit.and_then(|limit| Instant::now().checked_add(limit));
        self.0.there.wait(at).map_err(|(stop, until)| match stop {
            rt::Stop::Cancelled => Error::cancelled(Phase::Checkout),
            rt::Stop::TimedOut => Error::timeout(Phase::Checkout, limit.or(until.limit())),
        })?;
        let result = self.0.result.get().expect("set before it is told");
        match &*result.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            Ok(value) => (self.0.copy)(value),
            Err(error) => Err(error.again()),
        }
    }

    /// As [`ResponseFuture::cancel`].
    pub fn cancel(&self) -> bool {
        self.0.control.cancel()
    }

    /// As [`ResponseFuture::abort`].
    pub fn abort(&self) -> bool {
        self.0.control.abort()
    }

    /// Whether the result is there, good or bad.
    pub fn is_done(&self) -> bool {
        self.0.there.is_done()
    }

    /// The request behind it.
    pub fn request(&self) -> &Requested {
        self.0.control.requested()
    }
}

impl<T> Clone for SharedFuture<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for SharedFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedFuture").field("request", self.request()).field("done", &self.is_done()).finish()
    }
}
