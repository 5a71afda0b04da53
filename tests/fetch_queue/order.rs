//! In which order, and how many at once.

use maypole::client::{Inbound, Outbound, Transport};
use maypole::queue::{Fetch, FetchQueue, Order};
use maypole::rt;

use super::peer::wait_until;
use super::site::Site;
use super::*;

fn enqueue_all(queue: &FetchQueue, site: &Site, path: &str, n: usize) {
    (0..n).for_each(|n| drop(queue.enqueue_ignore(site.url(&format!("{path}/{n}"))).unwrap()));
}

fn numbered(path: &str, n: usize) -> Vec<String> {
    (0..n).map(|n| format!("{path}/{n}")).collect()
}

#[test]
fn q48_one_at_a_time_they_arrive_as_they_were_enqueued() {
    let site = Site::start();
    let queue = FetchQueue::builder().concurrency(1).build().unwrap();
    enqueue_all(&queue, &site, "/ok", 20);
    queue.start();
    queue.wait(LONG).unwrap();
    assert_eq!(site.targets(), numbered("/ok", 20));
    finish(queue, &site);
}

/// Answers each number when it is let go.
struct Held {
    begun: Arc<Mutex<Vec<usize>>>,
    gates: Arc<Vec<rt::Semaphore>>,
}

impl Transport for Held {
    fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
        let number: usize = request.url.path().trim_start_matches('/').parse().unwrap();
        self.begun.lock().unwrap().push(number);
        drop(self.gates[number].acquire(None));
        Inbound::new(200, [], "hello")
    }
}

#[test]
fn q49_q97_several_at_a_time_begin_as_they_were_enqueued() {
    for concurrency in [2, 5] {
        let (begun, gates) = (Arc::default(), Arc::new((0..50).map(|_| rt::Semaphore::new(0)).collect::<Vec<_>>()));
        let held = Held { begun: Arc::clone(&begun), gates: gates.clone() };
        let client = maypole::HttpClient::builder().transport(held).build().unwrap();
        let queue = FetchQueue::builder().client(client).concurrency(concurrency).timeout(None).build().unwrap();
        (0..50).for_each(|n| drop(queue.enqueue_ignore(format!("http://h/{n}")).unwrap()));
        queue.start();
        for next in 0..50 {
            let expected = 50.min(next + concurrency);
            wait_until("the next one", || begun.lock().unwrap().len() == expected);
            let mut begun = begun.lock().unwrap().clone();
            begun.sort_unstable();
            assert_eq!(begun, (0..expected).collect::<Vec<_>>());
            gates[next].add(1);
        }
        queue.wait(LONG).unwrap();
    }
}

#[test]
fn q50_started_twice_there_are_no_more_workers() {
    let site = Site::start();
    let queue = FetchQueue::builder().concurrency(4).build().unwrap();
    enqueue_all(&queue, &site, "/gate", 12);
    queue.start();
    queue.start();
    site.server.wait_requests(4);
    std::thread::sleep(ms(50));
    assert_eq!((site.server.requests(), queue.in_flight(), queue.len()), (4, 4, 8));
    site.open_gate();
    queue.start();
    queue.wait(LONG).unwrap();
    assert_eq!(site.server.peak(), 4);
    finish(queue, &site);
}

#[test]
fn q51_q96_the_concurrency_is_the_one_that_was_set() {
    for concurrency in [100, 200] {
        let site = Site::start();
        let queue = running(FetchQueue::builder().concurrency(concurrency).timeout(LONG));
        enqueue_all(&queue, &site, "/gate", concurrency * 2);
        site.server.wait_requests(concurrency);
        wait_until("all of them", || queue.in_flight() == concurrency);
        site.open_gate();
        queue.wait(LONG).unwrap();
        assert_eq!((site.server.peak(), site.server.requests()), (concurrency, concurrency * 2));
        finish(queue, &site);
    }
}

#[test]
fn q52_q53_connections_are_reused_unless_they_are_not_to_be() {
    for reuse in [true, false] {
        let site = Site::start();
        let queue = running(FetchQueue::builder().concurrency(5).connection_reuse(reuse));
        enqueue_all(&queue, &site, "/ok", 50);
        queue.wait(LONG).unwrap();
        let connections = site.server.connections();
        assert!(if reuse { connections <= 5 } else { connections == 50 }, "{connections}");
        finish(queue, &site);
    }
}

#[test]
fn q64_higher_priorities_come_first_and_first_in_first_out_within_one() {
    for order in [Order::Fair, Order::Fifo] {
        let site = Site::start();
        let queue = FetchQueue::builder().concurrency(1).order(order).build().unwrap();
        for (n, priority) in [0, 5, -1, 5, 0].into_iter().enumerate() {
            queue.enqueue_with(Fetch::from(site.url(&format!("/{n}"))).priority(priority), |_, _| {}).unwrap();
        }
        queue.start();
        queue.wait(LONG).unwrap();
        assert_eq!(site.targets(), ["/1", "/3", "/0", "/4", "/2"]);
        finish(queue, &site);
    }
}

#[test]
fn per_host_bounds_one_host_and_not_the_others() {
    let (slow, quick) = (Site::start(), Site::start());
    let queue = running(FetchQueue::builder().concurrency(10).per_host(3));
    enqueue_all(&queue, &slow, "/gate", 20);
    enqueue_all(&queue, &quick, "/ok", 20);
    quick.server.wait_requests(20);
    slow.server.wait_requests(3);
    wait_until("the quick ones", || queue.stats().done == 20);
    assert_eq!((slow.server.requests(), queue.in_flight(), queue.len()), (3, 3, 17));
    slow.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!(slow.server.peak(), 3);
    finish(queue, &slow);
}

#[test]
fn a_random_order_is_the_same_for_the_same_seed() {
    let order = |seed| {
        let site = Site::start();
        let queue = FetchQueue::builder().concurrency(1).order(Order::Random { seed }).build().unwrap();
        enqueue_all(&queue, &site, "/ok", 20);
        queue.start();
        queue.wait(LONG).unwrap();
        site.targets()
    };
    let (one, other) = (order(1), order(2));
    assert_eq!(one, order(1));
    assert!(one != other && one != numbered("/ok", 20));
}

#[test]
fn q65_many_urls_are_each_handled_exactly_once() {
    let (n, site) = (if cfg!(debug_assertions) { 5_000 } else { 100_000 }, Site::start());
    let queue = running(FetchQueue::builder().concurrency(200).bounded(1_000));
    let counts: Arc<Vec<_>> = Arc::new((0..n).map(|_| std::sync::atomic::AtomicU32::new(0)).collect());
    for number in 0..n {
        let counts = counts.clone();
        let handler = move |_: &str, answer: maypole::queue::Fetched| {
            assert_eq!(answer.status(), 200);
            counts[number].fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        };
        queue.enqueue(&site.url("/ok"), handler).unwrap();
    }
    queue.wait(Duration::from_secs(300)).unwrap();
    assert!(counts.iter().all(|count| count.load(std::sync::atomic::Ordering::SeqCst) == 1));
    assert_eq!((queue.stats().done, queue.stats().panicked, site.server.requests()), (n as u64, 0, n));
    finish(queue, &site);
}
