//! Running: order, numbers, rounds, load.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::queue::Order;
use maypole::queue::batch::{Batch, Logger, MemoryLogger, NullLogger};
use maypole::rt;

use crate::peer::{Gate, on_both, on_coroutine, on_thread, wait_until};
use crate::site::{Kept, Site, batch, batch_with, ms, reply};

fn ids(kept: &Kept) -> Vec<u64> {
    kept.take().iter().map(|outcome| outcome.req_id()).collect()
}

#[test]
fn q135_one_request_one_outcome() {
    on_both(|| {
        let site = Site::echo();
        let (batch, kept) = batch(1);
        assert_eq!(batch.get(site.url("/a")).queue().unwrap(), 0);
        assert_eq!((site.server.requests(), batch.stats().queued), (0, 1), "nothing is sent before fetch_all");
        let report = batch.fetch_all();
        let outcome = kept.one();
        assert_eq!((outcome.status(), outcome.text().as_str(), report.requests), (200, "/a", 1));
        site.end(batch, &kept);
    });
}

#[test]
fn q136_one_worker_keeps_the_order() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    for n in 0..3 {
        batch.get(site.url(&format!("/{n}"))).queue().unwrap();
    }
    batch.fetch_all();
    assert_eq!(ids(&kept), [0, 1, 2]);
    let targets: Vec<_> = site.requests().into_iter().map(|request| request.target).collect();
    assert_eq!((targets, site.server.peak()), (vec!["/0".into(), "/1".into(), "/2".into()], 1));
    site.end(batch, &kept);
}

#[test]
fn q137_several_workers_the_same_set() {
    let came = AtomicUsize::new(0);
    let site = Site::start(move |request, responder| {
        // Nobody is answered before two have come.
        came.fetch_add(1, SeqCst);
        wait_until("another request comes", || came.load(SeqCst) >= 2);
        responder.reply(crate::site::ok(&request.target));
    });
    let (batch, kept) = batch(3);
    for n in 0..3 {
        batch.get(site.url(&format!("/{n}"))).queue().unwrap();
    }
    batch.fetch_all();
    let order = ids(&kept);
    assert_eq!(order.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([0, 1, 2]));
    assert!(site.server.peak() > 1 && site.server.peak() <= 3);
    site.end(batch, &kept);
}

#[test]
fn q138_q140_thousands() {
    for (workers, requests) in [(1, 1_000), (10, 3_000)] {
        let site = Site::echo();
        let (batch, kept) = batch(workers);
        for n in 0..requests {
            batch.get(site.url(&format!("/{n}"))).queue().unwrap();
        }
        let report = batch.fetch_all();
        let outcomes = kept.take();
        let seen: BTreeSet<_> = outcomes.iter().map(|outcome| (outcome.req_id(), outcome.text())).collect();
        let expected = (0..requests).map(|n| (n, format!("/{n}"))).collect();
        assert_eq!((outcomes.len() as u64, seen), (requests, expected));
        assert_eq!((report.requests, report.statuses[&200], report.failed()), (requests, requests, 0));
        assert!(site.server.peak() <= workers && site.server.connections() <= workers);
        site.end(batch, &kept);
    }
}

#[test]
fn q142_answers_of_404_are_outcomes() {
    let site = Site::start(|_, responder| responder.reply(reply("404 Not Found", &[], "none")));
    let (batch, kept) = batch(2);
    (0..10).for_each(|_| {
        batch.get(site.url("/")).queue().unwrap();
    });
    let report = batch.fetch_all();
    let outcomes = kept.take();
    assert!(outcomes.len() == 10 && outcomes.iter().all(|one| one.status() == 404 && one.error().is_none()));
    assert_eq!((report.statuses[&404], report.failed()), (10, 0));
    site.end(batch, &kept);
}

#[test]
fn q144_images_are_exact() {
    let image: Vec<u8> = (0..40_000u32).map(|n| (n * 7 % 256) as u8).collect();
    let served = image.clone();
    let site = Site::start(move |_, responder| responder.reply(reply("200 OK", &["Content-Type: image/png"], &served)));
    let (batch, kept) = batch(2);
    (0..200).for_each(|n| {
        batch.get(site.url(&format!("/{n}.png"))).queue().unwrap();
    });
    let report = batch.fetch_all();
    let outcomes = kept.take();
    assert!(outcomes.len() == 200 && outcomes.iter().all(|outcome| outcome.bytes() == image));
    assert_eq!(report.bytes, 200 * 40_000);
    site.end(batch, &kept);
}

