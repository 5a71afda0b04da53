//! `maypole get`: curl's exit codes, its output, and its requests, against scripted peers and beside curl itself.
#![cfg(feature = "cli")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
mod oracle;
mod own;
mod retries;
#[path = "../peer/mod.rs"]
mod scripted;
mod ways;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use cli_support::{Ran, Serving, curl, maypole, run, run_with_input};
use scripted::{Act, Blackhole, Gate, Peer, Refused, Tls, any_request, authority, conn, hold, ok, reply};

fn get(arguments: &[&str]) -> Ran {
    run(["get"].iter().chain(arguments))
}

/// One connection that answers one request with these bytes and closes.
fn peer_that_says(answer: &str) -> Peer {
    Peer::start([conn([any_request(), reply(answer), Act::Close])])
}

fn code_after(answer: &str, arguments: &[&str]) -> i32 {
    let peer = peer_that_says(answer);
    let ran = get(&[&[peer.url("/").as_str()], arguments].concat());
    assert_eq!(ran.err.is_empty(), ran.code == 0, "an error says something: {}", ran.err);
    ran.code
}

#[test]
fn exit_codes_of_what_a_server_does() {
    assert_eq!(code_after("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", &[]), 0);
    assert_eq!(code_after("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nhi", &[]), 0);
    assert_eq!(code_after("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nhi", &["-f"]), 22);
    assert_eq!(code_after("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nhi", &["--fail-with-body"]), 22);
    assert_eq!(code_after("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", &[]), 18);
    assert_eq!(code_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", &[]), 18);
    assert_eq!(code_after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n", &[]), 56);
    assert_eq!(code_after("what is this?\r\n\r\n", &[]), 8);
    assert_eq!(code_after("", &[]), 52);
    assert_eq!(code_after("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", &["--max-filesize", "98"]), 63);
    let endless = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(300 << 10));
    assert_eq!(code_after(&endless, &[]), 100);
    let reset = Peer::start([conn([
        any_request(),
        reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"),
        Act::Pause(Duration::from_millis(100)),
        Act::Reset,
    ])]);
    assert_eq!(get(&[&reset.url("/")]).code, 56);
}

#[test]
fn exit_codes_of_what_goes_wrong_before_the_server_answers() {
    let refused = Refused::start();
    let ran = get(&[&format!("http://{}/", refused.address())]);
    assert_eq!(ran.code, 7);
    assert!(
        ran.err.starts_with("maypole: (7) connect: connection refused") && ran.err.lines().count() == 1,
        "{}",
        ran.err
    );
    assert_eq!(get(&["http://nosuch.invalid/"]).code, 6);
    assert_eq!(get(&["ftp://h/"]).code, 1);
    assert_eq!(get(&["http://[::1"]).code, 3);
    let silent = Blackhole::start();
    let start = Instant::now();
    assert_eq!(get(&["-m", "0.2", &format!("http://{}/", silent.address())]).code, 28);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(get(&["-T", "/nowhere", "http://127.0.0.1:9/"]).code, 26);
    assert_eq!(get(&["--cacert", "/nowhere", "https://127.0.0.1:9/"]).code, 77);
    assert_eq!(get(&["-E", "/nowhere", "https://127.0.0.1:9/"]).code, 58);
}

#[test]
fn usage_errors_are_2_and_nothing_is_sent() {
    let peer = Peer::start([]);
    let url = peer.url("/");
    let cases: [&[&str]; 10] = [
        &[],
        &["--nope", &url],
        &["-m", "never", &url],
        &["-H", "no colon", &url],
        &["-H", "a b: c", &url],
        &["-X", "get", &url],
        &["-I", "-d", "x", &url],
        &["-4", "-6", &url],
        &["--resolve", "h:1", &url],
        &["--pinnedpubkey", "md5//x", &url],
    ];
    for arguments in cases {
        let ran = get(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.out.is_empty() && !ran.err.is_empty(), "{arguments:?}");
    }
    assert_eq!(peer.finish().requests().len(), 0);
}

#[test]
fn tls_is_verified_unless_told_otherwise() {
    let answer = || conn([any_request(), reply(ok("secret"))]);
    let refused = conn([Act::Refused("unknown ca")]);
    let peer = Peer::tls(&Tls::default(), [answer(), answer(), answer(), refused, conn([Act::Closed])], None);
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    fs::write(&ca, authority().0.pem()).unwrap();
    let (ca, url) = (ca.to_str().unwrap(), peer.url_at("localhost", "/"));

    assert_eq!(get(&["--cacert", ca, &url]).text(), "secret");
    assert_eq!(get(&["-k", "--tlsv1.3", &url]).text(), "secret");
    assert_eq!(get(&["-k", "--tls-max", "1.2", &url]).text(), "secret");
    let untrusted = get(&[&url]);
    assert_eq!((untrusted.code, untrusted.text()), (60, ""), "{}", untrusted.err);
    let pin = format!("sha256//{}=", "A".repeat(43));
    let pinned = get(&["--cacert", ca, "--pinnedpubkey", &pin, &url]);
    assert_eq!(pinned.code, 90, "{}", pinned.err);
    let plain = Peer::start([conn([reply("HTTP/1.1 400 Bad\r\n\r\n"), Act::Close])]);
    let no_tls = get(&[&plain.url("/").replace("http:", "https:")]);
    assert_eq!(no_tls.code, 35, "{}", no_tls.err);
}

#[test]
fn standard_output_has_the_body_and_heads_only_where_asked() {
    let answer = "HTTP/1.1 200 Fine\r\nContent-Length: 4\r\nX-Odd: 1\r\nx-odd: 2\r\n\r\nbody";
    let head = answer.strip_suffix("body").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let text = |arguments: &[&str]| {
        let peer = peer_that_says(answer);
        let ran = get(&[&[peer.url("/dir/name").as_str()], arguments].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
        ran.text().to_owned()
    };
    assert_eq!(text(&[]), "body");
    assert_eq!(text(&["-i"]), answer);
    assert_eq!(text(&["-D", "-"]), answer);
    assert_eq!(text(&["-D", &file("head")]), "body");
    assert_eq!(fs::read_to_string(file("head")).unwrap(), head);
    assert_eq!(text(&["-o", &file("a/b"), "--create-dirs", "-w", "%{http_code}"]), "200");
    assert_eq!(fs::read_to_string(file("a/b")).unwrap(), "body");

    let peer = Peer::start([conn([scripted::head("HEAD / HTTP/1.1\r\n"), reply(head)])]);
    assert_eq!(get(&["-I", &peer.url("/")]).text(), head);
    let interim = peer_that_says(&format!("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{answer}"));
    assert_eq!(
        get(&["-i", &interim.url("/")]).text(),
        format!("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{answer}")
    );
}

#[test]
fn files_are_named_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let inside =
        |arguments: &[&str]| maypole().arg("get").args(arguments).current_dir(dir.path()).status().unwrap().code();
    let serving = Serving::start();
    assert_eq!(inside(&["-O", &serving.at("/bytes/5")]), Some(0));
    assert_eq!(fs::read(dir.path().join("5")).unwrap(), b"01234");
    assert_eq!(inside(&["-O", &serving.at("/")]), Some(23));
    assert_eq!(inside(&["-o", "nowhere/x", &serving.at("/")]), Some(23));
    // A request that fails leaves the old file alone.
    assert_eq!(inside(&["-f", "-i", "-o", "5", &serving.at("/status/500")]), Some(22));
    assert_eq!(fs::read(dir.path().join("5")).unwrap(), b"01234");
}

#[test]
fn several_urls_share_a_connection_and_write_out_speaks_of_each() {
    let serving = Serving::start();
    let (a, b) = (serving.at("/bytes/3"), serving.at("/status/404"));
    let ran = get(&["-w", "|%{urlnum} %{response_code} %{num_connects} %{size_download} %{content_type}|", &a, &b]);
    assert_eq!(
        ran.text(),
        "012|0 200 1 3 application/octet-stream|404 Not Found\n|1 404 0 14 text/plain; charset=utf-8|"
    );
    let ran = get(&["-s", "-w", "%{onerror}%{http_code} %{exitcode} %{errormsg}", "http://127.0.0.1:9/"]);
    assert_eq!((ran.code, ran.err.as_str()), (7, ""));
    assert!(ran.text().starts_with("000 7 connect: connection refused"), "{}", ran.text());
    let ran = get(&[
        "-o",
        "/dev/null",
        "-w",
        "%{time_namelookup} %{time_connect} %{time_starttransfer} %{time_total}",
        &serving.at("/delay/50"),
    ]);
    let times: Vec<f64> = ran.text().split(' ').map(|time| time.parse().unwrap()).collect();
    assert!(times.is_sorted() && times[2] >= times[1] + 0.05, "{times:?}");
}

#[test]
fn bodies_are_sent_as_asked() {
    let serving = Serving::start();
    let echo = serving.at("/echo");
    let body = |ran: Ran| ran.text().split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(get(&["-d", "a=1", "-d", "b", &echo])), "a=1&b");
    assert_eq!(body(get(&["--data-urlencode", "q=ä b", &echo])), "q=%C3%A4+b");
    assert_eq!(body(run_with_input(&["get", "-d", "@-", &echo], b"one\ntwo\n")), "onetwo");
    let json = get(&["--json", "{}", &echo]);
    assert!(
        json.text().contains("Content-Type: application/json\r\n")
            && json.text().contains("Accept: application/json\r\n")
    );
    assert!(get(&["-G", "-d", "b=2", &serving.at("/echo?a=1")]).text().starts_with("GET /echo?a=1&b=2 HTTP/1.1\r\n"));
    assert!(run(["patch", "-d", "x", &echo]).text().starts_with("PATCH /echo HTTP/1.1\r\n"));

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("large");
    fs::write(&file, vec![b'x'; 3 << 20]).unwrap();
    let ran = get(&["-T", file.to_str().unwrap(), "-w", "%{size_upload}", &echo]);
    assert!(ran.text().starts_with("PUT /echo HTTP/1.1\r\n") && ran.text().ends_with("xxx3145728"), "{}", ran.err);
    // Standard input has no length: it goes in chunks.
    let peer = Peer::start([conn([any_request(), reply(ok("done"))])]);
    let ran = run_with_input(&["get", "-T", "-", "-H", "Expect:", &peer.url("/x")], b"from a pipe");
    assert_eq!(ran.text(), "done", "{}", ran.err);
    let transcript = peer.finish();
    assert!(transcript.requests()[0].is_chunked());
    assert!(transcript.requests()[0].text().contains("from a pipe"));
}

