//! Handlers that read the body themselves.

use std::io::Read;

use maypole::client::Retry;
use maypole::error::{Error, Kind};
use maypole::queue::{FetchQueue, ResponseCache};

use super::site::Site;
use super::*;

#[test]
fn a_body_of_any_size_is_read_as_it_comes() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().max_body(1000).cache(ResponseCache::new()).timeout(LONG));
    let read = Arc::new(Mutex::new(0));
    for _ in 0..2 {
        let total = read.clone();
        let handler = move |_: &str, response: maypole::Result<maypole::Response>| {
            let mut response = response.unwrap();
            assert_eq!(response.status(), 200);
            *total.lock().unwrap() += response.copy_to(&mut std::io::sink()).unwrap();
        };
        queue.enqueue_streaming(site.url("/big/20000000"), handler).unwrap();
        queue.wait(LONG).unwrap();
    }
    assert_eq!((*read.lock().unwrap(), queue.stats().panicked, site.server.requests()), (40_000_000, 0, 2));
    finish(queue, &site);
}

#[test]
fn its_handler_is_told_of_failures_and_panics_count() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().timeout(ms(100)));
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let told = kinds.clone();
    let handler = move |_: &str, response: maypole::Result<maypole::Response>| {
        told.lock().unwrap().push(response.unwrap_err().kind());
    };
    queue.enqueue_streaming(site.url("/hang"), handler.clone()).unwrap();
    queue.enqueue_streaming("no url", handler).unwrap();
    queue.enqueue_streaming(site.url("/ok"), |_, _| panic!("at once")).unwrap();
    queue.wait(LONG).unwrap();
    let kinds = kinds.lock().unwrap();
    assert!(kinds.contains(&Kind::Timeout) && kinds.contains(&Kind::InvalidUrl), "{kinds:?}");
    assert_eq!(queue.stats().panicked, 1);
    finish(queue, &site);
}

#[test]
fn a_cancel_ends_the_reading() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().timeout(None));
    let (sender, ended) = std::sync::mpsc::channel();
    let (begin, begun) = std::sync::mpsc::channel();
    let handler = move |_: &str, response: maypole::Result<maypole::Response>| {
        let (mut response, mut body) = (response.unwrap(), vec![0]);
        response.read_exact(&mut body).unwrap();
        begin.send(()).unwrap();
        let error = response.read_to_end(&mut body).unwrap_err();
        sender.send((Error::from_io(error).kind(), body.len())).unwrap();
    };
    let ticket = queue.enqueue_streaming(site.url("/drip"), handler).unwrap();
    begun.recv_timeout(LONG).unwrap();
    assert!(ticket.cancel());
    let (kind, read) = ended.recv_timeout(LONG).unwrap();
    assert!(kind == Kind::Cancelled && read < 50);
    finish(queue, &site);
}

#[test]
fn statuses_are_tried_again_before_it_is_called() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().retry(Retry::standard().backoff(ms(1), ms(2))));
    let (sender, answers) = std::sync::mpsc::channel();
    let handler = move |_: &str, response: maypole::Result<maypole::Response>| {
        sender.send(response.unwrap().text().unwrap()).unwrap();
    };
    queue.enqueue_streaming(site.url("/later/2"), handler).unwrap();
    assert_eq!(answers.recv_timeout(LONG).unwrap(), "hello");
    assert_eq!(site.server.requests(), 3);
    finish(queue, &site);
}

#[test]
fn a_body_that_outlives_its_handler_is_not_ended_with_the_next_fetch() {
    let site = Site::start();
    let client = maypole::HttpClient::builder().max_per_host(2).build().unwrap();
    let queue = FetchQueue::builder().client(client).concurrency(1).timeout(LONG).build().unwrap();
    let (sender, responses) = std::sync::mpsc::channel();
    let handler = move |_: &str, response: maypole::Result<maypole::Response>| sender.send(response.unwrap()).unwrap();
    queue.enqueue_streaming(site.url("/big/20000000"), handler).unwrap();
    // On the same worker.
    let next = queue.enqueue_ignore(site.url("/gate")).unwrap();
    queue.start();
    site.server.wait_requests(2);
    assert!(next.cancel() && next.wait(LONG));
    let mut response = responses.recv_timeout(LONG).unwrap();
    assert_eq!(response.copy_to(&mut std::io::sink()).unwrap(), 20_000_000);
    drop(response);
    finish(queue, &site);
}
