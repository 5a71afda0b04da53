//! A worker, seen from its pool: one job at a time.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::failure::Death;
use super::frame::Tag;
use super::life::Leash;
use super::link::{Broken, Link};
use super::record::Tail;
use crate::error::{Error, Kind};
use crate::rt::{CancelToken, Stop};

/// Beyond what was agreed upon a worker sends nothing; this much is for the rest of an answer.
const BESIDE: usize = 16 << 20;

/// Frames without a payload in a reply: that it has begun, and the end of a body.
const EMPTY: usize = 4;

pub(super) struct Process {
    // Before the link, and fields drop in this order: the process is let go when it sees the end of its socket.
    leash: Leash,
    link: Link,
    /// Jobs that it has done.
    pub(super) jobs: u32,
}

/// What a worker is given.
pub(super) struct Order {
    /// The job's name, or method and URL.
    pub(super) label: String,
    pub(super) head: Vec<u8>,
    pub(super) input: Vec<u8>,
    pub(super) longest: u64,
    pub(super) deadline: Option<Duration>,
    /// How many times it may be done again when its worker died.
    pub(super) retries: u32,
    /// Ends it, beside what ends it from the pool.
    pub(super) token: Option<CancelToken>,
}

/// What a worker has said.
pub(super) struct Reply {
    pub(super) pid: u32,
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
    pub(super) tail: Tail,
}

/// A job without a reply; its worker is gone.
pub(super) enum Unfinished {
    /// The worker had died before the job could have had an effect.
    NotBegun(Error),
    Died(Error),
    Failed(Error),
}

/// Why a talk ended early.
enum Halt {
    Broken(Broken),
    TooLarge,
}

impl From<Broken> for Halt {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl Process {
    pub(super) fn new(link: Link, leash: Leash) -> Self {
        Self { link, leash, jobs: 0 }
    }

    pub(super) fn leash(&self) -> &Leash {
        &self.leash
    }

    /// Lets it end, and waits until it has.
    pub(super) fn retire(self) {
        self.leash.let_go();
        drop(self.link);
        self.leash.end();
    }

    /// Has it do a job. A worker that fails at more than that job is ended, and does not come back.
    pub(super) fn run(mut self, order: &Order, token: &CancelToken) -> Result<(Self, Reply), Unfinished> {
        let at = order.deadline.and_then(|limit| Instant::now().checked_add(limit));
        let guard = self.link.cancel_with(token);
        let mut begun = false;
        let talk = self.talk(order, at, &mut begun);
        drop(guard);
        match talk {
            Ok(reply) => {
                self.jobs += 1;
                Ok((self, reply))
            }
            Err(halt) => Err(self.explain(order, halt, begun)),
        }
    }

    fn talk(&mut self, order: &Order, at: Option<Instant>, begun: &mut bool) -> Result<Reply, Halt> {
        self.link.send(Tag::Job, &order.head, at)?;
        self.link.send(Tag::Input, &order.input, at)?;
        let longest = usize::try_from(order.longest).unwrap_or(usize::MAX);
        let (mut head, mut body, mut tail) = (Vec::new(), Vec::new(), Vec::new());
        let mut empty = 0;
        loop {
            let (frame, piece) = self.link.next(at)?;
            // What brings nothing has no other end: while there is always more to read, no deadline is looked at.
            empty += usize::from(piece.is_empty());
            if empty > EMPTY {
                return Err(Broken::Garbled("it says nothing for ever").into());
            }
            let (into, longest) = match frame.tag {
                Tag::Begun if !*begun => {
                    *begun = true;
                    continue;
                }
                Tag::Head => (&mut head, BESIDE),
                Tag::Body => (&mut body, longest),
                Tag::Tail => (&mut tail, BESIDE),
                _ => return Err(Broken::Garbled("it sent what was not due").into()),
            };
            if into.len() + piece.len() > longest {
                return Err(Halt::TooLarge);
            }
            into.extend_from_slice(piece);
            if frame.tag == Tag::Tail && !frame.more {
                if self.link.has_more() {
                    // The next job would take it for its own.
                    return Err(Broken::Garbled("it answers what it was not asked").into());
                }
                let tail = serde_json::from_slice(&tail).map_err(|_| Broken::Garbled("its last words are no JSON"))?;
                return Ok(Reply { pid: self.leash.life().pid(), head, body, tail });
            }
        }
    }

    /// Ends the worker, and says why.
    fn explain(self, order: &Order, halt: Halt, begun: bool) -> Unfinished {
        let Self { link, leash, .. } = self;
        let (label, pid) = (&order.label, leash.life().pid());
        drop(link);
        let error = match halt {
            Halt::Broken(Broken::Ended) => {
                let error = died(label, pid, leash.end(), begun);
                return if begun { Unfinished::Died(error) } else { Unfinished::NotBegun(error) };
            }
            Halt::Broken(Broken::Stopped(Stop::TimedOut)) => {
                let limit = order.deadline.unwrap_or_default();
                let what = format!("the job `{label}` was not done within {limit:?}, and its worker was killed");
                Error::new(Kind::Timeout, what).with_limit(limit)
            }
            Halt::Broken(Broken::Stopped(Stop::Cancelled)) => {
                let what = format!("the job `{label}` was cancelled, and its worker was killed");
                Error::new(Kind::Cancelled, what)
            }
            Halt::Broken(Broken::Garbled(what)) => {
                Error::new(Kind::Protocol, format!("worker {pid} did not keep to the protocol: {what}"))
            }
            Halt::Broken(Broken::Io(error)) => Error::from_io(error),
            Halt::TooLarge => {
                let what = format!("the result of `{label}` is longer than {} bytes; see max_result", order.longest);
                Error::new(Kind::TooLarge, what)
            }
        };
        leash.kill();
        Unfinished::Failed(error)
    }
}

fn died(label: &str, pid: u32, status: Option<ExitStatus>, begun: bool) -> Error {
    let death = Death::new(pid, status);
    let during = if begun { "during" } else { "before it began" };
    let error = Error::new(Kind::WorkerDied, format!("{death} {during} the job `{label}`"));
    error.with_retryable(!begun).with_source(death)
}
