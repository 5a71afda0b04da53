//! Which redirects are followed, where to, and with which method and body.

use std::io::Cursor;

use maypole::Body;
use maypole::client::{Decision, Redirects};
use maypole::error::Kind;

use crate::peer::on_both;
use crate::{Site, builder, client};

#[test]
fn c197_to_an_absolute_url() {
    on_both(|| {
        let site = Site::start();
        let response = client().get(site.url(&format!("/301/{}", site.url("/to?q=1")))).send().unwrap();
        assert_eq!((response.status(), response.url().as_str()), (200, site.url("/to?q=1").as_str()));
        assert_eq!(response.text().unwrap(), "GET /to?q=1");
    });
}

/// Method sent, status, method received, body received.
const METHODS: [(&str, u16, &str, &str); 18] = [
    ("POST", 301, "GET", ""),   // c200
    ("POST", 302, "GET", ""),   // c198
    ("POST", 303, "GET", ""),   // sec-D7
    ("POST", 307, "POST", "x"), // c201
    ("POST", 308, "POST", "x"), // c201, c202
    ("PUT", 301, "PUT", "x"),
    ("PUT", 302, "PUT", "x"),
    ("PUT", 303, "GET", ""),
    ("PUT", 307, "PUT", "x"),
    ("DELETE", 302, "DELETE", "x"),
    ("DELETE", 303, "GET", ""),
    ("HEAD", 301, "HEAD", ""),
    ("HEAD", 303, "HEAD", ""), // c199
    ("HEAD", 308, "HEAD", ""),
    ("GET", 301, "GET", ""),
    ("GET", 303, "GET", ""),
    ("GET", 307, "GET", ""),
    ("GET", 308, "GET", ""), // c202
];

#[test]
fn c198_to_c202_sec_d7_method_and_body_by_status() {
    on_both(|| {
        let site = Site::start();
        for (method, status, expected, body) in METHODS {
            let mut request = client().request(method, site.url(&format!("/{status}//to")));
            if !matches!(method, "GET" | "HEAD") {
                request = request.header("Content-Language", "de").header("X-Kept", "1").body("x");
            }
            request.send().unwrap();
            let last = site.last();
            assert_eq!((last.method.as_str(), last.text()), (expected, body), "{method} {status}");
            let content = last.headers.iter().filter(|(name, _)| name.to_lowercase().starts_with("content-"));
            assert_eq!(content.count(), if body.is_empty() { 0 } else { 3 }, "{method} {status}");
            assert_eq!(last.header("x-kept").is_some(), !matches!(method, "GET" | "HEAD"), "{method} {status}");
        }
    });
}

#[test]
fn c200_post_may_be_kept() {
    let site = Site::start();
    for status in [301, 302, 303] {
        let policy = Redirects::default().keep_post(status);
        client().post(site.url(&format!("/{status}//to"))).redirects(policy).body("x").send().unwrap();
        assert_eq!((site.last().method.as_str(), site.last().text()), ("POST", "x"), "{status}");
    }
}

#[test]
fn c203_c208_relative_references() {
    let site = Site::start();
    let authority = site.server.address().to_string();
    for (from, expected) in [
        ("/302/c.html", "/302/c.html".to_owned()),
        ("/302//c.html", "/c.html".to_owned()),
        ("/302/../c.html", "/c.html".to_owned()),
        ("/302/?q", "/302/?q".to_owned()),
        (&format!("/302///{authority}/d"), "/d".to_owned()), // c208
    ] {
        // A relative one leads to a path that redirects again; only the first step matters here.
        let response = client().get(site.url(from)).redirects(Redirects::limited(1)).send();
        let url = match response {
            Ok(response) => response.url().clone(),
            Err(error) => error.take_response().unwrap().url().clone(),
        };
        assert_eq!(url.request_target(), expected, "{from}");
    }
}

#[test]
fn c204_fragments() {
    let site = Site::start();
    for (from, expected) in [("/302//to#new", Some("new")), ("/302//to#", Some(""))] {
        let url = format!("{}{}", site.url(""), from.replace('#', "%23"));
        let response = client().get(&url).send().unwrap();
        assert_eq!(response.url().fragment(), None, "an escaped # is part of the path: {expected:?}");
    }
    let inherited = client().get(site.url("/302//to#old")).send().unwrap();
    assert_eq!(inherited.url().fragment(), Some("old"));
    assert_eq!(site.last().target, "/to");
}

