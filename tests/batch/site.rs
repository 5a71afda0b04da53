//! What these tests have in common: a server that remembers, and a list of outcomes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::queue::batch::{Batch, BatchBuilder, Handle, NullLogger, Outcome};

use crate::peer::{Request, Responder, Server};

/// Outcomes in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<Outcome>>>);

impl Kept {
    pub(crate) fn add(&self, outcome: Outcome) {
        self.0.lock().unwrap().push(outcome);
    }

    pub(crate) fn take(&self) -> Vec<Outcome> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// The only one.
    #[track_caller]
    pub(crate) fn one(&self) -> Outcome {
        let mut all = self.take();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(crate) fn callback(&self) -> impl Fn(Outcome, &Handle) + Send + Sync + 'static {
        let kept = self.clone();
        move |outcome, _| kept.add(outcome)
    }
}

/// A batch whose outcomes are kept, and which says nothing.
pub(crate) fn batch(workers: usize) -> (Batch, Kept) {
    batch_with(workers, |options| options)
}

pub(crate) fn batch_with(workers: usize, options: impl FnOnce(BatchBuilder) -> BatchBuilder) -> (Batch, Kept) {
    let kept = Kept::default();
    let builder = Batch::builder().workers(workers).logger(NullLogger).on_response(kept.callback());
    // The environment of the machine is not under test.
    (options(builder).build().unwrap(), kept)
}

/// A server and what came to it.
pub(crate) struct Site {
    pub(crate) server: Server,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Site {
    pub(crate) fn start(handler: impl Fn(&Request, &mut Responder<'_>) + Send + Sync + 'static) -> Self {
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let log = requests.clone();
        let server = Server::start(move |request, responder| {
            log.lock().unwrap().push(request.clone());
            handler(request, responder);
        });
        Self { server, requests }
    }

    /// Answers everything with its path.
    pub(crate) fn echo() -> Self {
        Self::start(|request, responder| responder.reply(ok(&request.target)))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }

    #[track_caller]
    pub(crate) fn one(&self) -> Request {
        let mut all = self.requests();
        assert_eq!(all.len(), 1, "requests of {:?}", all.iter().map(|request| &request.target).collect::<Vec<_>>());
        all.remove(0)
    }

    /// Ends the batch: everything it had open is closed then.
    #[track_caller]
    pub(crate) fn end(self, batch: Batch, kept: &Kept) {
        let stats = batch.stats();
        assert_eq!((stats.queued, stats.in_flight, stats.open - stats.idle), (0, 0, 0));
        assert!(kept.take().is_empty(), "outcomes that nobody looked at");
        batch.client().close();
        drop(batch);
        self.server.wait_open(0);
    }
}

pub(crate) fn ok(body: &str) -> Vec<u8> {
    crate::peer::ok(body)
}

/// An answer with these lines.
pub(crate) fn reply(status: &str, lines: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    lines.iter().for_each(|line| reply += &format!("{line}\r\n"));
    [reply.as_bytes(), b"\r\n", body].concat()
}

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}
