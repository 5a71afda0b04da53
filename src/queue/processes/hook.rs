//! What hooks in a worker see of an answer.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::client::Visited;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Url};

/// What comes back is read with `serde_json`'s limit of 128 levels, and stands in an object in an object.
const DEEPEST: usize = 120;

/// An answer in the hands of a hook, in a worker: what it attaches travels back with it.
///
/// Hooks see the redirects that were followed first, in order, and then the last answer, as those of requests-futures do;
/// [`is_redirect_hop`](Self::is_redirect_hop) tells them apart. The bodies of followed redirects are never read.
pub struct Answering<'a> {
    pub(super) at: At<'a>,
    pub(super) kept: &'a mut Kept,
}

/// One answer of the way.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) status: u16,
    pub(super) url: &'a Url,
    pub(super) headers: &'a Headers,
    /// Which hop it is, of the redirects that were followed; none for the last answer.
    pub(super) hop: Option<usize>,
}

/// What hooks have left, beside the answer.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) body: Vec<u8>,
    pub(super) data: Map<String, Value>,
    pub(super) replacement: Option<Value>,
}

impl<'a> At<'a> {
    pub(super) fn hop(number: usize, visited: &'a Visited) -> Self {
        Self { status: visited.status, url: &visited.url, headers: &visited.headers, hop: Some(number) }
    }
}

impl Answering<'_> {
    /// The status.
    pub fn status(&self) -> u16 {
        self.at.status
    }

    /// The URL that answered.
    pub fn url(&self) -> &Url {
        self.at.url
    }

    /// The header lines.
    pub fn headers(&self) -> &Headers {
        self.at.headers
    }

    /// Whether this is a redirect that was followed, and the body another one's that is still to come: empty here.
    pub fn is_redirect_hop(&self) -> bool {
        self.at.hop.is_some()
    }

    /// The body, decoded.
    pub fn body(&self) -> &[u8] {
        &self.kept.body
    }

    /// Puts another body in its place: a smaller one, as a rule, or none.
    pub fn set_body(&mut self, body: impl Into<Vec<u8>>) {
        self.kept.body = body.into();
    }

    /// Attaches a value, which [`Answer::data`](super::Answer::data) gives in the program; the same name again replaces it.
    ///
    /// # Errors
    /// [`Kind::Decode`] for a value that cannot be written as JSON, or is nested deeper than 120 levels.
    pub fn attach<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<()> {
        let value = written(value)?;
        self.kept.data.insert(name.to_owned(), value);
        Ok(())
    }

    /// What earlier hooks have attached.
    pub fn data(&self) -> &Map<String, Value> {
        &self.kept.data
    }

    /// Makes `value` the result: [`Answer::replacement`](super::Answer::replacement). The last call counts.
    ///
    /// # Errors
    /// As [`attach`](Self::attach).
    pub fn replace<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.kept.replacement = Some(written(value)?);
        Ok(())
    }
}

fn written<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    let value = serde_json::to_value(value).map_err(|error| {
        Error::new(Kind::Decode, "what a hook attaches must be JSON").with_phase(Phase::Decode).with_source(error)
    })?;
    if !fits(&value, DEEPEST) {
        let what = format!("what a hook attaches is nested deeper than {DEEPEST} levels");
        return Err(Error::new(Kind::Decode, what).with_phase(Phase::Decode));
    }
    Ok(value)
}

fn fits(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(values) => levels > 0 && values.iter().all(|value| fits(value, levels - 1)),
        Value::Object(values) => levels > 0 && values.values().all(|value| fits(value, levels - 1)),
        _ => true,
    }
}

impl std::fmt::Debug for Answering<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let At { status, url, hop, .. } = self.at;
        f.debug_struct("Answering")
            .field("status", &status)
            .field("url", url)
            .field("hop", &hop)
            .finish_non_exhaustive()
    }
}
