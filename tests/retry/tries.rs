//! Which failures are tried again, how often, and what the last error tells; cases 246, 275, 307 to 310, 312, 313, sec-G9.

use std::io::Read;

use maypole::client::{Retry, RetryDecision};
use maypole::error::Kind;
use maypole::{Body, HttpClient};

use crate::peer::*;
use crate::{builder, eager, ms, retrying};

fn busy(lines: &str) -> Vec<u8> {
    format!("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n{lines}\r\nbusy").into()
}

fn stalls() -> Conn {
    conn([any_request(), Act::Stall])
}

fn resets() -> Conn {
    conn([any_request(), Act::Reset])
}

#[test]
fn c307_c312_a_get_that_times_out_is_tried_four_times_and_the_error_tells_of_each() {
    on_both(|| {
        let peer = Peer::start([stalls(), stalls(), stalls(), stalls()]);
        let e = retrying(eager()).get(peer.url("/")).head_timeout(ms(30)).send().unwrap_err();
        assert_eq!((e.kind(), e.attempts(), e.earlier().len()), (Kind::Timeout, 4, 3), "{e:?}");
        for earlier in e.earlier() {
            assert_eq!((earlier.kind(), earlier.addresses()), (Kind::Timeout, &[peer.authority()][..]), "{earlier:?}");
        }
        let text = e.to_string();
        assert!(text.contains("4 attempts") && text.contains("all retries are used up"), "{text}");
        assert_eq!(peer.finish().shape(), [1, 1, 1, 1]);
    });
}

#[test]
fn c307_c275_the_deadline_covers_all_tries_and_the_waits_between() {
    on_both(|| {
        // It may end before a try has sent anything.
        let peer = Peer::always(conn([Act::Swallow]));
        let watch = Stopwatch::start();
        let retry = Retry::standard().retries(100).backoff(ms(60), ms(60)).without_budget();
        let e = retrying(retry).get(peer.url("/")).head_timeout(ms(40)).timeout(ms(200)).send().unwrap_err();
        watch.within(0..2200);
        assert!(e.kind() == Kind::Timeout && (1..=5).contains(&e.attempts()), "{e:?}");
        peer.finish();
    });
}

#[test]
fn c275_one_deadline_for_redirects_and_retries_together() {
    on_both(|| {
        let server = Server::start(|request, to| {
            std::thread::sleep(ms(15));
            match request.target.strip_prefix("/hop/") {
                Some(n) => to.reply(format!("HTTP/1.1 302 X\r\nLocation: /busy/{n}\r\nContent-Length: 0\r\n\r\n")),
                None => to.reply(busy("Retry-After: 0\r\n")),
            }
        });
        let retry = Retry::standard().retries(100).backoff(ms(20), ms(20)).without_budget();
        let shows = with_some_time(ms(200), |limit| {
            let (watch, before) = (Stopwatch::start(), server.requests());
            let sent = retrying(retry.clone()).get(server.url("/hop/1")).timeout(limit).send();
            watch.within(0..limit.as_millis() as u64);
            // The last answer, or the timeout of the try that was under way.
            let both = sent.is_ok_and(|response| response.status() == 503) || server.requests() > before + 1;
            both || {
                eprintln!("{limit:?}: nothing but the redirect");
                false
            }
        });
        assert!(shows, "never a try after the redirect");
    });
}

#[test]
fn c308_a_post_that_times_out_is_sent_once() {
    on_both(|| {
        let peer = Peer::start([stalls()]);
        let sent = retrying(eager()).post(peer.url("/")).body("x").head_timeout(ms(30)).send();
        let e = sent.unwrap_err();
        assert_eq!((e.kind(), e.attempts(), e.earlier().len()), (Kind::Timeout, 1, 0), "{e:?}");
        assert!(e.to_string().contains("not idempotent"), "{e}");
        peer.finish();
    });
}

#[test]
fn c309_retry_after_one_second() {
    on_both(|| {
        let peer =
            Peer::start([conn([any_request(), reply(busy("Retry-After: 1\r\n")), request("GET"), reply(ok("a"))])]);
        let watch = Stopwatch::start();
        let response = retrying(eager()).get(peer.url("/")).send().unwrap();
        watch.within(1000..9000);
        assert_eq!((response.attempts(), response.text().unwrap().as_str()), (2, "a"));
        peer.finish();
    });
}

