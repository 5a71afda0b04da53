use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::queue::Item;
use maypole::queue::frontier::{Ended, Retries};

use crate::peer::on_both;
use crate::site::{Site, assert_over, builder, follow, on_disk};

fn quick(times: u32) -> Retries {
    Retries::times(times).backoff(Duration::from_millis(1), Duration::from_millis(5))
}

#[test]
fn an_error_of_the_handler_is_as_if_it_had_not_run() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        for open in [builder(), on_disk(directory.path())] {
            let site = Site::start(4);
            let frontier = open.retries(quick(2)).open().unwrap();
            frontier.add(site.start_page()).unwrap();
            let report = frontier.run(move |item, answer, links| {
                follow(item, answer, links)?;
                match (item.depth, item.attempts) {
                    // The third time is good.
                    (0, 1 | 2) => Err("not yet".into()),
                    // Never good.
                    (_, _) if item.url.ends_with("/2") => Err("never".into()),
                    _ => Ok(()),
                }
            });
            let report = report.unwrap();
            assert_eq!((report.done, report.failed, report.retried), (4, 1, 2 + 2));
            let counts = site.counts();
            assert_eq!(counts.values().copied().collect::<Vec<_>>(), [3, 1, 3, 1], "{counts:?}");
            // Links of the tries that did not count were not added.
            assert_eq!(report.duplicates, 3 * 2);
            assert_over(&frontier, &report);
        }
    });
}

#[test]
fn a_handler_that_panics_is_counted_and_the_run_goes_on() {
    on_both(|| {
        let site = Site::start(40);
        let frontier = builder().retries(Retries::none()).open().unwrap();
        frontier.add(site.start_page()).unwrap();
        let report = frontier.run(|item, answer, links| {
            follow(item, answer, links)?;
            assert!(item.id % 3 != 1, "on purpose");
            Ok(())
        });
        let report = report.unwrap();
        assert_eq!((report.ended, report.pending), (Ended::Finished, 0));
        assert!(report.panicked > 0 && report.panicked == report.failed, "{report}");
        assert_eq!(report.done, site.server.requests() as u64);
        assert_over(&frontier, &report);
    });
}

#[test]
fn a_handler_may_add_for_ever_until_it_is_stopped_and_hold_the_last_handle() {
    on_both(|| {
        let site = Site::answering(|_| (200, String::new()));
        let frontier = builder().max_items(300).open().unwrap();
        frontier.add(site.start_page()).unwrap();
        let own = frontier.clone();
        let calls = Arc::new(AtomicUsize::new(0));
        let counting = calls.clone();
        let report = frontier.run(move |item, _, links| {
            counting.fetch_add(1, SeqCst);
            links.add(Item::get(format!("{}1", item.url))).add(Item::get(format!("{}2", item.url)));
            // A handle may be used inside, too.
            own.add(Item::get(format!("{}3", item.url)))?;
            Ok(())
        });
        drop(frontier);
        let report = report.unwrap();
        assert_eq!((report.ended, report.done), (Ended::Items, 300));
        assert_eq!(calls.load(SeqCst), 300);
        assert_eq!(report.pending, 300 * 3 - 299);
    });
}
