//! A server that counts what is under way, in total and per path, and writes a log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::peer::{Request, Server};

pub(crate) struct Site {
    pub(crate) server: Server,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    log: Vec<(Instant, String)>,
    now: HashMap<String, usize>,
    peaks: HashMap<String, usize>,
}

/// The first segment, by which it counts.
fn segment(path: &str) -> String {
    path.split(['/', '?']).nth(1).unwrap_or_default().to_owned()
}

impl Site {
    /// Each answer takes `time`.
    pub(crate) fn slow(time: Duration) -> Self {
        Self::new(move |_| {
            std::thread::sleep(time);
            crate::peer::ok("done")
        })
    }

    /// Answers with what `handler` gives.
    pub(crate) fn new(handler: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let ours = seen.clone();
        let server = Server::start(move |request, answer| {
            let segment = ours.lock().unwrap().begin(&request.target);
            // Counted down before the answer leaves: the next request may be here before this thread goes on.
            let counted = Counted { seen: &ours, segment };
            let reply = handler(request);
            drop(counted);
            answer.reply(reply);
        });
        Self { server, seen }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// The most requests at once below `/segment`.
    pub(crate) fn peak(&self, segment: &str) -> usize {
        self.seen.lock().unwrap().peaks.get(segment).copied().unwrap_or(0)
    }

    /// Paths in the order in which they came.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen.lock().unwrap().log.iter().map(|(_, path)| path.clone()).collect()
    }

    /// Times at which requests came whose path begins so.
    pub(crate) fn times(&self, prefix: &str) -> Vec<Instant> {
        let seen = self.seen.lock().unwrap();
        seen.log.iter().filter(|(_, path)| path.starts_with(prefix)).map(|(at, _)| *at).collect()
    }
}

impl Seen {
    fn begin(&mut self, path: &str) -> String {
        self.log.push((Instant::now(), path.to_owned()));
        let segment = segment(path);
        let now = self.now.entry(segment.clone()).or_default();
        *now += 1;
        let peak = self.peaks.entry(segment.clone()).or_default();
        *peak = (*peak).max(*now);
        segment
    }
}

struct Counted<'a> {
    seen: &'a Mutex<Seen>,
    segment: String,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        *self.seen.lock().unwrap().now.get_mut(&self.segment).unwrap() -= 1;
    }
}
