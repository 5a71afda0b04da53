//! What a process has used so far, and where it may run.

use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use nix::unistd::Pid;

use crate::histogram::Histogram;
use crate::job::Sample;

/// From `start` to `stop`: the part of a contender's life that counts.
pub(crate) struct Meter {
    started: Instant,
    cpu: Duration,
    start_kib: u64,
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self { start_kib: status_kib("VmRSS:"), cpu: cpu(UsageWho::RUSAGE_SELF), started: Instant::now() }
    }

    pub(crate) fn stop(self, requests: u64, bytes: u64, latencies: &Histogram) -> Sample {
        let wall = self.started.elapsed();
        let cpu = cpu(UsageWho::RUSAGE_SELF) - self.cpu;
        Sample {
            requests,
            bytes,
            wall_seconds: wall.as_secs_f64(),
            cpu_seconds: cpu.as_secs_f64(),
            p50_micros: latencies.percentile(50.0),
            p99_micros: latencies.percentile(99.0),
            peak_kib: status_kib("VmHWM:"),
            start_kib: self.start_kib,
            ..Sample::default()
        }
    }
}

/// User and system time of all threads, ended ones included.
pub(crate) fn cpu(who: UsageWho) -> Duration {
    let usage = getrusage(who).expect("getrusage takes no argument that could be wrong");
    let micros = |time: nix::sys::time::TimeVal| Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1000);
    micros(usage.user_time()) + micros(usage.system_time())
}

/// The largest child that was waited for.
pub(crate) fn children_peak_kib() -> u64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).map_or(0, |usage| usage.max_rss() as u64)
}

/// `VmHWM` and not `ru_maxrss`: the latter counts what the parent had mapped before `exec`.
fn status_kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// The cores that this process was given: the server gets the first, contenders the second, if there is one.
pub(crate) fn cores() -> Vec<usize> {
    let allowed = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
    (0..CpuSet::count()).filter(|&core| allowed.is_set(core).unwrap_or(false)).collect()
}

pub(crate) fn pin(core: usize) -> Result<(), String> {
    let mut set = CpuSet::new();
    set.set(core).and_then(|()| sched_setaffinity(Pid::from_raw(0), &set)).map_err(|e| format!("core {core}: {e}"))
}

/// As many descriptors as the hard limit allows; returned for those that want to check.
pub(crate) fn raise_descriptor_limit() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 0 };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(_) => soft,
    }
}
