//! The fetch queue, octopus's way, against a server on loopback.
//!
//! Order and concurrency are proved by what the server saw; times are measured from below.

#[path = "../peer/mod.rs"]
mod peer;

mod cache;
mod cancel;
mod event_loop;
mod failures;
mod flights;
mod handlers;
mod limits;
mod options;
mod order;
mod phases;
mod responses;
mod retries;
mod site;
mod stop;
mod streaming;
mod waiting;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::queue::{FetchQueue, FetchQueueBuilder, Fetched};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(15);

/// What handlers were called with, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(String, Fetched)>>>);

impl Seen {
    fn handler(&self) -> impl FnOnce(&str, Fetched) + Send + 'static {
        let seen = self.clone();
        move |url, fetched| seen.0.lock().unwrap().push((url.to_owned(), fetched))
    }

    fn all(&self) -> Vec<(String, Fetched)> {
        self.0.lock().unwrap().clone()
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The only one.
    #[track_caller]
    fn one(&self) -> Fetched {
        let all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap().1
    }

    fn statuses(&self) -> Vec<u16> {
        self.all().iter().map(|(_, fetched)| fetched.status()).collect()
    }
}

/// A queue that runs.
fn running(builder: FetchQueueBuilder) -> FetchQueue {
    builder.auto_start(true).build().unwrap()
}

/// Fetches one and gives what came of it.
fn fetch(queue: &FetchQueue, what: impl Into<maypole::queue::Fetch>) -> Fetched {
    let seen = Seen::default();
    queue.enqueue_with(what, seen.handler()).unwrap();
    queue.wait(LONG).unwrap();
    seen.one()
}

/// Nothing is left of it, and its connections are closed.
#[track_caller]
fn finish(queue: FetchQueue, site: &site::Site) {
    queue.wait(LONG).unwrap();
    let stats = queue.stats();
    assert_eq!((stats.pending(), stats.blocked), (0, 0), "{stats:?}");
    drop(queue);
    site.open_gate();
    site.server.wait_open(0);
}
