//! Sleeps that end at their time, for those who sleep again and again: a timer of the system's own, in the workers' event
//! queue.
//!
//! An [`Alarm`](super::Alarm) rings on its thread, which then wakes the worker: two wake-ups and a write for each sleep,
//! and 50 µs of slack that the system allows itself with a thread. Here the worker wakes, and that is all. Where many
//! sleep, the processor's timer is set for the next of them by the interrupt of the one before, not by a call of whoever
//! lies down: that costs 0.6 µs instead of 10 (in a virtual machine, where the host is asked).

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::cancel::{CancelGuard, CancelToken, OnCancel, Watch};
use super::registration::{Registration, Wakeup};
use super::waiter::Waiter;

/// Of the descriptors that the process may open, those of timers are one in so many at most.
const SHARE: usize = 4;

/// Sleeps of one coroutine or thread that end when its token is fired. Not by a scope: while there is any, every wait in
/// the process looks for its own. The token is told once, not at every sleep: 10,000 of them a second would take turns at
/// its lock.
pub(crate) struct Nap {
    _ends_with: CancelGuard,
    bed: Bed,
}

enum Bed {
    Timer(Timer),
    /// On a plain thread, or where descriptors are few.
    Waiter(Waiter),
}

impl Nap {
    /// For the caller, who is one of so many `sleepers`.
    pub(crate) fn new(over: &CancelToken, sleepers: usize) -> Self {
        let timer = if super::is_coroutine() && sleepers <= descriptors() / SHARE { Timer::new().ok() } else { None };
        match timer {
            Some(timer) => Self { _ends_with: timer.watch.start(over, timer.wakeup.clone()), bed: Bed::Timer(timer) },
            None => {
                let waiter = Waiter::current();
                Self { _ends_with: waiter.cancel_with(over), bed: Bed::Waiter(waiter) }
            }
        }
    }

    /// Sleeps until then, or until the token is fired.
    pub(crate) fn until(&self, at: Instant) {
        match &self.bed {
            Bed::Timer(timer) => timer.until(at),
            Bed::Waiter(waiter) => while waiter.wait(Some(at)).is_ok() {},
        }
    }
}

struct Timer {
    // It goes before the descriptor, and fields drop in this order.
    registration: Registration,
    clock: OwnedFd,
    wakeup: Arc<Wakeup>,
    watch: Watch,
}

impl Timer {
    fn new() -> io::Result<Self> {
        let (registration, clock, wakeup) = (Registration::new(), create()?, Arc::new(Wakeup::default()));
        registration.enter(clock.as_raw_fd(), &wakeup)?;
        Ok(Self { registration, clock, wakeup, watch: Watch::default() })
    }

    fn until(&self, at: Instant) {
        loop {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() || self.watch.is_cancelled() {
                return;
            }
            let Ok((queue, _)) = self.registration.enter(self.clock.as_raw_fd(), &self.wakeup) else { return };
            // It is never read: set again, it has not run out, and running out is an edge of its own.
            set(&self.clock, left);
            queue.wait();
        }
    }
}

impl OnCancel for Wakeup {
    fn fired(&self) {
        self.wakeup();
    }
}

// Outlined, as everything that reads errno.

#[inline(never)]
fn create() -> io::Result<OwnedFd> {
    Ok(timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?)
}

#[inline(never)]
fn set(clock: &OwnedFd, left: Duration) {
    let timespec = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
    let it_value = timespec(left.as_secs() as _, left.subsec_nanos().into());
    let once = Itimerspec { it_interval: timespec(0, 0), it_value };
    timerfd_settime(clock, TimerfdTimerFlags::empty(), &once).expect("a timer takes every time but a negative one");
}

fn descriptors() -> usize {
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |most| most as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;
    use std::sync::Mutex;

    /// With a timer of its own, without, and on a plain thread.
    fn on_all(test: fn(&CancelToken, usize)) {
        test(&CancelToken::new(), 1);
        for sleepers in [1, usize::MAX] {
            rt::spawn(move || test(&CancelToken::new(), sleepers)).unwrap().join().unwrap();
        }
    }

    #[test]
    fn it_ends_at_its_time_and_not_before_again_and_again() {
        on_all(|over, sleepers| {
            let nap = Nap::new(over, sleepers);
            for micros in [1, 20, 300, 5_000, 0, 40] {
                let at = Instant::now() + Duration::from_micros(micros);
                nap.until(at);
                assert!(Instant::now() >= at);
            }
        });
    }

    #[test]
    fn a_token_ends_the_sleep_it_finds_and_every_later_one() {
        on_all(|over, sleepers| {
            let nap = Nap::new(over, sleepers);
            let firing = over.clone();
            rt::spawn(move || firing.cancel()).unwrap();
            let at = Instant::now() + Duration::from_secs(600);
            nap.until(at);
            nap.until(at);
            Nap::new(over, sleepers).until(at);
            assert!(over.is_cancelled() && Instant::now() < at);
        });
    }

    #[test]
    fn an_event_that_is_not_its_own_does_not_cut_it_short() {
        rt::spawn(|| {
            let timer = Timer::new().unwrap();
            let sleeper = timer.wakeup.clone();
            for _ in 0..1_000 {
                // Rung before it lies down: an event that is none of its own.
                sleeper.wakeup();
                let at = Instant::now() + Duration::from_micros(30);
                timer.until(at);
                assert!(Instant::now() >= at);
            }
        })
        .unwrap()
        .join()
        .unwrap();
    }

    #[test]
    fn each_of_many_wakes_and_none_before_its_time() {
        let woken = Arc::new(Mutex::new(Vec::new()));
        let (over, start) = (CancelToken::new(), Instant::now() + Duration::from_millis(50));
        let sleepers: Vec<_> = (0..50_u32)
            .rev()
            .map(|number| {
                let (over, woken) = (over.clone(), woken.clone());
                rt::spawn(move || {
                    let at = start + number * Duration::from_millis(1);
                    Nap::new(&over, 50).until(at);
                    woken.lock().unwrap().push((number, Instant::now() >= at));
                })
                .unwrap()
            })
            .collect();
        sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
        let mut woken = woken.lock().unwrap().clone();
        woken.sort_unstable();
        assert_eq!(woken, (0..50).map(|number| (number, true)).collect::<Vec<_>>());
    }
}
