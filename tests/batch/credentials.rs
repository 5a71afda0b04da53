//! Credentials by challenge.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::peer::Request;
use crate::site::{Site, batch, ok, reply};

fn guarded(challenge: &'static str, lets_in: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Site {
    Site::start(move |request, responder| match lets_in(request) {
        true => responder.reply(ok("welcome")),
        false => responder.reply(reply("401 Unauthorized", &[challenge], "who?")),
    })
}

#[test]
fn q189_q190_basic_when_asked() {
    for (password, status, text) in [("pw", 200, "welcome"), ("wrong", 401, "who?")] {
        let site = guarded("WWW-Authenticate: Basic realm=\"x\"", |request| {
            request.header("authorization") == Some("Basic YWRhOnB3")
        });
        let (batch, kept) = batch(1);
        batch.get(site.url("/")).auth(("ada", password)).queue().unwrap();
        batch.fetch_all();
        let outcome = kept.one();
        assert_eq!((outcome.status(), outcome.text().as_str()), (status, text));
        let shown: Vec<_> = site.requests().iter().map(|request| request.header("authorization").is_some()).collect();
        assert_eq!(shown, [false, true], "asked once, answered once");
        site.end(batch, &kept);
    }
}

#[test]
fn q189_user_and_password_as_one_text() {
    let site = guarded("WWW-Authenticate: Basic realm=\"x\"", |request| request.header("authorization").is_some());
    let (batch, kept) = batch(1);
    batch.get(site.url("/")).auth("ada:pw").queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().text(), "welcome");
    assert_eq!(site.requests()[1].header("authorization"), Some("Basic YWRhOnB3"));
    site.end(batch, &kept);
}

#[test]
fn q191_a_token() {
    let site = guarded("WWW-Authenticate: Bearer", |request| request.header("authorization") == Some("Bearer t0ken"));
    let (batch, kept) = batch(1);
    batch.get(site.url("/")).auth(("t0ken",)).queue().unwrap();
    batch.get(site.url("/")).auth("t0ken").queue().unwrap();
    batch.fetch_all();
    assert!(kept.take().iter().all(|outcome| outcome.text() == "welcome"));
    site.end(batch, &kept);
}

#[test]
fn q192_digest_of_every_kind() {
    for (challenge, part) in [
        ("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"", "qop=auth,"),
        ("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256", "algorithm=SHA-256"),
        ("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"", "qop=auth-int"),
        ("WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"", "response="),
    ] {
        let site = guarded(challenge, move |request| {
            let shown = request.header("authorization").unwrap_or_default();
            shown.starts_with("Digest ") && shown.contains(part) && shown.contains("username=\"ada\"")
        });
        let (batch, kept) = batch(1);
        batch.post_form(site.url("/"), [("a", "1")]).auth(("ada", "pw")).queue().unwrap();
        batch.fetch_all();
        assert_eq!(kept.one().text(), "welcome", "{challenge}");
        site.end(batch, &kept);
    }
}

#[test]
fn q192_a_stale_nonce() {
    let asked = AtomicUsize::new(0);
    let site = Site::start(move |request, responder| {
        let turn = asked.fetch_add(1, SeqCst);
        let challenge = match turn {
            0 => "WWW-Authenticate: Digest realm=\"r\", nonce=\"old\", qop=\"auth\"",
            _ => "WWW-Authenticate: Digest realm=\"r\", nonce=\"new\", qop=\"auth\", stale=true",
        };
        match request.header("authorization").is_some_and(|shown| shown.contains("nonce=\"new\"")) {
            true => responder.reply(ok("welcome")),
            false => responder.reply(reply("401 Unauthorized", &[challenge], "")),
        }
    });
    let (batch, kept) = batch(1);
    batch.get(site.url("/")).auth(("ada", "pw")).queue().unwrap();
    batch.fetch_all();
    assert_eq!((kept.one().text().as_str(), site.server.requests()), ("welcome", 3));
    site.end(batch, &kept);
}
