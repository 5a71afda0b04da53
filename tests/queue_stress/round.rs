//! One queue from its making to its end.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use maypole::queue::{Fetch, FetchQueue, Order, Stop, Ticket};
use maypole::{HttpClient, rt};

use crate::dice::Dice;
use crate::moody::{Moody, Out};
use crate::site::Site;
use crate::until;

/// What became of the jobs of a round.
#[derive(Default)]
struct Ends {
    enqueued: AtomicU64,
    handled: AtomicU64,
    /// Handlers that were dropped without having been called, of jobs that were enqueued.
    lost: AtomicU64,
    doubled: AtomicU64,
}

/// One job's, held by its handler.
struct End {
    ends: Arc<Ends>,
    /// Called; not even enqueued.
    state: Arc<AtomicUsize>,
}

const CALLED: usize = 1;
const REJECTED: usize = 2;

impl Drop for End {
    fn drop(&mut self) {
        if self.state.load(SeqCst) == 0 {
            // Not enqueued, if the one who tried says so in a moment.
            self.ends.lost.fetch_add(1, SeqCst);
        }
    }
}

struct Round {
    queue: FetchQueue,
    ends: Arc<Ends>,
    tickets: Mutex<Vec<Ticket>>,
    /// Handlers enqueue more, for which they hold the queue.
    grows: bool,
    /// Handlers panic with what panics again; not where `enqueue` itself may call them.
    bombs: bool,
}

fn submit(round: &Arc<Round>, dice: &mut Dice, depth: u32) -> bool {
    let state = Arc::new(AtomicUsize::new(0));
    let end = End { ends: round.ends.clone(), state: state.clone() };
    let mut theirs = dice.fork();
    let bombs = round.bombs;
    let again = round.grows.then(|| round.clone());
    let handler = move |_: &str, _: maypole::queue::Fetched| {
        if end.state.swap(CALLED, SeqCst) != 0 {
            end.ends.doubled.fetch_add(1, SeqCst);
        }
        end.ends.handled.fetch_add(1, SeqCst);
        if let Some(round) = again.filter(|_| depth < 3 && theirs.percent(25)) {
            submit(&round, &mut theirs, depth + 1);
        }
        match theirs.below(40) {
            0 => panic!("on purpose"),
            1 if bombs => std::panic::panic_any(Bomb),
            2 => rt::sleep(Duration::from_micros(theirs.below(1_000))),
            _ => {}
        }
    };
    let mut fetch = Fetch::from(format!("http://h{}.test/", dice.below(6))).priority(dice.below(3) as i32);
    if dice.percent(15) {
        fetch = fetch.not_before(Instant::now() + Duration::from_micros(dice.below(4_000)));
    }
    // Counted before: its handler may be through before this call is.
    round.ends.enqueued.fetch_add(1, SeqCst);
    match round.queue.enqueue_with(fetch, handler) {
        Ok(ticket) => {
            if dice.percent(20) {
                round.tickets.lock().unwrap().push(ticket);
            }
            true
        }
        Err(_) => {
            round.ends.enqueued.fetch_sub(1, SeqCst);
            if state.swap(REJECTED, SeqCst) == 0 {
                round.ends.lost.fetch_sub(1, SeqCst);
            }
            false
        }
    }
}

/// Panics again when it is dropped.
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("on purpose, by a payload");
        }
    }
}

fn meddle(round: &Round, dice: &mut Dice) {
    for _ in 0..dice.below(60) {
        let ticket = round.tickets.lock().unwrap().pop();
        let Some(ticket) = ticket else { return };
        match dice.below(3) {
            0 => drop(ticket.cancel()),
            1 => drop(ticket.wait(Duration::from_micros(dice.below(2_000)))),
            _ => {
                ticket.cancel();
                let (handled, start) = (round.ends.handled.load(SeqCst), Instant::now());
                // A queue that is never started ends it, too; one whose usher waits for a slow handler, later.
                assert!(ticket.wait(Duration::from_secs(60)), "{:?} {handled} {:?}", round.queue, start.elapsed());
            }
        }
        let stats = round.queue.stats();
        assert!(stats.blocked <= stats.queued && stats.queued < 1 << 40, "{stats:?}");
    }
}

