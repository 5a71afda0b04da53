//! A fixed number of blocking client objects for many coroutines.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::compat::httplib::HttpConnection;
use maypole::pool::{Pool, Refused};
use maypole::rt::{self, CancelToken, Group};

use crate::peer::*;
use crate::{get, ms};

#[test]
fn c352_five_coroutines_three_hosts_and_never_more_than_n_clients_at_once() {
    let servers: Vec<_> = (0..3).map(|n| Server::start(move |_, it| it.reply(ok(format!("host {n}"))))).collect();
    let ports: Vec<_> = servers.iter().map(|server| server.address().port()).collect();
    let (in_use, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // A client object of the program's own: a connection per host, none of which may be used by two at once.
    let clients = Arc::new(Pool::of(2, move || {
        ports.iter().map(|port| HttpConnection::new("127.0.0.1", *port).unwrap()).collect::<Vec<_>>()
    }));
    let (pool, counted, peak) = (clients.clone(), in_use.clone(), most.clone());
    let bodies = Group::new(5).map(0..60_usize, move |n| {
        let mut client = pool.get().unwrap();
        peak.fetch_max(counted.fetch_add(1, SeqCst) + 1, SeqCst);
        rt::yield_io();
        let body = get(&mut client[n % 3], "/");
        counted.fetch_sub(1, SeqCst);
        (n % 3, body)
    });
    for body in bodies.unwrap() {
        let (host, body) = body;
        assert_eq!(body, format!("host {host}").into_bytes());
    }
    assert_eq!((most.load(SeqCst), clients.stats().created, clients.stats().in_use), (2, 2, 0));
    assert!(servers.iter().all(|server| server.connections() <= 2));
}

#[test]
fn c352_who_waits_gets_the_next_one_or_gives_up_in_time() {
    on_both(|| {
        let pool = Arc::new(Pool::of(1, || 7));
        let held = pool.get().unwrap();
        let soon = Some(std::time::Instant::now() + ms(10));
        assert!(matches!(pool.get_until(soon, None), Err(Refused::TimedOut { limit: 1, .. })));
        let token = CancelToken::new();
        token.cancel();
        assert!(matches!(pool.get_until(None, Some(&token)), Err(Refused::Cancelled)));
        let waiting = pool.clone();
        let other = rt::spawn(move || *waiting.get().unwrap()).unwrap();
        wait_until("the other one to stand in line", || pool.stats().waiting == 1);
        drop(held);
        assert_eq!(other.join().unwrap(), 7);
        assert_eq!(pool.stats().created, 1);
    });
}

#[test]
fn c352_an_object_given_up_is_replaced_and_a_closed_pool_refuses() {
    on_both(|| {
        let made = Arc::new(AtomicUsize::new(0));
        let count = made.clone();
        let pool = Arc::new(Pool::of(1, move || count.fetch_add(1, SeqCst)));
        assert_eq!(*pool.get().unwrap(), 0);
        let mut object = pool.get().unwrap();
        *object += 10;
        drop(object);
        assert_eq!(format!("{:?}", pool.get().unwrap()), "10", "it is the same object");
        pool.get().unwrap().discard();
        let broken = pool.clone();
        let panicked = rt::spawn(move || {
            let _held = broken.get().unwrap();
            panic!("on purpose");
        });
        panicked.unwrap().join().unwrap_err();
        assert_eq!(*pool.get().unwrap(), 2, "one half changed is not handed on");
        pool.close();
        assert!(matches!(pool.get(), Err(Refused::Closed)));
    });
}
