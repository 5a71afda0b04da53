//! A server that remembers what it was asked, and the command against it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::cli_support::{Ran, maypole, run_with_input};
use super::scripted::{Gate, Request, Responder, Server, ok, wait_until};

pub(crate) type Log = Arc<Mutex<Vec<(Instant, String)>>>;

/// Answers every path with itself after `pause`, and logs it.
pub(crate) fn echoing(pause: Duration) -> (Server, Log) {
    logging(move |request, responder| {
        std::thread::sleep(pause);
        responder.reply(ok(&request.target));
    })
}

/// Answers every path with itself, those that `is_held` names a moment after the gate is open.
pub(crate) fn holding(gate: &Gate, is_held: impl Fn(&str) -> bool + Send + Sync + 'static) -> (Server, Log) {
    let gate = gate.clone();
    logging(move |request, responder| {
        if is_held(&request.target) {
            gate.wait();
            std::thread::sleep(Duration::from_millis(100));
        }
        responder.reply(ok(&request.target));
    })
}

/// Lets the first `count` callers go on once all of them are there, and all others at once.
pub(crate) struct Meeting {
    count: usize,
    come: AtomicUsize,
}

impl Meeting {
    pub(crate) fn of(count: usize) -> Self {
        Self { count, come: AtomicUsize::new(0) }
    }

    pub(crate) fn attend(&self) {
        self.come.fetch_add(1, SeqCst);
        wait_until(&format!("{} at once", self.count), || self.come.load(SeqCst) >= self.count);
    }
}

pub(crate) fn logging(answer: impl Fn(&Request, &mut Responder<'_>) + Send + Sync + 'static) -> (Server, Log) {
    let log = Log::default();
    let own = log.clone();
    let server = Server::start(move |request, responder| {
        own.lock().unwrap().push((Instant::now(), request.target.clone()));
        answer(request, responder);
    });
    (server, log)
}

/// How often each target was asked for.
pub(crate) fn asked(log: &Log) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for (_, target) in log.lock().unwrap().iter() {
        *asked.entry(target.clone()).or_default() += 1;
    }
    asked
}

/// `maypole fetch` with these lines on standard input.
pub(crate) fn fetch(arguments: &[&str], input: &str) -> Ran {
    run_with_input(&[&["fetch"], arguments].concat(), input.as_bytes())
}

/// Its results, in the order in which they came.
pub(crate) fn results(ran: &Ran) -> Vec<Value> {
    lines(ran.text())
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    let parsed = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")));
    parsed.collect()
}

/// The results of the file, without half a line at its end.
pub(crate) fn whole_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    lines(&text[..text.rfind('\n').map_or(0, |at| at + 1)])
}

pub(crate) fn ids(results: &[Value]) -> Vec<u64> {
    let mut ids: Vec<_> = results.iter().map(|result| result["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    ids
}

/// `maypole fetch` beside the test, its results appended to `out`.
pub(crate) fn spawn(arguments: &[&str], out: &Path) -> Child {
    let out = std::fs::OpenOptions::new().create(true).append(true).open(out).unwrap();
    maypole().arg("fetch").args(arguments).stdout(out).stderr(Stdio::piped()).spawn().unwrap()
}

/// What it says on standard error.
pub(crate) struct Told {
    err: BufReader<ChildStderr>,
    text: String,
}

impl Told {
    pub(crate) fn by(child: &mut Child) -> Self {
        Self { err: BufReader::new(child.stderr.take().unwrap()), text: String::new() }
    }

    /// Waits for a line that has this part.
    pub(crate) fn wait_for(&mut self, part: &str) {
        while !self.text.lines().next_back().is_some_and(|line| line.contains(part)) {
            assert!(self.err.read_line(&mut self.text).unwrap() > 0, "{part} was not said: {}", self.text);
        }
    }

    /// All of it, once it has ended.
    pub(crate) fn all(mut self) -> String {
        self.err.read_to_string(&mut self.text).unwrap();
        self.text
    }
}

pub(crate) fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

pub(crate) fn list(server: &Server, count: usize) -> String {
    (1..=count).map(|n| server.url(&format!("/{n}\n"))).collect()
}
