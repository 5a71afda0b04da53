//! Requests that go out in the background: the options that they have beside every request's, and their `send`.

use std::sync::Arc;

use super::future::ResponseFuture;
use super::hooks::HookContext;
use super::plan::{InBackground, Plan};
use super::session::FuturesSession;
use super::task::Task;
use super::work::admitted;
use crate::client::{RequestBuilder, Response};
use crate::error::Result;

impl<T> RequestBuilder<InBackground<T>> {
    /// Calls `f` with every response of this request, redirects included, after the session's hooks and before the body is
    /// read. It may change the response, fail the request, or put another response in its place: of a redirect, which is
    /// not followed then, or of the last one. Calls add up, in their order. Default the session's hooks alone.
    ///
    /// A redirect is shown without its body. To look at the last one's: [`Response::buffer`].
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], r#"{"id": 7}"#)
    /// #     }
    /// # }
    /// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
    /// # let session = session.build()?;
    /// let future = session.get("http://127.0.0.1:8080/").on_response(|response, _| {
    ///     let value: serde_json::Value = serde_json::from_slice(response.buffer()?).unwrap_or_default();
    ///     response.extensions_mut().insert(value);
    ///     Ok(None) // this response stays
    /// });
    /// let response = future.send().result()?;
    /// assert_eq!(response.extensions().get::<serde_json::Value>().unwrap()["id"], 7);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    #[doc(alias = "hooks")]
    pub fn on_response<F>(mut self, f: F) -> Self
    where
        F: Fn(&mut Response, &HookContext) -> Result<Option<Response>> + Send + Sync + 'static,
    {
        self.way_mut().hooks.push(Arc::new(f));
        self
    }

    /// Leaves out the session's hooks, for this request. Default: they are called first.
    pub fn replace_hooks(mut self) -> Self {
        self.way_mut().with_sessions_hooks = false;
        self
    }

    /// Whether the body is left to be read from the result, which holds a connection until then. Default off, as in
    /// `requests`: the worker reads it all, up to [`Limits::whole_body`](crate::limits::Limits::whole_body), 10 MiB, and the
    /// connection serves the next request.
    pub fn stream(mut self, on: bool) -> Self {
        self.way_mut().stream = on;
        self
    }
}

impl RequestBuilder<InBackground> {
    /// Calls `f` on the worker with the session and the response, its body read. It may attach what it has made of it
    /// ([`Response::extensions_mut`]), fail the request, or put another response in its place. Default none. With more
    /// than one, each gets what the one before has left.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], "one two")
    /// #     }
    /// # }
    /// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
    /// # let session = session.build()?;
    /// let future = session.get("http://127.0.0.1:8080/").background_callback(|_session, response| {
    ///     let words = response.buffer()?.split(|byte| *byte == b' ').count();
    ///     response.extensions_mut().insert(words);
    ///     Ok(None)
    /// });
    /// let response = future.send().result()?;
    /// assert_eq!(response.extensions().get::<usize>(), Some(&2));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// One that makes something else of the response is [`map`](Self::map). A callback that waits for another future needs a
    /// second worker for it: with all of them in such callbacks, none is left to go on.
    #[doc(alias = "background")]
    pub fn background_callback<F>(self, f: F) -> Self
    where
        F: FnOnce(&FuturesSession, &mut Response) -> Result<Option<Response>> + Send + 'static,
    {
        self.finished(|finish| {
            Box::new(move |session, response| {
                let mut response = finish(session, response)?;
                Ok(f(session, &mut response)?.unwrap_or(response))
            })
        })
    }

    /// Makes the result of the response, on the worker: the future's type is what `f` returns. Default the response itself.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], r#"{"id": 7}"#)
    /// #     }
    /// # }
    /// # let session = maypole::queue::FuturesSession::builder().configure(|session| session.client(|client| client.transport(Site)));
    /// # let session = session.build()?;
    /// #[derive(serde::Deserialize)]
    /// struct User { id: u32 }
    /// let user = session.get("http://127.0.0.1:8080/user").map(|response| response.json::<User>()).send();
    /// assert_eq!(user.result()?.id, 7);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn map<U>(self, f: impl FnOnce(Response) -> Result<U> + Send + 'static) -> RequestBuilder<InBackground<U>> {
        self.finished(|finish| Box::new(move |session, response| f(finish(session, response)?)))
    }

    fn finished<U>(
        self,
        with: impl FnOnce(super::plan::Finish<Response>) -> super::plan::Finish<U>,
    ) -> RequestBuilder<InBackground<U>> {
        let (request, InBackground { session, hooks, with_sessions_hooks, stream, finish }) = self.by(());
        let way = InBackground { session, hooks, with_sessions_hooks, stream, finish: with(finish) };
        request.by(way).0
    }
}

impl<T: Send + 'static> RequestBuilder<InBackground<T>> {
    /// Puts the request in line and returns its future at once. It never fails: whatever is wrong, an invalid URL, a session
    /// that has been closed, comes through the future. It waits only where the executor's line has a bound and is full.
    pub fn send(self) -> ResponseFuture<T> {
        let (session, plan) = self.planned();
        Task::submit(&session.shared, plan)
    }

    /// The blocking twin of [`send`](Self::send): the same request with the same hooks and callbacks, here and now, without
    /// a worker.
    ///
    /// # Errors
    /// What [`ResponseFuture::result`] would say.
    pub fn fetch(self) -> Result<T> {
        let (session, plan) = self.planned();
        session.shared.check_open()?;
        let permits = admitted(&session.shared.limiters, &plan.requested())?;
        plan.run(permits, &mut |request| request.send())
    }

    fn planned(self) -> (FuturesSession, Plan<T>) {
        let (request, way) = self.by(crate::client::Here);
        (way.session.clone(), Plan::new(request, way))
    }
}
