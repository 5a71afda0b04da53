use std::sync::{Arc, Mutex};

use maypole::error::Kind;
use maypole::queue::{Fetch, FetchQueue, Seen};

use crate::peer::on_both;
use crate::site::Site;

fn kinds(queue: &FetchQueue, fetches: Vec<Fetch>) -> Vec<Option<Kind>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    for fetch in fetches {
        let seen = seen.clone();
        let note = move |_: &str, answer: maypole::queue::Fetched| {
            seen.lock().unwrap().push(answer.error().map(maypole::Error::kind));
        };
        queue.enqueue_with(fetch, note).unwrap();
    }
    queue.start();
    queue.wait_all().unwrap();
    Arc::into_inner(seen).expect("every handler is gone").into_inner().unwrap()
}

#[test]
fn q63_a_queue_fetches_once_and_reports_four_duplicates() {
    on_both(|| {
        let site = Site::start(1);
        for cache in [false, true] {
            let builder = FetchQueue::builder().dedupe(Seen::exact());
            let builder = if cache { builder.cache_ttl(std::time::Duration::from_secs(30)) } else { builder };
            let queue = builder.build().unwrap();
            let urls = ["/0", "/0#top", "/x/../0", "/%30", "/0"].map(|path| Fetch::from(site.server.url(path)));
            let mut kinds = kinds(&queue, urls.into());
            kinds.sort_by_key(Option::is_some);
            assert_eq!(
                kinds,
                [None, Some(Kind::Duplicate), Some(Kind::Duplicate), Some(Kind::Duplicate), Some(Kind::Duplicate)]
            );
            assert_eq!((queue.stats().duplicates, queue.stats().done), (4, 5));
        }
        // Which of the spellings came first is chance.
        assert_eq!(site.server.requests(), 2);
    });
}

#[test]
fn other_bodies_methods_and_wrong_urls_are_no_duplicates_and_what_was_refused_has_not_been_seen() {
    on_both(|| {
        let site = Site::answering(|_| (200, String::new()));
        let url = site.server.url("/0");
        let queue = FetchQueue::builder().dedupe(Seen::exact()).bounded(1).build().unwrap();
        queue.try_enqueue(Fetch::from(&*url), |_, answer| assert!(answer.is_ok())).unwrap();
        assert_eq!(queue.try_enqueue(Fetch::request("PUT", &url), |_, _| ()).unwrap_err().kind(), Kind::Exhausted);
        queue.start();
        queue.wait_all().unwrap();
        let fetches = vec![
            Fetch::request("PUT", &url),
            Fetch::request("PUT", &url).body("1"),
            Fetch::request("PUT", &url).body("2"),
            Fetch::from(queue.client().put(&*url).body("2")),
            Fetch::from("nowhere"),
            Fetch::from("nowhere"),
        ];
        let kinds = kinds(&queue, fetches);
        let of = |kind| kinds.iter().filter(|other| **other == kind).count();
        assert_eq!((of(None), of(Some(Kind::Duplicate)), of(Some(Kind::InvalidUrl))), (3, 1, 2), "{kinds:?}");
        assert_eq!(queue.stats().panicked, 0);
        assert_eq!(site.server.requests(), 4);
    });
}

/// What is tried again is no duplicate of itself.
#[test]
fn a_retry_is_not_a_duplicate() {
    on_both(|| {
        let times = Mutex::new(0);
        let site = Site::answering(move |_| {
            let mut times = times.lock().unwrap();
            *times += 1;
            (if *times < 3 { 503 } else { 200 }, String::new())
        });
        let quick = std::time::Duration::from_millis(1);
        let retry = maypole::client::Retry::standard().backoff(quick, quick);
        let queue = FetchQueue::builder().dedupe(Seen::exact()).retry(retry).build().unwrap();
        assert_eq!(kinds(&queue, vec![Fetch::from(site.server.url("/"))]), [None]);
        assert_eq!((queue.stats().duplicates, site.server.requests()), (0, 3));
    });
}
