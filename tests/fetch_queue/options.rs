//! Options: defaults, values kept, what cannot be meant, and what a request may bring along.

use maypole::HttpClient;
use maypole::client::{Redirects, Retry};
use maypole::error::Kind;
use maypole::queue::{Fetch, FetchQueue, Order, ResponseCache};

use super::site::Site;
use super::*;

#[test]
fn q27_q29_defaults() {
    let queue = FetchQueue::builder().build().unwrap();
    let config = queue.config();
    assert_eq!((config.concurrency, config.auto_start, config.order), (10, false, Order::Fair));
    assert_eq!((config.timeout, config.connect_timeout), (Some(Duration::from_secs(5)), Some(Duration::from_secs(5))));
    assert_eq!((config.max_body, config.connection_reuse, config.handlers_serial), (Some(10 << 20), true, false));
    assert_eq!((config.per_host, config.bound, queue.cache().is_none()), (None, None, true));
    assert_eq!(ResponseCache::DEFAULT_TTL, Duration::from_secs(30));
    assert_eq!(FetchQueue::DEFAULT_WAIT, Duration::from_secs(10));
    assert_eq!((queue.is_empty(), queue.len(), queue.pending()), (true, 0, 0));
}

#[test]
fn q28_what_is_given_is_kept() {
    let queue = FetchQueue::builder().concurrency(20).per_host(3).bounded(7).timeout(None).connect_timeout(ms(10));
    let queue = queue.max_body(None).connection_reuse(false).handlers_serial(true).cache_ttl(ms(60)).build().unwrap();
    let config = queue.config();
    assert_eq!((config.concurrency, config.per_host, config.bound), (20, Some(3), Some(7)));
    assert_eq!((config.timeout, config.connect_timeout, config.max_body), (None, Some(ms(10)), None));
    assert!(!config.connection_reuse && config.handlers_serial);
    assert_eq!(queue.cache().unwrap().time_to_live(), ms(60));
    assert!(format!("{queue:?}").contains("concurrency: 20"));
}

#[test]
fn q95_what_cannot_be_meant_is_an_error_of_build_that_names_it() {
    let client = HttpClient::new().unwrap();
    let cache = ResponseCache::new;
    for (wrong, names) in [
        (FetchQueue::builder().per_host(0), &["per_host"][..]),
        (FetchQueue::builder().per_host(2).order(Order::Fifo), &["per_host", "order"]),
        (FetchQueue::builder().per_host(2).order(Order::Random { seed: 1 }), &["per_host", "order"]),
        (FetchQueue::builder().bounded(0), &["bounded"]),
        (FetchQueue::builder().max_body(0), &["max_body"]),
        (FetchQueue::builder().connection_reuse(false).client(client), &["connection_reuse", "client"]),
        (FetchQueue::builder().inline_cache_hits(true), &["inline_cache_hits", "cache"]),
        (
            FetchQueue::builder().inline_cache_hits(true).cache(cache()).handlers_serial(true),
            &["inline_cache_hits", "handlers_serial"],
        ),
        (FetchQueue::builder().retry(Retry::standard().backoff(ms(2), ms(1))), &["retry"]),
    ] {
        let error = wrong.build().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        assert!(names.iter().all(|name| error.to_string().contains(name)), "{error}");
    }
}

