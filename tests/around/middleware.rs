//! Functions around a request.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::rt::{self, Group};

use crate::builder;
use crate::peer::{Server, ok, on_both};

#[test]
fn c385_the_first_is_outermost_and_both_may_change_request_and_response() {
    on_both(|| {
        let server = Server::start(|request, responder| responder.reply(ok(request.header("x-trail").unwrap())));
        let order = Arc::new(Mutex::new(Vec::new()));
        let trail = |name: &'static str| {
            let order = order.clone();
            move |mut request: maypole::message::Request, next: maypole::client::Next<'_>| {
                let before = request.headers.get("x-trail").unwrap_or_default().to_owned();
                request.set_header("X-Trail", format!("{before}{name}"))?;
                let response = next.run(request);
                order.lock().unwrap().push(name);
                response
            }
        };
        let client = builder().middleware(trail("a")).middleware(trail("b")).build().unwrap();
        assert_eq!(client.get(server.url("/")).middleware(trail("c")).send().unwrap().text().unwrap(), "abc");
        assert_eq!(*order.lock().unwrap(), ["c", "b", "a"]);
        let plain = client.get(server.url("/")).header("X-Trail", "-").without_middleware().send().unwrap();
        assert_eq!(plain.text().unwrap(), "-");
    });
}

#[test]
fn it_sees_one_request_however_many_redirects() {
    let server = Server::start(|request, responder| {
        responder.reply(match request.target.as_str() {
            "/to" => ok("there"),
            _ => b"HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 0\r\n\r\n".to_vec(),
        });
    });
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let client = builder()
        .middleware(move |request, next| {
            counted.fetch_add(1, SeqCst);
            next.run(request)
        })
        .build()
        .unwrap();
    assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "there");
    assert_eq!((calls.load(SeqCst), server.requests()), (1, 2));
}

#[test]
fn c385_it_may_sleep_lock_and_make_requests_while_100_wait() {
    let server = Server::start(|request, responder| {
        responder.reply(match (request.target.as_str(), request.header("x-token")) {
            ("/token", _) => ok("fresh"),
            (_, Some("fresh")) => ok("in"),
            _ => b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n".to_vec(),
        });
    });
    let (token, refreshes) = (Arc::new(rt::Mutex::new(String::new())), Arc::new(AtomicUsize::new(0)));
    let (url, counted) = (server.url("/token"), refreshes.clone());
    let client = builder()
        .max_per_host(20)
        .middleware(move |mut request, next| {
            let mut held = token.lock().unwrap();
            if held.is_empty() {
                counted.fetch_add(1, SeqCst);
                rt::sleep(Duration::from_millis(20));
                *held = next.client().get(&url).without_middleware().send()?.text()?;
            }
            request.set_header("X-Token", &*held)?;
            drop(held);
            next.run(request)
        })
        .build()
        .unwrap();
    let url = server.url("/");
    let bodies = Group::new(100).map(0..100, move |_| client.get(&url).send()?.text()).unwrap();
    assert!(bodies.into_iter().all(|body| body.unwrap() == "in"));
    assert_eq!(refreshes.load(SeqCst), 1);
}

#[test]
fn sec_m6_a_panic_fails_that_request_alone() {
    on_both(|| {
        let server = Server::start(|_, responder| responder.reply(ok("fine")));
        let client = builder()
            .max_per_host(1)
            .middleware(|request, next| {
                assert!(request.url.path() != "/panic", "as asked");
                next.run(request)
            })
            .on_event(|event| assert!(event.url.path() != "/panic-in-event", "as asked"))
            .build()
            .unwrap();
        for path in ["/panic", "/panic-in-event"] {
            let request = client.get(server.url(path));
            let panicked = rt::spawn(move || request.send().map(drop)).unwrap().join();
            assert!(panicked.is_err(), "{path}");
            assert_eq!(client.get(server.url("/")).send().unwrap().text().unwrap(), "fine");
        }
        assert_eq!(client.stats().in_use, 0);
    });
}
