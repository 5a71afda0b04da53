//! Many coroutines at once, each with a connection of its own, in a process with two workers, beside a heartbeat.
//!
//! ```text
//!   test ── starts the server ── starts itself again as a child, with the URL in its environment
//!     child ── one member alone, so that what comes with first use is there
//!           ── MANY members: connect, some at a time │ all are there │ exchanges, all at once │ end
//!              beside them a heartbeat, which sleeps for 5 ms and notes its lateness
//!           ── descriptors and coroutines are where they were
//! ```
//!
//! Client and server have half of the processors each.
//!
//! Lateness is asserted generously, since other tests run beside; `--test-threads=1 --nocapture` shows it undisturbed.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use maypole::TlsConfig;
use maypole::compat::io::Connector;
use maypole::rt::{self, Group, Permit, Runtime, Semaphore};

use crate::peer::{resident_bytes, wait_until};

/// Coroutines at once; a tenth in debug builds, where figures mean nothing.
pub(crate) const MANY: usize = if cfg!(debug_assertions) { 100 } else { 1_000 };
/// The longest rest of a member, in milliseconds; in debug builds as much shorter as its crowd is smaller.
const REST: u64 = if cfg!(debug_assertions) { 20 } else { 200 };
/// Of them connect at once: a handshake of TLS takes about a millisecond of computing, and whatever else is ready
/// waits in line behind those that have come.
const DIALING: usize = 8;
/// Between two beats of the heart.
const BEAT: Duration = Duration::from_millis(5);
/// No worker is held for as long as this, whatever else runs on the machine.
const LATE: Duration = Duration::from_millis(250);
/// For what should take seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a member finds its server.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) connector: Connector,
    pub(crate) tls: TlsConfig,
    dialing: Semaphore,
}

impl Place {
    /// `authority` is the certificate to trust, in a file, or nothing.
    pub(crate) fn new(url: &str, authority: &str) -> Self {
        let mut tls = TlsConfig::builder();
        if !authority.is_empty() {
            tls = tls.add_root_pem(std::fs::read(authority).unwrap());
        }
        let tls = tls.build().unwrap();
        let connector = Connector::new().tls(tls.clone());
        Self { url: url.into(), connector, tls, dialing: Semaphore::new(DIALING) }
    }

    /// Between two exchanges: 100 ms on average in release builds, another time for each member. Without it the heartbeat would tell how
    /// long a thousand answers that are there at once take to be worked off, and not whether something holds a worker.
    pub(crate) fn rest(&self, member: usize, round: usize) {
        rt::sleep(Duration::from_millis(1 + (member * 7_919 + round * 104_729) as u64 % REST));
    }

    /// A member's turn to connect, until it is dropped.
    pub(crate) fn turn(&self) -> Permit {
        self.dialing.acquire(Some(Instant::now() + PATIENCE)).expect("every turn comes")
    }
}

/// Where the members wait until all are connected.
pub(crate) struct Gate {
    awaited: AtomicUsize,
    open: Semaphore,
}

impl Gate {
    fn new(members: usize) -> Self {
        Self { awaited: AtomicUsize::new(members), open: Semaphore::new(0) }
    }

    /// Returns when every member is here.
    pub(crate) fn wait(&self) {
        if self.awaited.fetch_sub(1, SeqCst) == 1 {
            self.open.add(1);
        }
        // The permit goes on to the next one.
        drop(self.open.acquire(Some(Instant::now() + PATIENCE)).expect("every member comes"));
    }
}

/// Opens the gate when a member panics.
struct Broken<'a>(&'a Gate);

impl Drop for Broken<'_> {
    fn drop(&mut self) {
        self.0.open.add(1);
    }
}

/// One of the crowd, with its number: connects, waits at the gate, talks, and ends its connection.
pub(crate) trait Member: Fn(&Place, usize, &Gate) + Send + Sync + 'static {}

impl<F: Fn(&Place, usize, &Gate) + Send + Sync + 'static> Member for F {}

/// Runs the crowd in a child; `test` is the name of the test that calls this. `start` gives a server, its URL and the
/// file with the certificate to trust, or nothing where it is not installed.
pub(crate) fn at_once<S>(test: &str, start: impl FnOnce() -> Option<(S, String, String)>, member: impl Member) {
    if let Ok(asked) = std::env::var("MAYPOLE_SWAPPED_CROWD") {
        if asked == test {
            let [url, authority] = ["URL", "AUTHORITY"].map(|v| std::env::var(format!("MAYPOLE_SWAPPED_{v}")).unwrap());
            gather(test, Place::new(&url, &authority), member);
        }
        return;
    }
    // Beside each other in debug builds, where lateness is not judged.
    static ONE_BY_ONE: Mutex<()> = Mutex::new(());
    let _turn = (!cfg!(debug_assertions)).then(|| ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner));
    let Some((_server, url, authority)) = start() else { return };
    let status = pinned(true, &std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env("MAYPOLE_SWAPPED_CROWD", test)
        .env("MAYPOLE_SWAPPED_URL", url)
        .env("MAYPOLE_SWAPPED_AUTHORITY", authority)
        .status()
        .unwrap();
    assert!(status.success(), "{test}: {status}");
}

