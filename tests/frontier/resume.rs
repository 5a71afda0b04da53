use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::queue::Item;
use maypole::queue::frontier::{Added, Ended, Retries};

use crate::peer::{Server, on_both, with_some_time};
use crate::site::{Site, assert_over, follow, on_disk};

#[test]
fn q321_a_crawl_in_pieces_is_one_crawl() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        let site = Site::start(200);
        let mut done = 0;
        for piece in 0.. {
            let frontier = on_disk(directory.path()).max_items(37).sync(piece % 2 == 0).window(5).open().unwrap();
            assert_eq!(frontier.resumed().done, done);
            let added = frontier.add(site.start_page()).unwrap();
            assert_eq!(added, if piece == 0 { Added::New(0) } else { Added::Duplicate });
            let report = frontier.run(follow).unwrap();
            done += report.done;
            assert_eq!(frontier.progress().done, done);
            assert_over(&frontier, &report);
            if report.ended == Ended::Finished {
                break;
            }
            assert_eq!((report.ended, report.done), (Ended::Items, 37));
        }
        assert_eq!(done, 200);
        site.assert_all_once(200);
    });
}

#[test]
fn tries_and_notes_survive_and_depth_goes_on() {
    on_both(|| {
        let (mut directory, mut server) = (tempfile::tempdir().unwrap(), Server::start(|_, _| {}));
        let is_tried = with_some_time(Duration::from_millis(200), |time| {
            directory = tempfile::tempdir().unwrap();
            let longer = time.as_secs() + 1;
            server = Server::start(move |_, responder| {
                responder.reply(format!("HTTP/1.1 503 x\r\nRetry-After: {longer}\r\nContent-Length: 0\r\n\r\n"));
            });
            let patient = Retries::times(3).backoff(Duration::ZERO, Duration::ZERO);
            let frontier = on_disk(directory.path()).retries(patient).max_time(time).open().unwrap();
            frontier.add(Item::get(server.url("/")).with_depth(7).with_meta("a note")).unwrap();
            let report = frontier.run(|_, _, _| unreachable!("it is not the last try")).unwrap();
            assert_eq!((report.ended, report.done, report.pending), (Ended::Time, 0, 1));
            report.retried == 1
        });
        assert!(is_tried, "no try has ended in time");
        // The rest of what it was told to wait goes on.
        let frontier = on_disk(directory.path()).retries(Retries::none()).open().unwrap();
        let seen = Arc::new(Mutex::new(None));
        let noting = seen.clone();
        frontier
            .run(move |item, _, _| {
                *noting.lock().unwrap() = Some((item.attempts, item.depth, item.meta.clone()));
                Ok(())
            })
            .unwrap();
        let seen = seen.lock().unwrap().take();
        assert_eq!(seen, Some((2, 7, "a note".into())));
    });
}

#[test]
fn what_was_fed_and_not_flushed_is_written_by_the_run() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        let site = Site::start(10);
        let frontier = on_disk(directory.path()).open().unwrap();
        frontier.feed().push(site.start_page()).unwrap();
        assert_eq!(frontier.run(follow).unwrap().done, 10);
        drop(frontier);
        assert_eq!(on_disk(directory.path()).open().unwrap().resumed().done, 10);
    });
}
