//! What the command line needs from the system: descriptors, the runtime, and its own cost.

use std::fs;
use std::io;
use std::time::Duration;

use maypole::rt::Runtime;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one: a connection is a descriptor, and 1,024 is a usual default.
pub(crate) fn raise_descriptor_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current < maximum {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
    }
}

/// Starts the coroutine runtime with `workers` threads (default: one per core) and room for `pool` idle stacks.
pub(crate) fn start_runtime(workers: Option<usize>, pool: usize) -> io::Result<Runtime> {
    let mut builder = Runtime::builder().pool(pool);
    if let Some(workers) = workers {
        builder = builder.workers(workers);
    }
    builder.start().map_err(io::Error::from)
}

/// Processor time of this process so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CpuTime {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
}

impl CpuTime {
    pub(crate) fn now() -> Self {
        let duration = |time: TimeVal| {
            Duration::from_secs(time.tv_sec().unsigned_abs()) + Duration::from_micros(time.tv_usec().unsigned_abs())
        };
        getrusage(UsageWho::RUSAGE_SELF)
            .map(|usage| Self { user: duration(usage.user_time()), system: duration(usage.system_time()) })
            .unwrap_or_default()
    }

    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { user: self.user.saturating_sub(earlier.user), system: self.system.saturating_sub(earlier.system) }
    }
}

/// The most memory that was resident at once, in bytes. Not `ru_maxrss`: that one survives `exec` from the parent.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}

/// Idle and total time of all cores, in ticks: how much the whole machine had left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MachineTime {
    idle: u64,
    total: u64,
}

impl MachineTime {
    pub(crate) fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let fields = stat.lines().next()?.strip_prefix("cpu ")?;
        let ticks: Vec<u64> = fields.split_whitespace().take(8).filter_map(|field| field.parse().ok()).collect();
        let [_, _, _, idle, iowait, ..] = *ticks else { return None };
        Some(Self { idle: idle + iowait, total: ticks.iter().sum() })
    }

    /// The idle share since `earlier`, from 0 to 1; `None` after too short a time to tell.
    pub(crate) fn idle_since(self, earlier: Self) -> Option<f64> {
        // A tick is 10 ms: below this the share would be off by more than 2 %.
        let total = self.total.checked_sub(earlier.total).filter(|&ticks| ticks >= 50)?;
        Some(self.idle.saturating_sub(earlier.idle) as f64 / total as f64)
    }
}