#[test]
fn c204_a_fragment_of_the_location_wins() {
    let server = crate::peer::Server::start(|request, responder| {
        responder.reply(match request.target.as_str() {
            "/from" => crate::redirect("302", "/to#new"),
            _ => crate::peer::ok(""),
        });
    });
    let response = client().get(server.url("/from#old")).send().unwrap();
    assert_eq!(response.url().fragment(), Some("new"));
}

#[test]
fn c216_a_body_that_is_gone_is_an_error_and_not_an_empty_body() {
    on_both(|| {
        let site = Site::start();
        let body = Body::stream(Cursor::new(b"once".to_vec()));
        let error = client().post(site.url("/307//to")).body(body).send().unwrap_err();
        assert_eq!(error.kind(), Kind::BodyUsed);
        assert!(error.url().unwrap().contains("/307/"), "{error}");
        let response = error.take_response().unwrap();
        assert_eq!((response.status(), response.url().path()), (307, "/307//to"));
        assert_eq!(site.seen().len(), 1);
    });
}

#[test]
fn c218_statuses_that_are_no_redirects() {
    let site = Site::start();
    for status in [300, 304, 305, 306] {
        let response = client().get(site.url(&format!("/{status}//to"))).send().unwrap();
        assert_eq!(response.status(), status);
    }
}

#[test]
fn c211_none_returns_the_redirect_itself() {
    on_both(|| {
        let site = Site::start();
        let client = builder().redirects(Redirects::none()).build().unwrap();
        let response = client.get(site.url("/302//to")).send().unwrap();
        assert_eq!((response.status(), response.header("location")), (302, Some("/to")));
        assert_eq!(response.text().unwrap(), "moved");
    });
}

#[test]
fn c214_a_request_has_its_own_policy() {
    let site = Site::start();
    let client = client();
    let own = client.get(site.url("/302//to")).redirects(Redirects::none()).send().unwrap();
    assert_eq!(own.status(), 302);
    assert_eq!(client.get(site.url("/302//to")).send().unwrap().status(), 200);
}

#[test]
fn c215_a_callback_stops_changes_and_fails() {
    on_both(|| {
        let site = Site::start();
        let policy = Redirects::limited(5).decide(|hop| {
            assert_eq!((hop.status, hop.history.len(), hop.headers.get("content-length")), (302, 0, Some("5")));
            match hop.next.url.path() {
                "/stop" => Decision::Stop,
                "/fail" => Decision::Fail(maypole::Error::new(Kind::Redirect, "not there")),
                _ => {
                    hop.next.set_header("X-Added", "1").unwrap();
                    hop.next.url.query_append("changed", "1");
                    Decision::Follow
                }
            }
        });
        let client = builder().redirects(policy).build().unwrap();
        let stopped = client.post(site.url("/302//stop")).body("x").send().unwrap();
        assert_eq!((stopped.status(), stopped.url().path(), stopped.method().as_str()), (302, "/302//stop", "POST"));
        let failed = client.get(site.url("/302//fail")).send().unwrap_err();
        assert!(failed.to_string().contains("not there"), "{failed}");
        let changed = client.get(site.url("/302//to")).send().unwrap();
        assert_eq!(changed.url().request_target(), "/to?changed=1");
        assert_eq!(site.last().header("x-added"), Some("1"));
    });
}

#[test]
fn c213_c386_history() {
    let site = Site::start();
    let response = client().get(site.url("/302//303//301//to")).send().unwrap();
    let history = response.history();
    let seen: Vec<_> = history.iter().map(|hop| (hop.status, hop.url.path().to_owned())).collect();
    assert_eq!(seen, [(302, "/302//303//301//to".into()), (303, "/303//301//to".into()), (301, "/301//to".into())]);
    assert_eq!(history[1].headers.get("location"), Some("/301//to"));
    assert!(history.iter().all(|hop| !hop.timings.wait.is_zero()));
    assert!(!history[0].timings.connect.is_zero() && history[1].timings.connect.is_zero(), "one connection");
}

#[test]
fn a_client_bound_to_an_origin_does_not_leave_it() {
    let site = Site::start();
    let client = maypole::HttpClient::from_url(site.url("/")).unwrap();
    assert_eq!(client.get("/302//to").send().unwrap().status(), 200);
    let error = client.get(format!("/302/{}", site.other("/to"))).send().unwrap_err();
    assert_eq!(error.kind(), Kind::WrongOrigin);
    assert_eq!(error.take_response().unwrap().status(), 302);
}
