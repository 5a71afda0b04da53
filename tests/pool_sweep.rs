//! The sweeper's own life. Alone in its process, because it counts all coroutines.

use maypole::pool::{Checkout, Config, Lease, Pool, Pooled};
use maypole::rt;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Conn(#[expect(dead_code, reason = "counted by being there")] Arc<()>);

impl Pooled for Conn {
    fn is_alive(&mut self, _idle: Duration) -> bool {
        true
    }
}

struct Site {
    pool: Pool<&'static str, Conn>,
    alive: Arc<()>,
}

impl Site {
    fn new(idle_timeout: Duration) -> Self {
        Self { pool: Pool::new(Config { idle_timeout, ..Config::default() }), alive: Arc::new(()) }
    }

    fn get(&self) -> Lease<&'static str, Conn> {
        match self.pool.checkout(&"h", None, None).unwrap() {
            Checkout::Reused(lease) => lease,
            Checkout::Vacant(slot) => slot.fill(Conn(self.alive.clone())),
        }
    }
}

fn open(alive: &Arc<()>) -> usize {
    Arc::strong_count(alive) - 1
}

fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < end, "{what}");
        rt::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_sweeper_lives_as_long_as_something_idle_and_no_longer_than_its_pool() {
    let idle_for = |ms| Site::new(Duration::from_millis(ms));
    let settle = || rt::sleep(Duration::from_millis(20));

    let site = idle_for(100);
    assert_eq!(rt::live(), 0);
    site.get().give_back();
    until("it ends with the last idle connection", || rt::live() == 0);
    assert_eq!(open(&site.alive), 0);

    let site = idle_for(90_000);
    site.get().give_back();
    settle();
    assert_eq!(rt::live(), 1);
    let alive = site.alive.clone();
    drop(site);
    assert_eq!(open(&alive), 0, "it keeps no pool alive");
    until("it ends with its pool", || rt::live() == 0);

    let site = idle_for(90_000);
    site.get().give_back();
    settle();
    site.pool.close();
    until("it ends with the close", || rt::live() == 0);

    let site = idle_for(90_000);
    let lease = site.get();
    let alive = site.alive.clone();
    drop(site);
    lease.give_back();
    assert_eq!(open(&alive), 0, "the last lease ends the pool");
    until("no sweeper stays", || rt::live() == 0);
}
