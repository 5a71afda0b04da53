//! Starting a worker: this program again, with a socket as its standard input.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::failure::Death;
use super::frame::Tag;
use super::life::Leash;
use super::link::{Broken, Link};
use super::place::VARIABLE;
use super::process::Process;
use super::record::{Hello, VERSION};
use crate::error::{Error, Kind, Phase};
use crate::rt::{CancelToken, Stop, offload};

/// Why there is no worker.
pub(super) enum Unstarted {
    /// Somebody has killed it: another one may do better.
    Killed(Error),
    Failed(Error),
}

/// Starts one, and waits until it serves.
pub(super) fn start(patience: Duration, token: &CancelToken) -> Result<Process, Unstarted> {
    let failed = |error: io::Error| {
        let error = Error::from_io(error).with_phase(Phase::Build);
        Unstarted::Failed(error.on_the_way(Phase::Build, "no worker process could be started"))
    };
    let secret = secret().map_err(failed)?;
    let theirs = secret.clone();
    let spawned = offload(None, move || spawn(&theirs)).unwrap_or_else(|stop| Err(stop.into()));
    let (stream, leash) = spawned.map_err(failed)?;
    let mut link = Link::new(stream).map_err(failed)?;
    let guard = link.cancel_with(token);
    let hello = link.message(Tag::Hello, 4 << 10, Instant::now().checked_add(patience));
    drop(guard);
    match hello {
        Ok(hello) if is_ours(&hello, &secret) => Ok(Process::new(link, leash)),
        Err(Broken::Stopped(Stop::Cancelled)) => {
            leash.kill();
            Err(Unstarted::Failed(Error::cancelled(Phase::Build)))
        }
        other => {
            drop(link);
            Err(unready(leash, other.err(), patience))
        }
    }
}

/// 128 bits that a process started by chance does not have.
fn secret() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_ours(hello: &[u8], secret: &str) -> bool {
    serde_json::from_slice::<Hello>(hello).is_ok_and(|hello| hello.token == secret && hello.version == VERSION)
}

fn unready(leash: Leash, why: Option<Broken>, patience: Duration) -> Unstarted {
    const FIRST: &str =
        "call maypole::queue::processes::init() in main, after registering names and before anything else";
    let pid = leash.life().pid();
    let (what, status) = match why {
        Some(Broken::Ended) => (None, leash.end()),
        Some(Broken::Stopped(_)) => (Some(format!("worker {pid} did not get ready within {patience:?}")), leash.kill()),
        _ => (Some(format!("worker {pid} did not speak as one")), leash.kill()),
    };
    let death = Death::new(pid, status);
    if what.is_none() && status.is_some_and(|status| status.signal().is_some()) {
        let error = Error::new(Kind::WorkerDied, format!("{death} before it was ready"));
        return Unstarted::Killed(error.with_phase(Phase::Build).with_source(death));
    }
    let what = what.unwrap_or_else(|| format!("{death} before it was ready"));
    let error = Error::new(Kind::InvalidConfig, format!("{what}: {FIRST}"));
    Unstarted::Failed(error.with_phase(Phase::Build).with_source(death))
}

fn spawn(secret: &str) -> io::Result<(UnixStream, Leash)> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut arguments = std::env::args_os();
    let mut command = Command::new(program()?);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    command.args(arguments).env(VARIABLE, secret);
    // Both ends close on exec; as standard input the other one is handed on, and nothing else is.
    command.stdin(Stdio::from(OwnedFd::from(theirs)));
    // A group of its own: Ctrl-C is for the program, which may want to finish its jobs. When it ends, so do its workers.
    command.process_group(0);
    let child = command.spawn()?;
    // It holds the worker's end as well, and with it the end would never be seen.
    drop(command);
    Ok((ours, Leash::new(child)?))
}

/// The file that this process runs, also when a newer one has taken its name: both sides must know the same jobs.
fn program() -> io::Result<PathBuf> {
    let link = Path::new("/proc/self/exe");
    let path = std::env::current_exe()?;
    let identity = |path: &Path| std::fs::metadata(path).map(|file| (file.dev(), file.ino()));
    match (identity(&path), identity(link)) {
        (Ok(named), Ok(running)) if named == running => Ok(path),
        (_, Ok(_)) => Ok(link.to_owned()),
        (_, Err(_)) => Ok(path),
    }
}
