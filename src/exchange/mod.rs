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
mod hold;
mod incoming;
mod pace;
mod receive;
mod send;
mod speed;
mod steps;
mod upgraded;

pub use connection::Connection;
pub use hold::{Hold, Key, Leased};
pub use incoming::Incoming;
pub(crate) use incoming::over_cap;
pub use pace::Pace;
pub use receive::OnInterim;
pub(crate) use steps::{Asked, Ending, Steps, is_tunnel, readied};
pub use upgraded::Upgraded;

use std::time::Instant;

use crate::error::{Error, Phase};
use crate::limits::Limits;
use crate::message::{Body, Transfer};
use crate::wire::h1::{Framing, Head};
use receive::Heads;
use send::{Sending, Sent};

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
    /// The body.
    pub body: Incoming,
    /// When the request had been sent.
    pub sent_at: Instant,
    /// When the head had come.
    pub head_at: Instant,
    /// Bytes of the request.
    pub sent: u64,
}

/// Sends the request, waits for the head of its response, and hands it to `came`: what is received is large, and would
/// stand several times on the stack of whoever waits for it.
pub fn exchange<A>(
    mut lease: Leased,
    order: &mut Order<'_>,
    pace: &Pace,
    limits: &Limits,
    on_interim: Option<&OnInterim>,
    came: impl FnOnce(Received) -> A,
) -> Result<A, Failure> {
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
        .and_then(|answer| answered(lease, order, answer, (pace, limits, sent_at, sent), came))
        .map_err(|error| Failure { error, sent, received })
}

// Outlined: what it needs must not lie on the stack while the head is waited for.
#[inline(never)]
fn answered<A>(
    mut lease: Leased,
    order: &Order<'_>,
    (head, whole): (Head, bool),
    (pace, limits, sent_at, sent): (&Pace, &Limits, Instant, u64),
    came: impl FnOnce(Received) -> A,
) -> Result<A, Error> {
    let asked = Asked { method: order.method, close: order.close, whole, sent };
    let ending = Ending::of(&mut lease, &asked, &head)?;
    let head_at = Instant::now();
    Ok(came(Received { head, body: Incoming::new(lease, ending, *pace, *limits), sent_at, head_at, sent }))
}

const _: () = assert!(size_of::<Framing>() <= 16);
