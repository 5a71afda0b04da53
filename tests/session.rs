//! The requests-like surface: sessions, functions without a client, and what a response says of itself; cases 212 and 353
//! to 363.
#![cfg(feature = "json")]

mod peer;

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use maypole::error::Kind;
use maypole::{Body, HttpClient, Session, client::Redirects};

use peer::*;

fn session() -> Session {
    Session::builder().timeout(Duration::from_secs(5)).build().unwrap()
}

fn client() -> HttpClient {
    HttpClient::builder().timeout(Duration::from_secs(5)).build().unwrap()
}

fn found(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn c212_a_head_is_not_followed_by_a_session_and_a_get_is() {
    on_both(|| {
        let peer = Peer::start([conn([
            request("HEAD /a "),
            reply(found("/b")),
            request("GET /a "),
            reply(found("/b")),
            request("GET /b "),
            reply(ok("b")),
            request("HEAD /a "),
            reply(found("/b")),
            request("HEAD /b "),
            reply("HTTP/1.1 200 OK\r\n\r\n"),
        ])]);
        let session = session();
        let head = session.head(peer.url("/a")).send().unwrap();
        assert_eq!((head.status(), head.is_redirect(), head.header("location")), (302, true, Some("/b")));
        let get = session.get(peer.url("/a")).send().unwrap();
        assert_eq!((get.url().path(), get.history().len()), ("/b", 1));
        assert_eq!(get.text().unwrap(), "b");
        let followed = session.head(peer.url("/a")).redirects(Redirects::default()).send().unwrap();
        assert_eq!((followed.status(), followed.is_redirect()), (200, false));
        peer.finish();
    });
}

#[test]
fn c212_thirty_redirects_and_not_one_more() {
    on_both(|| {
        let server = Server::start(|request, to| {
            let n: u32 = request.target[1..].parse().unwrap();
            if n == 0 { to.reply(ok("there")) } else { to.reply(found(&format!("/{}", n - 1))) }
        });
        let session = session();
        assert_eq!(session.get(server.url("/30")).send().unwrap().text().unwrap(), "there");
        assert_eq!(session.get(server.url("/31")).send().unwrap_err().kind(), Kind::Redirect);
    });
}

#[test]
fn a_session_shows_its_headers_with_each_request_and_a_base_url() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let session = Session::builder()
            .base_url(peer.url("/app/"))
            .default_header("Accept-Language", "de")
            .timeout(Duration::from_secs(5))
            .client(|client| client.user_agent("mine/1"))
            .build()
            .unwrap();
        session.get("a").send().unwrap().text().unwrap();
        session.clone().post("/b").body("x").header("Accept-Language", "fr").send().unwrap().text().unwrap();
        let seen = peer.finish();
        let lines =
            seen.requests().iter().map(|r| (r.target.clone(), r.all("accept-language").join(","))).collect::<Vec<_>>();
        assert_eq!(lines, [("/app/a".into(), "de".into()), ("/b".into(), "fr".into())]);
        assert!(seen.requests().iter().all(|r| r.all("user-agent") == ["mine/1"]));
    });
}

#[test]
fn a_session_keeps_cookies_and_clones_share_them() {
    on_both(|| {
        let login = "HTTP/1.1 401 X\r\nSet-Cookie: id=7; Path=/\r\nContent-Length: 0\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(login), serve(ok("x"))])]);
        let session = session();
        let clone = session.clone();
        assert_eq!(session.post(peer.url("/login")).send().unwrap().status(), 401);
        clone.get(peer.url("/a")).send().unwrap().text().unwrap();
        clone.get(peer.url("/b")).without_cookie_jar().send().unwrap().text().unwrap();
        let seen = peer.finish();
        let cookies: Vec<_> = seen.requests().iter().map(|request| request.header("cookie")).collect();
        assert_eq!(cookies, [None, Some("id=7"), None]);
        assert_eq!(session.cookie_jar().unwrap().len(), 1);
    });
}