#[test]
fn verbose_shows_what_was_sent_without_secrets() {
    let serving = Serving::start();
    let ran = get(&["-v", "-H", "Authorization: Basic c2VjcmV0", "-H", "X-A: b", &serving.at("/bytes/2")]);
    assert_eq!(ran.text(), "01");
    for line in
        ["> GET /bytes/2 HTTP/1.1", "> X-A: b", "> Authorization: (hidden)", "< HTTP/1.1 200 Ok", "< Content-Length: 2"]
    {
        assert!(ran.err.lines().any(|printed| printed == line), "{line} is missing:\n{}", ran.err);
    }
    assert!(!ran.err.contains("c2VjcmV0"), "{}", ran.err);
    let ran = get(&["-v", "http://127.0.0.1:9/"]);
    assert!(ran.err.contains("caused by") && !ran.err.contains("> GET"), "{}", ran.err);
}

#[test]
fn what_arrives_is_passed_on_at_once_where_asked() {
    for flag in ["-N", "--follow-lines"] {
        let gate = Gate::new();
        let first = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\none\n";
        let peer = Peer::start([conn([any_request(), reply(first), hold(&gate), reply("two\n")])]);
        let mut child = maypole().args(["get", flag, &peer.url("/")]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "one", "while the second one is held back");
        gate.open();
        assert_eq!(lines.next().unwrap().unwrap(), "two");
        assert!(lines.next().is_none() && child.wait().unwrap().success());
    }
}

