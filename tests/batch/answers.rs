//! What an outcome tells, and what a report adds up to.

use std::collections::BTreeMap;
use std::io::Read;

use maypole::Version;
use maypole::queue::Seen;
use maypole::queue::batch::{CookieMode, Data, Outcome};

use crate::peer::{Peer, any_request, conn, pieces, request};
use crate::site::{Site, batch, batch_with, ms, ok, reply};

fn outcome_of(answer: Vec<u8>) -> Outcome {
    let site = Site::start(move |_, responder| responder.reply(&answer));
    let (batch, kept) = batch(1);
    batch.get(site.url("/dir/page?b=2&a=1#x")).queue().unwrap();
    batch.fetch_all();
    let outcome = kept.one();
    site.end(batch, &kept);
    outcome
}

#[test]
fn everything_about_an_answer() {
    let lines = ["Content-Type: text/plain; Charset=\"utf-8\"", "X-A: 1", "X-A: 2", "Set-Cookie: a=1; Path=/"];
    let outcome = outcome_of(reply("203 Made Up", &lines, "grün"));
    assert_eq!((outcome.status(), outcome.reason(), outcome.version()), (203, "Made Up", Some(Version::Http11)));
    assert_eq!(outcome.headers().get_all("x-a").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(
        outcome.header_params("content-type"),
        Some(("text/plain".into(), vec![("charset".into(), "utf-8".into())]))
    );
    assert_eq!((outcome.text().as_str(), outcome.charset(), outcome.received()), ("grün", "UTF-8", 5));
    let mut read = Vec::new();
    outcome.reader().read_to_end(&mut read).unwrap();
    assert_eq!(read, outcome.bytes());
    let cookies: Vec<_> = outcome.cookies().iter().map(|cookie| (cookie.name(), cookie.value())).collect();
    assert_eq!(cookies, [("a", "1")]);
    assert_eq!(outcome.request_headers().get("Accept"), Some("*/*"));
    assert_eq!(
        (outcome.request_size(), outcome.compat_code(), outcome.method().unwrap().as_str()),
        (Some(0), None, "GET")
    );
    assert_eq!(outcome.resolve("../up").unwrap().path(), "/up");
    assert!(outcome.url().unwrap().as_str().starts_with("http://127.0.0.1"));
    assert!(outcome.requested_url().ends_with("/dir/page?b=2&a=1#x"));
    assert!(outcome.timings().total > std::time::Duration::ZERO && outcome.elapsed() >= outcome.timings().wait);
    assert_eq!(outcome.error_for_status().unwrap().status(), 203);
}

#[test]
fn a_fingerprint_is_of_method_and_url() {
    let (batch, kept) = batch_with(1, |options| options.idle_timeout(ms(1)));
    let at = "http://127.0.0.1:9/x";
    for url in ["?a=1&b=2", "?b=2&a=1#top", "?a=1&b=3"] {
        batch.get(format!("{at}{url}")).queue().unwrap();
    }
    batch.post(format!("{at}?a=1&b=2")).queue().unwrap();
    batch.fetch_all();
    let prints: Vec<_> = kept.take().iter().map(Outcome::fingerprint).collect();
    let seen = Seen::exact().sorted_query(true);
    let url = maypole::Url::parse(&format!("{at}?b=2&a=1")).unwrap();
    assert_eq!(prints[0], seen.fingerprint(&maypole::Method::GET, &url, b""), "what the queue knows it by");
    assert_eq!(prints[0], prints[1]);
    assert!(prints[0] != prints[2] && prints[0] != prints[3]);
}

#[test]
fn data_is_what_the_type_says() {
    for (content_type, body, data) in [
        ("application/json", "[1]", Data::Json(serde_json::json!([1]))),
        ("application/problem+json; charset=utf-8", "{}", Data::Json(serde_json::json!({}))),
        ("text/html", "<p>", Data::Text("<p>".into())),
        ("image/svg+xml", "<svg/>", Data::Text("<svg/>".into())),
        ("image/png", "png", Data::Bytes(b"png".to_vec())),
        ("application/json", "", Data::Empty),
    ] {
        let outcome = outcome_of(reply("200 OK", &[&format!("Content-Type: {content_type}")], body));
        assert_eq!(outcome.data().unwrap(), data, "{content_type}");
    }
    let outcome = outcome_of(reply("200 OK", &["Content-Type: application/json"], "[1"));
    assert!(outcome.data().is_err() && outcome.json::<Vec<u8>>().is_err());
    assert_eq!(outcome_of(ok("[1,2]")).json::<Vec<u8>>().unwrap(), [1, 2]);
}

#[test]
fn q199_q200_types_that_were_not_asked_for() {
    let site = Site::start(|_, responder| responder.reply(reply("200 OK", &["Content-Type: text/html"], "<p>")));
    let (strict, kept) = batch_with(1, |options| options.validate_accept(true));
    strict.get_json(site.url("/")).queue().unwrap();
    strict.get(site.url("/")).header("Accept", "text/html").queue().unwrap();
    strict.get(site.url("/")).expect_content_type("application/json").queue().unwrap();
    strict.get(site.url("/")).expect_content_type("image/*").expect_content_type("text/*").queue().unwrap();
    let report = strict.fetch_all();
    let outcomes = kept.take();
    let codes: Vec<_> = outcomes.iter().map(Outcome::compat_code).collect();
    assert_eq!((codes, report.failed()), (vec![Some(718), None, Some(718), None], 2));
    assert_eq!((outcomes[0].status(), outcomes[0].bytes().len()), (200, 0), "the answer came, and was not read");
    let (lax, kept) = batch(1);
    lax.get_json(site.url("/")).queue().unwrap();
    lax.fetch_all();
    assert_eq!(kept.one().text(), "<p>");
    drop(strict);
    site.end(lax, &kept);
}

#[test]
fn q207_gzip() {
    let hello = [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0];
    let outcome = outcome_of(reply("200 OK", &["Content-Encoding: gzip"], hello));
    assert_eq!((outcome.text().as_str(), outcome.received()), ("hello", hello.len() as u64));
    assert!(outcome.request_headers().get("Accept-Encoding").unwrap().contains("gzip"));
}

#[test]
fn q208_text_by_charset_and_bytes_as_they_came() {
    for (content_type, body, text) in [
        ("text/plain; charset=latin1", &b"caf\xe9"[..], "café"),
        ("text/plain; charset=utf-8", b"caf\xe9", "café"),
        ("text/html", b"<meta charset=\"koi8-r\">\xc0\x00&amp;", "<meta charset=\"koi8-r\">ю\0&amp;"),
        ("text/html", "ü".as_bytes(), "ü"),
        ("", b"\xfc", "ü"),
    ] {
        let line = format!("Content-Type: {content_type}");
        let lines: &[&str] = if content_type.is_empty() { &[] } else { &[&line] };
        let outcome = outcome_of(reply("200 OK", lines, body));
        assert_eq!((outcome.text().as_str(), outcome.bytes()), (text, body), "{content_type}");
    }
    assert_eq!(outcome_of(ok("\u{e9}")).text_with_charset("klingon"), "é");
}

#[test]
fn q211_every_framing() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n";
    for (bytes, text) in [
        (format!("HTTP/1.1 100 Continue\r\n\r\n{}", String::from_utf8(ok("one")).unwrap()), "one"),
        (chunked.to_owned(), "one"),
        ("HTTP/1.1 200 OK\r\n\r\nuntil the end".to_owned(), "until the end"),
        ("HTTP/1.1 204 No Content\r\n\r\n".to_owned(), ""),
    ] {
        let peer = Peer::start([conn([any_request(), pieces(bytes, 7, ms(1)), crate::peer::Act::HalfClose])]);
        let (batch, kept) = batch(1);
        batch.get(peer.url("/")).queue().unwrap();
        batch.fetch_all();
        assert_eq!(kept.one().text(), text);
        drop(batch);
        peer.finish();
    }
}

