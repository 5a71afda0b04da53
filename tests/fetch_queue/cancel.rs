//! Tickets.

use maypole::error::Kind;
use maypole::queue::{Fetch, FetchQueue};

use super::peer::wait_until;
use super::site::Site;
use super::*;

#[test]
fn q57_a_queued_fetch_that_is_cancelled_never_goes_out() {
    let site = Site::start();
    let queue = FetchQueue::builder().build().unwrap();
    let seen = Seen::default();
    let url = site.url("/ok");
    let tickets = [
        queue.enqueue(&url, seen.handler()).unwrap(),
        queue.enqueue_with(Fetch::from(&url).delay(Duration::from_secs(600)), seen.handler()).unwrap(),
    ];
    assert!(tickets.iter().all(|ticket| !ticket.is_running() && !ticket.is_done() && ticket.url() == url));
    assert!(tickets[0].cancel() && tickets[1].cancel_queued());
    assert!(tickets.iter().all(|ticket| ticket.wait(LONG) && ticket.is_done() && !ticket.cancel()));
    assert_eq!(seen.len(), 2);
    for (_, fetched) in seen.all() {
        assert_eq!((fetched.error().unwrap().kind(), fetched.attempts()), (Kind::Cancelled, 0));
    }
    queue.start();
    queue.wait(LONG).unwrap();
    assert_eq!((site.server.requests(), queue.stats().cancelled), (0, 2));
    finish(queue, &site);
}

#[test]
fn q58_a_running_fetch_that_is_cancelled_ends_and_its_connection_is_closed() {
    let site = Site::start();
    let queue = running(FetchQueue::builder().timeout(None));
    let seen = Seen::default();
    let ticket = queue.enqueue(&site.url("/gate"), seen.handler()).unwrap();
    site.server.wait_requests(1);
    assert!(ticket.is_running() && !ticket.is_done());
    assert!(!ticket.cancel_queued());
    assert!(ticket.cancel());
    assert!(ticket.wait(LONG));
    let fetched = seen.one();
    assert_eq!((fetched.error().unwrap().kind(), fetched.attempts()), (Kind::Cancelled, 1));
    assert_eq!(queue.client().stats().idle, 0);
    site.open_gate();
    finish(queue, &site);
}

#[test]
fn q59_a_ticket_waits_for_its_own_handler() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let seen = Seen::default();
    let slow = queue.enqueue_ignore(site.url("/gate")).unwrap();
    let ticket = queue.enqueue(&site.url("/ok"), seen.handler()).unwrap();
    assert!(ticket.wait(None));
    assert_eq!((seen.one().status(), ticket.is_done(), slow.wait(ms(20))), (200, true, false));
    site.open_gate();
    assert!(slow.wait(LONG));
    finish(queue, &site);
}

#[test]
fn a_requests_own_token_still_ends_it() {
    let site = Site::start();
    let queue = running(FetchQueue::builder());
    let token = maypole::rt::CancelToken::new();
    let seen = Seen::default();
    queue.enqueue_with(queue.client().get(site.url("/hang")).cancel(&token), seen.handler()).unwrap();
    site.server.wait_requests(1);
    token.cancel();
    queue.wait(LONG).unwrap();
    assert_eq!(seen.one().error().unwrap().kind(), Kind::Cancelled);
    let ticket = queue.enqueue_with(queue.client().get(site.url("/hang")).cancel(&Default::default()), seen.handler());
    site.server.wait_requests(2);
    assert!(ticket.unwrap().cancel());
    queue.wait(LONG).unwrap();
    assert_eq!(seen.len(), 2);
    finish(queue, &site);
}

#[test]
fn a_ticket_does_not_keep_the_queue() {
    let queue = FetchQueue::builder().build().unwrap();
    let seen = Seen::default();
    let ticket = queue.enqueue("http://127.0.0.1:1/", seen.handler()).unwrap();
    drop(queue);
    wait_until("the handler", || seen.len() == 1);
    assert!(ticket.wait(LONG) && !ticket.cancel());
    assert!(format!("{ticket:?}").contains("done: true"));
}
