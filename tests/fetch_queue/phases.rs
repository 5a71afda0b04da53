//! Functions for single phases, and the cap on bodies.

use std::ops::ControlFlow;

use maypole::HttpClient;
use maypole::error::{Kind, Phase};
use maypole::queue::{Fetch, FetchQueue, ResponseCache};

use super::site::Site;
use super::*;

type Log = Arc<Mutex<Vec<String>>>;

fn watched(url: String, log: &Log, go_on: bool) -> Fetch {
    let say = |log: &Log, what: String| log.lock().unwrap().push(what);
    let (send, headers, chunk) = (log.clone(), log.clone(), log.clone());
    Fetch::from(url)
        .on_send(move |url| say(&send, format!("send {}", url.rsplit('/').next().unwrap())))
        .on_headers(move |head| {
            say(&headers, format!("head {}", head.status()));
            if go_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
        .on_chunk(move |piece| {
            let mut log = chunk.lock().unwrap();
            match log.last_mut().and_then(|last| last.strip_prefix("body ")?.parse::<usize>().ok()) {
                Some(before) => *log.last_mut().unwrap() = format!("body {}", before + piece.len()),
                None => log.push(format!("body {}", piece.len())),
            }
        })
}

fn run(queue: &FetchQueue, fetched: Fetch, log: &Log) -> maypole::queue::Fetched {
    let (seen, end) = (Seen::default(), log.clone());
    let told = seen.clone();
    let handler = move |url: &str, fetched: maypole::queue::Fetched| {
        let kind = fetched.error().map(|error| error.kind());
        end.lock().unwrap().push(format!("end {kind:?}"));
        told.handler()(url, fetched);
    };
    queue.enqueue_with(fetched, handler).unwrap();
    queue.wait(LONG).unwrap();
    seen.one()
}

#[test]
fn q324_each_phase_is_told_in_order_and_once() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().max_body(1000).cache(ResponseCache::new()));
    for _ in 0..2 {
        let log = Log::default();
        let answer = run(&queue, watched(site.url("/big/300000"), &log, true), &log);
        assert_eq!(*log.lock().unwrap(), ["send 300000", "head 200", "body 300000", "end None"]);
        assert_eq!((answer.status(), answer.bytes().len(), answer.is_from_cache()), (200, 0, false));
    }
    finish(queue, &site);
}

#[test]
fn q324_the_head_may_be_enough() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let log = Log::default();
    let aborted = run(&queue, watched(site.url("/big/9000000"), &log, false), &log);
    assert_eq!(*log.lock().unwrap(), ["send 9000000", "head 200", "end Some(Cancelled)"]);
    assert_eq!((aborted.error().unwrap().phase(), queue.client().stats().idle), (Some(Phase::Body), 0));
    finish(queue, &site);
}

#[test]
fn q324_an_error_ends_it_at_any_phase() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let log = Log::default();
    run(&queue, watched(site.url("/hang"), &log, true).timeout(ms(100)), &log);
    assert_eq!(*log.lock().unwrap(), ["send hang", "end Some(Timeout)"]);
    // Where a byte of the body may come late, a longer time has one.
    let in_body = [300, 2_000, 4_500].into_iter().any(|limit| {
        let log = Log::default();
        run(&queue, watched(site.url("/drip"), &log, true).timeout(ms(limit)), &log);
        let lines = log.lock().unwrap().clone();
        assert_eq!(lines.last().unwrap(), "end Some(Timeout)", "{lines:?}");
        lines[1..].len() == 3 && lines[1] == "head 200" && lines[2].starts_with("body ")
    });
    assert!(in_body, "never in the body");
    for panics in [
        Fetch::from(site.url("/ok")).on_send(|_| panic!("on_send")),
        Fetch::from(site.url("/ok")).on_headers(|_| panic!("on_headers")),
        Fetch::from(site.url("/ok")).on_chunk(|_| panic!("on_chunk")),
    ] {
        let failed = fetch(&queue, panics);
        assert!(failed.error_message().unwrap().contains("on_"), "{failed:?}");
    }
    finish(queue, &site);
}

#[test]
fn q325_a_body_above_the_cap_is_an_error_and_its_connection_is_closed() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let failed = fetch(&queue, site.url(&format!("/big/{}", (10 << 20) + 1)));
    let error = failed.error().unwrap();
    assert_eq!((error.kind(), error.phase()), (Kind::TooLarge, Some(Phase::Body)));
    assert!(error.to_string().contains("10485760 bytes"), "{error}");
    assert_eq!(queue.client().stats().idle, 0);
    assert_eq!(fetch(&queue, site.url(&format!("/big/{}", 10 << 20))).bytes().len(), 10 << 20);
    assert_eq!(fetch(&queue, Fetch::request("HEAD", site.url("/big/11000000"))).status(), 200);
    finish(queue, &site);
}

#[test]
fn q325_caps_of_requests_and_of_none() {
    let site = Site::start();
    let is_too_large = |queue: &FetchQueue, what: Fetch| {
        fetch(queue, what).error().is_some_and(|error| error.kind() == Kind::TooLarge)
    };
    let queue = running(FetchQueue::builder().max_body(100));
    assert!(!is_too_large(&queue, site.url("/big/100").into()));
    assert!(is_too_large(&queue, site.url("/big/101").into()));
    assert!(!is_too_large(&queue, queue.client().get(site.url("/big/101")).max_body(200).into()));
    assert!(is_too_large(&queue, queue.client().get(site.url("/big/101")).max_body(50).into()));
    let queue = running(FetchQueue::builder().max_body(None));
    assert!(!is_too_large(&queue, site.url(&format!("/big/{}", 11 << 20)).into()));
    let client = HttpClient::builder().max_body(30).build().unwrap();
    let queue = running(FetchQueue::builder().client(client));
    assert!(is_too_large(&queue, site.url("/big/31").into()));
}
