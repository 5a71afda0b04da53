//! `maypole load` where something ends: descriptors, connections, a server's patience; and what the server counted.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli_support::Serving;
use crate::json;
use crate::scripted::{Server, ok};

const MS: Duration = Duration::from_millis(1);

#[test]
fn q293_the_server_counts_what_was_asked_for() {
    let server = Server::start(|_, answer| answer.reply(ok("x")));
    let (code, report) = json(&["-n", "1000", "-c", "10", &server.url("/")]);
    assert_eq!((code, &report["answers"]), (0, &1000.into()), "{report}");
    assert_eq!((server.requests(), server.connections()), (1000, 10));
    assert!(server.peak() <= 10, "{} at once", server.peak());
}

#[test]
fn q308_without_descriptors_there_is_one_error_and_what_can_be_done() {
    let serving = Serving::start();
    let mut command = Command::new("sh");
    let line = "ulimit -n 64; exec \"$0\" load --json -n 2000 -c 200 \"$1\"";
    command.args(["-c", line, env!("CARGO_BIN_EXE_maypole"), &serving.at("/delay/20")]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let errors = report["errors"].as_array().unwrap();
    assert_eq!((errors.len(), &errors[0]["kind"]), (1, &"Exhausted".into()), "{report}");
    assert!(errors[0]["first"].as_str().unwrap().contains("ulimit -n"), "{report}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.lines().count() <= 2, "{said}");
    // Those that have a connection go on.
    assert!(report["answers"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(report["requests"], 2000, "{report}");
}

#[test]
fn q309_thousands_of_connections_are_opened_and_what_each_takes_is_known() {
    const MANY: usize = 3_000;
    let serving = Serving::start();
    let many = MANY.to_string();
    let opened = |delay_ms: u32| {
        let url = serving.at(&format!("/delay/{delay_ms}"));
        let (code, report) = json(&["-n", &many, "-c", &many, &url]);
        assert_eq!(
            (code, &report["answers"], &report["errors"]),
            (0, &MANY.into(), &serde_json::json!([])),
            "{report}"
        );
        (report["connections_opened"] == MANY).then_some(report)
    };
    // Each user has one request, which is to be answered when all others have been sent: its connection would be used
    // again.
    let report = [3_000, 20_000].into_iter().find_map(opened).expect("a connection for each");
    let each = report["client"]["peak_memory_bytes"].as_u64().unwrap() / MANY as u64;
    println!("{each} bytes of memory for each connection");
    assert!(each < 100_000, "{each} bytes for each");
}

/// One that stalls for 0.4 s in each 1.2 s, with when each request came and when it was answered.
type Log = Arc<Mutex<Vec<(Instant, Instant)>>>;

fn stalling() -> (Server, Log) {
    let log = Log::default();
    let (writing, began) = (log.clone(), Mutex::new(None));
    let server = Server::start(move |_, answer| {
        let came = Instant::now();
        let began = *began.lock().unwrap().get_or_insert(came);
        let within = Duration::from_micros(((came - began + 50 * MS).as_micros() % 1_200_000) as u64);
        let stalled = (500 * MS..900 * MS).contains(&within).then(|| 900 * MS - within);
        std::thread::sleep(50 * MS + stalled.unwrap_or_default());
        writing.lock().unwrap().push((came, Instant::now()));
        answer.reply(ok("x"));
    });
    (server, log)
}

#[test]
fn q295_q312_what_is_told_of_a_server_that_stalls_is_what_that_server_knows() {
    // On a busy machine what stalls is not the server alone.
    assert!((0..5).any(|_| tells_what_the_server_knows()), "five times something else was told");
}

fn tells_what_the_server_knows() -> bool {
    const RATE: f64 = 200.0;
    let (server, log) = stalling();
    let (code, report) = json(&["-q", "200", "-n", "480", "-c", "20", &server.url("/")]);
    assert_eq!((code, &report["answers"]), (0, &480.into()), "{report}");
    let mut log = std::mem::take(&mut *log.lock().unwrap());
    log.sort_unstable();
    let scheduled = |n: usize| Duration::from_secs_f64(n as f64 / RATE);
    // Requests come in the order of their times; the least late of them says when the run began.
    let from = log.iter().enumerate().map(|(n, (came, _))| *came - scheduled(n)).min().unwrap();
    let mut truth: Vec<_> = log.iter().enumerate().map(|(n, (_, over))| *over - from - scheduled(n)).collect();
    truth.sort_unstable();
    let us = |what: &str, name: &str| report[what]["percentiles"][name].as_f64().unwrap();
    let agrees = |(name, percent): (&str, usize)| {
        // Some have moved in rank where one of the two was stopped between them.
        let [least, most] = [percent - 1, percent + 1]
            .map(|percent| truth[(truth.len() * percent).div_ceil(100) - 1].as_secs_f64() * 1e6);
        let measured = us("latency_us", name);
        // The way back takes what a busy machine makes it take.
        let agrees = (least * 0.98..=most * 1.02 + 100e3).contains(&measured);
        if !agrees {
            eprintln!("{name}: {measured} and not from {least} to {most}");
        }
        agrees
    };
    assert!(us("latency_us", "p99") >= 400e3, "{report}");
    [("p50", 50), ("p75", 75), ("p90", 90), ("p95", 95), ("p99", 99)].into_iter().all(agrees)
        // Beside them what each took once it was sent: a fifth of them at most were caught in a stall.
        && us("service_us", "p75") * 2.0 < us("latency_us", "p75")
}
