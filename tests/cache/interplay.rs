//! With redirects, cookies and transports.

use std::io::Read;

use maypole::HttpClient;
use maypole::client::{Cache, CacheStatus::*, Inbound, Outbound, Transport};

use crate::peer::*;
use crate::{answer, get, is, memory, read, with};

#[test]
fn redirects_are_kept_hop_by_hop() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.target.as_str() {
                "/moved" => answer(301, &["Location: /end", "Cache-Control: max-age=60"], "moved, with a body"),
                "/once" => answer(302, &["Location: /end"], ""),
                "/for-a-while" => answer(307, &["Location: /end", "Cache-Control: max-age=60"], ""),
                _ => answer(200, &["Cache-Control: max-age=60"], "end"),
            });
        });
        let client = with(&memory());
        assert_eq!(get(&client, &server.url("/moved")), is(Miss, "end"));
        for (path, more) in [("/moved", 0), ("/once", 1), ("/once", 1), ("/for-a-while", 1), ("/for-a-while", 0)] {
            let before = server.requests();
            let response = client.get(server.url(path)).send().unwrap();
            assert_eq!((response.history().len(), response.url().path()), (1, "/end"), "{path}");
            assert_eq!(read(response), is(Hit, "end"), "{path}");
            assert_eq!(server.requests() - before, more, "{path}");
        }
    });
}

#[test]
fn validators_do_not_go_along_to_where_a_redirect_leads() {
    on_thread(|| {
        let old = answer(200, &["Cache-Control: max-age=60", "Age: 100", "ETag: \"a\""], "old");
        let peer = Peer::start([conn([
            request("GET /a"),
            reply(old),
            request("GET /a"),
            reply(answer(302, &["Location: /b"], "")),
            request("GET /b"),
            reply(answer(200, &[], "b")),
        ])]);
        let client = with(&memory());
        get(&client, &peer.url("/a"));
        assert_eq!(get(&client, &peer.url("/a")).1, "b");
        let seen = peer.finish();
        assert_eq!(seen.requests()[1].header("If-None-Match"), Some("\"a\""));
        assert_eq!(seen.requests()[2].header("If-None-Match"), None);
    });
}

fn session(cache: &Cache) -> HttpClient {
    HttpClient::builder().cache(cache.clone()).cookies(true).build().unwrap()
}

#[test]
fn sec_j7_a_stored_cookie_does_not_come_back_to_life() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            responder.reply(match request.target.as_str() {
                "/login" => answer(200, &["Set-Cookie: id=new"], ""),
                _ => answer(200, &["Set-Cookie: id=old", "Cache-Control: public, max-age=60"], "page"),
            });
        });
        let client = session(&memory());
        let id = || client.cookie_jar().unwrap().header_for(&server.url("/").parse().unwrap());
        assert_eq!(get(&client, &server.url("/")), is(Miss, "page"));
        assert_eq!(id().as_deref(), Some("id=old"));
        get(&client, &server.url("/login"));
        let hit = client.get(server.url("/")).send().unwrap();
        assert_eq!((hit.cache_status(), hit.header("Set-Cookie")), (Some(Hit), Some("id=old")));
        assert_eq!(id().as_deref(), Some("id=new"));
    });
}

#[test]
fn sec_j7_sessions_that_share_a_cache_do_not_share_answers() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let who = request.header("Cookie").unwrap_or("nobody").to_owned();
            let set = format!("Set-Cookie: {}", request.target.trim_start_matches("/login?"));
            responder.reply(match request.target.as_str() {
                "/" => answer(200, &["Cache-Control: max-age=60"], &who),
                _ => answer(200, &[&set], ""),
            });
        });
        let cache = memory();
        let [one, other] = [session(&cache), session(&cache)];
        get(&one, &server.url("/login?id=1"));
        get(&other, &server.url("/login?id=2"));
        for status in [Miss, Hit] {
            assert_eq!(get(&one, &server.url("/")), is(status, "id=1"));
            assert_eq!(get(&other, &server.url("/")), is(status, "id=2"));
            assert_eq!(get(&with(&cache), &server.url("/")), is(status, "nobody"));
        }
    });
}

