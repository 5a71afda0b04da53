//! A run: hands items to the queue as there is room, until there is nothing left or a reason to stop.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::bounds::Tally;
use super::core::Core;
use super::journal::Taken;
use super::report::{Ended, Report};
use super::visit::{Handler, send};
use crate::error::{Error, Kind, Phase, Result};
use crate::queue::engine::Stop;
use crate::rt::{self, Waiter, scope};

/// A wait that an earlier process has noted is not believed beyond this: clocks are set.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// What the pump does next.
enum Step {
    Fill(usize),
    Write,
    Wait,
    End(Ended),
}

pub(super) fn run(core: &Arc<Core>, handler: Arc<Handler>) -> Result<Report> {
    let start = Instant::now();
    begin(core)?;
    // If the pump unwinds nobody would fill the window or take what is in it.
    let running = Running(core);
    core.queue.start();
    let waiter = Waiter::current();
    let ended = pump(core, &handler, &waiter, core.rules.bounds.until(start));
    wait_for_open(core, &waiter);
    drop(running);
    let written = core.commit();
    core.queue.wait_all().ok();
    let mut state = core.lock();
    if let Some(failure) = &state.failure {
        return Err(failure.again());
    }
    written?;
    let pending = state.pending();
    let Tally { done, failed, retried, panicked, duplicates, too_deep, invalid, bytes, .. } =
        std::mem::take(&mut state.tally);
    drop(state);
    let elapsed = start.elapsed();
    Ok(Report { ended, done, failed, retried, panicked, duplicates, too_deep, invalid, bytes, pending, elapsed })
}

fn begin(core: &Core) -> Result<()> {
    let mut state = core.lock();
    if let Some(failure) = &state.failure {
        return Err(failure.again());
    }
    let refused = |what: &'static str| Err(Error::new(Kind::Closed, what).with_phase(Phase::Build));
    if state.is_running {
        return refused("the frontier runs already");
    }
    if state.stopping.is_some() {
        return refused("the frontier has been stopped; open it again");
    }
    state.is_running = true;
    state.begun = 0;
    Ok(())
}

struct Running<'a>(&'a Arc<Core>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.lock().is_running = false;
        if std::thread::panicking() {
            self.0.stop(Stop::Abort);
        }
    }
}

fn pump(core: &Arc<Core>, handler: &Arc<Handler>, waiter: &Waiter, until: Option<Instant>) -> Ended {
    loop {
        let result = match next(core, waiter) {
            Step::End(ended) => return ended,
            Step::Fill(count) => fill(core, handler, count),
            Step::Write => core.commit(),
            Step::Wait => {
                wait(core, waiter, until);
                Ok(())
            }
        };
        if let Err(error) = result {
            core.fail(error);
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            core.end(Ended::Time, Stop::CancelQueued);
        }
    }
}

fn next(core: &Core, waiter: &Waiter) -> Step {
    let mut state = core.lock();
    if let Some(ended) = state.stopping {
        return Step::End(ended);
    }
    let room = core.rules.bounds.room(state.begun);
    if room > 0 && state.open <= core.rules.window / 2 && state.has_backlog() {
        let most = room.min((core.rules.window - state.open) as u64);
        return Step::Fill(state.promise(most));
    }
    if room > 0 && state.is_abandoned() {
        return Step::Write;
    }
    if state.open == 0 && !state.writing.is_busy {
        if room == 0 && (state.has_backlog() || state.has_unwritten() || state.feeds > 0) {
            return Step::End(Ended::Items);
        }
        if state.feeds == 0 || state.is_closed {
            return Step::End(Ended::Finished);
        }
    }
    state.pump = Some(waiter.clone());
    Step::Wait
}

fn fill(core: &Arc<Core>, handler: &Arc<Handler>, count: usize) -> Result<()> {
    let fewer = || Error::new(Kind::Decode, "the directory holds fewer items than were written to it");
    let read = core.read(count).and_then(|taken| if taken.len() < count { Err(fewer()) } else { Ok(taken) });
    let mut taken = read.inspect_err(|_| core.leave_all(count))?;
    // The queue begins with what it is given first.
    taken.sort_by_key(|taken| Reverse(taken.item.priority));
    for Taken { item, not_before } in taken {
        send(core, item, handler, at(not_before));
    }
    Ok(())
}

/// When an item that has rested in another process may go on.
fn at(not_before: u64) -> Option<Instant> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let rest = Duration::from_millis(not_before).checked_sub(now)?.min(LONGEST_REST);
    Instant::now().checked_add(rest)
}

/// Until there is something to do, the time is over, or the surrounding scope ends.
fn wait(core: &Core, waiter: &Waiter, until: Option<Instant>) {
    let scope = scope::current();
    let _guard = scope.token().map(|token| waiter.cancel_with(token));
    let soonest = [until, scope.until().at()].into_iter().flatten().min();
    let is_over = match waiter.wait(soonest) {
        Ok(()) => false,
        Err(rt::Stop::Cancelled) => true,
        Err(rt::Stop::TimedOut) => soonest != until,
    };
    if is_over {
        core.end(Ended::Stopped, Stop::Abort);
    }
}

/// What is in flight ends by itself or by a stop; a scope that is over has no say in it.
fn wait_for_open(core: &Core, waiter: &Waiter) {
    loop {
        let mut state = core.lock();
        if state.open == 0 {
            state.pump = None;
            return;
        }
        state.pump = Some(waiter.clone());
        drop(state);
        waiter.wait(None).ok();
    }
}
