//! A client with a jar: what an answer sets goes out with the next request.

use maypole::CookieJar;
use maypole::client::SameSite;
use maypole::error::Kind;
use maypole::rt::Group;

use crate::peer::*;
use crate::*;

#[test]
fn c219_a_cookie_of_an_answer_without_a_body() {
    on_both(|| {
        let (client, jar) = with_jar();
        let peer = Peer::start([conn([any_request(), reply(sets("200 OK", &["a=1"])), serve(ok("x"))])]);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "");
        assert_eq!(jar.get(&url(&peer.url("/")), "a").unwrap().value(), "1");
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        let seen = peer.finish();
        assert_eq!(seen.requests().iter().map(|request| cookie(request)).collect::<Vec<_>>(), [None, Some("a=1")]);
    });
}

#[test]
fn c220_an_error_status_sets_cookies_too() {
    let (client, jar) = with_jar();
    let peer = Peer::start([conn([any_request(), reply(sets("401 Unauthorized", &["a=1"]))])]);
    let error = client.get(peer.url("/")).send().unwrap().error_for_status().unwrap_err();
    assert_eq!(error.kind(), Kind::Status);
    assert_eq!(names(&jar), ["a"]);
    peer.finish();
}

#[test]
fn c221_a_redirect_sets_what_its_target_asks_for() {
    on_both(|| {
        let (client, jar) = with_jar();
        let peer = Peer::start([conn([
            request("GET /login"),
            reply(redirects("/home", &["session=1; Path=/; HttpOnly", "gone=1; Path=/"])),
            request("GET /home"),
            reply(redirects("/end", &["gone=; Path=/; Max-Age=0", "home=1"])),
            request("GET /end"),
            reply(ok("x")),
        ])]);
        client.get(peer.url("/login")).send().unwrap().text().unwrap();
        let seen = peer.finish();
        let sent: Vec<_> = seen.requests().iter().map(|request| cookie(request)).collect();
        assert_eq!(sent, [None, Some("session=1; gone=1"), Some("session=1; home=1")]);
        assert_eq!(names(&jar), ["session", "home"]);
    });
}

#[test]
fn c222_paths_and_ends_are_obeyed() {
    let (client, _) = with_jar();
    let lines = [
        "deep=1; Path=/a/b",
        "top=1; Path=/",
        "over=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "zero=1; Max-Age=0",
        "later=1; Path=/; Max-Age=100; HttpOnly; SameSite=Lax",
        "secure=1; Path=/; Secure",
    ];
    let peer = Peer::start([conn([any_request(), reply(sets("200 OK", &lines)), serve(ok("x"))])]);
    for path in ["/a/b/c", "/a/b/c", "/a/b", "/a/bc", "/"] {
        client.get(peer.url_at("www.example.com", path)).send().unwrap().text().unwrap();
    }
    let seen = peer.finish();
    let sent: Vec<_> = seen.requests().iter().skip(1).map(|request| cookie(request).unwrap().to_owned()).collect();
    let (deep, top) = ("deep=1; top=1; later=1", "top=1; later=1");
    assert_eq!(sent, [deep, deep, top, top]);
}

#[test]
fn c223_without_a_jar_there_is_no_line() {
    let peer = Peer::always(conn([serve(sets("200 OK", &["a=1"]))]));
    let client = builder().build().unwrap();
    assert!(client.cookie_jar().is_none());
    client.get(peer.url("/")).send().unwrap().text().unwrap();
    client.get(peer.url("/")).send().unwrap().text().unwrap();
    // An empty jar, and no jar for one request.
    let (client, jar) = with_jar();
    client.get(peer.url("/")).send().unwrap().text().unwrap();
    jar.set(&url(&peer.url("/")), "a=1").unwrap();
    client.get(peer.url("/")).without_cookie_jar().send().unwrap().text().unwrap();
    let off = builder().cookie_jar(jar).cookies(false).build().unwrap();
    off.get(peer.url("/")).send().unwrap().text().unwrap();
    let seen = peer.so_far();
    assert_eq!(seen.requests().len(), 5);
    assert!(seen.requests().iter().all(|request| cookie(request).is_none()));
}

#[test]
fn c225_a_jar_outlives_its_client() {
    let folder = tempfile::tempdir().unwrap();
    let (text, json) = (folder.path().join("cookies.txt"), folder.path().join("jar.json"));
    let lines = ["host=1; Path=/; HttpOnly", "all=2; Domain=example.com; Path=/; Max-Age=3600; SameSite=Strict"];
    let peer = Peer::always(conn([any_request(), reply(sets("200 OK", &lines)), serve(ok("x"))]));
    let (client, jar) = with_jar();
    client.get(peer.url_at("www.example.com", "/")).send().unwrap().text().unwrap();
    jar.save_netscape_to(&text).unwrap();
    jar.save_json_to(&json).unwrap();
    let (from_text, from_json) = (CookieJar::new(), CookieJar::new());
    from_text.load_netscape_from(&text).unwrap();
    from_json.load_json_from(&json).unwrap();
    assert_eq!(from_json.cookies(), jar.cookies());
    assert_eq!(from_json.cookies()[1].same_site(), Some(SameSite::Strict));
    for jar in [from_text, from_json] {
        let client = builder().cookie_jar(jar).build().unwrap();
        for (host, expected) in [("www.example.com", "host=1; all=2"), ("api.example.com", "all=2")] {
            client.get(peer.url_at(host, "/")).send().unwrap().text().unwrap();
            let seen = peer.so_far();
            let last = seen.connections.iter().rev().find_map(|connection| connection.requests.last()).unwrap();
            assert_eq!(cookie(last), Some(expected), "{host}");
        }
    }
}

#[test]
fn c226_many_coroutines_and_one_jar() {
    let server = Server::start(|request, responder| {
        let n = request.target.trim_start_matches('/').to_owned();
        responder.reply(sets("200 OK", &[&format!("c{n}={n}{n}{n}; Path=/"), &format!("all={n}; Path=/")]));
    });
    let jar = CookieJar::builder().max_per_site(10_000).max_sent(10_000).max_line_bytes(1 << 20).build();
    let client = builder().cookie_jar(jar.clone()).max_per_host(8).build().unwrap();
    let at = server.url("/");
    let base = at.clone();
    let answers = Group::new(50).map(0..400, move |n| client.get(format!("{base}{n}")).send()?.text()).unwrap();
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
    assert_eq!(jar.len(), 401);
    for n in 0..400 {
        assert_eq!(jar.get(&url(&at), &format!("c{n}")).unwrap().value(), format!("{n}{n}{n}"));
    }
}

#[test]
fn a_jar_of_one_request_and_a_jar_of_two_clients() {
    let peer = Peer::always(conn([serve(sets("200 OK", &["a=1"]))]));
    let (client, own) = with_jar();
    let other = CookieJar::new();
    client.get(peer.url("/")).cookie_jar(other.clone()).send().unwrap().text().unwrap();
    assert_eq!((own.len(), other.len()), (0, 1));
    let second = builder().cookie_jar(other.clone()).build().unwrap();
    second.get(peer.url("/")).send().unwrap().text().unwrap();
    let seen = peer.so_far();
    assert_eq!(cookie(seen.requests().last().unwrap()), Some("a=1"));
    let secret = format!("{other:?} {second:?}");
    assert!(!secret.contains("a=1"), "{secret}");
}
