use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::error::Kind;
use maypole::queue::frontier::{Ended, Report, Retries};
use maypole::queue::{Frontier, FrontierBuilder, Item, Stop};
use maypole::rt;

use crate::peer::{Gate, on_both, on_coroutine, on_thread, wait_until, with_some_time};
use crate::site::{Site, assert_over, builder, on_disk};

/// 100 items on the site, with whatever stops them; and again with a directory, where the rest must be done later.
/// Whether `stops` says so of each run.
fn stopping(
    answer: impl Fn(&str) -> (u16, String) + Clone + Send + Sync + 'static,
    options: impl Fn(FrontierBuilder) -> FrontierBuilder + Clone + Send + 'static,
    stops: impl Fn(&Report) -> bool + Clone + Send + 'static,
) -> bool {
    let body = move || {
        let directory = tempfile::tempdir().unwrap();
        for (open, resumes) in [(builder(), false), (on_disk(directory.path()), true)] {
            let site = Site::answering(answer.clone());
            let frontier = options(open.retries(Retries::none())).open().unwrap();
            fill(&frontier, &site);
            let mut report = frontier.run(|_, _, _| Ok(())).unwrap();
            if !stops(&report) {
                eprintln!("{report}");
                return false;
            }
            assert_eq!(report.done + report.pending, 100);
            assert_eq!(report.done, site.server.requests() as u64, "what was begun was done");
            assert_over(&frontier, &report);
            if report.ended == Ended::Items {
                // As many again.
                assert_eq!(frontier.run(|_, _, _| Ok(())).unwrap().done, 30);
                report = frontier.run(|_, _, _| Ok(())).unwrap();
                assert_eq!((report.ended, report.done, report.pending), (Ended::Items, 30, 10));
                frontier.stop(Stop::CancelQueued);
            }
            let refused = frontier.add(Item::get("http://127.0.0.1/")).unwrap_err();
            assert_eq!(
                (refused.kind(), frontier.run(|_, _, _| Ok(())).unwrap_err().kind()),
                (Kind::Closed, Kind::Closed)
            );
            drop(frontier);
            if resumes {
                let frontier = on_disk(directory.path()).retries(Retries::none()).open().unwrap();
                assert_eq!(frontier.resumed().pending, report.pending);
                let rest = frontier.run(|_, _, _| Ok(())).unwrap();
                assert_eq!((rest.ended, rest.done), (Ended::Finished, report.pending));
                assert!(site.counts().len() == 100 && site.counts().values().all(|count| *count == 1));
            }
        }
        true
    };
    on_thread(body.clone()) && on_coroutine(body)
}

fn fill(frontier: &Frontier, site: &Site) {
    let feed = frontier.feed();
    for n in 0..100 {
        feed.push(Item::get(site.server.url(&format!("/{n}")))).unwrap();
    }
    feed.flush().unwrap();
}

fn number(path: &str) -> usize {
    path[1..].parse().unwrap()
}

#[test]
fn q323_after_a_number_of_items() {
    assert!(stopping(
        |_| (200, String::new()),
        |builder| builder.max_items(30),
        |report| (report.ended, report.done, report.failed) == (Ended::Items, 30, 0),
    ));
}

#[test]
fn q323_after_a_time() {
    let stops = with_some_time(Duration::from_millis(100), |limit| {
        stopping(
            move |path| {
                // The rest is quick again, for whoever goes on with it.
                if (40..56).contains(&number(path)) {
                    std::thread::sleep(limit * 2 / 3);
                }
                (200, String::new())
            },
            move |builder| builder.max_time(limit),
            move |report| {
                assert!(report.elapsed >= limit, "{report}");
                report.ended == Ended::Time && report.done < 100
            },
        )
    });
    assert!(stops, "it was not stopped by the time");
}

#[test]
fn q323_after_a_number_of_errors() {
    assert!(stopping(
        |path| (if number(path).is_multiple_of(2) { 503 } else { 200 }, String::new()),
        |builder| builder.max_errors(10),
        // What was in flight may have failed, too.
        |report| report.ended == Ended::Errors && (10..18).contains(&report.failed),
    ));
}

