//! The end of a fetch: try again, call the handler, write down what came of it.

use std::error::Error as StdError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::core::{Core, Prepared};
use super::item::Item;
use super::journal::End;
use super::links::Links;
use crate::error::Kind;
use crate::queue::engine::Stop;
use crate::queue::fetch::Fetched;
use crate::rt::Waiter;

pub(super) type Handler =
    dyn Fn(&Item, Fetched, &mut Links) -> std::result::Result<(), Box<dyn StdError + Send + Sync>> + Send + Sync;

/// What a handler has made of an answer.
enum Made {
    Links(Links),
    Error,
    Panic,
}

/// Hands an item to the queue. One that has been stopped does not take it.
pub(super) fn send(core: &Arc<Core>, item: Item, handler: &Arc<Handler>, at: Option<Instant>) {
    let fetch = item.fetch();
    let fetch = fetch.priority(item.priority);
    let fetch = if let Some(at) = at { fetch.not_before(at) } else { fetch };
    let (own, handler) = (core.clone(), handler.clone());
    if core.queue.enqueue_with(fetch, move |_, fetched| arrive(&own, item, fetched, &handler)).is_err() {
        core.leave();
    }
}

/// A rule of the program's that panics, about retries or about URLs, leaves the item pending.
fn arrive(core: &Arc<Core>, item: Item, fetched: Fetched, handler: &Arc<Handler>) {
    if catch_unwind(AssertUnwindSafe(|| visit(core, item, fetched, handler))).is_err() {
        core.lock().tally.panicked += 1;
        core.leave();
    }
}

/// Runs on the queue's worker, which takes no other job before it returns.
pub(super) fn visit(core: &Arc<Core>, mut item: Item, fetched: Fetched, handler: &Arc<Handler>) {
    let is_cancelled = fetched.error().is_some_and(|error| error.kind() == Kind::Cancelled);
    if is_cancelled && core.lock().stopping.is_some() {
        return core.leave();
    }
    item.attempts = item.attempts.saturating_add(1);
    let is_failure = core.rules.retries.wants(&item, &fetched);
    let has_tries = item.attempts <= core.rules.retries.times;
    if is_failure && has_tries {
        let wait = core.rules.retries.wait(&item, Some(&fetched));
        return again(core, item, handler, wait, false);
    }
    let is_failure = is_failure || fetched.error().is_some();
    let bytes = fetched.bytes().len() as u64;
    match handle(&item, fetched, handler) {
        Made::Links(links) => done(core, &item, links, bytes, is_failure),
        // It was to write down something that it could not: the item is not done.
        Made::Error if core.lock().stopping.is_some() => core.leave(),
        made @ (Made::Error | Made::Panic) if has_tries => {
            let wait = core.rules.retries.wait(&item, None);
            again(core, item, handler, wait, matches!(made, Made::Panic));
        }
        made => {
            core.lock().tally.panicked += u64::from(matches!(made, Made::Panic));
            let nothing = Links::new(&item, None);
            done(core, &item, nothing, bytes, true);
        }
    }
}

fn handle(item: &Item, fetched: Fetched, handler: &Arc<Handler>) -> Made {
    let mut links = Links::new(item, fetched.url());
    match catch_unwind(AssertUnwindSafe(|| handler(item, fetched, &mut links))) {
        Ok(Ok(())) => Made::Links(links),
        Ok(Err(_)) => Made::Error,
        Err(_) => Made::Panic,
    }
}

/// Once more, a little later. Its tries are written with the next thing that is: losing them costs a try.
fn again(core: &Arc<Core>, item: Item, handler: &Arc<Handler>, wait: Duration, has_panicked: bool) {
    let rested = SystemTime::now().checked_add(wait).and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let not_before = rested.map_or(0, |at| at.as_millis() as u64);
    let mut state = core.lock();
    state.tally.retried += 1;
    state.tally.panicked += u64::from(has_panicked);
    state.note(End::Tried { id: item.id, attempts: item.attempts, not_before }, core.is_on_disk());
    drop(state);
    send(core, item, handler, Instant::now().checked_add(wait));
}

/// The links and the end are written together; the worker goes on when they are.
fn done(core: &Arc<Core>, item: &Item, links: Links, bytes: u64, is_failure: bool) {
    let invalid = links.invalid;
    let total = links.found.len();
    let prepared: Vec<Prepared> = links.found.into_iter().filter_map(|link| core.prepare(link).ok()).collect();
    let mut state = core.lock();
    state.tally.invalid += invalid + (total - prepared.len()) as u64;
    state.tally.bytes += bytes;
    for link in prepared {
        core.accept(&mut state, link);
    }
    state.note(End::Done(item.id), core.is_on_disk());
    drop(state);
    // What fails here fails the run.
    if core.commit().is_err() {
        return core.leave();
    }
    let mut state = core.lock();
    state.ended(is_failure);
    let reached = core.rules.bounds.reached(&state.tally).filter(|_| state.stopping.is_none());
    let pump = core.wanted(&mut state);
    drop(state);
    if let Some(reached) = reached {
        core.end(reached, Stop::CancelQueued);
    }
    pump.iter().for_each(Waiter::wake);
}
