//! Asking the server whether an answer still holds (RFC 9111 §4.3).

use maypole::client::CacheStatus::*;

use crate::peer::*;
use crate::{answer, get, is, memory, read, with};

const OLD: &str = "Age: 100";

#[test]
fn c394_a_stale_answer_is_validated_and_a_304_freshens_it() {
    on_both(|| {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let first = answer(
            200,
            &["Cache-Control: max-age=60", OLD, "ETag: \"a\"", &format!("Last-Modified: {date}"), "X-A: 1"],
            "body",
        );
        let news = "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nX-A: 2\r\nX-B: 3\r\nSet-Cookie: c=1\r\n\r\n";
        let peer = Peer::start([conn([request("GET /"), reply(first), request("GET /"), reply(news)])]);
        let cache = memory();
        let client = with(&cache);
        assert_eq!(get(&client, &peer.url("/")), is(Miss, "body"));
        let validated = client.get(peer.url("/")).send().unwrap();
        assert_eq!((validated.status(), validated.header("X-A"), validated.header("X-B")), (200, Some("2"), Some("3")));
        assert!(validated.is_reused());
        assert_eq!(read(validated), is(Revalidated, "body"));
        let hit = client.get(peer.url("/")).send().unwrap();
        assert_eq!((hit.header("X-A"), hit.header("X-B"), hit.header("Age")), (Some("2"), Some("3"), Some("0")));
        assert_eq!(read(hit), is(Hit, "body"));
        let seen = peer.finish();
        let asked = seen.requests()[1];
        assert_eq!((asked.header("If-None-Match"), asked.header("If-Modified-Since")), (Some("\"a\""), Some(date)));
        assert_eq!(cache.stats().revalidated, 1);
    });
}

#[test]
fn a_new_answer_takes_the_place_of_the_old_one() {
    on_both(|| {
        let old = answer(200, &["Cache-Control: max-age=60", OLD, "ETag: \"a\""], "old");
        let new = answer(200, &["Cache-Control: max-age=60", "ETag: \"b\""], "new");
        let peer = Peer::start([conn([any_request(), reply(old), any_request(), reply(new)])]);
        let client = with(&memory());
        assert_eq!(get(&client, &peer.url("/")), is(Miss, "old"));
        assert_eq!(get(&client, &peer.url("/")), is(Replaced, "new"));
        assert_eq!(get(&client, &peer.url("/")), is(Hit, "new"));
        peer.finish();
    });
}

#[test]
fn what_the_server_no_longer_says_is_gone() {
    on_thread(|| {
        let old = answer(200, &["Cache-Control: max-age=60, stale-if-error=600", OLD, "ETag: \"a\""], "old");
        let peer = Peer::start([conn([
            any_request(),
            reply(old),
            any_request(),
            reply(answer(403, &["Cache-Control: no-store"], "no")),
            any_request(),
            reply(answer(500, &[], "down")),
        ])]);
        let client = with(&memory());
        get(&client, &peer.url("/"));
        assert_eq!(get(&client, &peer.url("/")), is(Replaced, "no"));
        assert_eq!(get(&client, &peer.url("/")), is(Miss, "down"), "nothing is left to stand in for an error");
        assert!(peer.finish().requests()[2].header("If-None-Match").is_none());
    });
}

#[test]
fn rfc9111_4_3_4_a_304_about_another_version_is_asked_again_without_conditions() {
    on_both(|| {
        let old = answer(200, &["Cache-Control: max-age=60", OLD, "ETag: \"a\""], "old");
        let other = "HTTP/1.1 304 Not Modified\r\nETag: \"b\"\r\n\r\n";
        let new = answer(200, &["Cache-Control: max-age=60", "ETag: \"b\""], "new");
        let script = [any_request(), reply(old), any_request(), reply(other), any_request(), reply(new)];
        let peer = Peer::start([conn(script)]);
        let client = with(&memory());
        get(&client, &peer.url("/"));
        assert_eq!(get(&client, &peer.url("/")), is(Miss, "new"));
        let seen = peer.finish();
        let asked: Vec<_> = seen.requests().iter().map(|request| request.header("If-None-Match")).collect();
        assert_eq!(asked, [None, Some("\"a\""), None]);
    });
}

#[test]
fn the_callers_own_conditions_pass_through_untouched() {
    on_both(|| {
        let fresh = answer(200, &["Cache-Control: max-age=60", "ETag: \"a\""], "body");
        let not_modified = "HTTP/1.1 304 Not Modified\r\nETag: \"mine\"\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(fresh), any_request(), reply(not_modified)])]);
        let client = with(&memory());
        get(&client, &peer.url("/"));
        let own = client.get(peer.url("/")).header("If-None-Match", "\"mine\"").send().unwrap();
        assert_eq!(own.status(), 304);
        assert_eq!(read(own), is(Bypass, ""));
        assert_eq!(get(&client, &peer.url("/")), is(Hit, "body"));
        let seen = peer.finish();
        let asked = seen.requests()[1];
        assert_eq!((asked.all("If-None-Match"), asked.header("If-Modified-Since")), (vec!["\"mine\""], None));
    });
}

#[test]
fn a_304_that_nobody_asked_for_is_handed_on() {
    on_thread(|| {
        let peer = Peer::start([conn([any_request(), reply("HTTP/1.1 304 Not Modified\r\n\r\n")])]);
        let client = with(&memory());
        let response = client.get(peer.url("/")).send().unwrap();
        assert_eq!((response.status(), response.cache_status()), (304, Some(Miss)));
        peer.finish();
    });
}

#[test]
fn an_age_that_is_beyond_all_numbers_is_only_old() {
    on_thread(|| {
        let lines = ["Cache-Control: max-age=99999999999999999999", "Age: 18446744073709551615", "ETag: \"a\""];
        let sent = answer(200, &lines, "x");
        let server = Server::start(move |_, responder| responder.reply(&sent));
        let client = with(&memory());
        for _ in 0..3 {
            get(&client, &server.url("/"));
        }
        assert_eq!(server.requests(), 3);
    });
}

#[test]
fn sec_j7_a_304_may_change_whom_an_answer_is_for_or_end_it() {
    on_both(|| {
        let old = answer(200, &["Cache-Control: public, max-age=60", OLD, "ETag: \"a\""], "old");
        let news = |lines: &str| format!("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n{lines}\r\n\r\n");
        for (lines, same, other) in [
            ("Cache-Control: public, max-age=60", Some(Hit), Some(Hit)),
            ("Cache-Control: max-age=60", Some(Hit), None),
            ("Cache-Control: public, max-age=60\r\nVary: X-User", Some(Hit), None),
            ("Cache-Control: public, max-age=60\r\nVary: *", None, None),
            ("Cache-Control: no-store", None, None),
        ] {
            let peer = Peer::start([conn([any_request(), reply(old.clone()), any_request(), reply(news(lines))])]);
            let client = with(&memory());
            let ask = |user: &str, only: bool| {
                let request = client.get(peer.url("/")).header("X-User", user).header("Cookie", user);
                let only = if only { maypole::client::CacheMode::OnlyIfCached } else { Default::default() };
                read(request.cache_mode(only).send().unwrap())
            };
            assert_eq!(ask("a", false), is(Miss, "old"));
            assert_eq!(ask("a", false), is(Revalidated, "old"), "{lines}");
            for (user, expected) in [("a", same), ("b", other)] {
                assert_eq!(ask(user, true).0, expected.unwrap_or(Unsatisfied), "{lines} {user}");
            }
            peer.finish();
        }
    });
}
