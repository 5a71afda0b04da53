//! A site of pages that link to each other, and the frontier that reads it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex};

use maypole::queue::frontier::{Links, Report};
use maypole::queue::{FetchQueue, FetchQueueBuilder, Fetched, Frontier, FrontierBuilder, Item};

use crate::peer::Server;

pub(crate) type Handled = Result<(), Box<dyn Error + Send + Sync>>;

/// Pages `/0` to `/n-1`: each links to three deeper ones, to one before it, and to itself in other spellings.
pub(crate) struct Site {
    pub(crate) server: Server,
    counts: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Site {
    pub(crate) fn start(pages: usize) -> Self {
        Self::answering(move |path| (200, page(path, pages)))
    }

    /// Status and body for each path.
    pub(crate) fn answering(answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Self {
        let counts = Arc::new(Mutex::new(BTreeMap::new()));
        let counting = counts.clone();
        let server = Server::start(move |request, responder| {
            *counting.lock().unwrap().entry(request.target.clone()).or_default() += 1;
            let (status, body) = answer(&request.target);
            let length = body.len();
            responder.reply(format!("HTTP/1.1 {status} x\r\nContent-Length: {length}\r\n\r\n{body}"));
        });
        Self { server, counts }
    }

    pub(crate) fn start_page(&self) -> Item {
        Item::get(self.server.url("/0"))
    }

    /// How often each path was asked for.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.counts.lock().unwrap().clone()
    }

    /// Every page once.
    #[track_caller]
    pub(crate) fn assert_all_once(&self, pages: usize) {
        let counts = self.counts();
        let expected: BTreeMap<String, usize> = (0..pages).map(|n| (format!("/{n}"), 1)).collect();
        assert_eq!(counts, expected);
    }
}

pub(crate) fn page(path: &str, pages: usize) -> String {
    let n: usize = path[1..].parse().unwrap();
    let deeper = (3 * n + 1..=3 * n + 3).filter(|child| *child < pages).map(|child| format!("{child}"));
    let known = [format!("/{}", n / 2), format!("./x/../{n}#top"), "mailto:somebody".into()];
    deeper.chain(known).collect::<Vec<_>>().join(" ")
}

/// Follows every link.
pub(crate) fn follow(_: &Item, answer: Fetched, links: &mut Links) -> Handled {
    for link in String::from_utf8_lossy(answer.bytes()).split_whitespace() {
        links.follow(link);
    }
    Ok(())
}

pub(crate) fn queue() -> FetchQueueBuilder {
    FetchQueue::builder().concurrency(8)
}

pub(crate) fn builder() -> FrontierBuilder {
    Frontier::builder().queue(queue())
}

pub(crate) fn on_disk(path: &Path) -> FrontierBuilder {
    builder().directory(path)
}

/// Nothing is open, and the figures add up.
#[track_caller]
pub(crate) fn assert_over(frontier: &Frontier, report: &Report) {
    let progress = frontier.progress();
    assert_eq!((progress.open, progress.pending), (0, report.pending));
    let stats = frontier.queue().stats();
    assert_eq!((stats.queued, stats.delayed, stats.in_flight), (0, 0, 0));
}
