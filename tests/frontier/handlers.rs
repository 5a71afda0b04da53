use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::queue::frontier::{Ended, Retries};
use maypole::queue::{Item, Seen};

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
fn a_rule_that_panics_leaves_its_item_pending_and_holds_nobody_up() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        let site = Site::start(40);
        let seen = Seen::exact().normalize(|url| assert!(!url.path().ends_with("20"), "on purpose"));
        let rule = Retries::none().when(|item, _| item.url.ends_with("/5") && panic!("on purpose"));
        let frontier = on_disk(directory.path()).seen(seen).retries(rule).open().unwrap();
        frontier.add(site.start_page()).unwrap();
        let report = frontier.run(follow).unwrap();
        // Of `/5` itself, and of `/6`, whose links are `/19`, `/20` and `/21`.
        assert_eq!((report.ended, report.panicked, report.pending), (Ended::Finished, 2, 2));
        assert_over(&frontier, &report);
        drop(frontier);
        let frontier = on_disk(directory.path()).open().unwrap();
        assert_eq!(frontier.resumed().pending, 2);
        frontier.run(follow).unwrap();
        assert_eq!(site.counts().len(), 40);
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