#[test]
fn q323_after_errors_in_a_row() {
    assert!(stopping(
        |path| (if number(path) >= 50 || number(path).is_multiple_of(9) { 500 } else { 404 }, String::new()),
        |builder| builder.max_errors_in_a_row(8),
        |report| report.ended == Ended::ErrorsInARow && report.done >= 50,
    ));
}

#[test]
fn q323_at_a_share_of_errors() {
    assert!(stopping(
        |path| (if number(path) >= 50 { 500 } else { 200 }, String::new()),
        |builder| builder.max_error_share(0.3, 15),
        |report| {
            // Seven others were in flight, and may all have gone well. With so many good ones before, it does not matter
            // much if they have failed: half of the share is 16 of 66 then.
            let at_its_end = report.done as f64 - 7.0;
            report.ended == Ended::ErrorShare && report.failed as f64 > 0.3 * at_its_end && report.done < 80
        },
    ));
}

#[test]
fn q323_after_a_number_of_bytes() {
    assert!(stopping(
        |_| (200, "x".repeat(1000)),
        |builder| builder.max_bytes(20_500),
        |report| (report.ended, report.bytes) == (Ended::Bytes, 1000 * report.done) && (21..30).contains(&report.done),
    ));
}

#[test]
fn when_asked_what_is_in_flight_is_done_or_broken_off() {
    on_both(|| {
        for how in [Stop::CancelQueued, Stop::Abort] {
            let directory = tempfile::tempdir().unwrap();
            let gate = Arc::new(Mutex::new(()));
            let (held, waiting) = (gate.lock().unwrap(), gate.clone());
            let site = Site::answering(move |_| {
                drop(waiting.lock());
                (200, String::new())
            });
            let frontier = on_disk(directory.path()).open().unwrap();
            fill(&frontier, &site);
            let calls = Arc::new(AtomicUsize::new(0));
            let (running, counting) = (frontier.clone(), calls.clone());
            let run = rt::spawn(move || {
                running.run(move |_, _, _| {
                    counting.fetch_add(1, SeqCst);
                    Ok(())
                })
            });
            site.server.wait_requests(8);
            frontier.stop(how);
            if how == Stop::CancelQueued {
                drop(held);
            }
            let report = run.unwrap().join().unwrap().unwrap();
            let done = if how == Stop::Abort { 0 } else { 8 };
            assert_eq!((report.ended, report.done, report.pending), (Ended::Stopped, done, 100 - done));
            assert_eq!(calls.load(SeqCst) as u64, done, "no handler for what stays pending");
            assert_over(&frontier, &report);
            drop(frontier);
            assert_eq!(on_disk(directory.path()).open().unwrap().resumed().pending, 100 - done);
        }
    });
}

#[test]
fn drain_takes_nothing_more_and_does_the_rest() {
    on_both(|| {
        let site = Site::start(100);
        let frontier = builder().open().unwrap();
        let feed = frontier.feed();
        feed.push(site.start_page()).unwrap();
        frontier.stop(Stop::Drain);
        assert_eq!(feed.push(Item::get(site.server.url("/7"))).unwrap_err().kind(), Kind::Closed);
        // The feed is still there, and is not waited for.
        let report = frontier.run(crate::site::follow).unwrap();
        assert_eq!((report.ended, report.done), (Ended::Finished, 100));
    });
}

#[test]
fn the_end_of_a_surrounding_scope_breaks_a_run_off() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        let gate = Gate::new();
        let held = gate.clone();
        let site = Site::answering(move |_| {
            held.wait();
            (200, String::new())
        });
        let frontier = on_disk(directory.path()).open().unwrap();
        fill(&frontier, &site);
        let report = rt::scope::with_deadline(Duration::from_millis(100), || frontier.run(|_, _, _| Ok(()))).unwrap();
        assert_eq!((report.ended, report.done, report.pending), (Ended::Stopped, 0, 100));
        // The scope has no time left for a worker's last steps.
        wait_until("workers to be done", || frontier.queue().stats().in_flight == 0);
        assert_over(&frontier, &report);
        gate.open();
    });
}
