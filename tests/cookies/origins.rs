//! Who gets a cookie and who does not: hosts, schemes, and redirects away and back.

use maypole::error::Kind;
use maypole::net::{Roots, TlsConfig};

use crate::peer::*;
use crate::*;

#[test]
fn sec_e1_no_server_sets_cookies_for_others() {
    for (host, line, expected) in [
        ("www.example.com", "a=1; Domain=example.com", Some("example.com")),
        ("www.example.com", "a=1; Domain=.EXAMPLE.com", Some("example.com")),
        ("www.example.com", "a=1; Domain=other.test", None),
        ("www.example.com", "a=1; Domain=com", None),
        ("www.example.com", "a=1; Domain=example.com.", None),
        ("www.example.com", "a=1; Domain=api.example.com", None),
        ("example.org", "a=1; Domain=ample.org", None),
        ("me.github.io", "a=1; Domain=GitHub.io", None),
        ("127.0.0.1", "a=1; Domain=0.0.1", None),
        ("127.0.0.1", "a=1; Domain=127.0.0.1", Some("127.0.0.1")),
        ("localhost", "a=1; Domain=localhost", Some("localhost")),
    ] {
        let (client, jar) = with_jar();
        let peer = Peer::start([conn([any_request(), reply(sets("200 OK", &[line]))])]);
        client.get(peer.url_at(host, "/")).send().unwrap().text().unwrap();
        let domains: Vec<_> = jar.cookies().iter().map(|cookie| cookie.domain().to_owned()).collect();
        assert_eq!(domains, expected.into_iter().collect::<Vec<_>>(), "{host} {line}");
        peer.finish();
    }
}

/// A client that trusts the test authority, two servers of one host, and its cookies from the one with TLS.
fn secure_session(lines: &[&str]) -> (HttpClient, CookieJar, Peer) {
    let roots = TlsConfig::builder().roots(Roots::Only(authority().0.pem())).build().unwrap();
    let client = builder().tls(roots).cookies(true).build().unwrap();
    let jar = client.cookie_jar().unwrap().clone();
    let peer = Peer::tls(&Tls::default(), [conn([any_request(), reply(sets("200 OK", lines)), serve(ok("x"))])], None);
    client.get(peer.url_at("localhost", "/")).send().unwrap().text().unwrap();
    (client, jar, peer)
}

#[test]
fn sec_e3_secure_cookies_stay_on_https() {
    let (client, jar, secure) = secure_session(&["s=1; Secure; Path=/", "p=1; Path=/"]);
    let forged = ["s=2; Path=/", "s=; Path=/; Max-Age=0", "t=1; Secure", "__Secure-u=1", "p=2; Path=/"];
    let plain = Peer::start([conn([any_request(), reply(sets("200 OK", &forged)), serve(ok("x"))])]);
    client.get(plain.url_at("localhost", "/")).send().unwrap().text().unwrap();
    assert_eq!(jar.header_for(&url("https://localhost/")).as_deref(), Some("s=1; p=2"));
    client.get(secure.url_at("localhost", "/")).send().unwrap().text().unwrap();
    assert_eq!(cookie(plain.finish().requests()[0]), Some("p=1"));
    assert_eq!(cookie(secure.finish().requests()[1]), Some("s=1; p=2"));
}

#[test]
fn sec_e2_prefixed_names_say_the_truth() {
    let lines = [
        "__Host-good=1; Secure; Path=/",
        "__Secure-good=1; Secure",
        "__Host-a=1; Path=/",
        "__Host-b=1; Secure; Path=/; Domain=localhost",
        "__host-c=1; Secure",
        "__SECURE-d=1",
        "=__Host-e=1; Secure; Path=/",
        "__Secure-f; Secure",
    ];
    let (_client, jar, peer) = secure_session(&lines);
    assert_eq!(names(&jar), ["__Host-good", "__Secure-good"]);
    peer.finish();
}

#[test]
fn c224_sec_e5_a_cookie_of_a_request_stays_with_its_origin() {
    on_both(|| {
        let other = Peer::start([conn([request("GET /there"), reply(ok("x"))])]);
        let there = other.url_at("other.test", "/there");
        let first = Peer::start([conn([
            request("GET /a"),
            reply(redirects("/b", &[])),
            request("GET /b"),
            reply(redirects(&there, &[])),
            request("GET /c"),
            reply(ok("x")),
        ])]);
        let client = builder().build().unwrap();
        let at = |path| first.url_at("www.example.com", path);
        let sent = client.get(at("/a")).cookie("one", "1").header("Cookie", "own=2").send().unwrap();
        assert_eq!(sent.text().unwrap(), "x");
        client.get(at("/c")).send().unwrap().text().unwrap();
        let seen = first.finish();
        let lines: Vec<_> = seen.requests().iter().map(|request| cookie(request)).collect();
        assert_eq!(lines, [Some("own=2; one=1"), Some("own=2; one=1"), None]);
        assert_eq!(cookie(other.finish().requests()[0]), None);
    });
}

#[test]
fn sec_e5_what_was_dropped_on_leaving_does_not_come_back() {
    // Two origins of one host: the jar's cookies go to both, since ports make no difference to them.
    let jar = CookieJar::new();
    jar.set(&url("http://www.example.com/"), "jar=1").unwrap();
    let client = builder().default_header("Cookie", "default=3").cookie_jar(jar).build().unwrap();
    let home = Server::start(|request, responder| {
        let line = request.header("cookie").unwrap_or("none").to_owned();
        match request.target.split_once("?to=") {
            Some((_, to)) => responder.reply(redirects(to, &[&format!("seen=\"{}\"; Path=/home", line.len())])),
            None => responder.reply(ok(line)),
        }
    });
    let away = Server::start(|request, responder| {
        let line = request.header("cookie").unwrap_or("none").to_owned();
        let to = request.target.split_once("?to=").unwrap().1;
        responder.reply(redirects(to, &[&format!("away={}; Path=/", line.replace([';', ' '], "_"))]));
    });
    let at = |server: &Server, path: &str| format!("http://www.example.com:{}{path}", server.address().port());
    let last = at(&home, "/last");
    let through = at(&away, &format!("/?to={last}"));
    let first = at(&home, &format!("/?to={through}"));
    let answer = client.get(first).cookie("one", "2").send().unwrap();
    assert_eq!(answer.text().unwrap(), "jar=1; away=jar=1");
}

#[test]
fn sec_a6_a_cookie_cannot_smuggle_lines() {
    let peer = Peer::start([]);
    let client = builder().build().unwrap();
    for (name, value) in
        [("a", "1\r\nX-Evil: 1"), ("a\r\nX", "1"), ("a", "1; admin=1"), ("", "1"), ("a=b", "c"), ("a", "\0")]
    {
        let error = client.get(peer.url("/")).cookie(name, value).send().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{name:?} {value:?}");
        assert!(!error.to_string().contains("admin"), "{error}");
    }
    assert_eq!(peer.finish().connections.len(), 0);
}
