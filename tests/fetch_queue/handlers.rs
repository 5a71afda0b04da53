//! Handlers that panic, wait, block, enqueue more, or drop the queue.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;

use maypole::error::Kind;
use maypole::queue::{FetchEvent, FetchQueue, Stop};
use maypole::rt;

use super::peer::wait_until;
use super::site::Site;
use super::*;

#[test]
fn q46_q91_panics_are_told_with_their_urls_and_all_others_are_handled() {
    let site = Site::start();
    let (panics, events) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
    let (told, counted) = (panics.clone(), events.clone());
    let queue = running(
        FetchQueue::builder()
            .concurrency(4)
            .on_handler_panic(move |url, panic| told.lock().unwrap().push((url.to_owned(), panic.to_owned())))
            .on_event(move |_, event| {
                counted.fetch_add(usize::from(matches!(event, FetchEvent::HandlerPanicked { .. })), SeqCst);
            }),
    );
    let seen = Seen::default();
    for n in 0..9 {
        queue.enqueue(&site.url(&format!("/bad/{n}")), move |_, _| panic!("number {n}")).unwrap();
    }
    for _ in 0..20 {
        queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
    }
    queue.wait(LONG).unwrap();
    assert_eq!((seen.statuses(), queue.stats().panicked, events.load(SeqCst)), (vec![200; 20], 9, 9));
    let mut panics = panics.lock().unwrap().clone();
    panics.sort();
    assert_eq!(panics, (0..9).map(|n| (site.url(&format!("/bad/{n}")), format!("number {n}"))).collect::<Vec<_>>());
    finish(queue, &site);
}

#[test]
fn watchers_that_panic_are_counted_and_nothing_else_happens() {
    let site = Site::start();
    let queue = running(
        FetchQueue::builder().on_event(|_, _| panic!("an event")).on_handler_panic(|_, _| panic!("a panic's panic")),
    );
    let seen = Seen::default();
    queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
    queue.enqueue(&site.url("/ok"), |_, _| panic!("a handler")).unwrap();
    queue.wait(LONG).unwrap();
    assert_eq!(seen.one().status(), 200);
    assert!(queue.stats().panicked >= 2 && queue.stats().done == 2);
    finish(queue, &site);
}

#[test]
fn a_middleware_that_panics_is_its_fetchs_failure() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(1));
    let failed = fetch(&queue, queue.client().get(site.url("/ok")).middleware(|_, _| panic!("in the middle")));
    assert!(failed.error_message().unwrap().contains("in the middle"), "{failed:?}");
    assert_eq!((fetch(&queue, site.url("/ok")).status(), queue.stats().panicked), (200, 1));
    finish(queue, &site);
}

#[test]
fn q47_what_handlers_enqueue_is_waited_for() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let count = Arc::new(AtomicUsize::new(0));
    fn go(queue: &FetchQueue, url: String, left: usize, count: Arc<AtomicUsize>) {
        for _ in 0..3 {
            let (more, next, counted) = (queue.clone(), url.clone(), count.clone());
            let handler = move |_: &str, _| {
                counted.fetch_add(1, SeqCst);
                if left > 1 {
                    go(&more, next, left - 1, counted);
                }
            };
            queue.enqueue(&url, handler).unwrap();
        }
    }
    go(&queue, site.url("/ok"), 3, count.clone());
    queue.wait(LONG).unwrap();
    assert_eq!((count.load(SeqCst), site.server.requests()), (3 + 9 + 27, 39));
    finish(queue, &site);
}

#[test]
fn q67_handlers_that_wait_hold_up_nobody_else() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(3));
    let (gate, seen) = (rt::Semaphore::new(0), Seen::default());
    let lock = Arc::new(rt::Mutex::new(()));
    let held = lock.lock().unwrap();
    let (permit, locked, url) = (gate.clone(), lock.clone(), site.url("/gate"));
    queue.enqueue(&site.url("/ok/1"), move |_, _| drop(permit.acquire(None))).unwrap();
    queue.enqueue(&site.url("/ok/2"), move |_, _| drop(locked.lock())).unwrap();
    wait_until("both handlers", || queue.in_flight() == 2 && site.server.requests() == 2);
    for _ in 0..20 {
        queue.enqueue(&site.url("/ok/3"), seen.handler()).unwrap();
    }
    wait_until("the others", || seen.len() == 20);
    // One that fetches by itself, with the queue's own client.
    let (client, own) = (queue.client().clone(), Seen::default());
    let told = own.clone();
    let handler = move |asked: &str, answer| {
        assert_eq!(client.get(&url).send().unwrap().status(), 200);
        told.handler()(asked, answer);
    };
    queue.enqueue(&site.url("/ok/4"), handler).unwrap();
    site.open_gate();
    wait_until("its own request", || own.len() == 1);
    drop(held);
    gate.add(1);
    finish(queue, &site);
}