#[test]
fn two_sessions_and_the_functions_share_nothing() {
    on_both(|| {
        let login = "HTTP/1.1 200 X\r\nSet-Cookie: id=7; Path=/\r\nContent-Length: 0\r\n\r\n";
        let peer = Peer::then_always([conn([any_request(), reply(login)])], conn([serve(ok("x"))]));
        let first = session();
        first.get(peer.url("/")).send().unwrap();
        session().get(peer.url("/")).send().unwrap().text().unwrap();
        maypole::get(peer.url("/")).send().unwrap().text().unwrap();
        let seen = peer.finish();
        assert!(seen.requests().iter().all(|request| request.header("cookie").is_none()));
    });
}

#[test]
fn what_is_wrong_with_a_session_is_told_when_it_is_built() {
    let wrong = Session::builder().default_header("a b", "c").build().unwrap_err();
    assert_eq!(wrong.kind(), Kind::InvalidConfig);
    assert_eq!(Session::builder().base_url("ftp://x/").build().unwrap_err().kind(), Kind::InvalidUrl);
}

#[test]
fn c353_a_get_describes_no_body() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        maypole::get(peer.url("/")).send().unwrap().text().unwrap();
        session().get(peer.url("/")).send().unwrap().text().unwrap();
        let seen = peer.finish();
        let described = |name| seen.requests().iter().any(|request| request.header(name).is_some());
        assert!(!described("content-type") && !described("content-length") && !described("transfer-encoding"));
    });
}

#[test]
fn c354_c355_pairs_join_the_query_of_the_url() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let session = session();
        session.get(peer.url("/?a=1")).query([("b", "2"), ("c", "ü&")]).send().unwrap().text().unwrap();
        session.get(peer.url("/?a/b")).query([("path", "/")]).send().unwrap().text().unwrap();
        session.get(peer.url("/")).query([("n", Some(1)), ("none", None)]).send().unwrap().text().unwrap();
        let seen = peer.finish();
        let targets: Vec<_> = seen.requests().iter().map(|request| request.target.as_str()).collect();
        assert_eq!(targets, ["/?a=1&b=2&c=%C3%BC%26", "/?a/b&path=%2F", "/?n=1"]);
    });
}

#[test]
fn c356_c357_c358_each_verb_with_each_body() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let session = session();
        let json = BTreeMap::from([("a", 1)]);
        let empty: BTreeMap<&str, u8> = BTreeMap::new();
        for verb in ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"] {
            let url = peer.url("/");
            session.request(verb, &url).json(&json).send().unwrap().text().unwrap();
            session.request(verb, &url).json(&empty).send().unwrap().text().unwrap();
            session.request(verb, &url).form([("b", "1"), ("a", "2"), ("b", "3")]).send().unwrap().text().unwrap();
            session.request(verb, &url).body(Body::stream(&b"streamed"[..])).send().unwrap().text().unwrap();
        }
        let seen = peer.finish();
        let bodies = [
            ("application/json", "{\"a\":1}"),
            ("application/json", "{}"),
            ("application/x-www-form-urlencoded", "b=1&a=2&b=3"),
            ("application/octet-stream", "streamed"),
        ];
        for (verb, requests) in
            ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"].iter().zip(seen.requests().chunks(4))
        {
            for (request, (content_type, body)) in requests.iter().zip(bodies) {
                assert_eq!((request.method.as_str(), request.text()), (*verb, body));
                assert_eq!(request.header("content-type"), Some(content_type));
            }
        }
    });
}

#[test]
fn c360_an_option_of_one_request_is_for_that_request_only() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), Act::Stall]), conn([any_request(), pause(150), reply(ok("x"))])]);
        let session = session();
        let quick = session.get(peer.url("/")).head_timeout(Duration::from_millis(50)).send().unwrap_err();
        assert_eq!(quick.kind(), Kind::Timeout);
        assert_eq!(session.get(peer.url("/")).send().unwrap().text().unwrap(), "x");
        peer.finish();
    });
}

