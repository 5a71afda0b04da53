use std::sync::{Arc, Mutex};

use maypole::Method;
use maypole::error::Kind;
use maypole::queue::frontier::{Added, Ended};
use maypole::queue::{Item, Order, Seen};

use crate::peer::on_both;
use crate::site::{Site, assert_over, builder, follow, on_disk, queue};

#[test]
fn q319_every_page_once_whatever_its_spelling() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        for open in [builder(), builder().seen(Seen::bounded(1_000, 1e-9).unwrap()), on_disk(directory.path())] {
            let site = Site::start(100);
            let frontier = open.open().unwrap();
            assert_eq!(frontier.add(site.start_page()).unwrap(), Added::New(0));
            assert_eq!(frontier.add(site.start_page()).unwrap(), Added::Duplicate);
            let upper = site.start_page().url.replace("http", "HTTP");
            assert_eq!(frontier.add(Item::get(upper)).unwrap(), Added::Duplicate);
            let report = frontier.run(follow).unwrap();
            site.assert_all_once(100);
            assert_eq!((report.ended, report.done, report.failed, report.pending), (Ended::Finished, 100, 0, 0));
            // Two of each page, and of what was added twice.
            assert_eq!((report.duplicates, report.invalid), (2 * 100 + 2, 100));
            assert_eq!(frontier.seen().len(), 100);
            assert_over(&frontier, &report);
            // And on, as often as wanted.
            let again = frontier.run(follow).unwrap();
            assert_eq!((again.ended, again.done), (Ended::Finished, 0));
            frontier.add(site.start_page().repeatable()).unwrap();
            assert_eq!(frontier.run(follow).unwrap().done, 1);
            assert_eq!(site.counts()["/0"], 2);
        }
    });
}

#[test]
fn q63_the_same_url_five_times_is_one_fetch_and_four_duplicates() {
    on_both(|| {
        let site = Site::start(1);
        let frontier = builder().open().unwrap();
        let feed = frontier.feed();
        let added: Vec<_> = (0..5).map(|_| feed.push(site.start_page()).unwrap()).collect();
        drop(feed);
        assert_eq!(added.iter().filter(|added| **added == Added::Duplicate).count(), 4);
        let report = frontier.run(|_, _, _| Ok(())).unwrap();
        assert_eq!((report.done, report.duplicates), (1, 4));
        site.assert_all_once(1);
        // Without a memory each is fetched.
        let forgetful = builder().seen(None).open().unwrap();
        for _ in 0..5 {
            assert!(matches!(forgetful.add(site.start_page()).unwrap(), Added::New(_)));
        }
        assert_eq!(forgetful.run(|_, _, _| Ok(())).unwrap().done, 5);
        assert_eq!(site.counts()["/0"], 6);
    });
}

#[test]
fn depth_counts_from_the_start_and_ends_at_its_limit() {
    on_both(|| {
        let site = Site::start(1 + 3 + 9 + 27 + 81);
        let frontier = builder().max_depth(2).open().unwrap();
        frontier.add(site.start_page()).unwrap();
        let depths = Arc::new(Mutex::new([0; 4]));
        let counting = depths.clone();
        let report = frontier.run(move |item, answer, links| {
            counting.lock().unwrap()[item.depth as usize] += 1;
            follow(item, answer, links)
        });
        let report = report.unwrap();
        assert_eq!(*depths.lock().unwrap(), [1, 3, 9, 0]);
        // 27 pages, and what the nine say of themselves and of pages before them.
        assert_eq!((report.done, report.too_deep), (13, 27 + 2 * 9));
        assert_eq!(frontier.add(Item::get(site.server.url("/x")).with_depth(3)).unwrap(), Added::TooDeep);
        site.assert_all_once(13);
    });
}

