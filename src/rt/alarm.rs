//! One timer thread for every deadline of the process.
//!
//! Deadlines are set per operation and hardly ever reached, so setting one is a store: no lock, no system call. An
//! alarm stands in the heap at most once, at the time it had when it was last queued; when that time comes and the
//! deadline has moved on meanwhile, it is queued again. A connection with a 30 s timeout so costs the timer thread one
//! look every 30 s, however many requests it serves.
//!
//! `may`'s own timers are not used: its socket timeouts race across workers, and whatever sleeps in it resumes on its
//! timer thread.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

/// No deadline, or not queued.
const NEVER: u64 = u64::MAX;

/// What a reached deadline does. Called on the timer thread: it must not wait.
pub(crate) trait Ring: Send + Sync {
    fn ring(&self);
}

struct Entry<R: ?Sized> {
    due: AtomicU64,
    queued: AtomicU64,
    ring: R,
}

/// A deadline that can be moved for the price of a store.
pub(crate) struct Alarm(Arc<Entry<dyn Ring>>);

impl<R: Ring> Ring for Arc<R> {
    fn ring(&self) {
        (**self).ring();
    }
}

impl Alarm {
    pub(crate) fn new<R: Ring + 'static>(ring: R) -> Self {
        Self(Arc::new(Entry { due: AtomicU64::new(NEVER), queued: AtomicU64::new(NEVER), ring }))
    }

    /// Moves the deadline. One that lies in the past rings at once.
    pub(crate) fn set(&self, at: Option<Instant>) {
        let Some(at) = at else { return self.clear() };
        let due = nanos(at);
        // Read-modify-write on both sides (`SeqCst`): either the timer thread sees this deadline when it takes the
        // entry out, or this thread sees that the entry is out and queues it again.
        self.0.due.store(due, SeqCst);
        if self.0.queued.load(SeqCst) > due {
            Timer::get().queue(&self.0, due);
        }
    }

    pub(super) fn clear(&self) {
        self.0.due.store(NEVER, SeqCst);
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.clear();
        if self.0.queued.load(SeqCst) != NEVER {
            Timer::get().forget_one();
        }
    }
}

