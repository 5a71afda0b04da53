//! A queue between coroutines and threads: any number of senders and receivers, first in, first out.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::waiter::{Stop, Waiter};

/// A channel that holds at most `capacity` values; [`Sender::send`] waits while it is full.
///
/// ```
/// use maypole::rt::{self, channel};
/// let (sender, receiver) = channel::bounded(1);
/// rt::spawn(move || (1..=3).for_each(|n| sender.send(n).unwrap()))?;
/// assert_eq!(receiver.iter().collect::<Vec<_>>(), [1, 2, 3]);
/// # Ok::<(), maypole::Error>(())
/// ```
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    new(capacity.max(1))
}

/// A channel without a bound: the sender never waits, and memory is the only limit.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    new(usize::MAX)
}

fn new<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let state = State {
        values: VecDeque::new(),
        capacity,
        senders: 1,
        receivers: 1,
        sending: VecDeque::new(),
        receiving: VecDeque::new(),
    };
    let shared = Arc::new(Mutex::new(state));
    (Sender(shared.clone()), Receiver(shared))
}

struct State<T> {
    values: VecDeque<T>,
    capacity: usize,
    senders: usize,
    receivers: usize,
    sending: VecDeque<Waiter>,
    receiving: VecDeque<Waiter>,
}

type Shared<T> = Mutex<State<T>>;

fn lock<T>(shared: &Shared<T>) -> MutexGuard<'_, State<T>> {
    shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The sending side; clones send into the same channel.
pub struct Sender<T>(Arc<Shared<T>>);

/// The receiving side; clones take from the same channel, each value once.
pub struct Receiver<T>(Arc<Shared<T>>);

/// Every receiver is gone; the value comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected<T>(pub T);

/// Why a receive ended without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvError {
    /// The channel is empty and every sender is gone.
    Disconnected,
    /// The wait was ended.
    Stopped(Stop),
}

impl<T> fmt::Display for Disconnected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("every receiver of the channel is gone")
    }
}

impl<T: fmt::Debug> std::error::Error for Disconnected<T> {}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected => f.write_str("every sender of the channel is gone, and it is empty"),
            Self::Stopped(stop) => stop.fmt(f),
        }
    }
}

impl std::error::Error for RecvError {}

impl<T> Sender<T> {
    /// Puts a value in, waiting while the channel is full.
    pub fn send(&self, value: T) -> Result<(), Disconnected<T>> {
        let mut place = None;
        loop {
            let mut state = lock(&self.0);
            if state.receivers == 0 {
                return Err(Disconnected(value));
            }
            if state.values.len() < state.capacity {
                state.values.push_back(value);
                let next = state.receiving.pop_front();
                drop(state);
                next.inspect(Waiter::wake);
                return Ok(());
            }
            let place = place.get_or_insert_with(|| Place::new(&self.0, |state| &mut state.sending));
            place.queue(&mut state);
            drop(state);
            // No deadline and no token: nothing else ends it.
            place.waiter.wait(None).ok();
        }
    }
}

impl<T> Receiver<T> {
    /// Takes the next value, waiting for one.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.recv_until(None)
    }

    /// Takes the next value, waiting for one until `at` at most.
    pub fn recv_until(&self, at: Option<Instant>) -> Result<T, RecvError> {
        let mut place = None;
        loop {
            let mut state = lock(&self.0);
            if let Some(value) = state.values.pop_front() {
                let next = state.sending.pop_front();
                drop(state);
                next.inspect(Waiter::wake);
                return Ok(value);
            }
            if state.senders == 0 {
                return Err(RecvError::Disconnected);
            }
            let place = place.get_or_insert_with(|| Place::new(&self.0, |state| &mut state.receiving));
            place.queue(&mut state);
            drop(state);
            place.waiter.wait(at).map_err(RecvError::Stopped)?;
        }
    }

    /// The next value, if one is there.
    pub fn try_recv(&self) -> Option<T> {
        let mut state = lock(&self.0);
        let value = state.values.pop_front()?;
        let next = state.sending.pop_front();
        drop(state);
        next.inspect(Waiter::wake);
        Some(value)
    }

    /// Values as they come, until every sender is gone.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        std::iter::from_fn(|| self.recv().ok())
    }

    /// How many values are in it.
    pub fn len(&self) -> usize {
        lock(&self.0).values.len()
    }

    /// Whether none is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A place in one of the two queues of waiters. It is given up on every way out, unwinding included; a wake-up that
/// came in that moment is passed on, so that none is lost.
struct Place<'a, T> {
    shared: &'a Shared<T>,
    queue: fn(&mut State<T>) -> &mut VecDeque<Waiter>,
    waiter: Waiter,
}

impl<'a, T> Place<'a, T> {
    fn new(shared: &'a Shared<T>, queue: fn(&mut State<T>) -> &mut VecDeque<Waiter>) -> Self {
        Self { shared, queue, waiter: Waiter::current() }
    }

    fn queue(&self, state: &mut State<T>) {
        let queue = (self.queue)(state);
        if !queue.iter().any(|waiter| waiter.is(&self.waiter)) {
            queue.push_back(self.waiter.clone());
        }
    }
}

impl<T> Drop for Place<'_, T> {
    fn drop(&mut self) {
        let mut state = lock(self.shared);
        let queue = (self.queue)(&mut state);
        match queue.iter().position(|waiter| waiter.is(&self.waiter)) {
            Some(position) => drop(queue.remove(position)),
            None => {
                let next = queue.pop_front();
                drop(state);
                next.inspect(Waiter::wake);
            }
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        lock(&self.0).senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        lock(&self.0).receivers += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.senders -= 1;
        let woken = if state.senders == 0 { std::mem::take(&mut state.receiving) } else { VecDeque::new() };
        drop(state);
        woken.iter().for_each(Waiter::wake);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.receivers -= 1;
        let woken = if state.receivers == 0 { std::mem::take(&mut state.sending) } else { VecDeque::new() };
        drop(state);
        woken.iter().for_each(Waiter::wake);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;
    use std::time::Duration;

    #[test]
    fn every_value_arrives_once_over_many_senders_and_receivers() {
        let (sender, receiver) = bounded(4);
        for part in 0..8 {
            let sender = sender.clone();
            rt::spawn(move || (0..1000).for_each(|n| sender.send(part * 1000 + n).unwrap())).unwrap();
        }
        drop(sender);
        let takers: Vec<_> = (0..4)
            .map(|_| {
                let receiver = receiver.clone();
                rt::spawn(move || receiver.iter().collect::<Vec<u32>>()).unwrap()
            })
            .collect();
        let mut all: Vec<u32> = takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..8000));
    }

    #[test]
    fn ends_are_seen_on_both_sides() {
        let (sender, receiver) = bounded::<u8>(1);
        let at = Instant::now() + Duration::from_millis(5);
        assert_eq!(receiver.recv_until(Some(at)), Err(RecvError::Stopped(Stop::TimedOut)));
        sender.send(1).unwrap();
        drop(sender);
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(receiver.recv(), Err(RecvError::Disconnected));
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        let full = rt::spawn(move || sender.send(2)).unwrap();
        drop(receiver);
        assert_eq!(full.join().unwrap(), Err(Disconnected(2)));
    }
}
