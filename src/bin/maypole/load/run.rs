//! The run itself: one coroutine per connection, one client for all of them, one plain thread that watches the clock.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use bytes::Bytes;
use maypole::error::{Error, Kind, Phase};
use maypole::message::{Headers, Method, Request, Url};
use maypole::{HttpClient, rt};

use super::args::{End, Plan};
use super::tally::{Shards, Tally};
use crate::system::{CpuTime, MachineTime};

/// After a connection could not be opened: trying again at once would only measure how fast a port refuses.
const AFTER_REFUSAL: Duration = Duration::from_millis(10);
/// How often the progress line changes.
const TICK: Duration = Duration::from_millis(200);

/// How long answers that are not counted any more may take to come.
const LAST_ANSWERS: Duration = Duration::from_millis(100);

pub(super) enum Event {
    Finished,
    Interrupted,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Interrupted,
}

/// Everything that was measured.
pub(super) struct Outcome {
    pub(super) tally: Tally,
    pub(super) elapsed: Duration,
    pub(super) ended: Ended,
    pub(super) opened: u64,
    pub(super) cpu: CpuTime,
    pub(super) machine_idle: Option<f64>,
}

/// What every connection asks for, again and again.
pub(super) struct Target {
    client: HttpClient,
    method: String,
    url: Url,
    body: Option<Bytes>,
}

struct Shared {
    target: Target,
    /// Requests that may still be started.
    tickets: AtomicU64,
    /// Set at the end: what comes later is not counted.
    over: AtomicBool,
    shards: Shards,
}

/// Runs the plan to its end, which `events` may bring forward. `progress` is called a few times a second.
pub(super) fn run(
    plan: &Plan,
    target: Target,
    (sender, events): (Sender<Event>, &Receiver<Event>),
    mut progress: impl FnMut(Duration, u64, u64),
) -> Result<Outcome, Error> {
    let connections = plan.connections;
    let (tickets, limit) = match plan.end {
        End::Requests(n) => (n, None),
        End::Duration(time) => (u64::MAX, Some(time)),
    };
    let shards = Shards::new(connections);
    let shared = Arc::new(Shared { target, tickets: AtomicU64::new(tickets), over: AtomicBool::new(false), shards });

    let (cpu, machine, start) = (CpuTime::now(), MachineTime::now(), Instant::now());
    for coroutine in 0..connections {
        let (shared, finish) = (shared.clone(), Finish(sender.clone()));
        rt::spawn(move || {
            let _finish = finish;
            shared.connection(coroutine);
        })?;
    }
    let ended = watch(events, connections, start, limit, |elapsed| {
        let (answers, errors) = shared.shards.counts();
        progress(elapsed, answers, errors);
    });
    shared.over.store(true, Relaxed);
    let elapsed = start.elapsed();
    let tally = shared.shards.merged();
    let cpu = CpuTime::now().since(cpu);
    wait_for_the_rest(events);
    let machine_idle = machine.and_then(|earlier| MachineTime::now()?.idle_since(earlier));
    Ok(Outcome { tally, elapsed, ended, opened: shared.target.client.stats().created, cpu, machine_idle })
}

/// Says that a connection has ended, also when its coroutine panicked: the run would wait for it for ever.
struct Finish(Sender<Event>);

impl Drop for Finish {
    fn drop(&mut self) {
        // Nobody listens any more after the end of the run.
        self.0.send(Event::Finished).ok();
    }
}

fn watch(
    events: &Receiver<Event>,
    connections: usize,
    start: Instant,
    limit: Option<Duration>,
    mut progress: impl FnMut(Duration),
) -> Ended {
    let mut running = connections;
    while running > 0 {
        let elapsed = start.elapsed();
        let left = limit.map_or(TICK, |limit| limit.saturating_sub(elapsed));
        if left.is_zero() {
            break;
        }
        match events.recv_timeout(left.min(TICK)) {
            Ok(Event::Finished) => running -= 1,
            Ok(Event::Interrupted) => return Ended::Interrupted,
            Err(RecvTimeoutError::Timeout) => progress(start.elapsed()),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ended::Done
}

/// Requests in flight get a moment to end: the process would otherwise exit under coroutines that are inside OpenSSL.
fn wait_for_the_rest(events: &Receiver<Event>) {
    while let Ok(Event::Finished) = events.recv_timeout(LAST_ANSWERS) {}
}

impl Shared {
    fn connection(&self, coroutine: usize) {
        while self.take_ticket() {
            let start = Instant::now();
            let result = self.target.load();
            let latency = start.elapsed();
            if self.over.load(Relaxed) {
                return;
            }
            match result {
                Ok((status, bytes)) => self.shards.of(coroutine).answered(status, bytes, latency),
                Err(error) => {
                    self.shards.of(coroutine).failed(&error);
                    if is_refusal(&error) {
                        rt::sleep(AFTER_REFUSAL);
                    }
                }
            }
        }
    }

    fn take_ticket(&self) -> bool {
        !self.over.load(Relaxed) && self.tickets.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// Puts one request together to see that it can be: what is wrong with it is told before anything is sent.
pub(super) fn check(plan: &Plan, url: &str) -> Result<Url, Error> {
    let url = Url::parse(url)?;
    if url.credentials().is_some() {
        let what = "the URL has a user name; give an Authorization header with -H instead";
        return Err(Error::new(Kind::InvalidUrl, what));
    }
    let mut request = Request::new(Method::new(&plan.method)?, url.clone());
    for (name, value) in &plan.headers {
        request.append_header(name, value)?;
    }
    if let Some(body) = &plan.body {
        request.body = body.clone().into();
    }
    request.assemble(&Headers::new())?;
    Ok(url)
}

impl Target {
    pub(super) fn new(plan: &Plan, url: Url, client: HttpClient) -> Self {
        Self { client, method: plan.method.clone(), url, body: plan.body.clone() }
    }

    /// One request, read to the end of its answer: the status and the length of the body.
    fn load(&self) -> Result<(u16, u64), Error> {
        let mut request = self.client.request(&self.method, &self.url);
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let mut response = request.send()?;
        let bytes = read_through(&mut response).map_err(Error::from_io)?;
        Ok((response.status(), bytes))
    }
}

/// Reads to the end through the response's own buffer: a buffer per coroutine would be most of the memory used.
fn read_through(response: &mut impl BufRead) -> io::Result<u64> {
    let mut bytes = 0;
    loop {
        let n = response.fill_buf()?.len();
        if n == 0 {
            return Ok(bytes);
        }
        response.consume(n);
        bytes += n as u64;
    }
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), Kind::Resolve | Kind::Connect | Kind::Exhausted)
        || matches!(error.phase(), Some(Phase::Resolve | Phase::Connect | Phase::Tls))
}
