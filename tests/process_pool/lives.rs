//! Processes: their beginning, their end, and what they hold.

use std::fs;
use std::path::Path;
use std::time::Duration;

use maypole::error::Kind;
use maypole::queue::processes::{Call, ProcessExecutor};

use crate::jobs::descriptors;
use crate::peer::{fds, wait_until};
use crate::runner::{Case, cases};
use crate::turns::Gate;

pub(crate) const CASES: &[Case] = cases![
    q288_a_worker_is_replaced_after_three_jobs_and_its_memory_goes_back,
    q290_a_dropped_pool_leaves_no_process,
    q290_a_worker_that_dies_idle_leaves_no_zombie,
    q292_a_pool_in_a_worker_is_refused,
    a_worker_has_no_descriptor_of_the_program,
    a_worker_has_the_programs_arguments_and_environment,
    a_job_goes_on_when_the_pool_is_dropped,
    what_a_job_has_started_ends_with_a_worker_that_dies_or_is_killed,
    what_a_finished_job_has_started_stays_when_its_worker_goes,
    impossible_pools_are_refused,
];

/// Children of this process that the system knows, dead ones included.
pub(crate) fn children() -> Vec<u32> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<u32>>()).collect()
}

/// Children when those of earlier cases have ended.
pub(crate) fn settled() -> Vec<u32> {
    wait_until("earlier workers to end", || children().is_empty());
    children()
}

/// Resident memory of a process.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

pub(crate) fn is_there(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn q288_a_worker_is_replaced_after_three_jobs_and_its_memory_goes_back() {
    const MIB: u64 = 1 << 20;
    let pool = ProcessExecutor::builder(1).recycle_after(3).build().unwrap();
    let mut pids = Vec::new();
    for job in 0..9 {
        let pid: u32 = pool.call("keep", &20).unwrap();
        if job % 3 < 2 {
            // It holds what its jobs have left; who is replaced gives it all back.
            assert!(resident(pid) > (job % 3 + 1) * 20 * MIB, "{} bytes after job {job}", resident(pid));
            assert!(resident(pid) < ((job % 3 + 1) * 20 + 20) * MIB, "{} bytes after job {job}", resident(pid));
        } else {
            assert!(!is_there(pid), "ended when the job counts as done");
        }
        pids.push(pid);
    }
    assert!(pids.chunks(3).all(|three| three.iter().all(|pid| *pid == three[0])), "{pids:?}");
    assert!(pids[0] != pids[3] && pids[3] != pids[6], "{pids:?}");
    let stats = pool.stats();
    assert_eq!((stats.started, stats.recycled, stats.died, stats.pids.len()), (3, 3, 0, 0));
    let fresh: u32 = pool.call("pid", &()).unwrap();
    assert!(resident(fresh) < 40 * MIB, "{} bytes in a new one", resident(fresh));
}

fn q290_a_dropped_pool_leaves_no_process() {
    let before = settled();
    for _ in 0..3 {
        let pool = ProcessExecutor::new(3).unwrap();
        let all: Vec<_> = (0..6).map(|_| pool.submit::<u64>(Call::new("sleep", &50).unwrap()).unwrap()).collect();
        assert!(all.into_iter().all(|pending| pending.join().unwrap() == 50));
        assert_eq!(children().len(), before.len() + 3);
        drop(pool);
        wait_until("all workers to end", || children() == before);
    }
}

fn q290_a_worker_that_dies_idle_leaves_no_zombie() {
    let before = settled();
    let pool = ProcessExecutor::new(1).unwrap();
    let pid: u32 = pool.call("pid", &()).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), nix::sys::signal::Signal::SIGKILL).unwrap();
    wait_until("the dead one to be gone", || children() == before);
    assert_ne!(pool.call::<u32>("pid", &()).unwrap(), pid, "the next job never notices");
    assert_eq!(pool.stats().died, 1);
}

fn q292_a_pool_in_a_worker_is_refused() {
    let pool = ProcessExecutor::new(1).unwrap();
    let error = pool.call::<()>("pool", &()).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidConfig);
    assert!(error.to_string().contains("no pool of processes inside a worker"), "{error}");
}

fn a_worker_has_no_descriptor_of_the_program() {
    let directory = tempfile::tempdir().unwrap();
    let file = fs::File::create(directory.path().join("held")).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let pool = ProcessExecutor::new(2).unwrap();
    // The first worker's socket is open in this process when the second one starts.
    let gate = Gate::new();
    let slow = pool.submit::<u64>(gate.call()).unwrap();
    wait_until("the first worker", || slow.is_running() && pool.stats().pids.len() == 1);
    let theirs: Vec<String> = pool.call("descriptors", &()).unwrap();
    assert!(!theirs.iter().any(|name| name.contains("held")), "{theirs:?}");
    // What this process was started with and hands on itself, as every process does.
    let handed_on = handed_on();
    let (mut own, ours) = (theirs.clone(), descriptors());
    for name in &handed_on {
        if let Some(at) = own.iter().position(|other| other == name) {
            own.remove(at);
        }
    }
    own.sort();
    // Empty input, and its end of the pair for the reader and for the writer.
    assert_eq!((own.len(), own[0].as_str(), &own[1]), (3, "/dev/null", &own[2]), "{own:?} beside {handed_on:?}");
    assert!(own[1].starts_with("socket:") && !ours.contains(&own[1]), "{own:?}");
    assert_eq!(pool.call::<String>("stdin", &()).unwrap(), "", "what a job reads there is not the pool's socket");
    gate.open();
    assert_eq!(slow.join().unwrap(), 7);
    drop((file, listener));
}