#[test]
fn a_reader_that_goes_away_is_a_write_error() {
    let serving = Serving::start();
    let mut child = maypole()
        .args(["get", &serving.at("/bytes/50000000")])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(23));
}

#[test]
fn the_way_to_the_server_can_be_chosen() {
    let serving = Serving::start();
    let port = serving.authority().rsplit_once(':').unwrap().1;
    let ran = get(&["--resolve", &format!("name.test:{port}:127.0.0.1"), &format!("http://name.test:{port}/headers")]);
    assert!(ran.text().contains(&format!("\"Host\": \"name.test:{port}\"")), "{}", ran.err);
    let ran = get(&["--interface", "127.0.0.2", "-o", "/dev/null", "-w", "%{local_ip} %{remote_ip}", &serving.at("/")]);
    assert_eq!(ran.text(), "127.0.0.2 127.0.0.1", "{}", ran.err);
    assert_eq!(get(&["-6", &serving.at("/")]).code, 6);
    assert!(get(&["-0", &serving.at("/echo")]).text().starts_with("GET /echo HTTP/1.0\r\n"));
    let unix = Peer::unix(None, [conn([any_request(), reply(ok("by path"))])]);
    assert_eq!(get(&["--unix-socket", unix.path().to_str().unwrap(), "http://any/"]).text(), "by path");
}