#[test]
fn q151_a_report_adds_up_to_what_the_server_saw() {
    let site = Site::start(|request, responder| match request.target.as_str() {
        "/missing" => responder.reply(reply("404 Not Found", &[], "none")),
        "/cut" => {
            responder.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut");
            responder.close();
        }
        target => responder.reply(ok(&"x".repeat(target.len()))),
    });
    let (batch, kept) = batch_with(4, |options| options.cookies(CookieMode::Off));
    let mut bytes = 0;
    for n in 0..200 {
        let path = match n % 20 {
            7 => "/missing".to_owned(),
            11 => "/cut".to_owned(),
            _ => format!("/{n}"),
        };
        bytes += match n % 20 {
            7 => 4,
            11 => 3,
            _ => path.len() as u64,
        };
        batch.get(site.url(&path)).queue().unwrap();
    }
    let report = batch.fetch_all();
    kept.take();
    assert_eq!((report.requests, report.failed(), report.bytes), (200, 10, bytes));
    assert_eq!(report.statuses, BTreeMap::from([(200, 180), (404, 10)]));
    assert_eq!(report.versions, BTreeMap::from([(Version::Http11, 190)]));
    assert_eq!(report.connections as usize, site.server.connections());
    assert!((1..=4).contains(&report.most_connections) && site.server.peak() <= 4);
    assert!(report.duration > std::time::Duration::ZERO && report.requests_per_second() > 0.0);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        (&json["requests"], &json["statuses"]["404"], &json["versions"]["HTTP/1.1"]),
        (&200.into(), &10.into(), &190.into())
    );
    assert_eq!(json["failures"]["Incomplete"], 10);
    site.end(batch, &kept);
}

#[test]
fn q206_an_ipv6_address() {
    let Ok(listener) = std::net::TcpListener::bind("[::1]:0") else {
        eprintln!("SKIPPED: no IPv6 loopback");
        return;
    };
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = vec![0; 4096];
        let n = stream.read(&mut head).unwrap();
        std::io::Write::write_all(&mut stream, &ok("six")).unwrap();
        String::from_utf8(head[..n].to_vec()).unwrap()
    });
    let (batch, kept) = batch(1);
    batch.get(&url).queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().text(), "six");
    assert!(server.join().unwrap().contains("Host: [::1]:"));
}

#[test]
fn through_a_proxy() {
    let peer = Peer::start([conn([request("GET http://far.test/x HTTP/1.1\r\n"), crate::peer::reply(ok("by proxy"))])]);
    let (batch, kept) = batch(1);
    batch.get("http://far.test/x").proxy(&peer.url("")).queue().unwrap();
    for wrong in ["", "gopher://x"] {
        batch.get("http://far.test/x").proxy(wrong).queue().unwrap();
    }
    batch.fetch_all();
    let outcomes = kept.take();
    assert_eq!(outcomes[0].text(), "by proxy");
    let says = |n: usize| outcomes[n].error().unwrap().to_string();
    assert!(
        says(1).contains("proxy: the URL is empty") && says(2).contains("invalid proxy URL"),
        "{} {}",
        says(1),
        says(2)
    );
    assert!(!says(2).contains("environment"), "{}", says(2));
    drop(batch);
    peer.finish();
}