/// What of this process's descriptors does not close on exec, standard input aside.
fn handed_on() -> Vec<String> {
    const CLOSE_ON_EXEC: u32 = 0o2_000_000;
    let stays = |fd: &String| {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).map(str::trim);
        flags.is_some_and(|flags| u32::from_str_radix(flags, 8).is_ok_and(|flags| flags & CLOSE_ON_EXEC == 0))
    };
    let all = fs::read_dir("/proc/self/fd").unwrap().flatten().map(|fd| fd.file_name().into_string().unwrap());
    let named =
        all.filter(|fd| fd != "0").filter(stays).filter_map(|fd| fs::read_link(format!("/proc/self/fd/{fd}")).ok());
    named.map(|name| name.to_string_lossy().into_owned()).collect()
}

fn a_worker_has_the_programs_arguments_and_environment() {
    let pool = ProcessExecutor::new(1).unwrap();
    assert_eq!(pool.call::<Vec<String>>("arguments", &()).unwrap(), std::env::args().collect::<Vec<_>>());
    let path: Option<String> = pool.call("environment", "PATH").unwrap();
    assert_eq!(path, std::env::var("PATH").ok());
    assert!(pool.call::<Option<String>>("environment", "MAYPOLE_WORKER").unwrap().is_some());
    assert_eq!(
        pool.call::<Option<i32>>("shell", "read line; exit 7").unwrap(),
        Some(7),
        "what it starts has no socket"
    );
}

fn a_job_goes_on_when_the_pool_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("done").to_str().unwrap().to_owned();
    let before = settled();
    let pool = ProcessExecutor::new(1).unwrap();
    let gate = Gate::new();
    let running = pool.submit::<u64>(gate.call()).unwrap();
    wait_until("the job to run", || running.is_running());
    let queued = pool.submit::<()>(Call::new("append", &(&path, "x")).unwrap()).unwrap();
    drop(pool);
    assert_eq!(queued.join().unwrap_err().kind(), Kind::Cancelled);
    gate.open();
    assert_eq!(running.join().unwrap(), 7);
    wait_until("its worker to end", || children() == before);
    assert!(!Path::new(&path).exists());
    // The number of descriptors goes back to where it was once nothing is left.
    let held = fds();
    let again = ProcessExecutor::new(1).unwrap();
    again.call::<u64>("double", &1).unwrap();
    drop(again);
    wait_until("its descriptors to be closed", || fds() <= held);
}

/// The number that a job has written.
fn number(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.parse().ok()
}

/// Whether it runs: one that has ended and that nobody has waited for does not.
fn runs(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().starts_with(" Z"))
}

fn what_a_job_has_started_ends_with_a_worker_that_dies_or_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    for then in ["abort", "exit", "deadline", "cancel"] {
        let path = directory.path().join(then);
        let pool = ProcessExecutor::new(1).unwrap();
        let call = Call::new("leave", &(path.to_str().unwrap(), then)).unwrap();
        let call = if then == "deadline" { call.deadline(Duration::from_millis(300)) } else { call };
        let pending = pool.submit::<()>(call).unwrap();
        if then == "cancel" {
            wait_until("the job to have begun", || number(&path).is_some());
            pending.abort();
        }
        let kind = pending.join().unwrap_err().kind();
        let expected = match then {
            "deadline" => Kind::Timeout,
            "cancel" => Kind::Cancelled,
            _ => Kind::WorkerDied,
        };
        assert_eq!(kind, expected, "{then}");
        // The deadline may kill it before it could start anything, on a busy machine.
        assert!(then == "deadline" || number(&path).is_some(), "{then}: it has started nothing");
        if let Some(pid) = number(&path) {
            wait_until("what it has started to end", || !runs(pid));
        }
        assert_eq!(pool.call::<u64>("double", &2).unwrap(), 4, "and the pool goes on");
    }
}

fn what_a_finished_job_has_started_stays_when_its_worker_goes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pid");
    let before = settled();
    let pool = ProcessExecutor::new(1).unwrap();
    pool.call::<()>("leave", &(path.to_str().unwrap(), "stay")).unwrap();
    drop(pool);
    wait_until("the worker to end", || children() == before);
    let pid = number(&path).unwrap();
    assert!(runs(pid));
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid as i32), nix::sys::signal::Signal::SIGKILL).unwrap();
}

fn impossible_pools_are_refused() {
    assert_eq!(ProcessExecutor::new(0).unwrap_err().kind(), Kind::InvalidConfig);
    assert_eq!(ProcessExecutor::builder(1).recycle_after(0).build().unwrap_err().kind(), Kind::InvalidConfig);
    assert_eq!(ProcessExecutor::builder(1).session("nobody's").build().unwrap_err().kind(), Kind::NotTransferable);
    let long = Duration::from_secs(u64::MAX);
    let pool = ProcessExecutor::builder(1).deadline(long).start_timeout(long).build().unwrap();
    assert_eq!(pool.call::<u64>("double", &1).unwrap(), 2);
}
