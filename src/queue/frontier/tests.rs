use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use super::{Frontier, Item};
use crate::client::{HttpClient, Inbound, Outbound, Transport};
use crate::error::{Kind, Result};
use crate::queue::fetch::FetchQueue;
use crate::rt;

struct Site;

impl Transport for Site {
    fn exchange(&self, _: Outbound<'_>) -> Result<Inbound> {
        Inbound::new(200, [], "hello")
    }
}

fn open(path: &Path) -> Frontier {
    let client = HttpClient::builder().transport(Site).build().unwrap();
    Frontier::builder().queue(FetchQueue::builder().client(client).concurrency(4)).directory(path).open().unwrap()
}

/// What cannot be read back ends the run, and nobody waits for it.
#[test]
fn a_directory_that_is_damaged_meanwhile_ends_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let frontier = open(directory.path());
    for n in 0..10 {
        frontier.add(Item::get(format!("http://a/{n}"))).unwrap();
    }
    let items = directory.path().join("items-0000000001.log");
    std::fs::OpenOptions::new().write(true).open(&items).unwrap().set_len(100).unwrap();
    let error = frontier.run(|_, _, _| Ok(())).unwrap_err();
    assert!(error.to_string().contains("items-0000000001.log"), "{error}");
    assert_eq!((frontier.progress().pending, frontier.progress().open), (10, 0));
}

/// The run ends with the reason, what was written counts, what was not is done later, and nobody hangs.
#[test]
fn a_disk_that_fills_up_in_the_middle_ends_the_run_and_loses_nothing() {
    let test = || {
        let directory = tempfile::tempdir().unwrap();
        let frontier = open(directory.path());
        let feed = frontier.feed();
        for n in 0..100 {
            feed.push(Item::get(format!("http://a/{n}"))).unwrap();
        }
        feed.flush().unwrap();
        let (calls, journal) = (Arc::new(AtomicU64::new(0)), frontier.core.journal.clone().unwrap());
        let counting = calls.clone();
        let error = frontier.run(move |_, _, links| {
            if counting.fetch_add(1, SeqCst) == 30 {
                journal.fill_disk();
            }
            links.follow("/more");
            Ok(())
        });
        let error = error.unwrap_err();
        assert_eq!(error.kind(), Kind::Io);
        assert!(error.to_string().contains(&*directory.path().to_string_lossy()), "{error}");
        for again in [feed.push(Item::get("http://a/x")).unwrap_err(), frontier.run(|_, _, _| Ok(())).unwrap_err()] {
            assert_eq!(again.to_string(), error.to_string());
        }
        let done = frontier.progress().done;
        assert!(done < 100 && calls.load(SeqCst) <= done + 5, "{done}");
        drop((feed, frontier));
        let frontier = open(directory.path());
        let found = frontier.resumed();
        // Every one of the first hundred, and the link they all found if it was written.
        assert_eq!(found.done, done);
        assert!([100, 101].contains(&(found.pending + found.done)), "{found:?}");
        let report = frontier.run(|_, _, _| Ok(())).unwrap();
        assert_eq!((report.done, report.pending), (found.pending, 0));
    };
    test();
    rt::spawn(test).unwrap().join().unwrap();
}
