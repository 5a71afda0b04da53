//! Programs that set themselves up wrongly, are killed, or replaced while they run: this binary in another mode.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use maypole::queue::processes::{self, ProcessExecutor};

use crate::lives::is_there;
use crate::peer::wait_until;
use crate::runner::{Case, cases};

pub(crate) const CASES: &[Case] = cases![
    a_program_without_init_gets_an_error_and_no_process,
    a_worker_that_ends_without_init_is_an_error_that_says_what_to_do,
    a_worker_that_never_calls_init_is_killed,
    q292_a_program_that_makes_its_pool_before_init_is_no_fork_bomb,
    workers_end_with_a_program_that_is_killed,
    a_program_whose_file_was_replaced_starts_what_it_is_itself,
    a_worker_that_says_one_thing_for_ever_is_killed,
    a_worker_that_answers_before_it_is_asked_is_killed,
];

const MODE: &str = "PROCESS_POOL_MODE";
/// A file with a line for each process that came by `main`.
const LOG: &str = "PROCESS_POOL_LOG";

pub(crate) fn mode() -> Option<String> {
    std::env::var(MODE).ok()
}

fn is_worker() -> bool {
    std::env::var_os("MAYPOLE_WORKER").is_some()
}

/// What such a program does.
pub(crate) fn run(mode: &str) {
    if let Some(path) = std::env::var_os(LOG) {
        let mut log = fs::File::options().append(true).create(true).open(path).unwrap();
        writeln!(log, "{}", std::process::id()).unwrap();
    }
    crate::jobs::register_all();
    match (mode, is_worker()) {
        ("without", _) => show(ProcessExecutor::new(1).map(drop)),
        ("ends", true) => std::process::exit(4),
        ("hangs", true) => std::thread::sleep(Duration::from_secs(600)),
        ("pool first", true) => {
            let refused = ProcessExecutor::new(1);
            assert!(refused.is_err(), "a worker has made a pool");
            std::process::exit(5);
        }
        ("floods", true) => foreign(|socket| {
            let begun = [0, 0, 0, 0, 4].repeat(100_000);
            while socket.write_all(&begun).is_ok() {}
        }),
        ("answers", true) => foreign(|socket| {
            let tail = br#"{"error":null,"timings":null,"data":{},"replacement":null}"#;
            let body = [&[1, 0, 0, 0, 6][..], b"2"].concat();
            let tail = [&[tail.len() as u8, 0, 0, 0, 7][..], tail].concat();
            socket.write_all(&[&[0, 0, 0, 0, 4][..], &body, &tail, &body, &tail].concat()).unwrap();
            std::thread::sleep(Duration::from_secs(600));
        }),
        ("killed", _) => killed(),
        ("replaced", _) => replaced(),
        _ => {
            processes::init();
            let patience = Duration::from_millis(if mode == "hangs" { 500 } else { 30_000 });
            let pool = ProcessExecutor::builder(1).start_timeout(patience).build().unwrap();
            show(pool.call::<u64>("double", &1));
        }
    }
}

/// A worker that keeps to the protocol no longer than to its first words.
fn foreign(go_on: impl FnOnce(&mut UnixStream)) {
    let mut socket = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    let (token, version) = (std::env::var("MAYPOLE_WORKER").unwrap(), env!("CARGO_PKG_VERSION"));
    let hello = format!(r#"{{"token":"{token}","version":"{version}"}}"#);
    socket.write_all(&[&[hello.len() as u8, 0, 0, 0, 1], hello.as_bytes()].concat()).unwrap();
    socket.read_exact(&mut [0]).unwrap();
    go_on(&mut socket);
}

fn show<T: std::fmt::Debug>(result: maypole::Result<T>) {
    match result {
        Ok(value) => println!("{value:?}"),
        Err(error) => println!("{:?}: {error}", error.kind()),
    }
}

fn killed() {
    processes::init();
    let pool = ProcessExecutor::new(2).unwrap();
    // One idle, one in the middle of a job that holds its thread.
    let call = |ms: u64| processes::Call::new("sleep", &ms).unwrap();
    let [short, long] = [50, 600_000].map(|ms| pool.submit::<u64>(call(ms)).unwrap());
    short.join().unwrap();
    let stats = pool.stats();
    println!("{} {}", stats.pids[0], stats.pids[1]);
    drop(long.join());
}

fn replaced() {
    processes::init();
    let own = std::env::current_exe().unwrap();
    fs::remove_file(&own).unwrap();
    fs::write(&own, "#!/bin/sh\necho another program\n").unwrap();
    let pool = ProcessExecutor::new(1).unwrap();
    show(pool.call::<u64>("double", &21));
}

fn start(mode: &str, log: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(MODE, mode).env(LOG, log).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it printed, and how many processes came by `main`.
fn outcome(mode: &str) -> (String, usize) {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("log");
    let Output { stdout, stderr, .. } = start(mode, &log).output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned();
    assert!(!text.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    (text, fs::read_to_string(&log).unwrap().lines().count())
}

fn a_program_without_init_gets_an_error_and_no_process() {
    let (text, processes) = outcome("without");
    assert!(
        text.starts_with("InvalidConfig") && text.contains("main to call maypole::queue::processes::init()"),
        "{text}"
    );
    assert_eq!(processes, 1);
}

fn a_worker_that_ends_without_init_is_an_error_that_says_what_to_do() {
    let (text, processes) = outcome("ends");
    assert!(text.starts_with("InvalidConfig") && text.contains("exit status: 4"), "{text}");
    assert!(text.contains("call maypole::queue::processes::init() in main"), "{text}");
    assert_eq!(processes, 2);
}

fn a_worker_that_never_calls_init_is_killed() {
    let start = Instant::now();
    let (text, processes) = outcome("hangs");
    assert!(text.starts_with("InvalidConfig") && text.contains("did not get ready within 500ms"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(processes, 2);
}

fn q292_a_program_that_makes_its_pool_before_init_is_no_fork_bomb() {
    let (text, processes) = outcome("pool first");
    assert!(text.contains("exit status: 5"), "{text}");
    assert_eq!(processes, 2);
}

fn workers_end_with_a_program_that_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let mut program: Child = start("killed", &directory.path().join("log")).spawn().unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(program.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    let workers: Vec<u32> = line.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
    assert!(workers.len() == 2 && workers.iter().all(|pid| is_there(*pid)), "{line}");
    program.kill().unwrap();
    program.wait().unwrap();
    // Nobody else may wait for orphans here, so that what is left of them may stay in the table.
    let ended = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_none_or(|rest| rest.is_empty() || rest.starts_with('Z'))
    };
    wait_until("the workers to end", || workers.iter().all(ended));
}

fn a_program_whose_file_was_replaced_starts_what_it_is_itself() {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let output = Command::new(&copy).env(MODE, "replaced").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "42\n", "{}", String::from_utf8_lossy(&output.stderr));
}

fn a_worker_that_says_one_thing_for_ever_is_killed() {
    let (text, processes) = outcome("floods");
    assert!(text.starts_with("Protocol: worker "), "{text}");
    assert_eq!(processes, 2);
}

/// The rest would be the answer to the next job.
fn a_worker_that_answers_before_it_is_asked_is_killed() {
    let (text, processes) = outcome("answers");
    assert!(text.starts_with("Protocol: worker "), "{text}");
    assert_eq!(processes, 2);
}
