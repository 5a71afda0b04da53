//! The open model, thresholds and the warm-up.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli_support::{Serving, run};
use crate::json;
use crate::scripted::{self, Peer, any_request, conn, ok, reply};
use crate::site::Logging;

#[test]
fn q295_q296_with_a_rate_latency_is_from_the_scheduled_start_and_what_could_not_begin_is_told() {
    let serving = Serving::start();
    // One connection does ten a second at most, and is to do forty.
    let (code, report) = json(&["-q", "40", "-z", "3s", "-c", "1", &serving.at("/delay/100")]);
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{report}"));
    let schedule = &report["schedule"];
    assert_eq!((code, &schedule["planned"], &schedule["rate_per_s"]), (0, &120.into(), &40.0.into()));
    assert!(number(&schedule["dropped"]) >= 88 && number(&schedule["late"]) >= 1, "{report}");
    assert!(number(&report["answers"]) + number(&schedule["dropped"]) <= 120, "{report}");
    let max = |what: &str| report[what]["max"].as_f64().unwrap();
    assert!(max("latency_us") > max("service_us") + 50_000.0, "{report}");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("could not begin in time") && warnings.contains("all 1 were under way"), "{warnings}");

    let ran = run(["load", "-q", "50", "-z", "500ms", "-c", "10", &serving.at("/delay/1")]);
    for part in ["Schedule", "25 at 50.0 per second", "dropped", "late", "Service time", "Timer error"] {
        assert!(ran.text().contains(part), "{part} is missing:\n{}", ran.text());
    }
    let widest = ran.text().lines().filter(|line| !line.starts_with("  !")).map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?} columns:\n{}", ran.text());
}

#[test]
fn q297_a_ramp_begins_with_few() {
    let (_, report) = json(&["-q", "40", "--ramp-up", "2s", "-z", "2s", "-c", "10"]);
    assert_eq!((&report["schedule"]["planned"], &report["schedule"]["ramp_up_s"]), (&40.into(), &2.0.into()));
    let ran = run(["load", "-q", "100", "--ramp-up", "200ms", "-z", "300ms"]);
    assert!(ran.text().contains("20 rising to 100 per second in 200 ms ·"), "{}", ran.text());
    let ran = run(["load", "--stage", "200ms:100", "--stage", "200ms:0"]);
    assert!(ran.text().contains("20 in 2 stages between 0 and 100 per second ·"), "{}", ran.text());
}

#[test]
fn q298_what_begins_in_the_warm_up_is_not_counted() {
    let (code, report) = json(&["-q", "100", "--warm-up", "500ms", "-z", "3s", "-c", "20"]);
    assert_eq!((code, &report["schedule"]["planned"], &report["warm_up_s"]), (0, &300.into(), &0.5.into()));
    let answers = report["answers"].as_u64().unwrap();
    assert!((1..=300).contains(&answers), "{report}");
    let (code, report) = json(&["-n", "200", "--warm-up", "300ms", "-c", "2"]);
    assert_eq!((code, &report["answers"]), (0, &200.into()), "-n is what is counted: {report}");
}

#[test]
fn q301_thresholds_are_the_exit_code() {
    let serving = Serving::start();
    let slow = serving.at("/delay/30");
    let load = |limits: &[&str]| {
        let limits = limits.iter().flat_map(|limit| ["--latency-threshold", limit]);
        let (code, report) = json(&["-n", "20", "-c", "4", &slow].into_iter().chain(limits).collect::<Vec<_>>());
        let held = report["thresholds"].as_array().unwrap().iter().map(|one| one["held"].as_bool().unwrap());
        (code, held.collect::<Vec<_>>())
    };
    assert_eq!(load(&["p99=60s", "errors=0.1%"]), (0, vec![true, true]));
    assert_eq!(load(&["p50=20ms", "errors=0%", "max=60s"]), (3, vec![false, true, true]));
    let ran = run(["load", "-n", "5", "-c", "1", "--latency-threshold", "mean=1ms", &slow]);
    assert!(ran.code == 3 && ran.text().contains("limit 1.00 ms: crossed"), "{}", ran.text());

    let failing = serving.at("/status/500");
    let limits = ["--latency-threshold", "errors=0%", "--latency-threshold", "failed=99%"];
    let (code, report) = json(&[&["-n", "5", "-c", "1", &failing][..], &limits].concat());
    let held = |n: usize| report["thresholds"][n]["held"].as_bool().unwrap();
    assert_eq!(
        (code, held(0), held(1)),
        (3, true, false),
        "a status of 500 is an answer, but not a good one: {report}"
    );

    let mixed = Peer::start([
        conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), scripted::Act::Close]),
        conn([any_request(), reply(ok("x"))]),
    ]);
    let (code, report) = json(&["-n", "2", "-c", "1", "--latency-threshold", "errors=49%", &mixed.url("/")]);
    assert_eq!((code, &report["thresholds"][0]["actual"]), (3, &50.0.into()), "{report}");
}

#[test]
fn q297_stages_are_what_the_server_sees() {
    let site = Logging::start();
    // None comes sooner than it is to, however busy the machine is; and unless it is very busy, not much later.
    assert!((0..5).any(|_| comes_in_stages(&site)), "five times many came late");

    let ran = run(["load", "--stage", "200ms:50", "--max-late", "1ms", "-c", "5", &site.url("/")]);
    assert!(ran.text().contains("in 1 stage from 0 to 50.0 per second"), "{}", ran.text());
}

/// Whether most of them come in time.
fn comes_in_stages(site: &Logging) -> bool {
    let start = Instant::now();
    // 0.5 s from 20 to 100 per second, a jump to 20, which stays for a second.
    let (code, report) =
        json(&["-q", "20", "--stage", "500ms:100", "--stage", "0:20", "--stage", "1s:20", "-c", "20", &site.url("/")]);
    assert_eq!((code, &report["schedule"]["planned"]), (0, &50.into()), "{report}");
    // The last begins 50 ms before the end, and nothing is waited for behind it.
    assert!(start.elapsed().as_millis() >= 1450);
    let stages = &report["schedule"]["stages"];
    assert_eq!(
        (&stages[0], &stages[2]["rate_per_s"]),
        (&serde_json::json!({"duration_s": 0.5, "rate_per_s": 100.0}), &20.0.into())
    );
    let log = site.taken();
    assert!(log.len() <= 50, "{}", log.len());
    // So many are to have come after t seconds: 20 t + 80 t² of the first 30, and 20 more for each second behind these.
    let scheduled = |n: usize| match n as f64 {
        n if n < 30.0 => Duration::from_secs_f64(((400.0 + 320.0 * n).sqrt() - 20.0) / 160.0),
        n => Duration::from_secs_f64(0.5 + (n - 30.0) / 20.0),
    };
    let began: Vec<_> = log.iter().enumerate().map(|(n, (at, _))| *at - scheduled(n)).collect();
    // The least late of them says when the run began.
    let from = *began.iter().min().unwrap();
    assert!(from >= start, "one came {:?} early", start - from);
    let in_time = began.iter().filter(|began| **began - from < Duration::from_millis(100)).count();
    if in_time < 45 {
        eprintln!("{in_time} of {} in time", log.len());
    }
    in_time >= 45
}