#[test]
fn a_refresh_beside_a_stale_answer_uses_and_fills_the_jar() {
    on_thread(|| {
        let server = Server::start(|request, responder| {
            let lines = ["Cache-Control: public, max-age=60, stale-while-revalidate=600", "Age: 100"];
            responder.reply(match request.header("Cookie") {
                None => answer(200, &[lines[0], lines[1], "Set-Cookie: n=1"], "first"),
                Some("own=1; n=1") => answer(200, &["Cache-Control: public, max-age=60", "Set-Cookie: n=2"], "second"),
                Some(other) => answer(200, &[], other),
            });
        });
        let cache = memory();
        let client = session(&cache);
        assert_eq!(get(&client, &server.url("/")), is(Miss, "first"));
        let stale = client.get(server.url("/")).header("Cookie", "own=1").send().unwrap();
        assert_eq!(read(stale), is(Stale, "first"));
        wait_until("the refresh", || cache.stats().stored == 2);
        let jar = client.cookie_jar().unwrap().header_for(&server.url("/").parse().unwrap());
        assert_eq!(jar.as_deref(), Some("n=2"));
        assert_eq!(get(&client, &server.url("/")), is(Hit, "second"));
    });
}

/// Counts, in place of a network.
struct Made(std::sync::atomic::AtomicUsize);

impl Transport for Made {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut headers = maypole::Headers::new();
        headers.append("Cache-Control", "max-age=60").unwrap();
        let head = maypole::wire::h1::Head { version: maypole::Version::Http11, status: 200, headers };
        Ok(Inbound { head, body: n.to_string().into() })
    }
}

#[test]
fn a_transport_is_cached_like_the_network() {
    let client = HttpClient::builder().cache(memory()).transport(Made(0.into())).build().unwrap();
    assert_eq!(get(&client, "http://any.test/"), is(Miss, "0"));
    assert_eq!(get(&client, "http://any.test/"), is(Hit, "0"));
    let mut both = String::new();
    client.get("http://any.test/2").send().unwrap().read_to_string(&mut both).unwrap();
    client.get("http://any.test/2").send().unwrap().read_to_string(&mut both).unwrap();
    assert_eq!(both, "11");
}

#[test]
fn sec_j7_another_server_by_connect_to_has_answers_of_its_own() {
    on_both(|| {
        let fresh = |body: &str| conn([serve(answer(200, &["Cache-Control: max-age=60"], body))]);
        let [one, other] = ["one", "other"].map(|body| Peer::start([fresh(body)]));
        let client = with(&memory());
        let to = |peer: &Peer| format!("site.test:80:127.0.0.1:{}", peer.address().port());
        for status in [Miss, Hit] {
            for (peer, body) in [(&one, "one"), (&other, "other")] {
                let response = client.get("http://site.test/").connect_to(&to(peer)).send().unwrap();
                assert_eq!(read(response), is(status, body));
            }
        }
        one.finish();
        other.finish();
    });
}

#[test]
fn an_equal_request_waited_for_is_not_time_in_line_for_a_connection() {
    on_both(|| {
        let gate = Gate::new();
        let slow =
            conn([any_request(), hold(&gate), reply(answer(200, &["Cache-Control: no-store"], "x")), Act::Stall]);
        let peer = Peer::start([slow]);
        let client = HttpClient::builder().cache(memory()).max_per_host(1).build().unwrap();
        let ask = |client: &HttpClient, url: &str| {
            client.get(url).checkout_timeout(std::time::Duration::from_millis(300)).send()
        };
        let (first, url) = (client.clone(), peer.url("/"));
        let leading = maypole::rt::spawn(move || ask(&first, &url).unwrap()).unwrap();
        peer.wait_requests(1);
        let (second, url) = (client.clone(), peer.url("/"));
        let begun = Gate::new();
        let at = begun.clone();
        let following = maypole::rt::spawn(move || {
            at.open();
            let start = std::time::Instant::now();
            let error = ask(&second, &url).unwrap_err();
            (error.is_timeout(), start.elapsed())
        });
        begun.wait();
        maypole::rt::sleep(std::time::Duration::from_millis(400));
        gate.open();
        let held = leading.join().unwrap();
        let (timed_out, took) = following.unwrap().join().unwrap();
        assert!(timed_out && took.as_millis() >= 650, "{took:?}");
        drop(held);
        peer.finish();
    });
}
