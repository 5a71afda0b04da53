//! `--retry` and its kin, and what cannot be sent again.

use std::fs;

use super::cli_support::run_with_input;
use super::get;
use super::scripted::{Act, Peer, Refused, any_request, conn, ok, reply, request};

const BUSY: &str = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";

#[test]
fn a_passing_status_is_tried_again_and_only_the_result_is_printed() {
    let peer = Peer::start([conn([any_request(), reply(BUSY), any_request(), reply(ok("result"))])]);
    let ran = get(&["--retry", "2", "--retry-delay", "1", "-d", "x", &peer.url("/")]);
    assert_eq!((ran.code, ran.text()), (0, "result"), "{}", ran.err);
    assert!(ran.err.contains("warning: the server answered 503; trying again in 1.0s"), "{}", ran.err);
    assert_eq!(peer.finish().requests().len(), 2);
}

#[test]
fn heads_of_all_tries_are_printed_and_silence_is_kept() {
    let peer = Peer::start([conn([any_request(), reply(BUSY), any_request(), reply(BUSY)])]);
    let ran = get(&["-s", "-i", "--retry", "1", &peer.url("/")]);
    let head = BUSY.strip_suffix("busy").unwrap();
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, format!("{head}{BUSY}").as_str(), ""));
}

#[test]
fn refused_connections_and_broken_bodies_only_where_asked() {
    let refused = Refused::start();
    let url = format!("http://{}/", refused.address());
    let ran = get(&["--retry", "1", &url]);
    assert!(ran.code == 7 && !ran.err.contains("trying again"), "{}", ran.err);
    let ran = get(&["--retry", "1", "--retry-connrefused", &url]);
    assert!(ran.code == 7 && ran.err.contains("trying again"), "{}", ran.err);

    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    let scripts = || [conn([any_request(), reply(cut), Act::Close]), conn([any_request(), reply(ok("all of it"))])];
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x");
    let peer = Peer::start(scripts());
    let ran = get(&["--retry", "1", "--retry-all-errors", "-o", file.to_str().unwrap(), &peer.url("/")]);
    assert_eq!((ran.code, fs::read_to_string(&file).unwrap().as_str()), (0, "all of it"), "{}", ran.err);
    // To standard output the half has gone: two answers in one would be nobody's.
    let peer = Peer::start([conn([any_request(), reply(cut), Act::Close])]);
    let ran = get(&["--retry", "1", "--retry-all-errors", &peer.url("/")]);
    assert_eq!((ran.code, ran.text()), (18, "half"));
}

#[test]
fn a_file_that_was_gone_on_with_is_not_written_twice() {
    let rest = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 3-6/7\r\nContent-Length: 4\r\n\r\n";
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x");
    fs::write(&file, "abc").unwrap();
    let peer = Peer::start([
        conn([any_request(), reply(format!("{rest}de")), Act::Close]),
        conn([request("GET / HTTP/1.1\r\n"), reply(format!("{rest}defg"))]),
    ]);
    let path = file.to_str().unwrap();
    let ran = get(&["--retry", "1", "--retry-all-errors", "-C", "3", "-o", path, &peer.url("/")]);
    assert_eq!((ran.code, fs::read_to_string(&file).unwrap().as_str()), (0, "abcdefg"), "{}", ran.err);
}

#[test]
fn what_comes_from_a_pipe_cannot_be_sent_again() {
    let peer =
        Peer::start([conn([any_request(), reply("HTTP/1.1 307 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")])]);
    let ran = run_with_input(&["get", "-L", "-T", "-", "-H", "Expect:", &peer.url("/up")], b"once");
    assert_eq!(ran.code, 65, "{}", ran.err);
    let peer = Peer::start([conn([any_request(), Act::Close])]);
    let arguments = ["get", "--retry", "3", "--retry-all-errors", "-T", "-", "-H", "Expect:", &peer.url("/up")];
    assert_eq!(run_with_input(&arguments, b"once").code, 52);
}

#[test]
fn a_body_that_is_too_slow_is_a_timeout() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    let peer = Peer::start([conn([any_request(), reply(head), reply("x"), Act::Stall])]);
    let ran = get(&["--speed-limit", "100", "--speed-time", "1", &peer.url("/")]);
    assert_eq!((ran.code, ran.text()), (28, "x"), "{}", ran.err);
}