#[test]
fn q54_a_request_arrives_as_it_was_given() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let client = queue.client();
    let request = client.put(site.url("/echo")).header("X-A", "1").basic_auth("ada", "pw").form([("k", "v")]);
    let built = fetch(&queue, request);
    let text = built.text().unwrap();
    assert!(text.starts_with("PUT /echo HTTP/1.1\r\n") && text.ends_with("\r\n\r\nk=v"), "{text}");
    assert!(text.contains("X-A: 1\r\n") && text.contains("Authorization: Basic YWRhOnB3\r\n"), "{text}");
    let values = Fetch::request("PATCH", site.url("/echo")).header("X-A", "1").header("X-A", "2").body("hello");
    assert!(values.is_plain() && values.method() == "PATCH" && values.body_bytes().unwrap() == "hello");
    assert_eq!(values.header_lines().map(|(name, value)| (name, value.len())).collect::<Vec<_>>(), [("X-A", 1); 2]);
    let text = fetch(&queue, values).text().unwrap().into_owned();
    assert!(
        text.starts_with("PATCH /echo") && text.contains("X-A: 1\r\nX-A: 2\r\n") && text.ends_with("\r\n\r\nhello")
    );
    let stays = fetch(&queue, client.get(site.url("/redirect")).redirects(Redirects::none()));
    assert_eq!((stays.status(), stays.effective_url()), (302, &*site.url("/redirect")));
    let added = Fetch::from(client.get(site.url("/echo"))).header("X-B", "3").body("more").timeout(LONG);
    assert!(!added.is_plain() && added.method() == "GET");
    let text = fetch(&queue, added).text().unwrap().into_owned();
    assert!(text.contains("X-B: 3\r\n") && text.ends_with("more"), "{text}");
    finish(queue, &site);
}

#[test]
fn q55_a_requests_own_timeout_wins_over_the_queues_and_that_over_the_clients() {
    let site = Site::start();
    let client = |limit: Option<Duration>| HttpClient::builder().timeout(limit).build().unwrap();
    let is_late = |queue: &FetchQueue, fetched: Fetch| fetch(queue, fetched).error().is_some();
    let slow = || site.url("/delay/400");
    // The default is for clients that have none.
    let queue = running(FetchQueue::builder().client(client(Some(ms(50)))));
    assert!(is_late(&queue, slow().into()));
    assert!(!is_late(&queue, Fetch::from(slow()).timeout(LONG)));
    assert!(!is_late(&queue, queue.client().get(slow()).timeout(LONG).into()));
    // One that was set counts for all but requests that have their own.
    let queue = running(FetchQueue::builder().client(client(Some(LONG))).timeout(ms(50)));
    assert!(is_late(&queue, slow().into()));
    assert!(is_late(&queue, queue.client().get(slow()).into()));
    assert!(!is_late(&queue, queue.client().get(slow()).timeout(ms(5000)).into()));
    let queue = running(FetchQueue::builder().client(client(Some(ms(50)))).timeout(None));
    assert!(!is_late(&queue, slow().into()));
    let queue = running(FetchQueue::builder().client(client(None)));
    let error = fetch(&queue, Fetch::from(site.url("/hang")).timeout(ms(60)));
    assert_eq!(error.error().unwrap().limit(), Some(ms(60)));
}

#[test]
fn q56_a_request_that_cannot_be_built_fails_through_its_handler() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().concurrency(1));
    for wrong in [
        Fetch::from("no url"),
        Fetch::from(""),
        Fetch::from("ftp://example.com/"),
        Fetch::from("/relative"),
        Fetch::request("get", site.url("/ok")),
        Fetch::from(site.url("/ok")).header("a b", "c"),
        Fetch::from(site.url("/ok")).header("a", "b\r\nc: d"),
        Fetch::from(queue.client().get("no url")),
    ] {
        let url = wrong.url().to_owned();
        let failed = fetch(&queue, wrong);
        let kind = failed.error().unwrap().kind();
        assert!(matches!(kind, Kind::InvalidUrl | Kind::InvalidRequest), "{url} {kind:?}");
        assert_eq!((failed.requested_url(), failed.attempts()), (&*url, 0));
    }
    assert_eq!((fetch(&queue, site.url("/ok")).status(), site.server.requests()), (200, 1));
    finish(queue, &site);
}

#[test]
fn relative_urls_are_those_of_the_clients_base() {
    let site = Site::start();
    let client = HttpClient::builder().base_url(site.url("/")).build().unwrap();
    let queue = running(FetchQueue::builder().client(client).cache(ResponseCache::new()));
    assert_eq!(fetch(&queue, "/ok/1").effective_url(), site.url("/ok/1"));
    assert!(fetch(&queue, site.url("/ok/1")).is_from_cache());
    finish(queue, &site);
}