struct Queued {
    at: u64,
    entry: Arc<Entry<dyn Ring>>,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl Eq for Queued {}
impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Queued {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

#[derive(Default)]
struct Heap {
    entries: BinaryHeap<Reverse<Queued>>,
    // Entries whose alarm is gone. They would otherwise stay until their time, 30 s and more: a program whose waits
    // mostly end early would collect millions.
    forgotten: usize,
}

struct Timer {
    heap: Mutex<Heap>,
    sooner: Condvar,
}

impl Timer {
    fn get() -> &'static Timer {
        static TIMER: OnceLock<&'static Timer> = OnceLock::new();
        TIMER.get_or_init(|| {
            let timer: &'static Timer = Box::leak(Box::new(Timer { heap: Mutex::default(), sooner: Condvar::new() }));
            std::thread::Builder::new()
                .name("maypole-timer".into())
                .spawn(move || timer.run())
                .expect("the system starts a thread");
            timer
        })
    }

    fn lock(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn queue(&self, entry: &Arc<Entry<dyn Ring>>, at: u64) {
        let mut heap = self.lock();
        if entry.queued.load(SeqCst) <= at {
            return;
        }
        entry.queued.store(at, SeqCst);
        let is_next = heap.entries.peek().is_none_or(|Reverse(first)| at < first.at);
        heap.entries.push(Reverse(Queued { at, entry: entry.clone() }));
        drop(heap);
        if is_next {
            self.sooner.notify_one();
        }
    }

    fn forget_one(&self) {
        let mut heap = self.lock();
        heap.forgotten += 1;
        if heap.forgotten > 1024 && heap.forgotten > heap.entries.len() / 2 {
            heap.forgotten = 0;
            heap.entries.retain(|Reverse(queued)| is_due(queued));
        }
    }

    fn run(&self) {
        let mut reached = Vec::new();
        let mut heap = self.lock();
        loop {
            let now = nanos(Instant::now());
            while heap.entries.peek().is_some_and(|Reverse(first)| first.at <= now) {
                let Reverse(first) = heap.entries.pop().expect("peeked");
                take_out(&mut heap, first, now, &mut reached);
            }
            if !reached.is_empty() {
                drop(heap);
                reached.drain(..).for_each(|entry: Arc<Entry<dyn Ring>>| entry.ring.ring());
                heap = self.lock();
                continue;
            }
            heap = match heap.entries.peek().map(|Reverse(first)| Duration::from_nanos(first.at - now)) {
                Some(left) => {
                    self.sooner.wait_timeout(heap, left).map(|(heap, _)| heap).unwrap_or_else(|e| e.into_inner().0)
                }
                None => self.sooner.wait(heap).unwrap_or_else(|poisoned| poisoned.into_inner()),
            };
        }
    }
}

/// Whether an entry stays in the heap when it is swept. One that goes may be of an alarm that was only cleared: that is
/// told, or a later deadline would count on the entry and never ring.
fn is_due(queued: &Queued) -> bool {
    let entry = &queued.entry;
    if entry.queued.load(SeqCst) != queued.at {
        return false;
    }
    // In this order, as in `take_out`: either a deadline that is being set is seen here, or it finds itself not queued.
    entry.queued.store(NEVER, SeqCst);
    let is_due = entry.due.load(SeqCst) != NEVER;
    if is_due {
        entry.queued.store(queued.at, SeqCst);
    }
    is_due
}

fn take_out(heap: &mut Heap, first: Queued, now: u64, reached: &mut Vec<Arc<Entry<dyn Ring>>>) {
    let entry = &first.entry;
    // Queued again meanwhile for a sooner time, which has rung: this is the leftover.
    if entry.queued.load(SeqCst) != first.at {
        return;
    }
    entry.queued.store(NEVER, SeqCst);
    match entry.due.load(SeqCst) {
        // Dropped with an entry in the heap was counted; cleared was not. Too low a count only delays a sweep.
        NEVER => heap.forgotten = heap.forgotten.saturating_sub(1),
        due if due <= now => reached.push(first.entry),
        due => {
            entry.queued.store(due, SeqCst);
            heap.entries.push(Reverse(Queued { at: due, entry: first.entry }));
        }
    }
}

/// Nanoseconds since the first call; enough for 584 years.
fn nanos(at: Instant) -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = *START.get_or_init(|| Instant::now() - Duration::from_secs(1));
    at.saturating_duration_since(start).as_nanos().min(u128::from(NEVER - 1)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    struct Bell(Mutex<mpsc::Sender<Instant>>);

    impl Ring for Bell {
        fn ring(&self) {
            self.0.lock().unwrap().send(Instant::now()).ok();
        }
    }

    fn bell() -> (Alarm, mpsc::Receiver<Instant>) {
        let (sender, rung) = mpsc::channel();
        (Alarm::new(Bell(Mutex::new(sender))), rung)
    }

    #[test]
    fn rings_not_before_its_time_and_once() {
        let (alarm, rung) = bell();
        let at = Instant::now() + Duration::from_millis(20);
        alarm.set(Some(at));
        assert!(rung.recv_timeout(Duration::from_secs(5)).unwrap() >= at);
        assert!(rung.recv_timeout(Duration::from_millis(20)).is_err());
    }

    #[test]
    fn a_later_deadline_moves_it_and_a_sooner_one_too() {
        let (alarm, rung) = bell();
        let start = Instant::now();
        alarm.set(Some(start + Duration::from_millis(10)));
        alarm.set(Some(start + Duration::from_millis(60)));
        assert!(rung.recv_timeout(Duration::from_secs(5)).unwrap() >= start + Duration::from_millis(60));
        alarm.set(Some(Instant::now() + Duration::from_secs(60)));
        alarm.set(Some(Instant::now() + Duration::from_micros(300)));
        rung.recv_timeout(Duration::from_secs(5)).unwrap();
    }

    #[test]
    fn cleared_or_dropped_never_rings_and_a_past_one_rings_at_once() {
        let (alarm, rung) = bell();
        alarm.set(Some(Instant::now() + Duration::from_millis(10)));
        alarm.clear();
        assert!(rung.recv_timeout(Duration::from_millis(30)).is_err());
        alarm.set(Some(Instant::now() - Duration::from_millis(500)));
        rung.recv_timeout(Duration::from_secs(5)).unwrap();
        alarm.set(Some(Instant::now() + Duration::from_millis(10)));
        drop(alarm);
        assert!(rung.recv_timeout(Duration::from_millis(30)).is_err());
    }

    #[test]
    fn alarms_that_are_gone_do_not_pile_up() {
        for _ in 0..50_000 {
            bell().0.set(Some(Instant::now() + Duration::from_secs(3600)));
        }
        assert!(Timer::get().lock().entries.len() < 10_000);
    }

    #[test]
    fn a_cleared_alarm_rings_after_a_sweep() {
        let ms = Duration::from_millis;
        let (alarm, rung) = bell();
        alarm.set(Some(Instant::now() + ms(500)));
        alarm.clear();
        for _ in 0..10_000 {
            bell().0.set(Some(Instant::now() + ms(60_000)));
        }
        // Behind the time at which it was queued before.
        let at = Instant::now() + ms(600);
        alarm.set(Some(at));
        assert!(rung.recv_timeout(ms(10_000)).expect("it rings") >= at);
    }
}
