//! Where the workers run: on coroutines if the caller is one, on threads if it is one.
//!
//! A coroutine must not write to a disk itself, and handing each batch to another thread takes it to another core's
//! cache: 1 GiB cost 1.0 to 1.1 s of CPU time that way and 0.9 s on a thread of its own, where curl's cost 1.1 to 1.2 s.
//! Thousands of downloads want coroutines all the same.

use std::panic::resume_unwind;
use std::thread;
use std::time::Instant;

use crate::error::{Error, Kind, Result};
use crate::rt::{self, CancelToken, Group, scope};

/// A request fits into 32 KiB in release builds; unoptimized code wants more.
const STACK: usize = 1 << 20;

pub(super) struct Crew {
    token: CancelToken,
    group: Option<Group>,
    members: Vec<Member>,
}

enum Member {
    Coroutine(rt::JoinHandle<()>),
    Thread(thread::JoinHandle<()>),
}

impl Crew {
    /// For so many workers, whose waits end with `token` and with the caller's scope.
    pub(super) fn new(size: usize, token: &CancelToken) -> Self {
        let group = rt::is_coroutine().then(|| scope::with_cancel(token, || Group::new(size)));
        Self { token: token.clone(), group, members: Vec::with_capacity(size) }
    }

    pub(super) fn spawn(&mut self, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let member = match &self.group {
            Some(group) => Member::Coroutine(group.spawn(work)?),
            None => Member::Thread(self.thread(work)?),
        };
        self.members.push(member);
        Ok(())
    }

    fn thread(&self, work: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>> {
        let (token, until) = (self.token.clone(), scope::current().until().at());
        let work = move || scope::with_cancel(&token, work);
        let bounded = move || match until {
            Some(at) => scope::with_deadline(at.saturating_duration_since(Instant::now()), work),
            None => work(),
        };
        let builder = thread::Builder::new().name("maypole-download".into()).stack_size(STACK);
        let spawned = builder.spawn(bounded);
        spawned.map_err(|error| Error::new(Kind::Exhausted, "no thread could be started").with_source(error))
    }

    /// Waits for all of them.
    pub(super) fn join(self) {
        for member in self.members {
            let ended = match member {
                Member::Coroutine(handle) => handle.join(),
                Member::Thread(handle) => handle.join(),
            };
            ended.unwrap_or_else(|panic| resume_unwind(panic));
        }
    }
}
