//! What an answer, or the error in its place, tells.

use std::error::Error as _;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::time::Duration;

use maypole::HttpClient;
use maypole::error::{Kind, Phase};
use maypole::message::Body;
use maypole::net::{Roots, TlsConfig};
use maypole::rt::{self, CancelToken, scope};

use crate::builder;
use crate::peer::{
    Act, Gate, Peer, Server, Stopwatch, Tls, any_request, authority, conn, hold, ok, on_both, pause, reply,
    with_some_time,
};

#[test]
fn c315_no_status_is_an_error_by_itself() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let (status, body) = match &request.target[1..] {
                // By RFC 9110 §6.4.1 these have no body.
                status @ ("204" | "304") => (status, None),
                status => (status, Some("body")),
            };
            let length = body.map(|body| format!("Content-Length: {}\r\n", body.len())).unwrap_or_default();
            responder.reply(format!("HTTP/1.1 {status} X\r\n{length}\r\n{}", body.unwrap_or_default()));
        });
        let client = builder().build().unwrap();
        for status in [404, 201, 202, 204, 304, 308, 500] {
            let response = client.get(server.url(&format!("/{status}"))).send().unwrap();
            assert_eq!(response.status(), status);
            let body = if matches!(status, 204 | 304) { "" } else { "body" };
            assert_eq!(response.text().unwrap(), body, "{status}");
        }
        assert_eq!(server.connections(), 1);
    });
}

#[test]
fn c316_c383_a_status_error_keeps_its_response() {
    on_both(|| {
        let peer = Peer::start([conn([
            any_request(),
            reply("HTTP/1.1 500 Broken\r\nX-Id: 7\r\nContent-Length: 4\r\n\r\nwhy?"),
        ])]);
        let error = builder().build().unwrap().get(peer.url("/x")).send().unwrap().error_for_status().unwrap_err();
        assert_eq!(error.kind(), Kind::Status);
        assert!(error.to_string().starts_with("status 500 Broken") && error.to_string().contains(&peer.url("/x")));
        let response = error.take_response().unwrap();
        assert_eq!((response.status(), response.header("x-id")), (500, Some("7")));
        assert_eq!(response.text().unwrap(), "why?");
        assert!(error.take_response().is_none(), "it is taken once");
    });
}

#[test]
fn c329_an_upload_that_is_answered_by_500_is_sent_once() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let echo = String::from_utf8_lossy(&request.body).into_owned();
            responder.reply(format!("HTTP/1.1 500 No\r\nContent-Length: {}\r\n\r\n{echo}", echo.len()));
        });
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"from a file").unwrap();
        let client = builder().build().unwrap();
        let bodies: [(Body, &str); 3] = [
            (Body::from(b"bytes".to_vec()), "bytes"),
            (Body::from("text"), "text"),
            (Body::from_path(file.path()).unwrap(), "from a file"),
        ];
        for (n, (body, sent)) in bodies.into_iter().enumerate() {
            let response = client.post(server.url("/")).body(body).send().unwrap();
            assert_eq!(response.status(), 500);
            let error = response.error_for_status().unwrap_err();
            assert_eq!((error.kind(), server.requests()), (Kind::Status, n + 1));
            assert_eq!(error.take_response().unwrap().text().unwrap(), sent);
        }
    });
}

fn slow_names(_: &str) -> std::io::Result<Vec<IpAddr>> {
    std::thread::sleep(Duration::from_millis(20));
    Ok(vec![[127, 0, 0, 1].into()])
}

#[test]
fn c364_the_phases_add_up_and_are_nothing_on_a_reused_connection() {
    on_both(|| {
        let script = conn([any_request(), pause(20), reply(ok("a")), any_request(), reply(ok("b"))]);
        let peer = Peer::tls(&Tls::default(), [script], None);
        let tls = TlsConfig::builder().roots(Roots::Only(authority().0.pem())).build().unwrap();
        let client = builder().tls(tls).resolver(slow_names).build().unwrap();
        let mut response = client.get(peer.url_at("h.maypole.test", "/")).send().unwrap();
        let mut body = String::new();
        response.read_to_string(&mut body).unwrap();
        let first = response.timings();
        let least = Duration::from_millis(20);
        assert!(first.resolve >= least && first.wait >= least, "{first:?}");
        assert!(!first.connect.is_zero() && !first.tls.is_zero() && first.proxy.is_zero(), "{first:?}");
        let sum = first.checkout + first.resolve + first.connect + first.tls + first.send + first.wait;
        assert!(sum <= first.total, "{first:?}");
        let again = client.get(peer.url_at("h.maypole.test", "/")).send().unwrap();
        assert!(again.is_reused());
        let again = again.timings();
        assert!([again.resolve, again.connect, again.tls, again.proxy].iter().all(Duration::is_zero), "{again:?}");
    });
}

#[test]
fn c365_both_ends_of_the_connection_and_what_came_over_it() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("12345")), any_request(), reply(ok("67"))])]);
        let client = builder().build().unwrap();
        for (n, length) in [(0, 5), (1, 2)] {
            let mut response = client.get(peer.url("/")).send().unwrap();
            assert_eq!(response.read(&mut [0; 100]).unwrap(), length);
            assert_eq!((response.peer_addr(), response.is_reused()), (Some(peer.address()), n > 0));
            assert_eq!(response.received(), length as u64);
            assert!(response.local_addr().unwrap().ip().is_loopback() && response.connection().tls.is_none());
        }
        assert_eq!(peer.connections(), 1);
    });
}

