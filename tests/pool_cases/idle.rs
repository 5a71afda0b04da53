//! What happens to connections that nobody uses.

use crate::site::{FakeLease, Site, on_both, sleep, soon, until};
use maypole::pool::{Config, IdleOrder, Pool};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[test]
fn c32_c34_dead_ones_are_found_at_checkout() {
    on_both(|| {
        let site = Site::of_size(3);
        let leases: Vec<_> = (0..3).map(|_| site.get()).collect();
        leases.into_iter().for_each(FakeLease::give_back);
        site.server.restart();
        let lease = site.get();
        assert_eq!((lease.id, lease.is_reused()), (3, false));
        assert_eq!((site.server.open(), site.server.peak()), (1, 3), "each closed before the next was opened");
        assert_eq!(site.pool.stats().discarded, 3);
        drop(lease);
        site.is_at_rest();
    });
}

#[test]
fn c34_one_dead_among_the_living() {
    let site = Site::of_size(2);
    let (first, mut second) = (site.get(), site.get());
    second.alive = false;
    first.give_back();
    second.give_back();
    assert_eq!(site.get().id, 0);
    site.is_at_rest();
}

#[test]
fn c34_a_dead_one_handed_to_a_waiter_becomes_a_vacant_place() {
    let site = Site::of_size(1);
    let mut lease = site.get();
    let waiter = {
        let site = site.clone();
        maypole::rt::spawn(move || site.get().id).unwrap()
    };
    until("in line", || site.pool.stats().waiting == 1);
    lease.alive = false;
    lease.give_back();
    assert_eq!(waiter.join().unwrap(), 1);
    assert_eq!(site.server.peak(), 1);
    site.is_at_rest();
}

#[test]
fn the_last_one_back_serves_next_or_the_first() {
    for (order, expected) in [(IdleOrder::Lifo, [2, 2]), (IdleOrder::Fifo, [0, 1])] {
        let site = Site::new(Config { max_per_key: 3, idle_order: order, ..Config::default() });
        let leases: Vec<_> = (0..3).map(|_| site.get()).collect();
        leases.into_iter().for_each(FakeLease::give_back);
        let used = expected.map(|_| {
            let lease = site.get();
            let id = lease.id;
            lease.give_back();
            id
        });
        assert_eq!(used, expected, "{order:?}");
        site.is_at_rest();
    }
}

#[test]
fn c34_dead_ones_are_replaced_in_the_other_order_too() {
    let site = Site::new(Config { max_per_key: 2, idle_order: IdleOrder::Fifo, ..Config::default() });
    let (mut first, second) = (site.get(), site.get());
    first.alive = false;
    first.give_back();
    second.give_back();
    assert_eq!(site.get().id, 1);
    site.is_at_rest();
}

#[test]
fn c33_c36_a_live_one_is_used_again() {
    on_both(|| {
        let site = Site::of_size(10);
        for n in 0..50 {
            let lease = site.get();
            assert_eq!((lease.id, lease.is_reused()), (0, n > 0));
            lease.give_back();
        }
        let stats = site.pool.stats();
        assert_eq!((stats.created, stats.reused, stats.idle), (1, 49, 1));
    });
}

#[test]
fn c37_the_last_returned_is_used_first() {
    let site = Site::of_size(3);
    let [a, b, c] = [site.get(), site.get(), site.get()];
    b.give_back();
    c.give_back();
    a.give_back();
    let again: Vec<_> = (0..3).map(|_| site.get()).collect();
    assert_eq!(again.iter().map(|lease| lease.id).collect::<Vec<_>>(), [0, 2, 1]);
}

#[test]
fn c53_idle_ones_are_closed_without_traffic() {
    on_both(|| {
        let site = Site::new(Config { idle_timeout: Duration::from_millis(500), ..Config::default() });
        let start = Instant::now();
        for key in ["a", "b"] {
            site.get_of(key).give_back();
        }
        let open = site.server.open();
        assert!(open == 2 || start.elapsed() >= Duration::from_millis(500), "{open}");
        until("closed", || site.server.open() == 0);
        assert_eq!(site.pool.stats().keys, 0);
        assert!(!site.get_of("a").is_reused());
        // And the sweeper, which had nothing left to do, is back.
        site.get_of("a").give_back();
        until("closed", || site.server.open() == 0);
    });
}