#[test]
fn q145_load_by_callbacks() {
    on_both(|| {
        let site = Site::echo();
        let (finished, queued) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(50)));
        let url = site.url("/");
        let next = url.clone();
        let counted = finished.clone();
        let batch = Batch::builder().workers(50).logger(NullLogger).on_response(move |outcome, batch| {
            assert_eq!(outcome.status(), 200);
            counted.fetch_add(1, SeqCst);
            if queued.fetch_add(1, SeqCst) < 1_000 {
                batch.get(&next).queue().unwrap();
            }
        });
        let batch = batch.build().unwrap();
        (0..50).for_each(|_| {
            batch.get(&url).queue().unwrap();
        });
        let report = batch.fetch_all();
        assert_eq!((finished.load(SeqCst), report.requests, report.panics), (1_000, 1_000, 0));
        assert!(site.server.peak() <= 50);
        assert_eq!(site.server.requests(), 1_000);
        site.end(batch, &Kept::default());
    });
}

#[test]
fn q146_numbers_go_on_over_two_runs_and_the_second_waits_for_its_fetch_all() {
    let site = Site::echo();
    let (batch, kept) = batch(2);
    (0..5).for_each(|_| {
        batch.get(site.url("/")).queue().unwrap();
    });
    assert_eq!(batch.fetch_all().requests, 5);
    (0..5).for_each(|_| {
        batch.get(site.url("/")).queue().unwrap();
    });
    rt::sleep(ms(50));
    assert_eq!((site.server.requests(), batch.stats().queued), (5, 5));
    assert_eq!(batch.fetch_all().requests, 5, "the report is the second run's");
    let mut all = ids(&kept);
    all.sort_unstable();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    assert_eq!(batch.stats().finished, 10);
    site.end(batch, &kept);
}

#[test]
fn q149_a_callback_that_panics_on_every_third() {
    let site = Site::echo();
    let (seen, log) = (Arc::new(AtomicUsize::new(0)), MemoryLogger::new(1_000));
    let counted = seen.clone();
    let batch = Batch::builder().workers(10).logger(log.clone()).on_response(move |outcome, _| {
        counted.fetch_add(1, SeqCst);
        assert!(outcome.req_id() % 3 != 0, "on purpose");
    });
    let batch = batch.build().unwrap();
    (0..1_000).for_each(|_| {
        batch.get(site.url("/")).queue().unwrap();
    });
    let report = batch.fetch_all();
    assert_eq!((seen.load(SeqCst), report.requests, report.panics, batch.stats().panics), (1_000, 1_000, 334, 334));
    let lines = log.read();
    assert_eq!(lines.len(), 334);
    assert!(lines.iter().all(|line| line.contains("[expt] REQID") && line.contains("on purpose")), "{}", lines[0]);
    site.end(batch, &Kept::default());
}

#[test]
fn q150_nothing_is_queued() {
    on_both(|| {
        let log = MemoryLogger::new(10);
        let batch = Batch::builder().logger(log.clone()).build().unwrap();
        let report = batch.fetch_all();
        assert_eq!(report, maypole::queue::batch::Report::default());
        assert!(log.read()[0].ends_with("[info] nothing is queued"));
        assert_eq!(batch.fetch_all().requests, 0);
    });
}

#[test]
fn q153_random_order_is_the_same_for_the_same_seed() {
    let run = |order: Order| {
        let site = Site::echo();
        let (batch, kept) = batch_with(1, |options| options.order(order));
        (0..200).for_each(|_| {
            batch.get(site.url("/")).queue().unwrap();
        });
        batch.fetch_all();
        let order = ids(&kept);
        site.end(batch, &kept);
        order
    };
    let (one, again, other) = (Order::Random { seed: 7 }, Order::Random { seed: 7 }, Order::Random { seed: 8 });
    let (one, again, other) = (run(one), run(again), run(other));
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert!(!one.is_sorted());
    let mut sorted = one;
    sorted.sort_unstable();
    assert_eq!(sorted, (0..200).collect::<Vec<_>>());
}

#[test]
fn q157_a_second_batch_takes_nothing_from_the_first() {
    let site = Site::echo();
    let (first, first_kept) = batch(1);
    (0..10).for_each(|n| {
        first.get(site.url(&format!("/first/{n}"))).queue().unwrap();
    });
    let (second, second_kept) = batch(5);
    (0..10).for_each(|n| {
        second.get(site.url(&format!("/second/{n}"))).queue().unwrap();
    });
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| first.fetch_all());
        (second.fetch_all(), one.join().unwrap())
    });
    assert_eq!((one.requests, two.requests), (10, 10));
    for (kept, path) in [(&first_kept, "/first/"), (&second_kept, "/second/")] {
        let outcomes = kept.take();
        assert!(outcomes.iter().all(|outcome| outcome.text().starts_with(path)));
        let numbers: BTreeSet<_> = outcomes.iter().map(|outcome| outcome.req_id()).collect();
        assert_eq!(numbers, (0..10).collect());
    }
    drop(first);
    site.end(second, &second_kept);
}

