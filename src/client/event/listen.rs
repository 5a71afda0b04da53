//! The events, and the options that listen to them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::timings::Timings;
use crate::client::{ClientBuilder, RequestBuilder};
use crate::error::Error;
use crate::message::{Headers, Method, Url};
use crate::net::ConnectionInfo;
use crate::wire::h1::Head;

/// Who hears of events.
pub(in crate::client) struct Listener {
    hear: Box<dyn Fn(&Event<'_>) + Send + Sync>,
    /// It adds numbers up and never waits: it hears of an end while its coroutine unwinds, too.
    counts: bool,
}

/// Something that happened to a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The same for all events of one `send`; counted from 1 over all clients of the process.
    pub id: u64,
    /// The method of this hop.
    pub method: &'a Method,
    /// The URL of this hop. `Debug` and [`Url::without_userinfo`] leave the password out.
    pub url: &'a Url,
    /// What happened.
    pub what: What<'a>,
}

/// What happened to a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum What<'a> {
    /// `send` was called. For each of these there is one [`Ended`](Self::Ended), unless the caller's coroutine or thread
    /// unwinds before that (a panic, or a cancel of `may`'s): nothing may wait then, and no listener is called.
    Started,
    /// It is about to go out, with these lines; `Debug` hides the secret ones.
    Sending {
        /// Every header line.
        headers: &'a Headers,
    },
    /// It has a connection.
    Connected {
        /// What is known about it, with the time that each step took.
        connection: &'a ConnectionInfo,
        /// Whether it had served another request before.
        reused: bool,
    },
    /// The head of a response has come.
    Answered {
        /// Its status.
        status: u16,
        /// Its header lines.
        headers: &'a Headers,
        /// The whole head, with version and reason phrase.
        head: &'a Head,
        /// How long each phase took so far.
        timings: Timings,
    },
    /// The response redirects, and that is followed.
    Redirecting {
        /// Its status.
        status: u16,
        /// The URL that comes next.
        to: &'a Url,
    },
    /// A try failed. [`Retrying`](Self::Retrying) follows if it is worth another one.
    Failed {
        /// Why, in which phase, at which address.
        error: &'a Error,
    },
    /// Another try comes.
    Retrying {
        /// After so long.
        after: Duration,
    },
    /// A second request goes out beside the first ([`hedge`](RequestBuilder::hedge)), which has had no answer. The events
    /// of both follow with one [`id`](Event::id), and the end of the winner alone; the loser's
    /// [`Failed`](Self::Failed) may come after it.
    Hedging {
        /// After so long.
        after: Duration,
    },
    /// The request is over: it failed, or the body of its response has been read to its end, has failed, or was dropped.
    Ended {
        /// Body bytes as they came over the wire, framing not counted.
        received: u64,
        /// Since `send()`.
        total: Duration,
        /// Whether it was read to its end.
        complete: bool,
    },
}

/// Tells the events of one request.
#[derive(Clone)]
pub(in crate::client) struct Teller {
    id: u64,
    listeners: Arc<[Arc<Listener>]>,
}

impl Teller {
    /// `None` if nobody listens, so that nothing is made for nobody.
    pub(in crate::client) fn new(listeners: &Option<Arc<[Arc<Listener>]>>) -> Option<Self> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static LAST: AtomicU64 = AtomicU64::new(0);
        let listeners = listeners.clone()?;
        Some(Self { id: LAST.fetch_add(1, Ordering::Relaxed) + 1, listeners })
    }

    pub(in crate::client) fn tell(&self, method: &Method, url: &Url, what: What<'_>) {
        let event = Event { id: self.id, method, url, what };
        // A listener that waits while its coroutine unwinds would hand the panic to whichever runs next on the thread.
        let unwinding = std::thread::panicking();
        let told = self.listeners.iter().filter(|listener| listener.counts || !unwinding);
        told.for_each(|listener| (listener.hear)(&event));
    }
}

/// One more listener; the list is shared by all requests of a client.
fn add(listeners: &mut Option<Arc<[Arc<Listener>]>>, hear: impl Fn(&Event<'_>) + Send + Sync + 'static, counts: bool) {
    let (before, listener) = (listeners.take(), Arc::new(Listener { hear: Box::new(hear), counts }));
    *listeners = Some(before.iter().flat_map(|all| all.iter().cloned()).chain([listener]).collect());
}

impl ClientBuilder {
    /// Calls `f` with every [`Event`] of every request, in order, on the coroutine or thread where it happens. It must be
    /// quick, or hand over to a channel: the request waits for it. Calls add up. Default none.
    ///
    /// ```
    /// use maypole::HttpClient;
    /// use maypole::client::What;
    /// let client = HttpClient::builder()
    ///     .on_event(|event| {
    ///         if let What::Redirecting { status, to } = event.what {
    ///             eprintln!("{status}: {} to {}", event.url.without_userinfo(), to.without_userinfo());
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn on_event(mut self, f: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        add(&mut self.policy.listeners, f, false);
        self
    }

    /// The same for what only adds numbers up: it is told of every end.
    pub(in crate::client) fn counted_by(mut self, f: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        add(&mut self.policy.listeners, f, true);
        self
    }
}

impl<W> RequestBuilder<W> {
    /// Calls `f` with every [`Event`] of this request, after the client's listeners. Calls add up. Default the client's.
    pub fn on_event(self, f: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.with_policy(|policy| add(&mut policy.listeners, f, false))
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").field("id", &self.id).finish_non_exhaustive()
    }
}
