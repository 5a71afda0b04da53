//! A call of a registered function, with options.

use std::time::Duration;

use serde::Serialize;

use super::failure::refused;
use super::process::{Order, Reply};
use super::record::{JobHead, What};
use super::registry;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt;

/// What a job may have of its own; otherwise the pool's.
#[derive(Clone, Copy, Default)]
pub(super) struct Terms {
    pub(super) priority: i32,
    pub(super) deadline: Option<Duration>,
    pub(super) retries: Option<u32>,
}

/// A call of a registered function: name, input, and what is different about this one.
///
/// ```
/// use maypole::queue::processes::{self, Call};
/// processes::register("length", |text: String| Ok::<usize, maypole::Error>(text.len()))?;
/// let call = Call::new("length", &"hello")?.deadline(std::time::Duration::from_secs(5)).retry_crashed(2);
/// # Ok::<(), maypole::Error>(())
/// ```
#[must_use = "a call does nothing until it is submitted"]
#[derive(Clone)]
pub struct Call {
    pub(super) name: String,
    pub(super) input: Vec<u8>,
    pub(super) terms: Terms,
}

impl Call {
    /// A call of `name` with `input`.
    ///
    /// # Errors
    /// [`Kind::NotTransferable`] for a name that is not registered, and for an input that cannot be written as JSON.
    pub fn new<I: Serialize + ?Sized>(name: &str, input: &I) -> Result<Self> {
        registry::call(name)?;
        let input = serde_json::to_vec(input).map_err(|error| {
            let what = format!("the input of the job `{name}` cannot be written as JSON");
            refused(what).because(&error).with_source(error)
        })?;
        Ok(Self { name: name.to_owned(), input, terms: Terms::default() })
    }

    /// Higher ones get their turn before lower ones. Default 0.
    pub fn priority(mut self, priority: i32) -> Self {
        self.terms.priority = priority;
        self
    }

    /// How long the worker may take; then it is killed. Default the pool's.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.terms.deadline = Some(limit);
        self
    }

    /// How many times it is done again when its worker died of it. Default the pool's.
    pub fn retry_crashed(mut self, times: u32) -> Self {
        self.terms.retries = Some(times);
        self
    }

    pub(super) fn into_order(self, longest: u64) -> Result<(Order, Terms)> {
        let head = head(&JobHead { what: What::Call(self.name.clone()), longest })?;
        let Self { name, input, terms } = self;
        Ok((Order { label: name, head, input, longest, deadline: None, retries: 0, token: None }, terms))
    }
}

pub(super) fn head(head: &JobHead) -> Result<Vec<u8>> {
    serde_json::to_vec(head).map_err(|error| refused("the job is no JSON").with_source(error))
}

/// The output of a call.
pub(super) fn output<O>(reply: Reply) -> Result<O>
where
    O: serde::de::DeserializeOwned + Send + 'static,
{
    if let Some(failure) = reply.tail.error {
        return Err(failure.into_error());
    }
    let body = reply.body;
    // Nested values recurse, and the caller's stack may be small.
    let read = rt::roomy(move || serde_json::from_slice(&body))?;
    read.map_err(|error| {
        let what = "the job's output is not of the type that was asked for";
        Error::new(Kind::Decode, what).because(&error).with_phase(Phase::Decode).with_source(error)
    })
}
