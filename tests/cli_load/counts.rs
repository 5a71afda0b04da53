//! What is counted, and how it is told.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli_support::{Serving, run};
use crate::json;
use crate::scripted::{self, Blackhole, Peer, Refused, any_request, conn, reply};

#[test]
fn q306_without_url_the_embedded_server_is_loaded_and_every_request_counted() {
    let (code, report) = json(&["-n", "500", "-c", "20"]);
    assert_eq!(code, 0);
    assert_eq!(
        (&report["requests"], &report["answers"], &report["statuses"]["200"]),
        (&500.into(), &500.into(), &500.into())
    );
    assert_eq!((&report["body_bytes"], &report["connections_opened"]), (&(500 * 612).into(), &20.into()));
    assert_eq!(report["errors"], serde_json::json!([]));
    let latency = &report["latency_us"];
    let counted: u64 = latency["histogram"].as_array().unwrap().iter().map(|bar| bar["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, 500);
    let us = |value: &Value| value.as_f64().unwrap();
    let percentiles =
        ["p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99"].map(|name| us(&latency["percentiles"][name]));
    assert!(percentiles.is_sorted() && us(&latency["min"]) <= percentiles[0] && percentiles[6] <= us(&latency["max"]));
    assert!(us(&report["client"]["peak_memory_bytes"]) > 1e6 && us(&report["client"]["cpu_us_per_answer"]) > 0.0);
}

#[test]
fn q294_a_duration_ends_it_and_requests_in_flight_are_not_counted() {
    let serving = Serving::start();
    let start = Instant::now();
    let (code, report) = json(&["-z", "300ms", "-c", "5", &serving.at("/delay/60000")]);
    assert_eq!((code, &report["answers"], &report["requests"]), (1, &0.into(), &0.into()));
    assert!(start.elapsed() < Duration::from_secs(30));
    let (code, report) = json(&["-z", "3s", "-c", "5", &serving.at("/delay/20")]);
    let answers = report["answers"].as_u64().unwrap();
    assert!(code == 0 && (1..=750).contains(&answers), "{report}");
    assert!(report["latency_us"]["min"].as_f64().unwrap() >= 20_000.0, "{report}");
}

#[test]
fn statuses_are_answers_and_errors_have_kind_phase_and_first_message() {
    let serving = Serving::start();
    let (code, report) = json(&["-n", "10", "-c", "2", &serving.at("/status/503")]);
    assert_eq!((code, &report["statuses"]["503"]), (0, &10.into()));

    let refused = Refused::start();
    let (code, report) = json(&["-n", "10", "-c", "2", &format!("http://{}/", refused.address())]);
    let error = &report["errors"][0];
    assert_eq!(
        (code, &error["kind"], &error["phase"], &error["count"]),
        (1, &"Connect".into(), &"Connect".into(), &10.into())
    );
    assert!(error["first"].as_str().unwrap().contains("refused"), "{error}");
    assert_eq!(report["latency_us"], Value::Null);

    let cut = Peer::always(conn([
        any_request(),
        reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
        scripted::Act::Close,
    ]));
    let (code, report) = json(&["-n", "3", "-c", "1", &cut.url("/")]);
    assert_eq!(
        (code, &report["errors"][0]["kind"], &report["errors"][0]["phase"]),
        (1, &"Incomplete".into(), &"Body".into())
    );

    let silent = Blackhole::start();
    let url = format!("http://{}/", silent.address());
    let (_, report) = json(&["-n", "1", "-c", "1", "--timeout", "100ms", &url]);
    assert_eq!(report["errors"][0]["kind"], "Timeout", "{report}");
}

#[test]
fn the_plain_report_is_plain_and_fits_a_terminal() {
    let ran = run(["load", "-n", "200", "-c", "4"]);
    assert!(!ran.text().contains('\x1b'), "colours go to terminals only");
    for part in
        ["(embedded server)", "per second", "200 × 200", "p99.99", "stdev", "none", "of processor time per answer"]
    {
        assert!(ran.text().contains(part), "{part} is missing:\n{}", ran.text());
    }
    let widest = ran.text().lines().filter(|line| !line.starts_with("  !")).map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?} columns:\n{}", ran.text());
    assert_eq!(ran.err, "", "progress goes to terminals only");
}

#[test]
fn q302_the_report_has_the_first_byte_the_phases_and_the_rest() {
    let serving = Serving::start();
    let ran = run(["load", "-n", "50", "-c", "2", &serving.at("/delay/2")]);
    for part in
        ["per second", "p99.99", "First byte", "Phases", "connect", "wait", "× 2", "opened", "none", "memory at most"]
    {
        assert!(ran.text().contains(part), "{part} is missing:\n{}", ran.text());
    }
    assert!(ran.text().lines().count() <= 24 + 2, "{}", ran.text());
    let (_, report) = json(&["-n", "50", "-c", "2", &serving.at("/delay/2")]);
    let p50 = |of: &str| report[of]["percentiles"]["p50"].as_f64().unwrap();
    assert!(p50("first_byte_us") >= 2_000.0 && p50("first_byte_us") <= p50("latency_us"), "{report}");
    let phase = |name: &str| report["phases"].as_array().unwrap().iter().find(|phase| phase["phase"] == name).unwrap();
    assert!(phase("Head")["mean_us"].as_f64().unwrap() >= 2_000.0, "{report}");
    assert_eq!(
        (&phase("Connect")["count"], &phase("Head")["count"]),
        (&2.into(), &50.into()),
        "a connection is opened once"
    );
}

#[test]
fn what_is_in_flight_at_the_end_is_told() {
    let silent = Blackhole::start();
    let url = format!("http://{}/", silent.address());
    let ran = run(["load", "-z", "3s", "-c", "3", &url]);
    assert!(ran.code == 1 && ran.text().contains("3 in flight at the end, not counted"), "{}", ran.text());
}

#[test]
fn bars_have_labels_of_their_own() {
    let text = run(["load", "-n", "60", "-c", "1", &Serving::start().at("/delay/20")]).text().to_owned();
    let labels: Vec<_> =
        text.lines().filter_map(|line| Some(line.split_once('≤')?.1.split(['█', '▏']).next()?.trim())).collect();
    let label = |line: &&str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let labels: Vec<_> = labels.iter().map(label).collect();
    assert!(!labels.is_empty() && labels.windows(2).all(|pair| pair[0] != pair[1]), "{text}");
}