#[test]
fn c309_sec_g9_no_wait_goes_past_the_deadline() {
    on_both(|| {
        for value in ["60", "99999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
            let peer = Peer::start([conn([any_request(), reply(busy(&format!("Retry-After: {value}\r\n")))])]);
            let watch = Stopwatch::start();
            let response = retrying(eager()).get(peer.url("/")).send().unwrap();
            watch.within(0..5000);
            assert_eq!((response.status(), response.text().unwrap().as_str()), (503, "busy"));
            peer.finish();
        }
    });
}

#[test]
fn sec_g9_a_host_that_never_recovers_is_asked_a_bounded_number_of_times() {
    on_both(|| {
        let peer = Peer::always(conn([serve(busy("Retry-After: 0\r\n"))]));
        let response = retrying(eager()).get(peer.url("/")).send().unwrap();
        assert_eq!((response.status(), response.attempts()), (503, 4));
        drop(response);
        assert_eq!(peer.finish().requests().len(), 4);

        let peer = Peer::always(conn([Act::Reset]));
        let e = retrying(eager()).get(peer.url("/")).send().unwrap_err();
        assert_eq!(e.attempts(), 4, "{e:?}");
        assert_eq!(peer.finish().connections.len(), 4);
    });
}

#[test]
fn c310_nothing_is_tried_again_unless_asked_for() {
    on_both(|| {
        let client = builder().build().unwrap();
        let peer = Peer::start([conn([any_request(), reply(busy("Retry-After: 0\r\n"))])]);
        assert_eq!(client.get(peer.url("/")).send().unwrap().status(), 503);
        peer.finish();
        let peer = Peer::start([resets()]);
        assert_eq!(client.get(peer.url("/")).send().unwrap_err().attempts(), 1);
        peer.finish();
    });
}

#[test]
fn c310_each_reason_is_a_switch() {
    let empty: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let chunked: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let cases: [(Vec<Act>, Retry, bool); 10] = [
        (vec![reply(busy(""))], eager(), true),
        (vec![reply(busy(""))], eager().statuses([429]), false),
        (vec![reply("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")], eager(), false),
        (vec![reply("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")], eager().statuses([500]), true),
        (vec![Act::Reset], eager(), true),
        (vec![Act::Reset], eager().connection_errors(false), false),
        (vec![Act::Stall], eager().timeouts(false), false),
        (vec![reply(empty)], eager(), false),
        (vec![reply(empty)], eager().empty_body(true), true),
        (vec![reply(chunked)], eager().empty_body(true), true),
    ];
    for (n, (acts, retry, again)) in cases.into_iter().enumerate() {
        let patience = if matches!(acts[0], Act::Stall) { 50 } else { 5000 };
        let first = [vec![any_request()], acts].concat();
        let peer = Peer::then_always([first], conn([serve(ok("second"))]));
        let client = builder().max_requests(1).retry(retry).build().unwrap();
        let came = client.get(peer.url("/")).head_timeout(ms(patience)).send();
        let second = came.is_ok_and(|response| response.attempts() == 2 && response.text().unwrap() == "second");
        assert_eq!(second, again, "case {n}");
        peer.finish();
    }
}

#[test]
fn c310_empty_answers_that_are_meant_so() {
    on_both(|| {
        let peer = Peer::start([conn([
            request("HEAD"),
            reply("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            request("GET"),
            reply("HTTP/1.1 204 No Content\r\n\r\n"),
            request("GET"),
            reply(ok("body")),
        ])]);
        let client = retrying(eager().empty_body(true));
        assert_eq!(client.head(peer.url("/")).send().unwrap().attempts(), 1);
        assert_eq!(client.get(peer.url("/")).send().unwrap().attempts(), 1);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "body");
        peer.finish();
    });
}

