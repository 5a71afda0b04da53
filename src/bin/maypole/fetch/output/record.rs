//! One line of the output.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maypole::client::Timings;
use maypole::queue::Fetched;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::fetch::args::{BodyAs, Hash, ResultArgs};
use crate::fetch::exit;
use crate::fetch::work::Asked;

/// What a line has beside what it always has.
#[derive(Clone, Copy, Debug)]
pub(in crate::fetch) struct Shape {
    body: Option<BodyAs>,
    headers: bool,
    hash: Hash,
}

/// Units stand in the names; what is not known is null, what was not asked for is left out.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a Value,
    url: &'a str,
    effective_url: Option<&'a str>,
    method: &'a str,
    status: Option<u16>,
    error: Option<Failure<'a>>,
    attempts: u32,
    from_cache: bool,
    size: Option<usize>,
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<Option<String>>,
    elapsed_ms: f64,
    timings_ms: Option<Phases>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_headers: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'a Value>,
}

#[derive(Serialize)]
struct Failure<'a> {
    kind: String,
    phase: Option<String>,
    text: &'a str,
    exit_code: u8,
}

#[derive(Serialize)]
struct Phases {
    checkout: f64,
    resolve: f64,
    connect: f64,
    proxy: f64,
    tls: f64,
    send: f64,
    wait: f64,
    total: f64,
}

impl Phases {
    fn of(timings: Timings) -> Self {
        let Timings { checkout, resolve, connect, proxy, tls, send, wait, total, .. } = timings;
        let [checkout, resolve, connect, proxy, tls, send, wait, total] =
            [checkout, resolve, connect, proxy, tls, send, wait, total].map(millis);
        Self { checkout, resolve, connect, proxy, tls, send, wait, total }
    }
}

impl Shape {
    pub(in crate::fetch) fn new(args: &ResultArgs) -> Self {
        Self { body: args.body, headers: args.headers, hash: args.hash }
    }

    /// Appends the line, its end included.
    pub(in crate::fetch) fn write(self, line: &mut Vec<u8>, asked: &Asked, fetched: &Fetched, path: Option<&Path>) {
        let text = fetched.error().map(ToString::to_string);
        let answered = fetched.error().is_none();
        let (body, body_base64) = self.body(fetched);
        let record = Line {
            id: &asked.id,
            url: &asked.url,
            effective_url: fetched.url().map(|url| url.as_str()),
            method: asked.method.as_str(),
            status: answered.then(|| fetched.status()),
            error: fetched.error().zip(text.as_deref()).map(|(error, text)| Failure {
                kind: snake(&format!("{:?}", error.kind())),
                phase: error.phase().map(|phase| snake(&format!("{phase:?}"))),
                text,
                exit_code: exit::code(error),
            }),
            attempts: asked.tries_before + fetched.attempts(),
            from_cache: fetched.is_from_cache(),
            size: answered.then(|| fetched.bytes().len()),
            content_type: fetched.header("content-type"),
            sha256: (self.hash == Hash::Sha256).then(|| answered.then(|| sha256(fetched.bytes()))),
            elapsed_ms: millis(fetched.elapsed()),
            timings_ms: fetched.timings().map(Phases::of),
            path: path.map(|path| path.display().to_string()),
            body,
            body_base64,
            response_headers: self.headers.then(|| headers(fetched)),
            meta: asked.meta.as_ref(),
        };
        // Of text, numbers and values that were JSON before: nothing here can fail.
        if serde_json::to_writer(&mut *line, &record).is_ok() {
            line.push(b'\n');
        }
    }

    fn body(self, fetched: &Fetched) -> (Option<String>, Option<String>) {
        if fetched.error().is_some() {
            return (None, None);
        }
        match self.body {
            None => (None, None),
            Some(BodyAs::Base64) => (None, Some(STANDARD.encode(fetched.bytes()))),
            Some(BodyAs::Text) => match fetched.text() {
                Ok(text) => (Some(text.into_owned()), None),
                Err(_) => (None, Some(STANDARD.encode(fetched.bytes()))),
            },
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Milliseconds with three decimals, which is what a clock gives.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// A list for a name that came more than once.
fn headers(fetched: &Fetched) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in fetched.headers().iter() {
        let value = Value::String(String::from_utf8_lossy(value).into_owned());
        match all.get_mut(&name.to_ascii_lowercase()) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => drop(all.insert(name.to_ascii_lowercase(), value)),
        }
    }
    all
}

/// `ClosedBeforeResponse` as `closed_before_response`.
fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}