#[test]
fn c382_what_an_error_prints() {
    on_both(|| {
        let peer = Peer::start([conn([
            any_request(),
            reply(ok("first")),
            any_request(),
            reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            Act::Close,
        ])]);
        let client = builder().build().unwrap();
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        let error = client.post(peer.url("/p?q=1")).body("abc").send().unwrap().text().unwrap_err();
        assert_eq!((error.kind(), error.phase(), error.bytes_received()), (Kind::Incomplete, Some(Phase::Body), 4));
        let text = error.to_string();
        let said = ["response body: ", "4 received", "reused connection", &peer.url("/p?q=1"), &peer.authority()];
        assert!(said.iter().all(|part| text.contains(part)), "{text}");
        let sent = peer.so_far().requests()[1].head_text().len() as u64 + 3;
        assert_eq!((error.bytes_sent(), error.is_reused()), (sent, true), "{text}");

        // Refused before anything was sent: every address, the count of tries, and the cause of each.
        let dead = crate::peer::Refused::start();
        let other: IpAddr = [127, 0, 0, 2].into();
        let both = [dead.address().ip(), other];
        let url = format!("http://many.test:{}/x", dead.address().port());
        let client = builder().resolve("many.test", dead.address().port(), both).build().unwrap();
        let error = client.get(&url).send().unwrap_err();
        let text = error.to_string();
        let addresses = both.map(|ip| format!("{ip}:{}", dead.address().port()));
        for part in ["connect: ", "refused", &url, &addresses[0], &addresses[1]] {
            assert!(text.contains(part), "{part:?} in {text:?}");
        }
        assert!(error.is_retryable() && !error.is_reused() && error.attempts() == 1);
        let causes = error.source().unwrap().to_string();
        assert!(addresses.iter().all(|address| causes.contains(address)), "{causes}");
    });
}

#[test]
fn c388_in_a_coroutine_in_a_thread_and_inside_a_future() {
    let server = Server::start(|_, responder| responder.reply(ok("x")));
    let client = builder().build().unwrap();
    let (asking, url) = (client.clone(), server.url("/"));
    let ask = move || asking.get(&url).send().unwrap().text().unwrap();
    assert_eq!(std::thread::spawn(ask.clone()).join().unwrap(), "x");
    assert_eq!(rt::spawn(ask.clone()).unwrap().join().unwrap(), "x");
    // As on a thread of another runtime: it waits there, as any blocking call.
    assert_eq!(rt::block_on(async move { ask() }), "x");
}

/// Whatever is waited for ends with the scope, and so does what a group in it has started.
#[test]
fn c395_a_scope_bounds_lookup_checkout_and_body() {
    on_both(|| {
        let (gate, limit) = (Gate::new(), Duration::from_millis(80));
        let looking = gate.clone();
        let slow = move |_: &str| {
            let start = std::time::Instant::now();
            while !looking.is_open() && start.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok(Vec::new())
        };
        let never = HttpClient::builder().resolver(slow).build().unwrap();
        let error = scope::with_deadline(limit, || never.get("http://slow.test/").send().unwrap_err());
        assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Some(Phase::Resolve)), "{error}");
        gate.open();

        let half = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
        let end = Gate::new();
        let peer = Peer::always(conn([Act::MayAsk, reply(half), hold(&end)]));
        let client = HttpClient::builder().max_per_host(1).build().unwrap();
        let in_body = with_some_time(limit, |limit| {
            scope::with_deadline(limit, || {
                let response = match client.get(peer.url("/")).send() {
                    Ok(response) => response,
                    Err(error) => {
                        eprintln!("{limit:?}: {error}");
                        return false;
                    }
                };
                let waiting = client.get(peer.url("/")).send().unwrap_err();
                assert_eq!((waiting.kind(), waiting.phase()), (Kind::Timeout, Some(Phase::Checkout)), "{waiting}");
                let error = response.text().unwrap_err();
                assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Some(Phase::Body)), "{error}");
                true
            })
        });
        assert!(in_body, "no answer came in time");
        end.open();
        assert_eq!(client.stats().in_use, 0);
    });
}

#[test]
fn c395_cancelling_a_scope_ends_everything_in_it() {
    let peer = Peer::always(conn([any_request(), Act::Stall]));
    let (client, token) = (builder().build().unwrap(), CancelToken::new());
    let (asking, url, inner) = (client.clone(), peer.url("/"), token.clone());
    let all = rt::spawn(move || {
        scope::with_cancel(&inner, || {
            let group = rt::Group::new(8);
            let one = || {
                let (client, url) = (asking.clone(), url.clone());
                group.spawn(move || client.get(&url).send().unwrap_err().kind()).unwrap()
            };
            let handles: Vec<_> = (0..8).map(|_| one()).collect();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect::<Vec<_>>()
        })
    });
    peer.wait_requests(8);
    let watch = Stopwatch::start();
    token.cancel();
    assert_eq!(all.unwrap().join().unwrap(), [Kind::Cancelled; 8]);
    watch.within(0..1000);
    assert_eq!(client.stats().in_use, 0);
}