#[test]
fn items_come_in_the_order_of_adding_and_by_priority() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        for open in [builder(), on_disk(directory.path())] {
            let site = Site::start(60);
            // Fewer in memory than there are, so that they come back in pieces.
            let frontier = open.queue(queue().concurrency(1).order(Order::Fifo)).window(8).open().unwrap();
            for n in 0..50 {
                frontier.add(Item::get(site.server.url(&format!("/{n}")))).unwrap();
            }
            let order = Arc::new(Mutex::new(Vec::new()));
            let noting = order.clone();
            frontier
                .run(move |item, _, _| {
                    noting.lock().unwrap().push(item.id);
                    Ok(())
                })
                .unwrap();
            assert_eq!(*order.lock().unwrap(), (0..50).collect::<Vec<_>>());
            for (n, priority) in [(50, 0), (51, 2), (52, 1), (53, 2)] {
                frontier.add(Item::get(site.server.url(&format!("/{n}"))).with_priority(priority)).unwrap();
            }
            let order = Arc::new(Mutex::new(Vec::new()));
            let noting = order.clone();
            frontier
                .run(move |item, _, _| {
                    noting.lock().unwrap().push(item.id);
                    Ok(())
                })
                .unwrap();
            assert_eq!(*order.lock().unwrap(), [51, 53, 52, 50]);
        }
    });
}

#[test]
fn an_item_is_sent_as_it_was_given_from_memory_and_from_disk() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        for open in [builder(), on_disk(directory.path())] {
            let sent = Arc::new(Mutex::new(Vec::new()));
            let noting = sent.clone();
            let server = crate::peer::Server::start(move |request, responder| {
                noting.lock().unwrap().push((request.head_text().to_owned(), request.text().to_owned()));
                responder.reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            });
            let frontier = open.open().unwrap();
            let order = Item::new(Method::PUT, server.url("/orders?n=1")).with_body("seven").with_meta("a note");
            frontier.add(order.with_header("X-Order", "7").unwrap()).unwrap();
            let report = frontier.run(|item, answer, _| {
                assert_eq!((answer.status(), item.meta.as_str(), item.attempts), (200, "a note", 1));
                assert_eq!((item.method.as_str(), item.body.as_slice()), ("PUT", &b"seven"[..]));
                Ok(())
            });
            assert_eq!(report.unwrap().panicked, 0);
            let sent = sent.lock().unwrap();
            let (head, body) = &sent[0];
            assert!(head.starts_with("PUT /orders?n=1 HTTP/1.1\r\n") && head.contains("X-Order: 7\r\n"), "{head}");
            assert_eq!((sent.len(), body.as_str()), (1, "seven"));
        }
    });
}

#[test]
fn what_cannot_be_fetched_is_refused_before_anything_is_kept() {
    on_both(|| {
        let directory = tempfile::tempdir().unwrap();
        let frontier = on_disk(directory.path()).open().unwrap();
        for url in ["", "/path", "ftp://example.com/", "http://", "http://a\r\nb/"] {
            assert_eq!(frontier.add(Item::get(url)).unwrap_err().kind(), Kind::InvalidUrl, "{url:?}");
        }
        assert_eq!(frontier.progress().pending, 0);
        assert_eq!(builder().max_error_share(1.5, 1).open().unwrap_err().kind(), Kind::InvalidConfig);
        let secret = Item::get("http://user:secret@example.com/").with_body("secret");
        let shown = format!("{:?}", secret.with_header("Authorization", "secret").unwrap());
        assert!(shown.contains("example.com") && !shown.contains("secret"), "{shown}");
    });
}

#[test]
fn a_feed_keeps_a_run_waiting_and_handles_add_from_anywhere() {
    on_both(|| {
        let site = Site::start(40);
        let frontier = builder().open().unwrap();
        let (adding, feed) = (frontier.clone(), frontier.feed());
        let urls: Vec<_> = (0..40).map(|n| site.server.url(&format!("/{n}"))).collect();
        let (seen, waiting) = maypole::rt::channel::unbounded();
        let feeder = maypole::rt::spawn(move || {
            for url in urls {
                feed.push(Item::get(url)).unwrap();
                // The next comes when this one has been handled: the run was idle in between.
                waiting.recv().unwrap();
            }
            assert!(adding.progress().done <= 40);
        });
        let report = frontier.run(move |item, _, _| {
            seen.send(item.id).unwrap();
            Ok(())
        });
        feeder.unwrap().join().unwrap();
        assert_eq!(report.unwrap().done, 40);
        site.assert_all_once(40);
    });
}
