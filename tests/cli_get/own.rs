//! What curl does not have: the cache, recordings, events. And files with the server's time.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use std::io::{BufRead, BufReader};

use super::cli_support::maypole;
use super::get;
use super::scripted::{Act, Gate, Peer, any_request, conn, hold, reply};

#[test]
fn the_cache_answers_with_its_head() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("cache");
    let folder = folder.to_str().unwrap();
    let answer = "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nETag: \"1\"\r\nContent-Length: 4\r\n\r\nkept";
    let peer = Peer::start([conn([any_request(), reply(answer)])]);
    let url = peer.url("/");
    assert_eq!(get(&["--cache", folder, &url]).text(), "kept");
    let again = get(&["--cache", folder, "-i", "-v", &url]);
    assert!(
        again.text().starts_with("HTTP/1.1 200 OK\r\n") && again.text().ends_with("\r\n\r\nkept"),
        "{}",
        again.text()
    );
    assert!(again.err.contains("* Cache: hit"), "{}", again.err);
    assert_eq!(peer.finish().requests().len(), 1);
    assert_eq!(get(&["--cache", "/proc/nowhere", &url]).code, 23);
}

#[test]
fn a_recording_has_everything_but_secrets() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("log.har");
    let moved = "HTTP/1.1 302 Found\r\nLocation: /b?q=1\r\nSet-Cookie: s=hunter2\r\nContent-Length: 0\r\n\r\n";
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody";
    let peer = Peer::start([conn([any_request(), reply(moved), any_request(), reply(answer)])]);
    let ran = get(&["-sS", "-L", "-u", "me:hunter2", "--har", file.to_str().unwrap(), &peer.url("/a")]);
    assert_eq!(ran.text(), "body", "{}", ran.err);
    let text = fs::read_to_string(&file).unwrap();
    let archive: serde_json::Value = serde_json::from_str(&text).unwrap();
    let entries = archive["log"]["entries"].as_array().unwrap();
    let statuses: Vec<_> = entries.iter().map(|entry| entry["response"]["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [302, 200]);
    assert_eq!(entries[1]["response"]["content"]["text"], "body");
    assert!(!text.contains("hunter2") && !text.contains("bWU6aHVudGVyMg"), "{text}");
}

#[test]
fn events_are_printed_as_they_come() {
    let gate = Gate::new();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
    let peer = Peer::start([conn([
        any_request(),
        reply(format!("{head}: hello\n\nevent: a\ndata: 1\ndata: 2\n\n")),
        hold(&gate),
        reply("id: 7\ndata: last\n\ndata: cut"),
        Act::Close,
    ])]);
    let mut child = maypole().args(["get", "--sse", &peer.url("/")]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), r#"{"data":"1\n2","event":"a"}"#);
    gate.open();
    assert_eq!(lines.next().unwrap().unwrap(), r#"{"data":"last","event":"message","id":"7"}"#);
    assert!(lines.next().is_none());
    assert!(child.wait().unwrap().success());
    assert_eq!(peer.finish().requests()[0].header("accept"), Some("text/event-stream"));

    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno";
    let peer = Peer::start([conn([any_request(), reply(page)])]);
    let ran = get(&["--sse", &peer.url("/")]);
    assert_eq!((ran.code, ran.text()), (8, ""), "{}", ran.err);
}

#[test]
fn a_file_gets_the_time_of_its_original() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x");
    let dated = "HTTP/1.1 200 OK\r\nLast-Modified: Sat, 21 Nov 2020 10:00:00 GMT\r\nContent-Length: 4\r\n\r\nbody";
    let peer = Peer::start([conn([any_request(), reply(dated)])]);
    let ran = get(&["-R", "-o", file.to_str().unwrap(), &peer.url("/")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(modified, SystemTime::UNIX_EPOCH + Duration::from_secs(1_605_952_800));
}

#[test]
fn cookies_go_into_a_file_and_out_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("jar");
    let path = file.to_str().unwrap();
    let set = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Max-Age=600\r\nContent-Length: 2\r\n\r\nok";
    let peer = Peer::always(conn([any_request(), reply(set), Act::Close]));
    let url = peer.url("/");
    assert_eq!(get(&["-c", path, &url]).text(), "ok");
    assert!(fs::read_to_string(&file).unwrap().contains("\tb\t2"));
    assert_eq!(get(&["-b", path, &url]).text(), "ok");
    assert_eq!(get(&["-b", path, "-j", &url]).text(), "ok");
    // As curl: what cannot be kept is told and does not change the code.
    let ran = get(&["-c", "/nowhere/jar", &url]);
    assert!(ran.code == 0 && ran.err.contains("warning: cookie file `/nowhere/jar`"), "{}", ran.err);
    let transcript = peer.finish();
    let sent: Vec<_> = transcript.requests().iter().map(|request| request.header("cookie")).collect();
    assert_eq!(sent, [None, Some("a=1; b=2"), Some("b=2"), None]);
}
