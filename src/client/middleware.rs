//! Functions around a request: plain code that may sleep, lock, and make requests of its own.

use std::fmt;
use std::sync::Arc;

use super::http_client::HttpClient;
use super::request::Options;
use super::response::Response;
use super::run;
use super::{ClientBuilder, RequestBuilder};
use crate::error::Result;
use crate::message::Request;

pub(super) type Middleware = dyn Fn(Request, Next<'_>) -> Result<Response> + Send + Sync;

/// The rest of the way of a request: the middleware added later, then the client itself.
///
/// It can be run more than once, each time with a request, and not at all: then the middleware answers itself, for
/// example with a response that it has got elsewhere.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    client: &'a HttpClient,
    options: &'a Options,
    rest: &'a [Arc<Middleware>],
}

impl<'a> Next<'a> {
    pub(super) fn new(client: &'a HttpClient, options: &'a Options) -> Self {
        Self { client, options, rest: &options.policy.middleware }
    }

    /// Goes on with `request`.
    ///
    /// # Errors
    /// Those of [`RequestBuilder::send`], and what later middleware makes of them.
    pub fn run(self, mut request: Request) -> Result<Response> {
        self.go(&mut request)
    }

    /// The same, with a request that is spent afterwards.
    pub(super) fn go(self, request: &mut Request) -> Result<Response> {
        match self.rest.split_first() {
            Some((first, rest)) => first(request.take(), Self { rest, ..self }),
            None => run::run(self.client, request, self.options),
        }
    }

    /// The client, for requests beside this one. They go through the same middleware: mind the loop, or use
    /// [`RequestBuilder::without_middleware`].
    pub fn client(&self) -> &'a HttpClient {
        self.client
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("middleware", &self.rest.len()).finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Puts `f` around every request: once for each `send`, around redirects, retries and the cache. What is added first
    /// is outermost. It runs on the coroutine or thread that sends, and may sleep, lock and make requests as any code
    /// there; what a panic in it fails is that request alone. Default none.
    ///
    /// ```
    /// use maypole::HttpClient;
    /// use std::time::Instant;
    /// let client = HttpClient::builder()
    ///     .middleware(|mut request, next| {
    ///         request.set_header("X-Request-Start", format!("{:?}", Instant::now()))?;
    ///         let response = next.run(request)?;
    ///         if response.status() == 503 { /* tell somebody */ }
    ///         Ok(response)
    ///     })
    ///     .build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn middleware(mut self, f: impl Fn(Request, Next<'_>) -> Result<Response> + Send + Sync + 'static) -> Self {
        self.policy.middleware.push(Arc::new(f));
        self
    }
}

impl<W> RequestBuilder<W> {
    /// Puts `f` around this request, inside the client's middleware. Calls add up. Default the client's.
    pub fn middleware(self, f: impl Fn(Request, Next<'_>) -> Result<Response> + Send + Sync + 'static) -> Self {
        self.with_policy(|policy| policy.middleware.push(Arc::new(f)))
    }

    /// Leaves all middleware out that was added before, the client's too. Default the client's.
    pub fn without_middleware(self) -> Self {
        self.with_policy(|policy| policy.middleware.clear())
    }
}
