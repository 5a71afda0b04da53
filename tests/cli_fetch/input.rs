//! What is read, and what is said of what cannot be.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use super::cli_support::{maypole, run};
use super::scripted::{Gate, Refused, Server, ok, with_some_time};
use super::site::{asked, echoing, fetch, holding, ids, lines, logging, results};

#[test]
fn q315_urls_on_standard_input_json_lines_out() {
    let (gate, refused) = (Gate::new(), Refused::start());
    let (server, log) = holding(&gate, |target| target == "/slow");
    let input = format!(
        "\u{feff}{}\r\n\r\n  # a comment\n{}\nhttp://{}/\n{}",
        server.url("/slow"),
        server.url("/quick"),
        refused.address(),
        server.url("/last")
    );
    let mut child = maypole().arg("fetch").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let mut text = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        output.read_line(&mut text).unwrap();
    }
    gate.open();
    output.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(7));
    let results = lines(&text);
    assert_eq!(ids(&results), [1, 4, 5, 6]);
    assert_eq!(results.last().unwrap()["id"], 1, "in the order of their ends");
    let quick = results.iter().find(|result| result["id"] == 4).unwrap();
    assert_eq!((&quick["status"], &quick["size"], &quick["error"]), (&json!(200), &json!(6), &json!(null)));
    assert_eq!(quick["url"], server.url("/quick"));
    assert_eq!(quick["effective_url"], server.url("/quick"));
    assert_eq!(quick["sha256"].as_str().unwrap().len(), 64);
    assert_eq!((&quick["method"], &quick["attempts"], &quick["from_cache"]), (&json!("GET"), &json!(1), &json!(false)));
    assert!(quick["elapsed_ms"].as_f64().unwrap() > 0.0 && quick["timings_ms"]["total"].as_f64().unwrap() > 0.0);
    let failed = results.iter().find(|result| result["id"] == 5).unwrap();
    assert_eq!((&failed["status"], &failed["error"]["kind"]), (&json!(null), &json!("connect")));
    assert_eq!((&failed["error"]["phase"], &failed["error"]["exit_code"]), (&json!("connect"), &json!(7)));
    assert_eq!(asked(&log).len(), 3);
}

