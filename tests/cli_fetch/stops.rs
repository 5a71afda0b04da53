//! Ending early: by a bound, by Ctrl-C, and what is said then.

use std::fs;
use std::time::{Duration, Instant};

use super::scripted::{Gate, ok, wait_until, with_some_time};
use super::site::{Told, echoing, fetch, holding, list, logging, results, signal, spawn, whole_lines};

#[test]
fn q323_a_number_a_time_errors_and_bytes_end_it_cleanly() {
    let (server, _) = echoing(Duration::from_millis(10));
    let input = list(&server, 3_000);
    let count = fetch(&["-c", "5", "--max-count", "37"], &input);
    assert_eq!((count.code, results(&count).len(), server.requests()), (0, 37, 37), "{}", count.err);
    assert!(count.err.contains("stopped: --max-count 37 reached; "), "{}", count.err);

    // All of them take 15 s.
    let begins = with_some_time(Duration::from_millis(100), |limit| {
        let limit = limit.as_secs_f64().to_string();
        let time = fetch(&["-c", "2", "--max-time-total", &limit], &input);
        assert!(time.code == 0 && results(&time).len() < 3_000, "{}", time.err);
        assert!(time.err.contains(&format!("stopped: --max-time-total {limit} reached")), "{}", time.err);
        !results(&time).is_empty()
    });
    assert!(begins, "nothing was fetched before the end");

    let bytes = fetch(&["-c", "2", "--max-bytes", "100"], &input);
    let got: u64 = results(&bytes).iter().map(|line| line["size"].as_u64().unwrap()).sum();
    assert!(bytes.code == 0 && (100..200).contains(&got), "{got}: {}", bytes.err);

    let (server, _) = logging(|request, responder| match request.target.ends_with('7') {
        true => responder.reply("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
        false => responder.reply(ok("x")),
    });
    let errors = fetch(&["-c", "2", "--fail", "--max-errors", "3"], &list(&server, 3_000));
    assert_eq!(errors.code, 22, "{}", errors.err);
    let failed = results(&errors).iter().filter(|line| line["status"] == 500).count();
    assert!((3..=4).contains(&failed) && results(&errors).len() < 200, "{failed}: {}", errors.err);
}

#[test]
fn ctrl_c_lets_what_runs_finish_and_says_what_is_left() {
    let gate = Gate::new();
    let (server, _) = holding(&gate, |target| !["/1", "/2"].contains(&target));
    let dir = tempfile::tempdir().unwrap();
    let (urls, out) = (dir.path().join("urls"), dir.path().join("out"));
    fs::write(&urls, list(&server, 500)).unwrap();
    let mut child = spawn(&["-c", "4", urls.to_str().unwrap()], &out);
    let mut told = Told::by(&mut child);
    server.wait_requests(6);
    signal(&child, "-INT");
    told.wait_for("what is running finishes");
    gate.open();
    let err = told.all();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{err}");
    let results = whole_lines(&out);
    assert_eq!(results.len(), server.requests(), "each one that was begun has its line: {err}");
    assert!(results.iter().all(|line| line["status"] == 200));
    let (_, rest) = err.split_once("stopped: interrupted; ").unwrap_or_else(|| panic!("{err}"));
    let (left, _) = rest.split_once(" of those that were read are not fetched").unwrap_or_else(|| panic!("{err}"));
    assert!((1..=494).contains(&left.parse().unwrap()), "{err}");
}

#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    // What follows within a moment is taken for an echo of the first, and on a busy machine that moment may be long.
    let is_ended_by_it = with_some_time(Duration::from_millis(400), |apart| {
        let (server, _) = echoing(Duration::from_secs(60));
        let dir = tempfile::tempdir().unwrap();
        let (urls, out) = (dir.path().join("urls"), dir.path().join("out"));
        fs::write(&urls, list(&server, 50)).unwrap();
        let mut child = spawn(&["-c", "2", urls.to_str().unwrap()], &out);
        server.wait_requests(2);
        signal(&child, "-INT");
        let mut told = Told::by(&mut child);
        told.wait_for("what is running finishes");
        std::thread::sleep(apart);
        assert!(child.try_wait().unwrap().is_none(), "what runs is waited for");
        signal(&child, "-INT");
        let sent = Instant::now();
        while child.try_wait().unwrap().is_none() && sent.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let is_ended_by_it = child.try_wait().unwrap().is_some();
        if is_ended_by_it {
            assert_eq!(child.wait().unwrap().code(), Some(130));
            assert!(whole_lines(&out).is_empty(), "no answer was waited for");
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        is_ended_by_it
    });
    assert!(is_ended_by_it, "the second one did not end it");
}

#[test]
fn ctrl_c_ends_it_while_it_waits_for_input() {
    let (server, _) = echoing(Duration::ZERO);
    let mut child = super::cli_support::maypole()
        .args(["fetch", "-q"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, list(&server, 3).as_bytes()).unwrap();
    server.wait_requests(3);
    signal(&child, "-TERM");
    wait_until("the end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
