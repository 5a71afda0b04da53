//! One coroutine of the load: a request after the other, each with its own fate, each checked to the byte.

use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use maypole::error::{Error, Kind, Result};
use maypole::rt::{self, CancelToken};
use maypole::{Body, HttpClient, RequestBuilder, Response};

use super::act::{ACTS, Act};
use super::dice::{Dice, pattern};
use super::tally::Tally;

pub(crate) struct Load {
    pub(crate) client: HttpClient,
    pub(crate) plain: Vec<String>,
    pub(crate) tls: Vec<String>,
    /// Servers whose certificate is not good.
    pub(crate) untrusted: Vec<String>,
    pub(crate) next: AtomicU64,
    pub(crate) tally: Arc<Tally>,
}

/// What is asked for, and how.
struct Plan {
    id: u64,
    url: String,
    act: Act,
    size: usize,
    is_post: bool,
    is_trusted: bool,
    limit: Option<Duration>,
    cancelled: Option<Duration>,
    reading: Reading,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    Whole,
    Pieces(usize),
    Chunks,
    Buffered,
    CopyTo,
    /// Dropped after so many bytes.
    Dropped(usize),
    /// Dropped while a panic unwinds.
    Panics,
}

/// How a request ended when it did not fail.
enum Ended {
    Whole,
    Dropped,
}

impl Load {
    pub(crate) fn run(&self, place: usize, seed: u64) {
        let mut dice = Dice(seed);
        while !self.tally.is_over() {
            let plan = self.plan(&mut dice);
            self.tally.begin(place, plan.describe());
            let start = Instant::now();
            let result = self.perform(&plan, &mut dice);
            let outcome = self.judge(&plan, result, start.elapsed());
            self.tally.end(place, format!("{:?} {outcome}", plan.act));
        }
    }

    fn plan(&self, dice: &mut Dice) -> Plan {
        let id = self.next.fetch_add(1, Relaxed);
        let is_trusted = !dice.percent(4);
        let (bases, is_tls) = match () {
            () if !is_trusted => (&self.untrusted, true),
            () if dice.percent(25) => (&self.tls, true),
            () => (&self.plain, false),
        };
        let act = loop {
            let act = if dice.percent(50) { dice.pick(&ACTS[..2]) } else { dice.pick(ACTS) };
            if act != Act::NoRecord || is_tls {
                break act;
            }
        };
        let size = if dice.percent(80) { dice.below(2_000) } else { dice.below(100_000) } as usize;
        let base = &bases[dice.below(bases.len() as u64) as usize];
        Plan {
            id,
            url: format!("{base}/{}/{id}/{size}", act.name()),
            act,
            size,
            is_post: dice.percent(30),
            is_trusted,
            limit: (act == Act::Silent || dice.percent(40)).then(|| Duration::from_micros(1_000 + dice.below(49_000))),
            cancelled: dice.percent(5).then(|| Duration::from_micros(dice.below(20_000))),
            reading: match dice.below(20) {
                0..6 => Reading::Whole,
                6..9 => Reading::Pieces(1 + dice.below(20_000) as usize),
                9..11 => Reading::Chunks,
                11..14 => Reading::Buffered,
                14..16 => Reading::CopyTo,
                16..19 => Reading::Dropped(dice.below(size as u64 + 1) as usize),
                _ => Reading::Panics,
            },
        }
    }

    fn perform(&self, plan: &Plan, dice: &mut Dice) -> Result<Ended> {
        let request = if plan.is_post {
            self.client.post(&*plan.url).body(body(plan, dice))
        } else {
            self.client.get(&*plan.url)
        };
        let request = match plan.cancelled {
            Some(after) => cancelled(request, after),
            None => request,
        };
        // By the request's own limit or by a scope around it.
        match plan.limit {
            Some(limit) if dice.percent(30) => rt::scope::with_deadline(limit, || self.exchange(plan, request)),
            Some(limit) => self.exchange(plan, request.timeout(limit)),
            None => self.exchange(plan, request),
        }
    }

