//! What is written, and where.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::cli_support::maypole;
use super::scripted::Server;
use super::site::{echoing, fetch, ids, list, results, spawn, whole_lines};

fn site() -> Server {
    Server::start(|request, responder| {
        let (kind, body): (_, &[u8]) = match request.target.as_str() {
            "/latin" => ("text/plain; charset=iso-8859-1", b"caf\xe9"),
            "/bytes" => ("text/plain; charset=utf-8", b"\xff\xfe\x00"),
            _ => ("text/plain", b"plain"),
        };
        let head = "HTTP/1.1 200 OK\r\nX-Two: 1\r\nX-Two: 2\r\nX-One: a";
        responder.reply(format!("{head}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len()));
        responder.reply(body);
    })
}

#[test]
fn bodies_and_headers_stand_in_the_line_where_asked_for() {
    let server = site();
    let input = ["/latin", "/bytes", "/plain"].map(|path| server.url(path)).join("\n");
    let plain = results(&fetch(&["--hash", "none"], &input));
    for key in ["body", "body_base64", "response_headers", "sha256", "path", "meta"] {
        assert!(plain.iter().all(|line| line.get(key).is_none()), "{key}");
    }
    let of = |results: &[serde_json::Value], id: u64| results.iter().find(|line| line["id"] == id).unwrap().clone();
    let text = results(&fetch(&["--body", "text", "--headers"], &input));
    assert_eq!((&of(&text, 1)["body"], &of(&text, 3)["body"]), (&json!("café"), &json!("plain")));
    assert_eq!((&of(&text, 2)["body_base64"], of(&text, 2).get("body")), (&json!("//4A"), None));
    let headers = &of(&text, 3)["response_headers"];
    assert_eq!((&headers["x-one"], &headers["x-two"]), (&json!("a"), &json!(["1", "2"])));
    let coded = results(&fetch(&["--body", "base64"], &input));
    assert_eq!(of(&coded, 3)["body_base64"], "cGxhaW4=");
}

#[test]
fn bodies_are_files_with_names_of_their_own() {
    let (server, _) = echoing(Duration::ZERO);
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("new/pages");
    let paths = ["/a/page.html", "/b/page.html", "/a/page.html", "/a/page.html?q=1", "/..%2f..%2fetc%2fpasswd", "/"];
    let input = paths.map(|path| server.url(path)).join("\n");
    let ran = fetch(&["--output-dir", at.to_str().unwrap()], &input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let results = results(&ran);
    assert_eq!(results.len(), 6);
    let mut names = Vec::new();
    for line in &results {
        let path = std::path::Path::new(line["path"].as_str().unwrap());
        assert_eq!(path.parent().unwrap(), at);
        let body = fs::read(path).unwrap();
        assert_eq!(body.len() as u64, line["size"].as_u64().unwrap());
        let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(line["sha256"], digest);
        assert!(server.url(std::str::from_utf8(&body).unwrap()) == line["url"].as_str().unwrap());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 6, "{names:?}");
    assert_eq!(fs::read_dir(&at).unwrap().count(), 6, "nothing half-written is left");
    assert!(names.iter().filter(|name| name.ends_with(".html")).count() == 4, "{names:?}");
}

#[test]
fn who_reads_no_further_ends_it_cleanly() {
    let (server, _) = echoing(Duration::from_millis(1));
    let mut child = maypole()
        .args(["fetch", "-c", "2", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = list(&server, 3_000);
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()).ok());
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    drop(output);
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(23), "{err}");
    writing.join().unwrap();
    assert!(err.contains("standard output was closed") && !err.contains("panicked"), "{err}");
    assert!(server.requests() < 3_000);
}

#[test]
fn a_reader_that_is_slow_holds_fetches_up_and_loses_nothing() {
    let (server, _) = echoing(Duration::ZERO);
    let mut child = maypole()
        .args(["fetch", "-q", "-c", "20", "--body", "text", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(list(&server, 1_000).as_bytes()).unwrap();
    // A pipe holds some hundred lines; the rest of the fetches wait.
    std::thread::sleep(Duration::from_millis(700));
    let held = server.requests();
    assert!(held < 1_000, "{held}");
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(ids(&super::site::lines(&text)), (1..=1_000).collect::<Vec<_>>());
}

#[test]
fn half_a_line_of_an_earlier_run_is_ended_first() {
    let (server, _) = echoing(Duration::ZERO);
    let dir = tempfile::tempdir().unwrap();
    let (urls, out) = (dir.path().join("urls"), dir.path().join("out"));
    fs::write(&urls, list(&server, 3)).unwrap();
    fs::write(&out, "{\"id\":0}\n{\"id\":9,\"ur").unwrap();
    assert!(spawn(&["-q", urls.to_str().unwrap()], &out).wait().unwrap().success());
    let text = fs::read_to_string(&out).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines.len(), lines[1]), (5, "{\"id\":9,\"ur"));
    fs::write(&out, lines[2..].join("\n") + "\n").unwrap();
    assert_eq!(ids(&whole_lines(&out)), [1, 2, 3]);
}
