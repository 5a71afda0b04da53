//! Events: which, in which order, and without secrets.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::client::{Event, Inbound, Metrics, Outbound, Transport, What};
use maypole::error::Phase;

use crate::builder;
use crate::peer::{Act, Peer, Refused, Server, any_request, conn, ok, on_both, reply, wait_until, with_some_time};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn listener(&self) -> impl Fn(&Event<'_>) + Send + Sync + 'static {
        let log = self.0.clone();
        move |event| log.lock().unwrap().push(format!("{} {}", event.url.path(), short(event)))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn short(event: &Event<'_>) -> String {
    match event.what {
        What::Started => "started".into(),
        What::Sending { headers } => format!("sending {}", headers.get("host").is_some()),
        What::Connected { reused, .. } => format!("connected reused={reused}"),
        What::Answered { status, .. } => format!("answered {status}"),
        What::Redirecting { status, to } => format!("redirecting {status} {}", to.path()),
        What::Failed { error } => format!("failed {:?}", error.phase().unwrap()),
        What::Retrying { .. } => "retrying".into(),
        What::Hedging { .. } => "hedging".into(),
        What::Ended { received, complete, .. } => format!("ended {received} {complete}"),
        _ => "other".into(),
    }
}

#[test]
fn c366_each_phase_in_order_over_a_redirect() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.target.as_str() {
                "/to" => ok("12345"),
                _ => b"HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n".to_vec(),
            });
        });
        let log = Log::default();
        let client = builder().on_event(log.listener()).build().unwrap();
        let response = client.get(server.url("/from")).send().unwrap();
        let before_the_body = [
            "/from started",
            "/from sending true",
            "/from connected reused=false",
            "/from answered 302",
            "/from redirecting 302 /to",
            "/to sending true",
            "/to connected reused=true",
            "/to answered 200",
        ];
        assert_eq!(log.take(), before_the_body);
        response.text().unwrap();
        assert_eq!(log.take(), ["/to ended 5 true"]);
    });
}