#[test]
fn q68_serial_handlers_are_never_two_at_once() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(10).handlers_serial(true));
    let (inside, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tickets = Vec::new();
    for n in 0..60 {
        let (inside, peak, more) = (inside.clone(), peak.clone(), queue.clone());
        let url = site.url("/ok");
        let handler = move |_: &str, _| {
            peak.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
            rt::sleep(ms(1));
            if n == 7 {
                more.enqueue_ignore(url).unwrap();
            }
            inside.fetch_sub(1, SeqCst);
        };
        tickets.push(queue.enqueue(&site.url("/ok"), handler).unwrap());
    }
    // Those of cancelled ones take their turn too.
    tickets.iter().skip(50).for_each(|ticket| assert!(ticket.cancel() || ticket.is_done()));
    queue.wait(LONG).unwrap();
    assert_eq!((peak.load(SeqCst), inside.load(SeqCst)), (1, 0));
    finish(queue, &site);
}

#[test]
fn a_handler_that_waits_for_its_own_queue_is_told_so_at_once() {
    for builder in [FetchQueue::builder(), FetchQueue::builder().cache_ttl(LONG)] {
        let site = Site::start();
        let queue = running(builder);
        let (sender, answers) = mpsc::channel();
        for _ in 0..2 {
            let (waiting, sender) = (queue.clone(), sender.clone());
            let handler = move |_: &str, _| sender.send((waiting.wait_all(), waiting.wait(ms(1)))).unwrap();
            queue.enqueue(&site.url("/ok"), handler).unwrap();
            queue.wait(LONG).unwrap();
            let (all, timed) = answers.recv_timeout(LONG).unwrap();
            let open = all.unwrap_err();
            assert!(open.in_handler && open.in_flight == 1 && timed.unwrap_err().in_handler);
            assert!(open.to_string().ends_with("a handler cannot wait for its own queue"));
        }
        finish(queue, &site);
    }
}

#[test]
fn a_handler_that_drops_the_queue_cancels_what_is_queued() {
    let site = Site::start();
    let queue = FetchQueue::builder().concurrency(1).build().unwrap();
    let (sender, answers) = mpsc::channel();
    let slot = Arc::new(Mutex::new(None));
    let last = slot.clone();
    let (only, is_only) = mpsc::channel();
    let handler = move |_: &str, _| {
        rt::offload(None, move || is_only.recv_timeout(LONG).unwrap()).unwrap();
        let queue: Option<FetchQueue> = last.lock().unwrap().take();
        drop(queue);
    };
    queue.enqueue(&site.url("/ok"), handler).unwrap();
    for _ in 0..3 {
        let sender = sender.clone();
        queue.enqueue(&site.url("/ok"), move |_, answer| sender.send(answer.error().unwrap().kind()).unwrap()).unwrap();
    }
    let starter = queue.clone();
    *slot.lock().unwrap() = Some(queue);
    starter.start();
    drop(starter);
    only.send(()).unwrap();
    let kinds: Vec<_> = (0..3).map(|_| answers.recv_timeout(LONG).unwrap()).collect();
    assert_eq!((kinds, site.server.requests()), (vec![Kind::Cancelled; 3], 1));
    site.server.wait_open(0);
}

#[test]
fn a_handler_that_enqueues_itself_for_ever_is_ended_by_stop() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(2).bounded(1));
    let (rounds, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    fn again(queue: FetchQueue, url: String, rounds: Arc<AtomicUsize>, refused: Arc<AtomicUsize>) {
        let (more, next, counted, ended) = (queue.clone(), url.clone(), rounds, refused.clone());
        let handler = move |_: &str, _| {
            counted.fetch_add(1, SeqCst);
            again(more, next, counted, ended);
        };
        if queue.enqueue(&url, handler).is_err() {
            refused.fetch_add(1, SeqCst);
        }
    }
    again(queue.clone(), site.url("/ok"), rounds.clone(), refused.clone());
    assert!(queue.wait(ms(100)).is_err());
    wait_until("some rounds", || rounds.load(SeqCst) > 10);
    queue.stop(Stop::CancelQueued);
    queue.wait(LONG).unwrap();
    assert!(refused.load(SeqCst) == 1 || queue.stats().cancelled == 1);
    finish(queue, &site);
}

#[test]
fn a_handler_that_blocks_for_long_holds_one_worker() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(2));
    let (sender, release) = mpsc::channel::<()>();
    // Off the scheduler's threads, as what blocks is to be.
    let blocked = move |_: &str, _| rt::offload(None, move || release.recv().unwrap_err()).map(drop).unwrap();
    queue.enqueue(&site.url("/ok"), blocked).unwrap();
    let seen = Seen::default();
    for _ in 0..20 {
        queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
    }
    wait_until("the others", || seen.len() == 20);
    assert_eq!(queue.wait(ms(20)).unwrap_err().in_flight, 1);
    drop(sender);
    finish(queue, &site);
}
