//! What travels between a pool and its workers, as JSON; bodies beside it, as they are.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::failure::Failure;
use crate::client::{OptionValues, Timings, Visited};
use crate::deadline::{MinSpeed, Timeouts};
use crate::error::{Error, Kind, Result};
use crate::message::{Headers, Url};

/// Of what both sides were built from.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Serialize, Deserialize)]
pub(super) struct Hello {
    /// What the pool has told this worker and nobody else.
    pub(super) token: String,
    pub(super) version: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct JobHead {
    pub(super) what: What,
    /// Most bytes of the result.
    pub(super) longest: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) enum What {
    /// A registered function.
    Call(String),
    Fetch(Box<FetchHead>),
}

/// A request; its body is the job's input.
#[derive(Serialize, Deserialize)]
pub(super) struct FetchHead {
    /// The name of the session; none for the default one.
    pub(super) session: Option<String>,
    pub(super) method: String,
    pub(super) url: String,
    /// A path and query that the URL cannot hold.
    pub(super) target: Option<String>,
    pub(super) http10: bool,
    pub(super) headers: Vec<Line>,
    pub(super) removed: Vec<String>,
    pub(super) body: Option<BodyHead>,
    pub(super) expect: bool,
    pub(super) timeouts: TimeoutRecord,
    pub(super) options: OptionValues,
    /// The program's cookies, as a jar writes them; none where the session keeps none.
    pub(super) cookies: Option<String>,
    pub(super) request_hooks: Vec<String>,
    pub(super) response_hooks: Vec<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct BodyHead {
    pub(super) content_type: Option<String>,
}

/// The last answer, without its body.
#[derive(Serialize, Deserialize)]
pub(super) struct AnswerHead {
    pub(super) method: String,
    pub(super) status: u16,
    pub(super) reason: Option<String>,
    pub(super) http10: bool,
    pub(super) url: String,
    pub(super) headers: Vec<Line>,
    pub(super) history: Vec<HopRecord>,
    pub(super) attempts: u32,
    pub(super) reused: bool,
    pub(super) decoded: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct HopRecord {
    pub(super) status: u16,
    pub(super) url: String,
    pub(super) headers: Vec<Line>,
    pub(super) timings: [Duration; 8],
}

/// The last of a job.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Tail {
    pub(super) error: Option<Failure>,
    /// What the answer took, body included.
    pub(super) timings: Option<[Duration; 8]>,
    pub(super) data: Map<String, Value>,
    pub(super) replacement: Option<Value>,
}

/// A header line. Its value is bytes, each a character here: most are ASCII.
#[derive(Serialize, Deserialize)]
pub(super) struct Line(String, String);

pub(super) fn lines(headers: &Headers) -> Vec<Line> {
    let text = |value: &[u8]| value.iter().map(|&byte| char::from(byte)).collect();
    headers.iter().map(|(name, value)| Line(name.to_owned(), text(value))).collect()
}

impl Line {
    pub(super) fn name(&self) -> &str {
        &self.0
    }

    pub(super) fn value(&self) -> Vec<u8> {
        self.1.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
    }
}

pub(super) fn headers(lines: &[Line]) -> Result<Headers> {
    Headers::from_pairs(lines.iter().map(|line| (line.name(), line.value()))).map_err(|_| garbled())
}

pub(super) fn url(text: &str) -> Result<Url> {
    // Checked against its own limits where it came from.
    Url::parse(text).map_err(|error| garbled().with_source(error))
}

/// The other side is this program, so that only a bug or a foreign hand can cause it.
pub(super) fn garbled() -> Error {
    Error::new(Kind::Protocol, "a worker's message cannot be read")
}

pub(super) fn durations(timings: &Timings) -> [Duration; 8] {
    let Timings { checkout, resolve, connect, proxy, tls, send, wait, total } = *timings;
    [checkout, resolve, connect, proxy, tls, send, wait, total]
}

pub(super) fn timings([checkout, resolve, connect, proxy, tls, send, wait, total]: [Duration; 8]) -> Timings {
    Timings { checkout, resolve, connect, proxy, tls, send, wait, total }
}

impl From<&Visited> for HopRecord {
    fn from(hop: &Visited) -> Self {
        let (url, headers) = (hop.url.as_str().to_owned(), lines(&hop.headers));
        Self { status: hop.status, url, headers, timings: durations(&hop.timings) }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct TimeoutRecord {
    phases: [Option<Duration>; 8],
    expect_continue: Duration,
    min_speed: Option<(u64, Duration)>,
}

impl From<&Timeouts> for TimeoutRecord {
    fn from(timeouts: &Timeouts) -> Self {
        let Timeouts { resolve, connect, tls, checkout, send, head, idle, total, expect_continue, min_speed } =
            *timeouts;
        let min_speed = min_speed.map(|least| (least.bytes_per_second, least.over));
        Self { phases: [resolve, connect, tls, checkout, send, head, idle, total], expect_continue, min_speed }
    }
}

impl From<TimeoutRecord> for Timeouts {
    fn from(record: TimeoutRecord) -> Self {
        let [resolve, connect, tls, checkout, send, head, idle, total] = record.phases;
        let min_speed = record.min_speed.map(|(bytes_per_second, over)| MinSpeed { bytes_per_second, over });
        let expect_continue = record.expect_continue;
        Self { resolve, connect, tls, checkout, send, head, idle, total, expect_continue, min_speed }
    }
}
