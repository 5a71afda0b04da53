//! What has happened so far, what was wrong, and who is stuck.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::rt;

/// A request ends by its own deadline, by what the server does, or by a limit of 20 s; what lasts longer hangs.
const HANGS: Duration = Duration::from_secs(60);

pub(crate) struct Tally {
    start: Instant,
    stop: AtomicBool,
    counts: Mutex<BTreeMap<String, u64>>,
    wrong: Mutex<Vec<String>>,
    running: Vec<Running>,
    overrun: AtomicU64,
}

/// One coroutine's request: when it began in ms (0: none), and what it is.
#[derive(Default)]
struct Running {
    since: AtomicU64,
    what: Mutex<String>,
}

impl Tally {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            start: Instant::now(),
            stop: AtomicBool::new(false),
            counts: Mutex::default(),
            wrong: Mutex::default(),
            running: (0..places).map(|_| Running::default()).collect(),
            overrun: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(SeqCst)
    }

    pub(crate) fn begin(&self, place: usize, what: String) {
        *self.running[place].what.lock().unwrap() = what;
        self.running[place].since.store(self.now(), SeqCst);
    }

    pub(crate) fn end(&self, place: usize, outcome: String) {
        self.running[place].since.store(0, SeqCst);
        *self.counts.lock().unwrap().entry(outcome).or_default() += 1;
    }

    pub(crate) fn overrun(&self, by: Duration) {
        self.overrun.fetch_max(by.as_millis() as u64, SeqCst);
    }

    pub(crate) fn wrong(&self, what: String) {
        let mut wrong = self.wrong.lock().unwrap();
        if wrong.len() < 20 {
            wrong.push(what);
        }
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_millis() as u64 + 1
    }

    /// Watches for `duration`, then stops the load; ends the process when something hangs.
    pub(crate) fn watch(&self, duration: Duration) {
        while self.start.elapsed() < duration && self.wrong.lock().unwrap().is_empty() {
            rt::sleep(Duration::from_millis(50));
            self.check();
        }
        self.stop.store(true, SeqCst);
    }

    pub(crate) fn check(&self) {
        let stuck = |running: &Running| {
            let since = running.since.load(SeqCst);
            since != 0 && Duration::from_millis(self.now().saturating_sub(since)) > HANGS
        };
        let stuck: Vec<_> = self.running.iter().enumerate().filter(|(_, running)| stuck(running)).collect();
        if !stuck.is_empty() {
            let mut text = format!("{} requests hang\n{}", stuck.len(), self.report());
            for (place, running) in stuck {
                writeln!(text, "{place}: {}", running.what.lock().unwrap()).unwrap();
            }
            die(&text);
        }
    }

    pub(crate) fn report(&self) -> String {
        let counts = self.counts.lock().unwrap();
        let mut text = String::new();
        for (outcome, count) in counts.iter() {
            writeln!(text, "{count:>9}  {outcome}").unwrap();
        }
        let (total, seconds) = (counts.values().sum::<u64>(), self.start.elapsed().as_secs_f64());
        let overrun = self.overrun.load(SeqCst);
        writeln!(text, "{total:>9}  in {seconds:.1} s; the latest deadline was overrun by {overrun} ms").unwrap();
        text
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }
}

/// Ends the process; with a core to look at where `MAYPOLE_STRESS_HOLD` is set.
pub(crate) fn die(text: &str) -> ! {
    eprintln!("{text}");
    if std::env::var_os("MAYPOLE_STRESS_HOLD").is_some() {
        eprintln!("held for a debugger: process {}", std::process::id());
        loop {
            std::thread::park();
        }
    }
    std::process::exit(3);
}