#[test]
fn a_malformed_line_is_told_with_its_place_and_the_others_are_fetched() {
    let (server, _) = echoing(Duration::ZERO);
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    fs::write(&one, format!("{}\nnot a url\n{{\"url\":7}}\n{{\"url\":\n", server.url("/1"))).unwrap();
    let mut text = format!("ftp://h/\nhttp://[::1\n{}\n", server.url("/2")).into_bytes();
    text.extend(b"http://h/\xff\n");
    text.extend(vec![b'x'; (1 << 20) + 1]);
    text.extend(b"\n{\"url\":\"http://h/\",\"headers\":{\"a b\":\"c\"}}\n{\"url\":\"http://h/\",\"method\":\"get\"}");
    fs::write(&two, text).unwrap();
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    let ran = run(["fetch", one, two]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(ids(&results(&ran)), [1, 7]);
    for (place, why) in [
        (format!("{one}:2: "), "spaces"),
        (format!("{one}:3: "), "`url`"),
        (format!("{one}:4: "), "JSON"),
        (format!("{two}:1: "), "ftp"),
        (format!("{two}:2: "), ""),
        (format!("{two}:4: "), "UTF-8"),
        (format!("{two}:5: "), "1048577 bytes"),
        (format!("{two}:6: "), "a b"),
        (format!("{two}:7: "), "lower-case"),
    ] {
        let told = ran.err.lines().find(|line| line.contains(&place)).unwrap_or_else(|| panic!("{place}{}", ran.err));
        assert!(told.starts_with("maypole: ") && told.contains(why), "{told}");
    }
    assert!(ran.err.contains("2 fetched, 0 failed, 9 malformed"), "{}", ran.err);
}

#[test]
fn strict_sends_nothing_when_a_line_is_wrong() {
    let (server, _) = echoing(Duration::ZERO);
    let input = format!("{}\nnot a url\n{}\n[]\n", server.url("/1"), server.url("/2"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("urls");
    fs::write(&file, &input).unwrap();
    for ran in [fetch(&["--strict"], &input), run(["fetch", "--strict", file.to_str().unwrap()])] {
        assert_eq!((ran.code, ran.text()), (3, ""), "{}", ran.err);
        assert!(
            ran.err.contains(":2: ") && ran.err.contains(":4: ") && ran.err.contains("nothing was sent"),
            "{}",
            ran.err
        );
    }
    assert_eq!(server.requests(), 0);
    let good = fetch(&["--strict"], &format!("{}\n", server.url("/1")));
    assert_eq!((good.code, results(&good).len()), (0, 1), "{}", good.err);
}

#[test]
fn objects_say_everything_that_a_request_may_have() {
    let server = Server::start(|request, responder| {
        let seen = format!(
            "{} {} {} {} {}",
            request.method,
            request.header("X-A").unwrap_or("-"),
            request.header("X-All").unwrap_or("-"),
            request.header("Content-Type").unwrap_or("-"),
            request.text()
        );
        responder.reply(ok(&seen));
    });
    let url = server.url("/");
    let input = [
        json!({"url": url, "id": "a", "meta": {"page": [1, 2]}}),
        json!({"url": url, "id": 7, "json": {"k": "v"}, "headers": {"X-A": "1", "X-All": "own"}}),
        json!({"url": url, "id": "put", "method": "PUT", "body": "text"}),
        json!({"url": url, "id": "type", "body": "a=1", "headers": {"content-type": "application/x-www-form-urlencoded"}}),
        json!({"url": url, "id": "again", "status": 200, "error": null, "response_headers": {"a": "b"}}),
    ]
    .map(|line| line.to_string())
    .join("\n");
    let ran = fetch(&["--body", "text", "-H", "X-All: default"], &input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let results = results(&ran);
    let body = |id: serde_json::Value| results.iter().find(|result| result["id"] == id).unwrap()["body"].clone();
    assert_eq!(body(json!("a")), "GET - default - ");
    assert_eq!(body(json!(7)), "POST 1 own application/json {\"k\":\"v\"}");
    assert_eq!(body(json!("put")), "PUT - default text/plain; charset=utf-8 text");
    assert_eq!(body(json!("type")), "POST - default application/x-www-form-urlencoded a=1");
    assert_eq!(body(json!("again")), "GET - default - ");
    let meta = results.iter().find(|result| result["id"] == "a").unwrap();
    assert_eq!(meta["meta"], json!({"page": [1, 2]}));
}

#[test]
fn priorities_come_first_and_fifo_keeps_the_order() {
    // All of it is read while the first one is answered.
    let comes_first = with_some_time(Duration::from_millis(200), |pause| {
        let (server, log) = logging(move |request, responder| {
            std::thread::sleep(if request.target == "/0" { pause } else { Duration::ZERO });
            responder.reply(ok(&request.target));
        });
        let line =
            |n: usize, priority: i32| json!({"url": server.url(&format!("/{n}")), "priority": priority}).to_string();
        let input: Vec<_> = (0..20).map(|n| line(n, if n == 13 { 5 } else { 0 })).collect();
        assert_eq!(fetch(&["-c", "1", "--order", "fifo"], &input.join("\n")).code, 0);
        let seen: Vec<_> = log.lock().unwrap().iter().map(|(_, target)| target.clone()).collect();
        let others: Vec<_> = seen.iter().filter(|target| *target != "/13").cloned().collect();
        let expected: Vec<_> = (0..20).filter(|n| *n != 13).map(|n| format!("/{n}")).collect();
        assert_eq!(others, expected);
        seen.iter().position(|target| target == "/13") <= Some(1)
    });
    assert!(comes_first, "the one of the highest priority was not the first or second");
}

#[test]
fn what_has_come_is_fetched_while_more_is_waited_for() {
    let (server, _) = echoing(Duration::ZERO);
    let mut child =
        maypole().arg("fetch").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for n in 1..=3 {
        writeln!(input, "{}", server.url(&format!("/{n}"))).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(lines(&line)[0]["id"], n);
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn input_is_read_as_there_is_room() {
    let (server, _) = echoing(Duration::from_millis(1));
    let mut child =
        maypole().args(["fetch", "-q", "-c", "2"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // So long that pipes are full of some hundred lines.
    let url = server.url(&format!("/{}/", "x".repeat(500)));
    // More than a window of lines, which is ten thousand, and every buffer on the way hold; the rest has to wait for the
    // server.
    (0..12_000).for_each(|n| writeln!(input, "{url}{n}").unwrap());
    assert!(server.requests() > 1_000, "12,000 lines were read ahead of {} requests", server.requests());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn q319_duplicates_in_canonical_form_are_fetched_once() {
    let (server, log) = echoing(Duration::ZERO);
    let port = server.address().port();
    let input = format!(
        "http://127.0.0.1:{port}/a\nHTTP://127.0.0.1:{port}/b/../a#top\nhttp://127.0.0.1:{port}/%61\n\
         {{\"url\":\"http://127.0.0.1:{port}/a\",\"method\":\"POST\"}}\nhttp://127.0.0.1:{port}/a\n"
    );
    let ran = fetch(&["--dedupe"], &input);
    assert_eq!((ran.code, results(&ran).len()), (0, 2), "{}", ran.err);
    assert_eq!(asked(&log)["/a"], 2, "GET and POST");
    assert!(ran.err.contains("2 fetched, 0 failed, 3 duplicates"), "{}", ran.err);
    assert_eq!(results(&fetch(&[], &input)).len(), 5);
}