fn make(dice: &mut Dice, out: &Arc<Out>, bombs: bool) -> FetchQueue {
    let site = Site(Mutex::new(dice.fork()));
    let client = HttpClient::builder().transport(site).build().unwrap();
    let order = match dice.below(3) {
        0 => Order::Fair,
        1 => Order::Fifo,
        _ => Order::Random { seed: dice.below(9) },
    };
    let mut builder = FetchQueue::builder().client(client).order(order).concurrency(1 + dice.below(40) as usize);
    match dice.below(10) {
        0 => builder = builder.cache_ttl(Duration::from_millis(2)).inline_cache_hits(!bombs),
        1 => builder = builder.cache_ttl(Duration::from_millis(2)).handlers_serial(true),
        2 => builder = builder.handlers_serial(true),
        _ => {}
    }
    if order == Order::Fair && dice.percent(40) {
        builder = builder.per_host(1 + dice.below(4) as usize);
    }
    if dice.percent(30) {
        builder = builder.bounded(1 + dice.below(50) as usize);
    }
    for _ in 0..dice.below(3) {
        builder = builder.limiter(Moody { dice: Mutex::new(dice.fork()), out: out.clone() });
    }
    builder.auto_start(dice.percent(70)).build().unwrap()
}

/// How many jobs there were.
pub(crate) fn run(seed: u64) -> u64 {
    let mut dice = Dice::new(seed);
    let (out, ends) = (Arc::new(Out::default()), Arc::new(Ends::default()));
    let bombs = dice.percent(60);
    let queue = make(&mut dice, &out, bombs);
    let round = Round { queue, ends: ends.clone(), tickets: Mutex::default(), grows: dice.percent(60), bombs };
    let round = Arc::new(round);
    let mut threads = Vec::new();
    let mut coroutines = Vec::new();
    for _ in 0..2 {
        let jobs = dice.below(120);
        let feed = |mut dice: Dice, round: Arc<Round>| move || (0..jobs).all(|_| submit(&round, &mut dice, 0));
        threads.push(std::thread::spawn(feed(dice.fork(), round.clone())));
        coroutines.push(rt::spawn(feed(dice.fork(), round.clone())).unwrap());
    }
    let (mut theirs, meddled) = (dice.fork(), round.clone());
    let meddler = std::thread::spawn(move || meddle(&meddled, &mut theirs));
    rt::sleep(Duration::from_micros(dice.below(4_000)));
    // Who waits for room of a queue that nobody starts waits for ever, as it should.
    round.queue.start();
    let end = dice.below(6);
    match end {
        0 => round.queue.stop(Stop::Drain),
        1 => round.queue.stop(Stop::CancelQueued),
        2 => round.queue.stop(Stop::Abort),
        _ => {}
    }
    for thread in threads {
        thread.join().unwrap();
    }
    for coroutine in coroutines {
        coroutine.join().unwrap();
    }
    meddler.join().unwrap();
    if end < 5 {
        let waited = round.queue.wait(Duration::from_secs(60));
        assert!(waited.is_ok(), "seed {seed}: {waited:?} {:?}", round.queue);
        let stats = round.queue.stats();
        assert_eq!((stats.queued, stats.blocked, stats.delayed, stats.in_flight), (0, 0, 0, 0), "seed {seed}");
        let ended = stats.done + stats.cancelled;
        assert_eq!(ended, ends.enqueued.load(SeqCst), "seed {seed}: {stats:?}");
    }
    // The last handle, unless jobs hold it.
    drop(round);
    let enqueued = || ends.enqueued.load(SeqCst);
    until(&format!("all handled of seed {seed}"), || ends.handled.load(SeqCst) == enqueued());
    until(&format!("all permits back of seed {seed}"), || out.0.load(SeqCst) == 0);
    assert_eq!((ends.lost.load(SeqCst), ends.doubled.load(SeqCst)), (0, 0), "lost and doubled of seed {seed}");
    enqueued()
}
