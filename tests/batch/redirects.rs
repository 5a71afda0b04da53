//! Redirects, through a batch.

use maypole::TlsConfig;
use maypole::client::Redirects;
use maypole::error::Kind;
use maypole::queue::batch::CookieMode;

use crate::peer::{Peer, Tls, authority, conn, ok as whole, request};
use crate::site::{Site, batch, batch_with, ok, reply};

#[test]
fn q183_to_https() {
    let body = whole("secure");
    let secure = Peer::tls(&Tls::default(), [conn([request("GET /there "), crate::peer::reply(body)])], None);
    let there = format!("Location: {}", secure.url("/there"));
    let site = Site::start(move |_, responder| responder.reply(reply("301 Moved Permanently", &[&there], "moved")));
    let tls = TlsConfig::builder().add_root_pem(authority().0.pem()).build().unwrap();
    let (batch, kept) = batch_with(1, |options| options.client_options(|client| client.tls(tls)));
    batch.get(site.url("/here")).queue().unwrap();
    batch.fetch_all();
    let outcome = kept.one();
    assert_eq!((outcome.status(), outcome.text().as_str()), (200, "secure"));
    let history: Vec<_> = outcome.history().iter().map(|hop| (hop.status, hop.url.to_string())).collect();
    assert_eq!(history, [(301, site.url("/here"))]);
    site.end(batch, &kept);
    secure.finish();
}

#[test]
fn q184_which_redirects_keep_method_and_body() {
    let site = Site::start(|request, responder| match request.target.strip_prefix("/from/") {
        Some(status) => responder.reply(reply(&format!("{status} Elsewhere"), &["Location: /to"], "")),
        None => responder.reply(ok(&format!("{} {}", request.method, request.text()))),
    });
    let (batch, kept) = batch(1);
    let table = [(301, "GET "), (302, "GET "), (303, "GET "), (307, "POST a=1"), (308, "POST a=1")];
    for (status, _) in table {
        batch.post_form(site.url(&format!("/from/{status}")), [("a", "1")]).queue().unwrap();
    }
    batch.fetch_all();
    for (outcome, (status, text)) in kept.take().iter().zip(table) {
        assert_eq!(outcome.text(), text, "{status}");
        assert_eq!(outcome.meta().req_method().unwrap().as_str(), "POST");
        assert_eq!(outcome.method().unwrap().as_str(), &text[..text.find(' ').unwrap()]);
    }
    site.end(batch, &kept);
}

#[test]
fn q185_another_host_gets_no_credentials_and_its_own_cookies() {
    let other = Site::start(|_, responder| responder.reply(ok("there")));
    let there = format!("Location: {}", other.url("/x").replace("127.0.0.1", "localhost"));
    let site = Site::start(move |_, responder| {
        responder.reply(reply("302 Found", &[&there, "Set-Cookie: mine=1"], ""));
    });
    let (batch, kept) = batch_with(1, |options| options.cookies(CookieMode::Shared));
    batch.get(site.url("/")).auth(maypole::client::Auth::basic("ada", "pw")).queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().text(), "there");
    assert!(site.one().header("authorization").is_some());
    let request = other.one();
    assert_eq!((request.header("authorization"), request.header("cookie")), (None, None));
    assert!(request.header("host").unwrap().starts_with("localhost:"));
    site.end(batch, &kept);
}

#[test]
fn q186_too_many() {
    let site = Site::start(|_, responder| responder.reply(reply("302 Found", &["Location: /again"], "")));
    let (batch, kept) = batch_with(1, |options| options.redirects(Redirects::limited(3)));
    batch.get(site.url("/")).queue().unwrap();
    let report = batch.fetch_all();
    let outcome = kept.one();
    let error = outcome.error().unwrap();
    assert_eq!(
        (error.kind(), outcome.compat_code(), report.failures),
        (Kind::Redirect, Some(711), vec![(Kind::Redirect, 1)])
    );
    let last = error.take_response().unwrap();
    assert_eq!((last.status(), last.history().len(), site.server.requests()), (302, 3, 4));
    drop((last, outcome));
    site.end(batch, &kept);
}

#[test]
fn q187_the_same_url_with_a_cookie_is_no_loop() {
    let site = Site::start(|request, responder| match request.header("cookie") {
        None => responder.reply(reply("302 Found", &["Location: /", "Set-Cookie: seen=1"], "")),
        Some(cookie) => responder.reply(ok(cookie)),
    });
    let (batch, kept) = batch_with(1, |options| options.cookies(CookieMode::Shared));
    batch.get(site.url("/")).queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().text(), "seen=1");
    site.end(batch, &kept);
}

#[test]
fn q188_off() {
    let site = Site::start(|_, responder| responder.reply(reply("302 Found", &["Location: /there"], "here")));
    let (batch, kept) = batch_with(1, |options| options.redirects(Redirects::none()));
    batch.get(site.url("/")).queue().unwrap();
    batch.fetch_all();
    let outcome = kept.one();
    assert_eq!((outcome.status(), outcome.text().as_str(), outcome.history().len()), (302, "here", 0));
    let error = outcome.error_for_status().unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("status 302 Found")), (Kind::Status, true));
    site.end(batch, &kept);
}
