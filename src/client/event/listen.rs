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

pub(in crate::client) type Listener = dyn Fn(&Event<'_>) + Send + Sync;

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
    /// `send` was called. For each of these there is one [`Ended`](Self::Ended).
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
        self.listeners.iter().for_each(|listener| listener(&event));
    }
}

/// One more listener; the list is shared by all requests of a client.
fn add(listeners: &mut Option<Arc<[Arc<Listener>]>>, listener: Arc<Listener>) {
    let before = listeners.take();
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
        add(&mut self.policy.listeners, Arc::new(f));
        self
    }
}

impl RequestBuilder {
    /// Calls `f` with every [`Event`] of this request, after the client's listeners. Calls add up. Default the client's.
    pub fn on_event(self, f: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.with_policy(|policy| add(&mut policy.listeners, Arc::new(f)))
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").field("id", &self.id).finish_non_exhaustive()
    }
}