#[test]
fn c366_failures_end_too() {
    on_both(|| {
        let log = Log::default();
        let client = builder().on_event(log.listener()).build().unwrap();
        let refused = Refused::start();
        client.get(format!("http://{}/", refused.address())).send().unwrap_err();
        assert_eq!(
            log.take(),
            ["/ started", "/ sending true", &format!("/ failed {:?}", Phase::Connect), "/ ended 0 false"]
        );

        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123";
        let peer = Peer::start([conn([any_request(), reply(cut), Act::Close])]);
        client.get(peer.url("/")).send().unwrap().text().unwrap_err();
        assert_eq!(log.take().last().unwrap(), "/ ended 3 false");

        let peer = Peer::start([conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123")])]);
        drop(client.get(peer.url("/")).send().unwrap());
        assert_eq!(log.take().last().unwrap(), "/ ended 0 false");
    });
}

#[test]
fn every_request_has_a_number_of_its_own_and_its_own_listeners_too() {
    let server = Server::start(|_, responder| responder.reply(ok("")));
    let ids = Arc::new(Mutex::new(Vec::new()));
    let kept = ids.clone();
    let client = builder().build().unwrap();
    for _ in 0..2 {
        let kept = kept.clone();
        client.get(server.url("/")).on_event(move |event| kept.lock().unwrap().push(event.id)).send().unwrap();
    }
    client.get(server.url("/")).send().unwrap();
    let mut ids = ids.lock().unwrap().clone();
    assert_eq!(ids.len(), 10, "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 2);
}

#[test]
fn c367_what_is_printed_has_no_secret() {
    let server = Server::start(|_, responder| {
        responder.reply("HTTP/1.1 200 OK\r\nSet-Cookie: a=s3cret\r\nContent-Length: 0\r\n\r\n");
    });
    let printed = Arc::new(Mutex::new(String::new()));
    let kept = printed.clone();
    let client =
        builder().on_event(move |event| kept.lock().unwrap().push_str(&format!("{event:?}\n"))).build().unwrap();
    let url = server.url("/").replace("http://", "http://user:s3cret@");
    let request = client.get(&url).header("Authorization", "Bearer s3cret").header("Cookie", "a=s3cret");
    request.header("Proxy-Authorization", "Basic s3cret").send().unwrap();
    let printed = printed.lock().unwrap();
    assert!(printed.contains("Sending") && !printed.contains("s3cret"), "{printed}");
}

/// The first request stalls, the second one beside it is answered.
fn slow_then(answer: Vec<u8>) -> Peer {
    Peer::start([conn([any_request(), Act::Stall]), conn([any_request(), reply(answer)])])
}

#[test]
fn a_hedged_request_starts_and_ends_once() {
    on_both(|| {
        for body in ["12345", ""] {
            let peer = slow_then(ok(body));
            let (log, metrics) = (Log::default(), Metrics::new());
            let client = builder().hedge(Duration::from_millis(30)).metrics(&metrics);
            let client = client.on_event(log.listener()).build().unwrap();
            let response = client.get(peer.url("/")).send().unwrap();
            assert_eq!(response.text().unwrap(), body);
            wait_until("the slow one to be given up", || metrics.snapshot().failures == 1);
            let seen = log.take();
            let count = |what: &str| seen.iter().filter(|line| line.contains(what)).count();
            assert_eq!((count("started"), count("hedging"), count("ended")), (1, 1, 1), "{seen:?}");
            assert_eq!(count("sending"), 2, "{seen:?}");
            assert!(seen.contains(&format!("/ ended {} true", body.len())), "{seen:?}");
            let now = metrics.snapshot();
            assert_eq!((now.requests, now.in_flight, now.sent, now.incomplete), (1, 0, 2, 0));
            assert_eq!(now.hedges, 1);
            peer.finish();
        }
    });
}

#[test]
fn a_hedged_request_that_fails_ends_once() {
    on_both(|| {
        let hedges = with_some_time(Duration::from_millis(200), |limit| {
            let peer = Peer::always(conn([Act::Swallow]));
            let (log, metrics) = (Log::default(), Metrics::new());
            let client = builder().hedge(Duration::from_millis(30)).metrics(&metrics).on_event(log.listener());
            let client = client.timeout(limit).build().unwrap();
            client.get(peer.url("/")).send().unwrap_err();
            let seen = log.take();
            assert_eq!(seen.iter().filter(|line| *line == "/ started").count(), 1, "{seen:?}");
            assert_eq!(seen.iter().filter(|line| *line == "/ ended 0 false").count(), 1, "{seen:?}");
            assert_eq!((metrics.snapshot().requests, metrics.snapshot().in_flight), (1, 0));
            seen.iter().any(|line| line.contains("hedging"))
        });
        assert!(hedges, "the second request was never sent");
    });
}

/// Panics when it is asked, as a hook of the program may.
struct Panics;

impl Transport for Panics {
    fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
        assert_ne!(request.url.path(), "/panic", "on purpose");
        Inbound::new(200, [], "body")
    }
}

#[test]
fn what_unwinds_is_no_longer_in_flight_and_calls_no_listener() {
    on_both(|| {
        let (log, metrics) = (Log::default(), Metrics::new());
        let client = builder().transport(Panics).metrics(&metrics).on_event(log.listener()).build().unwrap();
        let caught = catch_unwind(AssertUnwindSafe(|| client.get("http://h/panic").send()));
        assert!(caught.is_err());
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _open = client.get("http://h/open").send().unwrap();
            panic!("on purpose");
        }));
        assert!(caught.is_err());
        let now = metrics.snapshot();
        assert_eq!((now.requests, now.in_flight, now.incomplete), (2, 0, 2));
        let seen = log.take();
        assert!(!seen.iter().any(|line| line.contains("ended")), "{seen:?}");
    });
}
