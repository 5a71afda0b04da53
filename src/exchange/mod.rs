//! One request, one response, on one connection, without policy.
//!
//! ```text
//!   checkout ─▶ send head + body ─▶ wait ─▶ head ─▶ Incoming ─▶ end ─▶ back into the pool
//!                  │    ▲             │                 │
//!                  │    └─ 100 ◀──────┤ 1xx: again      └─ error, drop, stray bytes ─▶ closed
//!                  └─ answered early: the rest of the body stays, closed after the response
//! ```
//!
//! A coroutine (or thread) reads and writes the socket itself: no driver, no channel, no copy besides the kernel's. An
//! exchange that goes wrong says how far it got, since that decides whether it may be tried again.

mod buffer;
mod connection;
mod incoming;
mod pace;
mod receive;
mod send;
mod speed;
mod upgraded;

pub use connection::Connection;
pub use incoming::Incoming;
pub(crate) use incoming::over_cap;
pub use pace::Pace;
pub use receive::OnInterim;
pub use upgraded::Upgraded;

use std::sync::Arc;
use std::time::Instant;

use crate::error::{Error, Phase};
use crate::limits::Limits;
use crate::message::{Body, Transfer};
use crate::net::Route;
use crate::pool::Lease;
use crate::wire::h1::{Framing, Head, keep_alive, response_framing};
use receive::{Heads, broken};
use send::{Sending, Sent};

/// What a connection is kept under: everything that decides whom it talks to. What a client fixes for all its requests
/// needs no place here, since pools are never shared by clients; what a request may change stands in the route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Whether TLS secures it.
    pub secure: bool,
    /// Host as in the URL.
    pub host: Box<str>,
    /// Port.
    pub port: u16,
    /// How to get there; `None` is the network's plain way.
    pub route: Option<Arc<Route>>,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

/// A pooled connection.
pub type Leased = Lease<Key, Connection>;

/// A request, ready to be written.
pub struct Order<'a> {
    /// Its method.
    pub method: &'a str,
    /// Request line and header lines.
    pub head: &'a [u8],
    /// Its body.
    pub body: &'a mut Body,
    /// How the body is delimited.
    pub transfer: Transfer,
    /// The body waits for `100 Continue`.
    pub expect: bool,
    /// It asks for another protocol, so that `101` is an answer.
    pub upgrade: bool,
    /// It says that the connection ends with it.
    pub close: bool,
}

/// How an exchange failed, and how far it had come.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// Bytes of the request that the system had taken.
    pub sent: u64,
    /// Bytes of a response that had come.
    pub received: u64,
}

/// A response whose body is still to be read.
#[derive(Debug)]
pub struct Received {
    /// Status and header lines.
    pub head: Head,
    /// The body. On the heap: by value it would stand several times on the stack of whoever waits for it.
    pub body: Box<Incoming>,
    /// When the request had been sent.
    pub sent_at: Instant,
    /// When the head had come.
    pub head_at: Instant,
    /// Bytes of the request.
    pub sent: u64,
}

/// Sends the request and waits for the head of its response.
pub fn exchange(
    mut lease: Leased,
    order: &mut Order<'_>,
    pace: &Pace,
    limits: &Limits,
    on_interim: Option<&OnInterim>,
) -> Result<Received, Failure> {
    let mut heads = Heads::new(limits, on_interim, order.upgrade);
    let mut sending = Sending { connection: &mut lease, heads: &mut heads, pace, sent: 0, speed: None };
    let outcome = sending.send(order.head, order.body, order.transfer, order.expect);
    let sent = sending.sent;
    let sent_at = Instant::now();
    let answer = outcome.and_then(|outcome| match outcome {
        Sent::Answered(head) => Ok((head, false)),
        Sent::All => heads.receive(&mut lease, pace.until(Phase::Head, sent_at)).map(|head| (head, true)),
    });
    let received = heads.received;
    answer
        .and_then(|answer| Ok(Received { sent_at, sent, ..answered(lease, order, answer, (pace, limits, sent))? }))
        .map_err(|error| Failure { error, sent, received })
}

/// The body behind the head; `whole`: all of the request had been sent.
// Outlined: what it needs must not lie on the stack while the head is waited for.
#[inline(never)]
fn answered(
    mut lease: Leased,
    order: &Order<'_>,
    (head, whole): (Head, bool),
    (pace, limits, sent): (&Pace, &Limits, u64),
) -> Result<Received, Error> {
    let framing = response_framing(order.method, &head).map_err(|violation| broken(violation, Phase::Head))?;
    let (lasts, reused) = (lease.note_served(&head), lease.is_reused());
    let again = whole && lasts && keep_alive(&head, framing, order.close) && !is_tunnel(order, &head);
    let body = Box::new(Incoming::new(lease, framing, again, *pace, *limits).answers(sent, reused));
    let head_at = Instant::now();
    Ok(Received { head, body, sent_at: head_at, head_at, sent })
}

/// After these the connection speaks another protocol, or somebody else's.
fn is_tunnel(order: &Order<'_>, head: &Head) -> bool {
    head.status == 101 || (order.method == "CONNECT" && (200..300).contains(&head.status))
}

const _: () = assert!(size_of::<Framing>() <= 16);
