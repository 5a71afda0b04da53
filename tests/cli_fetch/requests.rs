//! What goes out: method, headers, redirects, retries, cache, proxy, TLS, caps.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use serde_json::json;

use super::scripted::{Act, Blackhole, Peer, Server, Tls, any_request, authority, conn, ok, reply, with_some_time};
use super::site::{asked, fetch, logging, results};

#[test]
fn methods_headers_and_user_agents_are_curl_s() {
    let server = Server::start(|request, responder| {
        let of = |name| request.header(name).unwrap_or("-");
        let seen = format!("{} {} {} {}", request.method, of("User-Agent"), of("X-A"), of("X-Empty"));
        responder.reply(ok(&seen));
    });
    let seen = |flags: &[&str]| {
        let ran = fetch(&[&["--body", "text"], flags].concat(), &server.url("/"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        results(&ran)[0]["body"].as_str().unwrap().to_owned()
    };
    assert_eq!(seen(&[]), format!("GET maypole/{} - -", env!("CARGO_PKG_VERSION")));
    assert_eq!(seen(&["-X", "DELETE", "-A", "me", "-H", "X-A: 1", "-H", "X-Empty;"]), "DELETE me 1 ");
    assert_eq!(seen(&["-H", "User-Agent:"]), "GET - - -");
}

#[test]
fn redirects_are_followed_only_if_asked_for() {
    let server = Server::start(|request, responder| match request.target.as_str() {
        "/end" => responder.reply(ok("end")),
        "/loop" => responder.reply("HTTP/1.1 302 F\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"),
        _ => responder.reply("HTTP/1.1 302 F\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n"),
    });
    let url = server.url("/start");
    let stays = results(&fetch(&[], &url));
    assert_eq!((&stays[0]["status"], stays[0]["effective_url"].as_str()), (&json!(302), Some(&*url)));
    let followed = results(&fetch(&["-L"], &url));
    assert_eq!((&followed[0]["status"], &followed[0]["effective_url"]), (&json!(200), &json!(server.url("/end"))));
    let looped = fetch(&["-L", "--max-redirs", "3"], &server.url("/loop"));
    assert_eq!(looped.code, 47, "{}", looped.err);
    assert_eq!(results(&looped)[0]["attempts"], json!(1), "it has gone out");
}

#[test]
fn a_status_is_a_failure_with_fail_alone() {
    let server = Server::start(|_, responder| responder.reply("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"));
    let url = server.url("/");
    let plain = fetch(&[], &url);
    assert_eq!((plain.code, &results(&plain)[0]["status"]), (0, &json!(404)));
    let failed = fetch(&["--fail"], &url);
    assert_eq!((failed.code, &results(&failed)[0]["size"]), (22, &json!(2)));
    assert!(failed.err.contains("0 fetched, 1 failed"), "{}", failed.err);
}

#[test]
fn what_fails_for_a_passing_reason_is_tried_again() {
    let tries = AtomicUsize::new(0);
    let (server, log) = logging(move |_, responder| match tries.fetch_add(1, SeqCst) {
        0 | 1 => responder.reply("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"),
        _ => responder.reply(ok("x")),
    });
    let ran = fetch(&["-q", "--retry", "3"], &server.url("/x"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!((&results(&ran)[0]["status"], &results(&ran)[0]["attempts"]), (&json!(200), &json!(3)));
    assert_eq!(asked(&log)["/x"], 3);
}

#[test]
fn a_cache_answers_for_a_time_or_as_servers_allow() {
    let (server, log) = logging(|_, responder| {
        responder.reply("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 1\r\n\r\nx");
    });
    let input = server.url("/a\n").repeat(5);
    let ran = fetch(&["-c", "1", "--cache", "30"], &input);
    let hits = results(&ran).iter().filter(|line| line["from_cache"] == true).count();
    assert_eq!((asked(&log)["/a"], hits), (1, 4), "{}", ran.err);
    assert!(ran.err.contains("4 from the cache"), "{}", ran.err);
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("cache");
    for _ in 0..2 {
        assert_eq!(fetch(&["-q", "--cache", at.to_str().unwrap()], &server.url("/disk")).code, 0);
    }
    assert_eq!(asked(&log)["/disk"], 1);
}

#[test]
fn q325_a_body_beyond_the_cap_is_an_error_of_its_own_and_its_connection_is_closed() {
    let server = Server::start(|request, responder| {
        let size: usize = request.target[1..].parse().unwrap();
        responder.reply(format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n"));
        // Whoever has seen enough hangs up.
        responder.reply(vec![b'x'; size]);
    });
    let (most, over) = (10 << 20, (10 << 20) + 1);
    let ran =
        fetch(&["-q", "-c", "1", "--order", "fifo"], &[most, over, 5].map(|n| server.url(&format!("/{n}"))).join("\n"));
    assert_eq!(ran.code, 63, "{}", ran.err);
    let results = results(&ran);
    assert_eq!((&results[0]["size"], &results[2]["size"]), (&json!(most), &json!(5)));
    assert_eq!((&results[1]["error"]["kind"], &results[1]["error"]["exit_code"]), (&json!("too_large"), &json!(63)));
    assert_eq!(server.connections(), 2, "the third fetch had to open another one");
    let small = fetch(&["-q", "--max-body", "4"], &server.url("/5"));
    assert_eq!(small.code, 63);
    assert_eq!(fetch(&["-q", "--max-body", "0"], &server.url(&format!("/{over}"))).code, 0);
}

#[test]
fn times_are_bounded() {
    let silent = Blackhole::start();
    let url = format!("http://{}/", silent.address());
    let ran = fetch(&["-q", "-m", "0.2"], &url);
    assert_eq!((ran.code, &results(&ran)[0]["error"]["kind"]), (28, &json!("timeout")), "{}", ran.err);
    let stalls = Server::start(|_, responder| {
        responder.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    let in_body = with_some_time(Duration::from_millis(100), |timeout| {
        let ran = fetch(&["-q", "--timeout", &timeout.as_secs_f64().to_string()], &stalls.url("/"));
        assert_eq!((ran.code, &results(&ran)[0]["error"]["kind"]), (28, &json!("timeout")), "{}", ran.err);
        results(&ran)[0]["error"]["phase"] == "body"
    });
    assert!(in_body, "the head came in time");
}

#[test]
fn proxies_and_certificates_are_as_for_get() {
    let proxy = Server::start(|request, responder| responder.reply(ok(&request.target)));
    let ran = fetch(&["-q", "--body", "text", "-x", &proxy.url("")], "http://far.test/x");
    assert_eq!(results(&ran)[0]["body"], "http://far.test/x", "{}", ran.err);
    let answer = || conn([any_request(), reply(ok("secret"))]);
    let refused = conn([Act::Refused("unknown ca")]);
    let peer = Peer::tls(&Tls::default(), [answer(), answer(), refused], None);
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    fs::write(&ca, authority().0.pem()).unwrap();
    let url = peer.url_at("localhost", "/");
    assert_eq!(fetch(&["-q", "--cacert", ca.to_str().unwrap()], &url).code, 0);
    assert_eq!(fetch(&["-q", "-k"], &url).code, 0);
    assert_eq!(fetch(&["-q"], &url).code, 60);
}
