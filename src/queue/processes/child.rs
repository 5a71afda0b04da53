//! The worker's side: adopt the socket, serve, end with the pool.
//!
//! ```text
//!   main thread ── reads the socket: jobs, and the pool's end, also in the middle of a job
//!        │ channel
//!   job thread ─── one job after the other; writes the socket
//! ```

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Sender, channel};

use rustix::process::{Signal, getpid, kill_process, kill_process_group};

use super::frame::{FrameHead, HEAD, LONGEST, Tag};
use super::place::VARIABLE;
use super::record::{Hello, JobHead, VERSION};
use super::registry;
use super::work::{Assignment, Work};

/// Of the job thread: what main threads have as a rule.
const STACK: usize = 8 << 20;
/// Status of a worker that could not even begin.
const UNABLE: i32 = 70;

/// Makes this process a worker, if a [`ProcessExecutor`](super::ProcessExecutor) has started it: then it serves jobs and
/// ends with the pool, without returning. In the program itself it returns at once.
///
/// To be called in `main` after the names are registered, and before anything else: what stands before it is done by every
/// worker, too. The arguments and the environment are the program's own, with `MAYPOLE_WORKER` added to the environment;
/// standard output and standard error are shared with the program, standard input is empty. What a job starts inherits the
/// variable: a program that makes a pool of its own there is started with `env_remove("MAYPOLE_WORKER")`, or its pool is
/// refused.
///
/// ```
/// // In the program itself nothing happens, as often as it is called.
/// maypole::queue::processes::init();
/// maypole::queue::processes::init();
/// ```
pub fn init() {
    registry::close();
    let Ok(token) = std::env::var(VARIABLE) else { return };
    // A process that a job has started inherits the variable, but not the socket.
    if let Some(stream) = socket() {
        // Never back to `main`, which would do everything twice.
        let Ok(()) = leave_stdin() else { exit(UNABLE) };
        serve(stream, token);
    }
}

fn socket() -> Option<UnixStream> {
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    stream.peer_addr().ok()?;
    Some(stream)
}

/// Takes the socket from standard input, where code of jobs and what it starts would find it.
fn leave_stdin() -> io::Result<()> {
    Ok(rustix::stdio::dup2_stdin(File::open("/dev/null")?)?)
}

fn serve(mut stream: UnixStream, token: String) -> ! {
    let is_busy = Arc::new(AtomicBool::new(false));
    let Ok(writer) = stream.try_clone() else { exit(UNABLE) };
    let (jobs, assigned) = channel();
    let mut work = Work::new(writer, is_busy.clone());
    let hello = Hello { token, version: VERSION.to_owned() };
    if work.tell(Tag::Hello, &hello).is_err() {
        exit(UNABLE);
    }
    let thread = std::thread::Builder::new().name("maypole-job".into()).stack_size(STACK);
    if thread.spawn(move || assigned.iter().for_each(|job| work.run(job))).is_err() {
        exit(UNABLE);
    }
    while read_job(&mut stream, &jobs, &is_busy).is_ok() {}
    // The pool is gone. A job in the middle of its work has nobody to work for, and neither has what it has started; what
    // runs at a regular end (OpenSSL's, the program's own) would run under its feet.
    if is_busy.load(SeqCst) {
        kill_process_group(getpid(), Signal::KILL).ok();
        kill_process(getpid(), Signal::KILL).ok();
    }
    exit(0)
}

fn read_job(stream: &mut UnixStream, jobs: &Sender<Assignment>, is_busy: &AtomicBool) -> io::Result<()> {
    let head = read_message(stream, Tag::Job)?;
    let input = read_message(stream, Tag::Input)?;
    let head: JobHead = serde_json::from_slice(&head)?;
    is_busy.store(true, SeqCst);
    jobs.send(Assignment { head, input }).map_err(io::Error::other)
}

fn read_message(stream: &mut UnixStream, tag: Tag) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut bytes = [0; HEAD];
        stream.read_exact(&mut bytes)?;
        let head = FrameHead::parse(bytes).filter(|head| head.tag == tag).ok_or(io::ErrorKind::InvalidData)?;
        message.reserve(if head.more { LONGEST } else { head.len });
        let from = message.len();
        message.resize(from + head.len, 0);
        stream.read_exact(&mut message[from..])?;
        if !head.more {
            return Ok(message);
        }
    }
}
