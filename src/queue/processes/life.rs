//! A child process from its start to the moment when the system has forgotten it.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use crate::rt::{Alarm, Ring, oneshot};

/// How long a worker may take to end once its socket is closed. It does so by itself, unless it was stopped by a signal or
/// its own code holds up its end.
const GRACE: Duration = Duration::from_secs(2);
/// What `waitpid` needs.
const STACK: usize = 64 << 10;

/// A child process.
pub(super) struct Life {
    pid: Pid,
    /// Whether the system has forgotten it, and its number may be another process's.
    over: Mutex<bool>,
    /// Whether it is to end by itself, between two jobs.
    let_go: AtomicBool,
    /// Kills it when its time is up.
    alarm: OnceLock<Alarm>,
}

/// The owner's side. Dropping it ends the process: by itself, since its socket is closed, or else by force a little later.
pub(super) struct Leash {
    held: Held,
    ended: oneshot::Receiver<ExitStatus>,
}

struct Held(Arc<Life>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.let_go.store(true, Relaxed);
        self.0.kill_at(Instant::now() + GRACE);
    }
}

impl Leash {
    /// Has a thread of its own wait for the end of `child`: next to a process a thread costs nothing, and no end is missed.
    ///
    /// # Errors
    /// There is no room for a thread; the child has been ended.
    pub(super) fn new(child: Child) -> io::Result<Self> {
        let pid = Pid::from_child(&child);
        let life = Arc::new_cyclic(|life: &Weak<Life>| Life {
            pid,
            over: Mutex::new(false),
            let_go: AtomicBool::new(false),
            alarm: OnceLock::from(Alarm::new(Kill(life.clone()))),
        });
        let (tell, ended) = oneshot::channel();
        let child = Arc::new(Mutex::new(Some(child)));
        let (theirs, watched) = (child.clone(), life.clone());
        let watch = move || {
            let child = lock(&theirs).take();
            if let Some(status) = child.and_then(|child| watched.outlive(child)) {
                tell.send(status).ok();
            }
        };
        let thread = std::thread::Builder::new().name("maypole-child".into()).stack_size(STACK);
        if let Err(error) = thread.spawn(watch) {
            life.kill();
            if let Some(mut child) = lock(&child).take() {
                child.wait().ok();
            }
            return Err(error);
        }
        Ok(Self { held: Held(life), ended })
    }

    pub(super) fn life(&self) -> &Arc<Life> {
        &self.held.0
    }

    /// From now on it may end by itself, without those whom its jobs have started. To be said before its socket is closed.
    pub(super) fn let_go(&self) {
        self.life().let_go.store(true, Relaxed);
    }

    /// Waits for the end of a process whose socket is closed, and ends it by force if it does not come.
    pub(super) fn end(self) -> Option<ExitStatus> {
        self.life().kill_at(Instant::now() + GRACE);
        self.ended.recv(None).ok()
    }

    /// Ends it now.
    pub(super) fn kill(self) -> Option<ExitStatus> {
        self.life().kill();
        self.end()
    }
}

impl Life {
    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    pub(super) fn is_over(&self) -> bool {
        *lock(&self.over)
    }

    /// With what its jobs have started, as far as that has not left its group.
    fn kill(&self) {
        let over = lock(&self.over);
        if !*over {
            kill_process_group(self.pid, Signal::KILL).ok();
            kill_process(self.pid, Signal::KILL).ok();
        }
    }

    fn kill_at(&self, at: Instant) {
        if let Some(alarm) = self.alarm.get() {
            alarm.set(Some(at));
        }
    }

    /// Waits for its end. Until the system forgets it, under the lock, nobody else can have its number.
    fn outlive(&self, mut child: Child) -> Option<ExitStatus> {
        let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let ended = loop {
            match waitid(WaitId::Pid(self.pid), how) {
                Err(Errno::INTR) => {}
                ended => break ended,
            }
        };
        let mut over = lock(&self.over);
        // One that died of a job takes along what its jobs had begun: a copy of it that it has forked holds the socket, and
        // its end would never be seen. If the program has waited for all its children, the number is nobody's any more.
        if ended.is_ok() && !self.let_go.load(Relaxed) {
            kill_process_group(self.pid, Signal::KILL).ok();
        }
        let status = child.wait();
        *over = true;
        status.ok()
    }
}

struct Kill(Weak<Life>);

impl Ring for Kill {
    fn ring(&self) {
        if let Some(life) = self.0.upgrade() {
            life.kill();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
