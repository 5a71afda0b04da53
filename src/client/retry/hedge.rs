//! A second one beside a slow one: the first that succeeds wins, the other one is cancelled.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use crate::error::{Error, Phase, Result};
use crate::rt::channel::{self, Receiver, Sender};
use crate::rt::{CancelToken, spawn};

/// One of the two, until its token is fired.
pub(in crate::client) type Start<T> = dyn FnOnce(CancelToken) -> Result<T> + Send;

type Report<T> = (usize, std::thread::Result<Result<T>>);

/// Starts one, and another one beside it if it takes longer than `after` and `afford` allows that.
///
/// An error of the first one before that is the result; after it, one waits for the other. Both end before their
/// deadlines, which are their own business, so that nothing here waits for ever.
pub(in crate::client) fn race<T: Send + 'static>(
    after: Duration,
    outer: Option<&CancelToken>,
    afford: impl FnOnce() -> bool,
    start: impl Fn() -> Box<Start<T>>,
) -> Result<T> {
    let (sender, receiver) = channel::unbounded();
    let mut running = Running(Vec::with_capacity(2));
    running.add(outer, start(), &sender)?;
    let due = Instant::now().checked_add(after);
    let first = receiver.recv_until(due).ok();
    if first.is_none() && afford() {
        // No coroutine to be had: then without a second one.
        running.add(outer, start(), &sender).ok();
    }
    // What is left to wait for has a sender of its own.
    drop(sender);
    running.winner(first, &receiver)
}

/// Those that run; dropping it ends them, also when the caller's own coroutine unwinds.
struct Running(Vec<Option<CancelToken>>);

impl Running {
    fn add<T: Send + 'static>(
        &mut self,
        outer: Option<&CancelToken>,
        run: Box<Start<T>>,
        sender: &Sender<Report<T>>,
    ) -> Result<()> {
        let token = outer.map_or_else(CancelToken::new, CancelToken::child);
        let (index, own, sender) = (self.0.len(), token.clone(), sender.clone());
        spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| run(own)));
            // Nobody waits for the loser: its response is dropped here, and its connection closed.
            drop(sender.send((index, result)));
        })?;
        self.0.push(Some(token));
        Ok(())
    }

    fn winner<T>(&mut self, first: Option<Report<T>>, receiver: &Receiver<Report<T>>) -> Result<T> {
        let mut failed: Option<Error> = None;
        let mut next = first;
        let mut left = self.0.len();
        loop {
            // Each sends before it ends.
            let Some((index, result)) = next.take().or_else(|| receiver.recv_until(None).ok()) else {
                return Err(failed.unwrap_or_else(|| Error::cancelled(Phase::Head)));
            };
            left -= 1;
            match result {
                Ok(Ok(value)) => {
                    // Its body goes on being read under this token.
                    self.0[index] = None;
                    return Ok(value);
                }
                Ok(Err(error)) => match failed.take() {
                    Some(earlier) => return Err(error.with_earlier(vec![earlier])),
                    None if left == 0 => return Err(error),
                    None => failed = Some(error),
                },
                Err(panic) => resume_unwind(panic),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().flatten().for_each(CancelToken::cancel);
    }
}