#[test]
fn an_eager_batch_sends_at_once_and_its_report_begins_with_the_first_request() {
    on_both(|| {
        let site = Site::echo();
        let (batch, kept) = batch_with(2, |options| options.eager(true));
        for round in 1..=2 {
            batch.get(site.url("/")).queue().unwrap();
            site.server.wait_requests(round * 2 - 1);
            batch.get(site.url("/")).queue().unwrap();
            assert_eq!(batch.fetch_all().requests, 2);
        }
        assert_eq!(kept.take().len(), 4);
        site.end(batch, &kept);
    });
}

#[test]
fn a_callback_may_make_requests_of_its_own_and_may_not_wait_for_its_batch() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    let (url, client, again) = (site.url("/inner"), batch.client().clone(), batch.clone());
    let (told, asked) = std::sync::mpsc::channel();
    let request = batch.get(site.url("/outer")).on_response(move |_, _| {
        let inner = client.get(&url).send().and_then(|response| response.text());
        told.send((inner.unwrap(), again.fetch_all().unfinished)).unwrap();
    });
    request.queue().unwrap();
    let report = on_thread({
        let batch = batch.clone();
        move || batch.fetch_all()
    });
    assert_eq!(asked.recv().unwrap(), ("/inner".into(), 1));
    // What had been counted when the callback asked went into its report.
    assert_eq!((report.unfinished, batch.stats().finished), (0, 1));
    site.end(batch, &kept);
}

#[test]
fn hosts_take_turns_where_that_is_asked_for() {
    let (slow, fast) = (Site::echo(), Site::echo());
    let (batch, kept) = batch_with(1, |options| options.order(Order::Fair));
    (0..10).for_each(|_| {
        batch.get(slow.url("/slow")).queue().unwrap();
    });
    (0..2).for_each(|_| {
        batch.get(fast.url("/fast")).queue().unwrap();
    });
    batch.fetch_all();
    let order: Vec<_> = kept.take().iter().map(|outcome| outcome.text()).collect();
    assert_eq!(order[..4], ["/slow", "/fast", "/slow", "/fast"]);
    slow.end(batch, &kept);
}

#[test]
fn a_deadline_around_the_run_ends_the_wait_and_not_the_work() {
    on_coroutine(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let site = Site::start(move |_, responder| {
            held.wait();
            responder.reply(crate::site::ok(""));
        });
        let (batch, kept) = batch(1);
        batch.get(site.url("/")).queue().unwrap();
        let report = rt::scope::with_deadline(ms(20), || batch.fetch_all());
        assert_eq!((report.unfinished, report.requests), (1, 0));
        gate.open();
        let report = batch.fetch_all();
        assert_eq!((report.unfinished, report.requests, kept.one().status()), (0, 1, 200));
        site.end(batch, &kept);
    });
}

/// Holds up the lines of one thread.
struct Slow {
    thread: std::thread::ThreadId,
    held: Gate,
    go_on: Gate,
}

impl Logger for Slow {
    fn log(&self, _: &str, _: &str, _: &str) {
        if std::thread::current().id() == self.thread {
            self.held.open();
            self.go_on.wait();
        }
    }
}

#[test]
fn of_two_fetch_alls_at_once_the_slower_one_ends_with_the_run_that_it_waited_for() {
    let (answer, held, go_on) = (Gate::new(), Gate::new(), Gate::new());
    let replying = answer.clone();
    let site = Site::start(move |request, responder| {
        replying.wait();
        responder.reply(crate::site::ok(&request.target));
    });
    let (tell, told) = std::sync::mpsc::channel();
    let (give, given) = std::sync::mpsc::channel::<Batch>();
    let slower = std::thread::spawn(move || {
        let batch = given.recv().unwrap();
        tell.send(batch.fetch_all().requests).unwrap();
    });
    let logger = Slow { thread: slower.thread().id(), held: held.clone(), go_on: go_on.clone() };
    let (batch, kept) = batch_with(1, |options| options.logger(logger).stats_every(ms(10)));
    batch.get(site.url("/0")).queue().unwrap();
    give.send(batch.clone()).unwrap();
    held.wait();
    answer.open();
    assert_eq!(batch.fetch_all().requests, 1);
    // It belongs to the next run, which nobody has begun.
    batch.get(site.url("/1")).queue().unwrap();
    go_on.open();
    assert_eq!(told.recv_timeout(ms(10_000)).unwrap(), 0);
    assert_eq!((batch.stats().queued, batch.fetch_all().requests), (1, 1));
    assert_eq!(ids(&kept), [0, 1]);
    slower.join().unwrap();
    site.end(batch, &kept);
}