#[test]
fn c53_one_that_is_over_is_never_lent_out() {
    let site = Site::new(Config { idle_timeout: Duration::from_millis(10), ..Config::default() });
    for _ in 0..20 {
        let lease = site.get();
        assert!(!lease.is_reused());
        lease.give_back();
        sleep(12);
    }
    assert_eq!(site.server.peak(), 1);
}

#[test]
fn c54_the_peer_s_own_timeout() {
    let site = Site::of_size(1);
    let mut lease = site.get();
    lease.expires = Some(soon(60_000));
    lease.give_back();
    assert!(site.lease("h", None, None).is_ok_and(|lease| lease.is_reused()));
    // The sweeper sleeps for 90 s on account of this one, and is woken for the next.
    site.get_of("long").give_back();
    sleep(20);
    let mut lease = site.get();
    lease.expires = Some(soon(60));
    lease.give_back();
    until("closed", || site.server.open() == 1);
    let mut lease = site.get();
    lease.expires = Some(soon(0));
    lease.give_back();
    assert_eq!(site.server.open(), 1, "over already");
}

#[test]
fn c56_lifetime_and_uses_end_between_requests() {
    // A longer one where it is over before the second use.
    let used_again = [80, 400, 2000].into_iter().any(|lifetime| {
        let site = Site::new(Config { max_lifetime: Some(Duration::from_millis(lifetime)), ..Config::default() });
        site.get().give_back();
        let lease = site.get();
        let reused = lease.is_reused();
        sleep(lifetime + 20);
        assert_eq!(site.server.open(), 1, "not while it is lent out");
        lease.give_back();
        assert_eq!(site.server.open(), 0);
        site.get().give_back();
        until("closed by age", || site.server.open() == 0);
        reused
    });
    assert!(used_again);

    let site = Site::new(Config { max_uses: Some(3), ..Config::default() });
    let ids: Vec<_> = (0..7)
        .map(|_| {
            let lease = site.get();
            let id = lease.id;
            lease.give_back();
            id
        })
        .collect();
    assert_eq!(ids, [0, 0, 0, 1, 1, 1, 2]);
}

#[test]
fn c57_idle_total_stays_under_the_cap_and_the_oldest_goes() {
    struct Conn(u32, Arc<()>);
    impl maypole::pool::Pooled for Conn {
        fn is_alive(&mut self, _idle: Duration) -> bool {
            true
        }
    }
    let pool = Pool::new(Config { max_idle_total: 50, ..Config::default() });
    let alive = Arc::new(());
    let get = |key: u32| match pool.checkout(&key, None, None).unwrap() {
        maypole::pool::Checkout::Reused(lease) => lease,
        maypole::pool::Checkout::Vacant(slot) => slot.fill(Conn(key, alive.clone())),
    };
    for key in 0..1000 {
        get(key).give_back();
        let stats = pool.stats();
        assert!(stats.idle <= 50 && stats.keys <= 50, "{stats:?}");
        assert_eq!(Arc::strong_count(&alive) - 1, stats.idle);
    }
    for key in (950..1000).rev() {
        let lease = get(key);
        assert!(lease.is_reused() && lease.0 == key && Arc::strong_count(&lease.1) > 1);
        lease.give_back();
    }
    assert!(!get(949).is_reused());
    assert_eq!(pool.stats().discarded, 950);
}

#[test]
fn c57_a_cap_of_zero_keeps_nothing() {
    let site = Site::new(Config { max_idle_total: 0, ..Config::default() });
    site.get().give_back();
    assert_eq!((site.server.open(), site.pool.stats().keys), (0, 0));
}

#[test]
fn an_idle_timeout_without_end_keeps_them() {
    let site =
        Site::new(Config { idle_timeout: Duration::MAX, max_lifetime: Some(Duration::MAX), ..Config::default() });
    site.get().give_back();
    assert!(site.get().is_reused());
}