/// The request lines and header lines, sorted: curl orders them in its own way.
fn sorted(ran: &Ran) -> Vec<String> {
    let mut lines: Vec<String> = ran.text().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn the_same_flags_make_the_same_request_and_output_as_curl() {
    let serving = Serving::start();
    let (echo, bytes) = (serving.at("/echo"), serving.at("/bytes/100"));
    let requests: [&[&str]; 14] = [
        &[],
        &["-d", "a=1", "-d", "b=2"],
        &["--data-raw", "@x"],
        &["--data-urlencode", "a=b c&d", "--data-urlencode", "x y"],
        &["--json", "{\"a\":1}"],
        &["-X", "DELETE"],
        &["-X", "PUT", "-d", "x"],
        &["-G", "-d", "q=1", "--data-urlencode", "r=a b"],
        &["-H", "X-Empty;", "-H", "Accept:", "-H", "X-Two: 2"],
        &["-H", "Content-Type: text/x", "-d", "x"],
        &["-A", "", "-e", "http://from/"],
        &["-r", "0-9"],
        &["-0"],
        &["-T", "Cargo.toml", "-H", "Expect:"],
    ];
    for flags in requests {
        let agent: &[&str] = if flags.contains(&"-A") { &[] } else { &["-A", "same"] };
        let arguments = [flags, agent, &[echo.as_str()]].concat();
        let Some(theirs) = curl(&[&["-sS"], &arguments[..]].concat()) else { return };
        assert_eq!(sorted(&get(&arguments)), sorted(&theirs), "{flags:?}");
    }
    let outputs: [&[&str]; 7] = [
        &["-i", "-H", "X: y"],
        &["-f"],
        &[
            "-w",
            "%{http_code} %{size_download} %{num_connects} %{url_effective} %{remote_ip} %{http_version} %{method}\\n",
        ],
        &["-o", "/dev/null", "-w", "%{content_type}%%\\t%{exitcode}"],
        &["-w", "%header{content-length} %{num_headers}"],
        &["-D", "-"],
        &["-m", "10", "--connect-timeout", "9", "--max-filesize", "1K"],
    ];
    // The date may differ by a second.
    let text = |ran: &Ran| ran.text().lines().filter(|line| !line.starts_with("Date:")).collect::<Vec<_>>().join("\n");
    for flags in outputs {
        let arguments = [flags, &[bytes.as_str()]].concat();
        let Some(theirs) = curl(&[&["-sS"], &arguments[..]].concat()) else { return };
        let ours = get(&arguments);
        assert_eq!((ours.code, text(&ours)), (theirs.code, text(&theirs)), "{flags:?}");
    }
}