#[test]
fn c361_the_body_is_there_after_the_function_has_returned() {
    fn fetch(url: &str) -> impl Read + use<> {
        maypole::get(url).timeout(Duration::from_secs(5)).send().unwrap()
    }
    on_both(|| {
        let all = "0123456789".repeat(100_000);
        let peer = Peer::start([conn([any_request(), reply(ok(&all))])]);
        let mut body = fetch(&peer.url("/"));
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        assert!(text == all);
        peer.finish();
    });
}

#[test]
fn functions_without_a_client_share_one() {
    on_both(|| {
        let peer = Peer::start([conn([
            request("GET /1 "),
            reply(ok("a")),
            request("POST /2 "),
            reply(ok("a")),
            request("PUT /3 "),
            reply(ok("a")),
            request("PATCH /4 "),
            reply(ok("a")),
            request("DELETE /5 "),
            reply(ok("a")),
            request("OPTIONS /6 "),
            reply(ok("a")),
            request("PURGE /7 "),
            reply(ok("a")),
            request("HEAD /8 "),
            reply("HTTP/1.1 200 OK\r\n\r\n"),
        ])]);
        let url = |path: &str| peer.url(path);
        let all = [
            maypole::get(url("/1")),
            maypole::post(url("/2")).body("x"),
            maypole::put(url("/3")).body("x"),
            maypole::patch(url("/4")).body("x"),
            maypole::delete(url("/5")),
            maypole::options(url("/6")),
            maypole::request("PURGE", url("/7")),
            maypole::head(url("/8")),
        ];
        for request in all {
            request.send().unwrap().text().unwrap();
        }
        peer.finish();
        assert_eq!(maypole::get("/relative").send().unwrap_err().kind(), Kind::InvalidUrl);
    });
}

#[test]
fn c362_what_a_response_says_of_itself() {
    on_both(|| {
        // A 199 is interim, and no answer.
        let answer = |status: &str| format!("HTTP/1.1 199 Early\r\n\r\nHTTP/1.1 {status}\r\nContent-Length: 0\r\n");
        let table = [
            ("200 OK", "", (true, true, false)),
            ("302 Found", "Location: /y\r\n", (false, true, true)),
            ("302 Found", "", (false, true, false)),
            ("304 Not Modified", "", (false, true, false)),
            ("404 Not Found", "", (false, false, false)),
            ("500 Oh No", "", (false, false, false)),
        ];
        for (status, lines, expected) in table {
            let peer = Peer::start([conn([any_request(), reply(format!("{}{lines}\r\n", answer(status)))])]);
            let response = client().get(peer.url("/x?y")).redirects(Redirects::none()).send().unwrap();
            assert_eq!((response.is_success(), response.is_ok(), response.is_redirect()), expected, "{status}");
            let (code, reason) = status.split_once(' ').unwrap();
            assert_eq!((response.status().to_string().as_str(), response.reason()), (code, Some(reason)));
            assert_eq!((response.url().as_str(), response.method().as_str()), (peer.url("/x?y").as_str(), "GET"));
            match response.error_for_status() {
                Ok(_) => assert!(expected.1),
                Err(error) => {
                    assert!(!expected.1 && error.kind() == Kind::Status && error.to_string().contains(status));
                    assert_eq!(error.take_response().unwrap().reason(), Some(reason));
                }
            }
            peer.finish();
        }
    });
}

#[test]
fn c363_relative_references_are_joined_by_rfc_3986() {
    let session = Session::builder().base_url("http://h/a/b?q#f").build().unwrap();
    // RFC 3986 §5.4.
    let table = [
        ("c", "http://h/a/c"),
        ("./c", "http://h/a/c"),
        ("../c", "http://h/c"),
        ("/c", "http://h/c"),
        ("?x", "http://h/a/b?x"),
        ("", "http://h/a/b?q"),
        ("//other/c", "http://other/c"),
        ("http://other/c", "http://other/c"),
    ];
    for (reference, expected) in table {
        let url = session.get(reference).url().unwrap().to_string();
        assert_eq!(url.trim_end_matches("#f"), expected, "{reference}");
    }
}