    fn exchange(&self, plan: &Plan, request: RequestBuilder) -> Result<Ended> {
        let mut response = request.send()?;
        let whose = response.header("x-id").and_then(|id| id.parse().ok());
        if response.status() != 200 || whose != Some(plan.id) {
            self.tally.wrong(format!("{}: answered by {response:?}", plan.describe()));
        }
        if plan.reading == Reading::Panics {
            let held = AssertUnwindSafe(response);
            catch_unwind(move || {
                let _held = held;
                resume_unwind(Box::new("on purpose"));
            })
            .unwrap_err();
            return Ok(Ended::Dropped);
        }
        let mut body = Vec::new();
        let result = if plan.reading == Reading::Whole {
            response.bytes().map(|bytes| {
                body = bytes.into();
                Ended::Whole
            })
        } else {
            read(&mut response, plan.reading, &mut body)
        };
        if !pattern(plan.id, 0, body.len()).eq(body.iter().copied()) {
            self.tally.wrong(format!("{}: {} bytes are not its own", plan.describe(), body.len()));
        }
        let ended = result?;
        let expected = if plan.act == Act::Drip { plan.size.min(60) } else { plan.size };
        if matches!(ended, Ended::Whole) && plan.act.succeeds() && body.len() != expected {
            self.tally.wrong(format!("{}: {} bytes of {expected}, without an error", plan.describe(), body.len()));
        }
        Ok(ended)
    }

    fn judge(&self, plan: &Plan, result: Result<Ended>, took: Duration) -> String {
        if let Some(limit) = plan.limit {
            self.tally.overrun(took.saturating_sub(limit));
        }
        let error = match result {
            Ok(Ended::Dropped) => return "dropped".into(),
            Ok(Ended::Whole) if plan.is_trusted && plan.act.succeeds() => return "whole".into(),
            Ok(Ended::Whole) => {
                self.tally.wrong(format!("{}: success", plan.describe()));
                return "success".into();
            }
            Err(error) => error,
        };
        if !is_expected(plan, &error, took) {
            self.tally.wrong(format!("{}: after {took:?}: {error:?}", plan.describe()));
        }
        format!("{:?}", error.kind())
    }
}

fn is_expected(plan: &Plan, error: &Error, took: Duration) -> bool {
    let kind = error.kind();
    match kind {
        // Never before its time.
        Kind::Timeout => plan.limit.is_some_and(|limit| took >= limit),
        Kind::Cancelled => plan.cancelled.is_some_and(|after| took >= after),
        Kind::Certificate => !plan.is_trusted,
        _ if !plan.is_trusted => false,
        // A kept connection that was closed under a request that must not go out twice.
        Kind::ClosedBeforeResponse | Kind::ConnectionLost if plan.is_post && error.is_reused() => true,
        _ => plan.act.errors().contains(&kind),
    }
}

impl Plan {
    fn describe(&self) -> String {
        let Self { id, act, size, is_post, limit, cancelled, reading, url, .. } = self;
        let method = if *is_post { "POST" } else { "GET" };
        format!("{method} {id} {act:?} {size} bytes, {reading:?}, limit {limit:?}, cancel {cancelled:?}, {url}")
    }
}

fn body(plan: &Plan, dice: &mut Dice) -> Body {
    let most = if dice.percent(80) { 500 } else { 200_000 };
    let bytes: Vec<u8> = pattern(plan.id, 0, dice.below(most) as usize).collect();
    let length = bytes.len() as u64;
    match dice.below(4) {
        0 => Body::stream(io::Cursor::new(bytes)),
        1 => Body::sized(io::Cursor::new(bytes), length),
        _ => Body::from(bytes),
    }
}

fn cancelled(request: RequestBuilder, after: Duration) -> RequestBuilder {
    let token = CancelToken::new();
    let request = request.cancel(&token);
    let firing = move || {
        rt::sleep(after);
        token.cancel();
    };
    rt::spawn(firing).unwrap();
    request
}

fn read(response: &mut Response, reading: Reading, body: &mut Vec<u8>) -> Result<Ended> {
    match reading {
        Reading::CopyTo => drop(response.copy_to(body)?),
        Reading::Chunks => {
            for piece in response.chunks(777) {
                body.extend_from_slice(&piece?);
            }
        }
        Reading::Pieces(size) => while take(response, size, body)? > 0 {},
        Reading::Buffered => loop {
            let there = response.fill_buf().map_err(Error::from_io)?;
            if there.is_empty() {
                break;
            }
            let taken = there.len().min(333);
            body.extend_from_slice(&there[..taken]);
            response.consume(taken);
        },
        Reading::Dropped(at) => {
            while body.len() < at && take(response, at - body.len(), body)? > 0 {}
            return Ok(Ended::Dropped);
        }
        Reading::Whole | Reading::Panics => unreachable!("these take the response"),
    }
    // An end stays an end.
    assert_eq!(take(response, 10, body)?, 0);
    Ok(Ended::Whole)
}

fn take(response: &mut Response, size: usize, body: &mut Vec<u8>) -> Result<usize> {
    let before = body.len();
    body.resize(before + size, 0);
    let read = response.read(&mut body[before..]);
    body.truncate(before + *read.as_ref().unwrap_or(&0));
    read.map_err(Error::from_io)
}
