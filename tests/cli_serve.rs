//! `maypole serve`: every route, over sockets of our own, byte by byte.
#![cfg(feature = "cli")]

mod cli_support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cli_support::{Serving, curl, maypole, run};

/// Sends `request` and reads until the server closes.
fn ask(serving: &Serving, request: &str) -> String {
    let mut stream = TcpStream::connect(serving.authority()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn get(serving: &Serving, path: &str) -> (String, String) {
    let answer = ask(serving, &format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn small_routes_answer_what_they_say() {
    let serving = Serving::start();
    let (head, body) = get(&serving, "/");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("Content-Length: 612"), "{head}");
    assert_eq!(body.len(), 612);
    assert_eq!(get(&serving, "/bytes/10").1, "0123456789");
    assert_eq!(get(&serving, "/bytes/0").1, "");
    assert!(get(&serving, "/help").1.contains("/drip/COUNT/MS"));
    assert!(get(&serving, "/status/503").0.starts_with("HTTP/1.1 503 Service Unavailable"));
    let (head, body) = get(&serving, "/status/204");
    assert!(head.starts_with("HTTP/1.1 204 ") && !head.contains("Content-Length") && body.is_empty(), "{head}");
    assert!(get(&serving, "/status/302").0.contains("Location: /"));
    let (head, body) = get(&serving, "/nope");
    assert!(head.starts_with("HTTP/1.1 404 ") && body.contains("/help"), "{head}{body}");
}

#[test]
fn connections_are_kept_and_a_body_does_not_become_the_next_request() {
    let serving = Serving::start();
    let mut stream = TcpStream::connect(serving.authority()).unwrap();
    let posted = b"POST /status/201 HTTP/1.1\r\nHost: h\r\nContent-Length: 37\r\n\r\nGET /status/500 HTTP/1.1\r\nHost: h\r\n\r\n";
    for _ in 0..3 {
        stream.write_all(posted).unwrap();
        let mut answer = [0; 256];
        let n = stream.read(&mut answer).unwrap();
        let answer = std::str::from_utf8(&answer[..n]).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 ") && answer.ends_with("201 Created\n"), "{answer}");
    }
    stream.write_all(b"GET /bytes/3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n012"), "{answer}");
}

#[test]
fn echo_gives_the_request_back_and_headers_as_json() {
    let serving = Serving::start();
    let request =
        "POST /echo?q=1 HTTP/1.1\r\nHost: h\r\nX-Odd-CASE: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    let answer = ask(&serving, request);
    assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, request);
    let json: serde_json::Value = serde_json::from_str(&get(&serving, "/headers").1).unwrap();
    assert_eq!((&json["method"], &json["headers"]["Host"]), (&"GET".into(), &"h".into()));
}

#[test]
fn what_streams_has_its_own_framing_and_pace() {
    let serving = Serving::start();
    let (head, body) = get(&serving, "/chunked/20000");
    assert!(head.contains("Transfer-Encoding: chunked"), "{head}");
    assert!(body.starts_with("4000\r\n0123456789") && body.ends_with("\r\n0\r\n\r\n"));
    let (head, body) = get(&serving, "/bytes/3000000");
    assert!(head.contains("Content-Length: 3000000"), "{head}");
    assert_eq!(body.len(), 3_000_000);

    let start = Instant::now();
    assert_eq!(get(&serving, "/drip/4/50").1, "0123");
    assert!(start.elapsed() >= Duration::from_millis(150));
    let start = Instant::now();
    assert_eq!(get(&serving, "/delay/100").1, "100 ms later\n");
    assert!(start.elapsed() >= Duration::from_millis(100));
    let old = ask(&serving, "GET /lines/2 HTTP/1.0\r\n\r\n");
    assert!(old.ends_with("\r\n\r\n{\"line\":0,\"of\":2}\n{\"line\":1,\"of\":2}\n"), "{old}");
}

#[test]
fn head_has_the_length_and_no_body() {
    let serving = Serving::start();
    for (path, line) in [("/bytes/100", "Content-Length: 100"), ("/chunked/9", "Transfer-Encoding: chunked")] {
        let answer = ask(&serving, &format!("HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert!(answer.contains(line) && answer.ends_with("\r\n\r\n"), "{answer}");
    }
}

#[test]
fn bodies_that_it_cannot_read_are_refused_and_the_connection_ends() {
    let serving = Serving::start();
    let chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    assert!(ask(&serving, chunked).starts_with("HTTP/1.1 411 "));
    let nonsense = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n";
    assert!(ask(&serving, nonsense).starts_with("HTTP/1.1 400 "));
    let large = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n";
    assert!(ask(&serving, large).starts_with("HTTP/1.1 413 "));
    let waiting =
        "POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi";
    assert!(ask(&serving, waiting).starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 "));
}

#[test]
fn many_streams_and_resets_leave_no_descriptor_behind() {
    let serving = Serving::start();
    let descriptors = || std::fs::read_dir(format!("/proc/{}/fd", serving.id())).unwrap().count();
    get(&serving, "/chunked/9");
    let before = descriptors();
    for n in 0..200 {
        let mut stream = TcpStream::connect(serving.authority()).unwrap();
        stream.write_all(b"GET /chunked/10000000 HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        if n % 2 == 0 {
            stream.read_exact(&mut [0; 100]).unwrap();
        }
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while descriptors() > before + 4 {
        assert!(Instant::now() < deadline, "{} descriptors, {before} before", descriptors());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(get(&serving, "/bytes/3").1, "012");
}

#[test]
fn a_port_in_use_and_a_bad_address_are_errors() {
    let serving = Serving::start();
    let again = run(["serve", "--listen", serving.authority()]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("cannot listen on"), "{}", again.err);
    assert_eq!(run(["serve", "--listen", "nowhere"]).code, 2);
}

#[test]
fn it_ends_with_its_standard_input_when_told_to() {
    let mut command = maypole();
    command.args(["serve", "--until-stdin-ends"]).stdin(std::process::Stdio::piped());
    let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn curl_understands_every_route() {
    let serving = Serving::start();
    for (path, length) in
        [("/", 612), ("/bytes/2000000", 2_000_000), ("/chunked/70000", 70_000), ("/drip/3/5", 3), ("/lines/2", 36)]
    {
        let Some(ran) = curl(&["-sS", "-m", "20", &serving.at(path)]) else { return };
        assert_eq!((ran.code, ran.out.len()), (0, length), "{path}: {}", ran.err);
    }
    let ran = curl(&[
        "-sS",
        "-m",
        "20",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "-T",
        env!("CARGO_BIN_EXE_maypole"),
        &serving.at("/status/200"),
    ])
    .unwrap();
    assert_eq!(ran.text(), "200", "{}", ran.err);
}
