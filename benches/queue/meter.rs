//! What a process has used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// One turn of one contender; travels as one line of JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) jobs: u64,
    pub(crate) wall_seconds: f64,
    /// User and system time of the process.
    pub(crate) cpu_seconds: f64,
    /// Of that, until everything was enqueued.
    pub(crate) enqueue_seconds: f64,
    /// Jobs without an end, with two, with another answer than they should have.
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) wrong: u64,
    /// Memory at the start, and at each tenth of the time.
    pub(crate) start_kib: u64,
    pub(crate) kib: Vec<u64>,
}

pub(crate) struct Meter {
    started: Instant,
    cpu: Duration,
    start_kib: u64,
    stop: Arc<AtomicBool>,
    sampler: JoinHandle<Vec<u64>>,
}

impl Meter {
    pub(crate) fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = stop.clone();
        let sampler = std::thread::spawn(move || {
            let mut kib = Vec::new();
            while !asked.load(SeqCst) {
                kib.push(resident_kib());
                std::thread::sleep(Duration::from_millis(50));
            }
            kib
        });
        Self { start_kib: resident_kib(), cpu: cpu(), started: Instant::now(), stop, sampler }
    }

    pub(crate) fn cpu(&self) -> f64 {
        (cpu() - self.cpu).as_secs_f64()
    }

    pub(crate) fn stop(self, name: &str, jobs: u64) -> Sample {
        let (wall, used) = (self.started.elapsed(), cpu() - self.cpu);
        let last = resident_kib();
        self.stop.store(true, SeqCst);
        let all = self.sampler.join().expect("it only reads");
        let tenth = |n: usize| all.get(all.len() * n / 10).copied();
        let kib = (1..10).filter_map(tenth).chain([last]).collect();
        Sample {
            name: name.to_owned(),
            jobs,
            wall_seconds: wall.as_secs_f64(),
            cpu_seconds: used.as_secs_f64(),
            start_kib: self.start_kib,
            kib,
            ..Sample::default()
        }
    }
}

fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("no argument that could be wrong");
    let micros = |time: nix::sys::time::TimeVal| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000);
    micros(usage.user_time()) + micros(usage.system_time())
}

pub(crate) fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Runs `start` on the first core, which a child that it starts inherits.
pub(crate) fn on_first_core<T>(start: impl FnOnce() -> T) -> T {
    let before = sched_getaffinity(Pid::from_raw(0));
    pin(|cores| cores.first());
    let started = start();
    // Without it the figures are only less steady.
    let _ = before.and_then(|before| sched_setaffinity(Pid::from_raw(0), &before));
    started
}

/// The contenders' core: the second, if there is one.
pub(crate) fn to_second_core() {
    pin(|cores| cores.get(1).or(cores.first()));
}

fn pin(choose: impl Fn(&[usize]) -> Option<&usize>) {
    let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
    let cores: Vec<usize> = (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false)).collect();
    let mut set = CpuSet::new();
    if let Some(&core) = choose(&cores) {
        let _ = set.set(core).and_then(|()| sched_setaffinity(Pid::from_raw(0), &set));
    }
}

pub(crate) fn raise_descriptor_limit() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}
