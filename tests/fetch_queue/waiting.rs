//! Starting, waiting, counting, and queues that are full.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use maypole::error::Kind;
use maypole::queue::FetchQueue;
use maypole::rt;

use super::peer::{on_both, wait_until};
use super::site::Site;
use super::*;

#[test]
fn q30_q31_before_the_start_it_only_queues_up() {
    let site = Site::start();
    let queue = FetchQueue::builder().build().unwrap();
    queue.enqueue(&site.url("/ok"), |_, _| panic!("not started")).unwrap();
    assert_eq!((queue.len(), queue.is_empty()), (1, false));
    queue.enqueue_ignore(site.url("/ok")).unwrap();
    assert_eq!((queue.len(), queue.in_flight(), site.server.connections()), (2, 0, 0));
}

#[test]
fn q32_q33_q34_q35_started_by_hand_or_at_once() {
    on_both(|| {
        let site = Site::start();
        let queue = FetchQueue::builder().concurrency(1).build().unwrap();
        let seen = Seen::default();
        queue.wait(LONG).unwrap();
        queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
        queue.start();
        queue.wait(Duration::from_secs(10)).unwrap();
        assert_eq!((seen.one().status(), queue.is_empty(), queue.stats().done), (200, true, 1));
        queue.wait(Duration::from_secs(5)).unwrap();
        let auto = FetchQueue::builder().auto_start(true).build().unwrap();
        let seen = Seen::default();
        auto.enqueue(&site.url("/ok"), seen.handler()).unwrap();
        auto.wait_secs(0.0).unwrap();
        assert_eq!(seen.one().status(), 200);
        auto.enqueue_ignore(site.url("/ok")).unwrap();
        auto.wait_all().unwrap();
        assert_eq!(site.server.requests(), 3);
        drop(queue);
        finish(auto, &site);
    });
}

#[test]
fn q36_what_was_never_started_is_still_open_when_the_wait_ends() {
    let queue = FetchQueue::builder().build().unwrap();
    queue.enqueue_ignore("http://127.0.0.1:1/").unwrap();
    let start = Instant::now();
    let open = queue.wait(ms(100)).unwrap_err();
    assert!(start.elapsed() >= ms(100));
    assert_eq!((open.queued, open.delayed, open.in_flight, open.in_handler), (1, 0, 0, false));
    assert_eq!(open.to_string(), "1 fetches queued, 0 delayed, 0 in flight");
}

#[test]
fn q37_negative_seconds_are_for_ever() {
    let site = Site::start();
    for seconds in [-1.0, 0.0, f64::NEG_INFINITY, f64::NAN, f64::INFINITY, 15.0] {
        let queue = running(FetchQueue::builder());
        queue.enqueue_ignore(site.url("/delay/20")).unwrap();
        queue.wait_secs(seconds).unwrap();
        assert_eq!(queue.stats().done, 1);
    }
    let queue = FetchQueue::builder().build().unwrap();
    queue.enqueue_ignore(site.url("/ok")).unwrap();
    assert!(queue.wait_secs(0.02).is_err());
}

#[test]
fn q38_each_handler_gets_its_own_answer() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(4));
    let seen = Seen::default();
    for bytes in [1, 20, 300, 4000] {
        queue.enqueue(&site.url(&format!("/big/{bytes}")), seen.handler()).unwrap();
    }
    queue.wait(LONG).unwrap();
    let mut lengths: Vec<_> = seen.all().iter().map(|(url, answer)| (url.clone(), answer.bytes().len())).collect();
    lengths.sort_by_key(|(_, length)| *length);
    let expected = [1, 20, 300, 4000].map(|bytes| (site.url(&format!("/big/{bytes}")), bytes));
    assert_eq!(lengths, expected);
    assert_eq!(seen.statuses(), [200; 4]);
    finish(queue, &site);
}

#[test]
fn q45_q86_the_work_goes_on_after_a_wait_that_timed_out() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let seen = Seen::default();
    queue.enqueue(&site.url("/gate"), seen.handler()).unwrap();
    let open = queue.wait(ms(50)).unwrap_err();
    assert_eq!(open.queued + open.in_flight, 1);
    site.open_gate();
    queue.wait(LONG).unwrap();
    assert_eq!(seen.one().status(), 200);
    finish(queue, &site);
}

