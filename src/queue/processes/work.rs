//! A worker's jobs, one after the other.

use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use serde::Serialize;

use super::failure::Failure;
use super::frame::Tag;
use super::record::{FetchHead, JobHead, Tail, What};
use super::writer::{Writer, too_large};
use super::{registry, served};
use crate::client::{HttpClient, Session};
use crate::error::{Error, Kind, Result, defuse, panic_text};

/// What a pool wants done.
pub(super) struct Assignment {
    pub(super) head: JobHead,
    pub(super) input: Vec<u8>,
}

pub(super) struct Work {
    writer: Writer,
    is_busy: Arc<AtomicBool>,
    /// Made when they are first asked for, and kept with their connections.
    sessions: HashMap<Option<String>, HttpClient>,
}

impl Work {
    pub(super) fn new(stream: UnixStream, is_busy: Arc<AtomicBool>) -> Self {
        Self { writer: Writer::new(stream), is_busy, sessions: HashMap::new() }
    }

    pub(super) fn tell<T: Serialize>(&mut self, tag: Tag, value: &T) -> io::Result<()> {
        self.writer.tell(tag, value)
    }

    /// Does one, and says what came of it. When nobody listens any more, the main thread sees it, too.
    pub(super) fn run(&mut self, job: Assignment) {
        if self.writer.send(Tag::Begun, &[]).is_err() {
            return;
        }
        let done = catch_unwind(AssertUnwindSafe(|| self.done(job)));
        let tail = done.unwrap_or_else(|panic| {
            let error = Error::new(Kind::Panicked, format!("the job panicked: {}", panic_text(&*panic)));
            defuse(panic);
            Ok(Tail { error: Some(Failure::of(&error)), ..Tail::default() })
        });
        self.is_busy.store(false, SeqCst);
        if tail.and_then(|tail| self.tell(Tag::Tail, &tail)).is_err() {
            // Half an answer, whatever the reason, is none: the pool is not to wait for the rest.
            self.writer.close();
        }
    }

    /// `Err`: the socket is broken.
    fn done(&mut self, Assignment { head: JobHead { what, longest }, input }: Assignment) -> io::Result<Tail> {
        let outcome = match what {
            What::Call(name) => {
                registry::call(&name).and_then(|f| f(&input)).and_then(|output| within(output, longest))
            }
            What::Fetch(head) => return self.fetch(*head, input, longest),
        };
        match outcome {
            Ok(output) => {
                self.writer.send(Tag::Body, &output)?;
                Ok(Tail::default())
            }
            Err(error) => Ok(Tail { error: Some(Failure::of(&error)), ..Tail::default() }),
        }
    }

    fn fetch(&mut self, head: FetchHead, body: Vec<u8>, longest: u64) -> io::Result<Tail> {
        let client = match self.session(&head.session) {
            Ok(client) => client,
            Err(error) => return Ok(Tail { error: Some(Failure::of(&error)), ..Tail::default() }),
        };
        served::fetch(&client, head, body, longest, &mut self.writer)
    }

    fn session(&mut self, name: &Option<String>) -> Result<HttpClient> {
        if let Some(client) = self.sessions.get(name) {
            return Ok(client.clone());
        }
        let client = match name {
            Some(name) => registry::session(name)?()?,
            None => Session::new()?.into(),
        };
        self.sessions.insert(name.clone(), client.clone());
        Ok(client)
    }
}

fn within(output: Vec<u8>, longest: u64) -> Result<Vec<u8>> {
    if output.len() as u64 > longest {
        return Err(too_large(longest));
    }
    Ok(output)
}