#[test]
fn c312_attempts_addresses_and_causes_are_in_the_last_error() {
    on_both(|| {
        let shows = with_some_time(ms(250), |limit| {
            let broken = conn([any_request(), reply("junk\r\n\r\n"), Act::Close]);
            let first = conn([any_request(), reply(busy("")), any_request(), Act::Reset]);
            let peer = Peer::then_always([first, conn([Act::Swallow])], broken);
            let client = builder().replay(false).retry(eager()).build().unwrap();
            let e = client.get(peer.url("/x")).head_timeout(limit).send().unwrap_err();
            let kinds: Vec<_> = e.earlier().iter().chain([&e]).map(|e| e.kind()).collect();
            // Only the third is to time out.
            if kinds.iter().filter(|kind| **kind == Kind::Timeout).count() > 1 {
                eprintln!("{limit:?}: {kinds:?}");
                peer.give_up();
                return false;
            }
            assert_eq!(e.attempts(), 4, "{e:?}");
            assert!(e.earlier().iter().all(|e| e.addresses() == [peer.authority()]), "{e:?}");
            use Kind::{ClosedBeforeResponse, ConnectionLost, Protocol, Status, Timeout};
            assert!(
                matches!(kinds[..], [Status, ConnectionLost | ClosedBeforeResponse, Timeout, Protocol]),
                "{kinds:?}"
            );
            assert!(e.earlier()[0].to_string().contains("503 Service Unavailable"), "{e:?}");
            true
        });
        assert!(shows, "never but one timeout");
    });
}

#[test]
fn c313_a_rule_of_the_program_is_obeyed() {
    on_both(|| {
        let answers =
            [any_request(), reply("HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n"), any_request(), reply(ok("a"))];
        let peer = Peer::start([conn(answers)]);
        let patient = eager().decide(|outcome| match outcome.status() {
            Some(202) => RetryDecision::RetryAfter(ms(50)),
            _ => RetryDecision::Default,
        });
        let watch = Stopwatch::start();
        // A POST: who says so knows better.
        let response = retrying(patient).post(peer.url("/")).body("job").send().unwrap();
        watch.within(50..9000);
        assert_eq!((response.attempts(), response.text().unwrap().as_str()), (2, "a"));
        assert_eq!(peer.finish().requests()[1].text(), "job");

        let peer = Peer::start([resets()]);
        let never = eager()
            .decide(|outcome| if outcome.error().is_some() { RetryDecision::Stop } else { RetryDecision::Default });
        assert_eq!(retrying(never).get(peer.url("/")).send().unwrap_err().attempts(), 1);
        peer.finish();
    });
}

#[test]
fn c360_retrying_is_a_matter_of_one_request_too() {
    on_both(|| {
        let peer = Peer::start([conn([
            any_request(),
            reply(busy("")),
            any_request(),
            reply(busy("")),
            any_request(),
            reply(ok("a")),
        ])]);
        let client = retrying(eager());
        assert_eq!(client.get(peer.url("/")).retry(Retry::none()).send().unwrap().status(), 503);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "a");
        peer.finish();
    });
}

#[test]
fn c246_a_body_is_sent_again_from_its_start_or_not_at_all() {
    on_both(|| {
        let peer = Peer::start([resets(), conn([request("PUT"), reply(ok("a"))])]);
        let client = retrying(eager());
        client.put(peer.url("/")).body("all of it").send().unwrap().text().unwrap();
        let seen = peer.finish();
        assert_eq!(seen.requests().iter().map(|r| r.text()).collect::<Vec<_>>(), ["all of it", "all of it"]);

        let peer = Peer::start([conn([any_request(), reply(busy(""))])]);
        let stream = Body::stream(std::io::repeat(b'x').take(100_000));
        let response = client.put(peer.url("/")).body(stream).send().unwrap();
        assert_eq!((response.status(), response.attempts()), (503, 1));
        drop(response);
        peer.finish();
    });
}

#[test]
fn a_cancel_ends_the_wait_between_two_tries() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(busy("Retry-After: 50\r\n"))])]);
        let token = maypole::rt::CancelToken::new();
        let (firing, client) = (token.clone(), retrying(eager()));
        let request = client.get(peer.url("/")).timeout(ms(90_000)).cancel(&token);
        let waiting = maypole::rt::spawn(move || request.send()).unwrap();
        peer.wait_requests(1);
        maypole::rt::sleep(ms(20));
        firing.cancel();
        let watch = Stopwatch::start();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), Kind::Cancelled);
        watch.within(0..5000);
        peer.finish();
    });
}

#[test]
fn wrong_rules_are_refused_when_the_client_is_built() {
    let wrong = Retry::standard().backoff(ms(10), ms(5));
    assert_eq!(HttpClient::builder().retry(wrong.clone()).build().unwrap_err().kind(), Kind::InvalidConfig);
    let sent = HttpClient::new().unwrap().get("http://127.0.0.1:1/").retry(wrong).send();
    assert_eq!(sent.unwrap_err().kind(), Kind::InvalidConfig);
}