#[test]
fn q66_any_number_of_coroutines_and_threads_wait_at_once() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    queue.enqueue_ignore(site.url("/gate")).unwrap();
    let returned = Arc::new(AtomicUsize::new(0));
    let waiter = || {
        let (queue, returned) = (queue.clone(), returned.clone());
        move || {
            queue.wait(LONG).unwrap();
            returned.fetch_add(1, SeqCst);
        }
    };
    let coroutines: Vec<_> = (0..5).map(|_| rt::spawn(waiter()).unwrap()).collect();
    let threads: Vec<_> = (0..5).map(|_| std::thread::spawn(waiter())).collect();
    site.server.wait_requests(1);
    assert_eq!(returned.load(SeqCst), 0);
    site.open_gate();
    waiter()();
    coroutines.into_iter().for_each(|coroutine| coroutine.join().unwrap());
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(returned.load(SeqCst), 11);
    finish(queue, &site);
}

#[test]
fn q62_a_full_queue_makes_its_callers_wait() {
    on_both(|| {
        let site = Site::start();
        let queue = FetchQueue::builder().concurrency(2).bounded(10).build().unwrap();
        for n in 0..10 {
            queue.enqueue_ignore(site.url(&format!("/ok/{n}"))).unwrap();
        }
        let full = queue.try_enqueue(site.url("/ok"), |_, _| {}).unwrap_err();
        assert_eq!(full.kind(), Kind::Exhausted);
        let late = rt::scope::with_deadline(ms(50), || queue.enqueue_ignore(site.url("/ok")));
        assert_eq!(late.unwrap_err().kind(), Kind::Timeout);
        queue.start();
        for n in 10..100 {
            queue.enqueue_ignore(site.url(&format!("/ok/{n}"))).unwrap();
            assert!(queue.len() <= 10);
        }
        queue.wait(LONG).unwrap();
        assert_eq!(site.server.requests(), 100);
    });
}

#[test]
fn q70_counts_add_up_at_any_moment() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(8));
    let is_over = Arc::new(AtomicBool::new(false));
    let (watched, over) = (queue.clone(), is_over.clone());
    let watcher = std::thread::spawn(move || {
        let mut reads = 0;
        while !over.load(SeqCst) {
            let stats = watched.stats();
            assert_eq!(stats.pending(), stats.queued + stats.delayed + stats.in_flight);
            assert!(stats.pending() <= 500 && stats.in_flight <= 8 && stats.done <= 500, "{stats:?}");
            reads += 1;
            std::thread::sleep(ms(1));
        }
        reads
    });
    for n in 0..500 {
        let fetch = maypole::queue::Fetch::from(site.url("/ok"));
        queue.enqueue_with(if n % 5 == 0 { fetch.delay(ms(n)) } else { fetch }, |_, _| {}).unwrap();
    }
    queue.wait(LONG).unwrap();
    is_over.store(true, SeqCst);
    assert!(watcher.join().unwrap() > 0);
    assert_eq!((queue.stats().done, queue.pending(), site.server.requests()), (500, 0, 500));
    finish(queue, &site);
}

#[test]
fn a_delayed_fetch_waits_for_its_time() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let later = |delay| maypole::queue::Fetch::from(site.url("/ok")).delay(delay);
    let much_later = queue.enqueue_ignore(later(Duration::from_secs(600))).unwrap();
    assert_eq!((queue.delayed(), queue.len(), queue.pending()), (1, 0, 1));
    assert!(much_later.cancel());
    let start = Instant::now();
    let seen = Seen::default();
    queue.enqueue_with(later(ms(150)), seen.handler()).unwrap();
    wait_until("its end", || seen.len() == 1);
    assert!(start.elapsed() >= ms(150));
    finish(queue, &site);
}

#[test]
fn jobs_come_from_threads_coroutines_and_handlers() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(5));
    let seen = Seen::default();
    let enqueue = |n: usize| {
        let (queue, seen, url) = (queue.clone(), seen.clone(), site.url("/ok"));
        move || {
            for _ in 0..n {
                let (more, url, seen) = (queue.clone(), url.clone(), seen.clone());
                let next = url.clone();
                let first = move |_: &str, _| drop(more.enqueue(&next, seen.handler()).unwrap());
                queue.enqueue(&url, first).unwrap();
            }
        }
    };
    let thread = std::thread::spawn(enqueue(10));
    let coroutine = rt::spawn(enqueue(10)).unwrap();
    enqueue(10)();
    thread.join().unwrap();
    coroutine.join().unwrap();
    queue.wait(LONG).unwrap();
    assert_eq!((seen.len(), site.server.requests()), (30, 60));
    finish(queue, &site);
}

#[test]
fn a_delay_beyond_the_clock_is_no_delay_of_zero() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let ticket = queue.enqueue_ignore(maypole::queue::Fetch::from(site.url("/ok")).delay(Duration::MAX)).unwrap();
    assert_eq!((queue.delayed(), ticket.cancel_queued()), (1, true));
    finish(queue, &site);
    assert_eq!(site.server.requests(), 0);
}
