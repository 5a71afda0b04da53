//! Fetches without an answer, and octopus's codes for them.

use std::time::Instant;

use maypole::error::{Kind, Phase};
use maypole::queue::{FetchQueue, Profile};

use super::peer::{Blackhole, Refused};
use super::site::Site;
use super::*;

#[test]
fn q41_q89_a_host_that_does_not_resolve() {
    for profile in [Profile::Threaded, Profile::EventLoop] {
        let queue = running(FetchQueue::builder().profile(profile));
        let failed = fetch(&queue, "http://no-such-host.invalid:8080/");
        let message = failed.error_message().unwrap();
        assert!(message.contains("no-such-host.invalid") && message.contains("8080"), "{message}");
        assert_eq!((failed.compat_code(profile), failed.status(), failed.bytes().len()), (599, 0, 0));
        assert_eq!(failed.text().unwrap_err().to_string(), message);
        assert_eq!(failed.error().unwrap().to_string(), message);
    }
}

#[test]
fn q42_a_connect_timeout_is_named_with_its_limit() {
    let hole = Blackhole::start();
    let queue = running(FetchQueue::builder().connect_timeout(ms(100)));
    let failed = fetch(&queue, hole.url("/"));
    let error = failed.error().unwrap();
    assert_eq!((error.kind(), error.phase(), error.limit()), (Kind::Timeout, Some(Phase::Connect), Some(ms(100))));
    assert!(error.to_string().starts_with("connect: timed out after 100ms"), "{error}");
    assert_eq!(failed.compat_code(Profile::Threaded), 500);
}

#[test]
fn q43_q90_a_read_timeout_is_500_or_599_by_profile() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().timeout(ms(100)));
    let failed = fetch(&queue, site.url("/hang"));
    assert_eq!((failed.compat_code(Profile::Threaded), failed.compat_code(Profile::EventLoop)), (500, 599));
    finish(queue, &site);
    let refused = Refused::start();
    let queue = running(FetchQueue::builder());
    let failed = fetch(&queue, format!("http://{}/", refused.address()));
    assert_eq!((failed.compat_code(Profile::Threaded), failed.compat_code(Profile::EventLoop)), (599, 599));
    assert!(failed.error_message().unwrap().contains("refused"));
}

#[test]
fn q44_a_body_that_drips_ends_at_the_total_deadline() {
    let site = Site::start();
    // It would take 5 s, and a byte comes before each time that is too long without one.
    let queue = running(FetchQueue::builder().timeout(Duration::from_secs(1)));
    let start = Instant::now();
    let failed = fetch(&queue, site.url("/drip"));
    assert_eq!(failed.error().unwrap().kind(), Kind::Timeout);
    assert_eq!(failed.error().unwrap().limit(), Some(Duration::from_secs(1)));
    assert!(start.elapsed() >= Duration::from_secs(1));
    finish(queue, &site);
}