/// A command on one half of the processors, the first for clients. A thousand processes of a server, each of which Linux
/// takes for a session of its own, would leave the client a thousandth of the machine otherwise, whatever their priority.
pub(crate) fn pinned(client: bool, program: &Path) -> Command {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    if all == 1 {
        return Command::new(program);
    }
    let (from, to) = if client { (0, all / 2 - 1) } else { (all / 2, all - 1) };
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &format!("{from}-{to}")]).arg(program);
    command
}

fn gather(test: &str, place: Place, member: impl Member) {
    Runtime::builder().workers(2).start().unwrap();
    let (place, member) = (Arc::new(place), Arc::new(member));
    let run = |many: usize| {
        let (place, member, gate) = (place.clone(), member.clone(), Arc::new(Gate::new(many + 1)));
        let crowd = {
            let gate = gate.clone();
            let run = move |n| {
                // The others would wait for one that never comes.
                let broken = Broken(&gate);
                member(&place, n, &gate);
                std::mem::forget(broken);
            };
            move || Group::new(many).map(0..many, run).unwrap()
        };
        (rt::spawn(crowd).unwrap(), gate)
    };
    let (alone, gate) = run(1);
    gate.wait();
    alone.join().expect("one member alone");

    let (live, open, resident) = (rt::live(), sockets(), resident_bytes());
    let (heart, clock) = (Heart::start(), Instant::now());
    let (crowd, gate) = run(MANY);
    gate.wait();
    let (connected, connecting) = (clock.elapsed(), heart.lap());
    let each = resident_bytes().saturating_sub(resident) / MANY;
    crowd.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let (took, talking) = (clock.elapsed() - connected, heart.lap());
    heart.stop();
    eprintln!("{test}: {MANY} at once, {each} bytes resident each");
    eprintln!(
        "  connecting {connected:>8.0?}, heartbeat late {connecting}\n  talking    {took:>8.0?}, heartbeat late {talking}"
    );

    wait_until("the end of all coroutines", || rt::live() <= live);
    wait_until("the end of all connections", || sockets() <= open);
    if !cfg!(debug_assertions) {
        assert!(connecting.p99.max(talking.p99) < LATE, "a worker was held");
    }
}

/// Descriptors that are connections: others are kept for giving way, as many as ever did so at once.
fn sockets() -> usize {
    let links =
        std::fs::read_dir("/proc/self/fd").unwrap().flatten().filter_map(|fd| std::fs::read_link(fd.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

/// A coroutine that should run every 5 ms.
struct Heart {
    stop: Arc<AtomicBool>,
    late: Arc<Mutex<Vec<Duration>>>,
    beating: rt::JoinHandle<()>,
}

impl Heart {
    fn start() -> Self {
        let (stop, late) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (stopped, noting) = (stop.clone(), late.clone());
        let beat = move || {
            while !stopped.load(SeqCst) {
                let due = Instant::now() + BEAT;
                rt::sleep(BEAT);
                let late = due.elapsed();
                // The beats that would have come meanwhile are late as well.
                let missed = (0..).map_while(|n| late.checked_sub(BEAT * n));
                noting.lock().unwrap().extend(missed);
            }
        };
        Self { stop, late, beating: rt::spawn(beat).unwrap() }
    }

    /// How late it was since the last call.
    fn lap(&self) -> Lateness {
        let mut late = std::mem::take(&mut *self.late.lock().unwrap());
        late.sort_unstable();
        let at = |part: usize| late.get((late.len() * part / 100).min(late.len().saturating_sub(1))).copied();
        let [p50, p99, most] = [50, 99, 100].map(|part| at(part).unwrap_or_default());
        Lateness { beats: late.len(), p50, p99, most }
    }

    fn stop(self) {
        self.stop.store(true, SeqCst);
        self.beating.join().unwrap();
    }
}

struct Lateness {
    beats: usize,
    p50: Duration,
    p99: Duration,
    most: Duration,
}

impl std::fmt::Display for Lateness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { beats, p50, p99, most } = self;
        write!(f, "p50 {p50:.1?}, p99 {p99:.1?}, most {most:.1?} of {beats} beats")
    }
}
