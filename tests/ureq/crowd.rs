//! A thousand coroutines on one agent, and workers that go on beating.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::rt::{self, Group};

use crate::both::{config, ours};
use crate::peer::{Server, ok, wait_until};

const CROWD: usize = 1_000;

/// Beats every millisecond until it is told to stop; the longest pause between two beats.
fn heart(stop: Arc<AtomicBool>) -> rt::JoinHandle<Duration> {
    rt::spawn(move || {
        let mut longest = Duration::ZERO;
        while !stop.load(SeqCst) {
            let start = Instant::now();
            rt::sleep(Duration::from_millis(1));
            longest = longest.max(start.elapsed());
        }
        longest
    })
    .unwrap()
}

#[test]
fn all_wait_at_once_and_no_worker_is_blocked() {
    let go = Arc::new((std::sync::Mutex::new(false), std::sync::Condvar::new()));
    let gate = go.clone();
    let server = Server::start(move |request, responder| {
        let open = gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap();
        drop(open);
        responder.reply(ok(&request.body));
    });
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (beating, counting, url) = (heart(stop.clone()), done.clone(), server.url("/"));
    let agent = ours(config().max_idle_connections(CROWD).max_idle_connections_per_host(CROWD).build());
    let calls = std::thread::spawn(move || {
        Group::new(CROWD).map(0..CROWD, move |n| {
            let body = n.to_string();
            let mut response = agent.post(&url).send(&body).unwrap();
            assert_eq!(response.body_mut().read_to_string().unwrap(), body);
            counting.fetch_add(1, SeqCst)
        })
    });
    server.wait_requests(CROWD);
    assert_eq!((server.peak(), done.load(SeqCst)), (CROWD, 0));
    *go.0.lock().unwrap() = true;
    go.1.notify_all();
    assert_eq!(calls.join().unwrap().unwrap().len(), CROWD);
    stop.store(true, SeqCst);
    let longest = beating.join().unwrap();
    assert!(longest < Duration::from_secs(2), "the workers stood still for {longest:?}");
}

/// More coroutines than connections are kept: the pool takes and drops them all the time.
#[test]
fn ureqs_small_pool_under_a_crowd() {
    let server = Server::start(|_, responder| responder.reply(ok("x".repeat(20_000))));
    let (agent, url) = (ours(config().build()), server.url("/"));
    let lengths =
        Group::new(200).map(0..2_000, move |_| agent.get(&url).call().unwrap().body_mut().read_to_vec().unwrap().len());
    assert!(lengths.unwrap().into_iter().all(|length| length == 20_000));
    wait_until("the connections to close", || server.open() == 0);
}
