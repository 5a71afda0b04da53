//! A connection without a socket, and a server that only counts.

use maypole::pool::{Checkout, Config, Lease, Pool, Pooled, Refused};
use maypole::rt::{self, CancelToken};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// What the server sees.
#[derive(Default)]
pub(crate) struct Server {
    next: AtomicUsize,
    open: AtomicUsize,
    peak: AtomicUsize,
    dead: AtomicBool,
}

impl Server {
    pub(crate) fn connect(self: &Arc<Self>) -> Fake {
        let open = self.open.fetch_add(1, SeqCst) + 1;
        self.peak.fetch_max(open, SeqCst);
        Fake { id: self.next.fetch_add(1, SeqCst), server: self.clone(), alive: true, expires: None }
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(SeqCst)
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak.load(SeqCst)
    }

    /// From now on every idle connection is found dead.
    pub(crate) fn restart(&self) {
        self.dead.store(true, SeqCst);
    }
}

pub(crate) struct Fake {
    pub(crate) id: usize,
    pub(crate) alive: bool,
    pub(crate) expires: Option<Instant>,
    server: Arc<Server>,
}

impl Pooled for Fake {
    fn is_alive(&mut self, _idle: Duration) -> bool {
        self.alive && !self.server.dead.load(SeqCst)
    }

    fn expires(&self) -> Option<Instant> {
        self.expires
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.open.fetch_sub(1, SeqCst);
    }
}

pub(crate) type Key = &'static str;
pub(crate) type FakeLease = Lease<Key, Fake>;

/// A pool and its server.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) pool: Pool<Key, Fake>,
    pub(crate) server: Arc<Server>,
}

impl Site {
    pub(crate) fn new(config: Config) -> Self {
        // More than this machine may have cores, so that every race gets its chance. Only the first call counts.
        let _ = rt::Runtime::builder().workers(8).start();
        Self { pool: Pool::new(config), server: Arc::default() }
    }

    pub(crate) fn of_size(max_per_key: usize) -> Self {
        Self::new(Config { max_per_key, ..Config::default() })
    }

    pub(crate) fn get(&self) -> FakeLease {
        self.get_of("h")
    }

    pub(crate) fn get_of(&self, key: Key) -> FakeLease {
        self.lease(key, Some(soon(60_000)), None).expect("within a minute")
    }

    pub(crate) fn lease(
        &self,
        key: Key,
        at: Option<Instant>,
        token: Option<&CancelToken>,
    ) -> Result<FakeLease, Refused> {
        Ok(match self.pool.checkout(&key, at, token)? {
            Checkout::Reused(lease) => lease,
            Checkout::Vacant(slot) => slot.fill(self.server.connect()),
        })
    }

    /// Asserts that nothing is lent out and nobody waits.
    pub(crate) fn is_at_rest(&self) {
        let stats = self.pool.stats();
        assert_eq!((stats.in_use, stats.waiting), (0, 0), "{stats:?}");
        assert_eq!(stats.idle, self.server.open(), "{stats:?}");
    }
}

pub(crate) fn soon(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}

pub(crate) fn sleep(ms: u64) {
    rt::sleep(Duration::from_millis(ms));
}

/// Waits until `done`, for 30 seconds at most.
pub(crate) fn until(what: &str, done: impl Fn() -> bool) {
    let end = soon(30_000);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        sleep(1);
    }
}

/// Runs `test` on a plain thread and on a coroutine.
pub(crate) fn on_both(test: fn()) {
    test();
    rt::spawn(test).unwrap().join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}
