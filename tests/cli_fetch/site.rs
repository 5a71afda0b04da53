//! A server that remembers what it was asked, and the command against it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
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
    child: u32,
    lines: mpsc::Receiver<String>,
    text: String,
}

impl Told {
    pub(crate) fn by(child: &mut Child) -> Self {
        let err = BufReader::new(child.stderr.take().unwrap());
        let (say, lines) = mpsc::channel();
        std::thread::spawn(move || err.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
        Self { child: child.id(), lines, text: String::new() }
    }

    /// Waits for a line that has this part.
    pub(crate) fn wait_for(&mut self, part: &str) {
        assert!(self.read_to(|line| line.contains(part)), "{part} was not said: {}", self.text);
    }

    /// All of it, once it has ended.
    pub(crate) fn all(mut self) -> String {
        self.read_to(|_| false);
        self.text
    }

    /// Reads to the line that is looked for, or else to the end; one that goes on and on is killed.
    fn read_to(&mut self, is_it: impl Fn(&str) -> bool) -> bool {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.text += &line;
                    self.text.push('\n');
                    if is_it(&line) {
                        return true;
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return false,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    Command::new("kill").args(["-KILL", &self.child.to_string()]).status().unwrap();
                    panic!("waited 30 s, and it said: {}", self.text);
                }
            }
        }
    }
}

pub(crate) fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

pub(crate) fn list(server: &Server, count: usize) -> String {
    (1..=count).map(|n| server.url(&format!("/{n}\n"))).collect()
}
