//! The modes of a request, and `only-if-cached`.

use maypole::HttpClient;
use maypole::client::{CacheMode, CacheStatus, CacheStatus::*};
use maypole::error::Kind;

use crate::peer::*;
use crate::{answer, memory, with};

fn status(client: &HttpClient, url: &str, mode: CacheMode) -> (CacheStatus, u16) {
    let response = client.get(url).cache_mode(mode).send().unwrap();
    let found = (response.cache_status().unwrap(), response.status());
    response.text().unwrap();
    found
}

#[test]
fn fetch_modes_on_fresh_stale_and_nothing() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let lines = ["Cache-Control: max-age=60", "ETag: \"a\"", "Age: 100"];
            let lines = if request.target == "/fresh" { &lines[..2] } else { &lines[..] };
            responder.reply(match request.header("If-None-Match") {
                Some(_) => answer(304, &["ETag: \"a\"", "Age: 100"], ""),
                None => answer(200, lines, "x"),
            });
        });
        for (mode, none, fresh, stale) in [
            (CacheMode::Default, Miss, Hit, Revalidated),
            (CacheMode::NoStore, Bypass, Bypass, Bypass),
            (CacheMode::Reload, Miss, Miss, Miss),
            (CacheMode::NoCache, Miss, Revalidated, Revalidated),
            (CacheMode::ForceCache, Miss, Hit, Stale),
            (CacheMode::OnlyIfCached, Unsatisfied, Hit, Stale),
        ] {
            let client = with(&memory());
            let code = if mode == CacheMode::OnlyIfCached { 504 } else { 200 };
            assert_eq!(status(&client, &server.url("/none"), mode), (none, code), "{mode:?}");
            for (path, expected) in [("/fresh", fresh), ("/stale", stale)] {
                status(&client, &server.url(path), CacheMode::Default);
                assert_eq!(status(&client, &server.url(path), mode), (expected, 200), "{mode:?} {path}");
            }
        }
    });
}

#[test]
fn modes_tell_caches_on_the_way_unless_the_caller_does() {
    on_thread(|| {
        let sent = answer(200, &["Cache-Control: max-age=60"], "x");
        let server = Server::start(move |request, responder| {
            let told = [request.all("Cache-Control").join("+"), request.all("Pragma").join("+")].join("|");
            responder.reply(sent.replace("X-", "").replace("\r\n\r\nx", &format!("\r\nTold: {told}\r\n\r\nx")));
        });
        let client = with(&memory());
        let told = |mode, own: Option<&str>| {
            let request = client.get(server.url("/")).cache_mode(mode);
            let request = own
                .map_or(request.url().cloned().map(|url| client.get(url).cache_mode(mode)).unwrap(), |own| {
                    client.get(server.url("/")).cache_mode(mode).header("Cache-Control", own)
                });
            request.send().unwrap().header("Told").unwrap().to_owned()
        };
        assert_eq!(told(CacheMode::Reload, None), "no-cache|no-cache");
        assert_eq!(told(CacheMode::NoStore, None), "no-cache|no-cache");
        assert_eq!(told(CacheMode::NoCache, None), "max-age=0|");
        assert_eq!(told(CacheMode::Reload, Some("max-age=5")), "max-age=5|no-cache");
    });
}

#[test]
fn rfc9111_5_2_1_7_only_if_cached_is_a_504_without_a_request() {
    on_both(|| {
        let sent = answer(200, &["Cache-Control: max-age=60"], "x");
        let server = Server::start(move |_, responder| responder.reply(&sent));
        let client = with(&memory());
        let only = || client.get(server.url("/")).header("Cache-Control", "only-if-cached").send().unwrap();
        assert_eq!((only().status(), only().cache_status()), (504, Some(Unsatisfied)));
        assert_eq!(server.requests(), 0);
        crate::get(&client, &server.url("/"));
        assert_eq!((only().status(), only().cache_status()), (200, Some(Hit)));
        let part = client.get(server.url("/")).header("Range", "bytes=0-0").cache_mode(CacheMode::OnlyIfCached).send();
        assert_eq!(part.unwrap().status(), 504);
        assert_eq!(server.requests(), 1);
    });
}

#[test]
fn c384_a_cache_can_be_set_and_left_out_for_one_request() {
    on_thread(|| {
        let sent = answer(200, &["Cache-Control: max-age=60"], "x");
        let server = Server::start(move |_, responder| responder.reply(&sent));
        let (own, plain) = (memory(), HttpClient::new().unwrap());
        let client = with(&memory());
        for expected in [Miss, Hit] {
            let found = plain.get(server.url("/")).cache(own.clone()).send().unwrap();
            assert_eq!(crate::read(found).0, expected);
        }
        crate::get(&client, &server.url("/"));
        assert_eq!(client.get(server.url("/")).without_cache().send().unwrap().cache_status(), None);
    });
}

#[test]
fn a_mode_without_a_cache_is_refused_where_it_could_not_be_kept() {
    let built = HttpClient::builder().cache_mode(CacheMode::ForceCache).build();
    assert_eq!(built.unwrap_err().kind(), Kind::InvalidConfig);
    let client = HttpClient::new().unwrap();
    let sent = client.get("http://127.0.0.1:1/").cache_mode(CacheMode::OnlyIfCached).send();
    assert_eq!(sent.unwrap_err().kind(), Kind::InvalidRequest);
    let only = HttpClient::builder().cache(memory()).cache_mode(CacheMode::OnlyIfCached).build().unwrap();
    assert_eq!(only.get("http://127.0.0.1:1/").send().unwrap().status(), 504);
}
