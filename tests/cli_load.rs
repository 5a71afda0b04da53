//! `maypole load`: what it counts, how it ends, and what it leaves behind.
#![cfg(feature = "cli")]

mod cli_support;
#[path = "peer/mod.rs"]
mod scripted;

use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use cli_support::{Serving, maypole, run};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use scripted::{Blackhole, Peer, Refused, any_request, conn, ok, reply};
use serde_json::Value;

fn json(arguments: &[&str]) -> (i32, Value) {
    let ran = run(["load", "--json"].iter().chain(arguments));
    let report = serde_json::from_slice(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.text(), ran.err));
    (ran.code, report)
}

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
    let (code, report) = json(&["-z", "300ms", "-c", "5", &serving.at("/delay/10000")]);
    assert_eq!((code, &report["answers"], &report["requests"]), (1, &0.into(), &0.into()));
    assert!(start.elapsed() < Duration::from_secs(5));
    let (code, report) = json(&["-z", "300ms", "-c", "5", &serving.at("/delay/20")]);
    let answers = report["answers"].as_u64().unwrap();
    assert!(code == 0 && (20..=75).contains(&answers), "{report}");
    assert!(report["latency_us"]["min"].as_f64().unwrap() >= 20_000.0, "{report}");
}

#[test]
fn the_request_is_the_one_that_was_asked_for() {
    let peer = Peer::start([conn([any_request(), reply(ok("x")), any_request(), reply(ok("x"))])]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "from a file").unwrap();
    let path = file.path().to_str().unwrap();
    let (code, _) =
        json(&["-n", "2", "-c", "1", "-m", "PATCH", "-H", "X-A: b", "-D", path, "-T", "text/x", &peer.url("/p?q")]);
    assert_eq!(code, 0);
    let transcript = peer.finish();
    for request in transcript.requests() {
        assert!(request.head_text().starts_with("PATCH /p?q HTTP/1.1\r\n"), "{}", request.head_text());
        assert_eq!((request.header("x-a"), request.header("content-type")), (Some("b"), Some("text/x")));
        assert!(request.text().ends_with("from a file"));
    }
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
fn q305_ctrl_c_ends_it_with_its_report_and_without_its_server() {
    let mut child = maypole().args(["load", "-z", "60s", "-c", "4"]).stdout(Stdio::piped()).spawn().unwrap();
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    let server = server_of(child.id());
    std::thread::sleep(Duration::from_millis(300));
    // `timeout` sends it twice at once, to the process and to its group; someone who presses twice takes longer.
    kill(pid, Signal::SIGINT).unwrap();
    kill(pid, Signal::SIGINT).unwrap();
    let mut report = String::new();
    child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(report.contains("interrupted") && report.contains("per second"), "{report}");
    assert!(!std::path::Path::new(&format!("/proc/{server}")).exists());
}

#[test]
fn a_killed_parent_takes_its_server_with_it() {
    let mut child = maypole().args(["load", "-z", "60s", "-c", "1"]).stdout(Stdio::null()).spawn().unwrap();
    let server = server_of(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    scripted::wait_until("the embedded server to end", || !is_running(server));
}

/// The process that `parent` has started, once it has.
fn server_of(parent: u32) -> u32 {
    let mut found = None;
    scripted::wait_until("the embedded server to start", || {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        found = children.split_whitespace().find_map(|id| id.parse().ok());
        found.is_some()
    });
    found.unwrap()
}

/// Not a zombie that nobody has waited for: in a container there may be no init that does.
fn is_running(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

#[test]
fn bad_input_is_named_before_anything_is_sent() {
    let peer = Peer::start([]);
    let url = peer.url("/");
    let cases: [(&[&str], &str); 21] = [
        (&["-c", "0", &url], "0"),
        (&["-n", "0", &url], "0"),
        (&["-n", "1", "-z", "1s", &url], "--duration"),
        (&["-z", "soon", &url], "soon"),
        (&["-H", "no colon", &url], "no colon"),
        (&["-H", "b d: x", &url], "b d"),
        (&["-m", "get", &url], "get"),
        (&["-d", "a", "-D", "b", &url], "--data"),
        (&["-D", "/nowhere", &url], "/nowhere"),
        (&["-H", "Content-Type: a/b", "-T", "c/d", &url], "Content-Type"),
        (&["-q", "0", &url], "per second"),
        (&["-q", "NaN", &url], "per second"),
        (&["--ramp-up", "1s", &url], "--rate"),
        (&["-q", "5", "--ramp-up", "2s", "-z", "1s", &url], "--ramp-up"),
        (&["--warm-up", "soon", &url], "soon"),
        (&["--latency-threshold", "p99", &url], "p99=50ms"),
        (&["--resolve", "h:80:name", &url], "name"),
        (&["--connect-to", "no rule", &url], "no rule"),
        (&["--unix-socket", "/nowhere"], "URL"),
        (&["ftp://h/"], "ftp"),
        (&["http://h:99999/"], "99999"),
    ];
    for (arguments, named) in cases {
        let ran = run(["load"].iter().chain(arguments));
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(named) && ran.out.is_empty(), "{arguments:?}: {}", ran.err);
    }
    assert_eq!(peer.finish().requests().len(), 0);
}

#[test]
fn q295_q296_with_a_rate_latency_is_from_the_scheduled_start_and_what_could_not_begin_is_told() {
    let serving = Serving::start();
    // One connection does ten a second at most, and is to do forty.
    let (code, report) = json(&["-q", "40", "-z", "1s", "-c", "1", &serving.at("/delay/100")]);
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{report}"));
    let schedule = &report["schedule"];
    assert_eq!((code, &schedule["planned"], &schedule["rate_per_s"]), (0, &40.into(), &40.0.into()));
    assert!(number(&schedule["dropped"]) >= 28 && number(&schedule["late"]) >= 1, "{report}");
    assert!(number(&report["answers"]) + number(&schedule["dropped"]) <= 40, "{report}");
    let max = |what: &str| report[what]["max"].as_f64().unwrap();
    assert!(max("latency_us") > max("service_us") + 50_000.0, "{report}");
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("could not begin in time") && warnings.contains("no user was free"), "{warnings}");

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
}

#[test]
fn q298_what_begins_in_the_warm_up_is_not_counted() {
    let (code, report) = json(&["-q", "100", "--warm-up", "500ms", "-z", "500ms", "-c", "20"]);
    assert_eq!((code, &report["schedule"]["planned"], &report["warm_up_s"]), (0, &50.into(), &0.5.into()));
    let answers = report["answers"].as_u64().unwrap();
    assert!((1..=50).contains(&answers), "{report}");
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

    let mixed = Peer::start([
        conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), scripted::Act::Close]),
        conn([any_request(), reply(ok("x"))]),
    ]);
    let (code, report) = json(&["-n", "2", "-c", "1", "--latency-threshold", "errors=49%", &mixed.url("/")]);
    assert_eq!((code, &report["thresholds"][0]["actual"]), (3, &50.0.into()), "{report}");
}

#[test]
fn q303_the_table_has_a_row_per_second_and_its_sums_are_those_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.csv");
    let file = path.to_str().unwrap();
    let (code, report) = json(&["-z", "2500ms", "-c", "8", "--warm-up", "500ms", "--csv", file]);
    let table = std::fs::read_to_string(&path).unwrap();
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let at = |name: &str| names.iter().position(|known| *known == name).unwrap();
    let rows: Vec<_> = lines.collect();
    assert!(rows.iter().all(|row| row.len() == names.len()), "{table}");
    let counted: Vec<_> = rows.iter().filter(|row| row[at("warm_up")] == "false").collect();
    assert!(counted.len() >= 2 && counted.len() < rows.len(), "{table}");
    let ends: Vec<f64> = rows.iter().map(|row| row[at("at_s")].parse().unwrap()).collect();
    assert!(ends.is_sorted() && ends[0] <= 0.0, "{table}");
    let sum = |name: &str| counted.iter().map(|row| row[at(name)].parse::<u64>().unwrap()).sum::<u64>();
    assert_eq!(
        (code, sum("answers"), sum("body_bytes")),
        (0, number(&report["answers"]), number(&report["body_bytes"]))
    );
    assert!(counted.iter().all(|row| row[at("p50_us")].parse::<u64>().unwrap() > 0), "{table}");

    let ran = run(["load", "-n", "1", "--csv", "/nowhere/run.csv"]);
    assert!(ran.code == 1 && ran.err.contains("/nowhere/run.csv"), "{}", ran.err);
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_way_to_the_server_can_be_another_than_the_url_says() {
    let serving = Serving::start();
    let (host, port) = serving.authority().rsplit_once(':').unwrap();
    let resolve = format!("elsewhere.test:{port}:{host}");
    let (code, report) =
        json(&["-n", "4", "-c", "2", "--resolve", &resolve, &format!("http://elsewhere.test:{port}/")]);
    assert_eq!((code, &report["answers"]), (0, &4.into()), "{report}");
    let rule = format!("elsewhere.test:80:{host}:{port}");
    let (code, report) = json(&["-n", "4", "-c", "2", "--connect-to", &rule, "http://elsewhere.test/"]);
    assert_eq!((code, &report["answers"]), (0, &4.into()), "{report}");

    let unix = Peer::unix(None, [conn([any_request(), reply(ok("by path"))])]);
    let (code, report) = json(&["-n", "1", "--unix-socket", unix.path().to_str().unwrap(), "http://any.test/"]);
    assert_eq!((code, &report["body_bytes"]), (0, &7.into()), "{report}");
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
fn q303_the_sums_of_json_and_csv_are_those_of_the_servers_log() {
    let acts: [scripted::Act; 60] = std::array::from_fn(|n| if n % 2 == 0 { any_request() } else { reply(ok("four")) });
    let peer = Peer::start([conn(acts)]);
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("run.csv");
    let (code, report) = json(&["-n", "30", "-c", "1", "--csv", csv.to_str().unwrap(), &peer.url("/")]);
    let seen = peer.finish().requests().len() as u64;
    let series = report["series"].as_array().unwrap();
    let sum = |name: &str| series.iter().map(|second| number(&second[name])).sum::<u64>();
    assert_eq!((code, seen, number(&report["requests"]), sum("answers")), (0, 30, 30, 30));
    assert_eq!((number(&report["body_bytes"]), sum("body_bytes"), sum("opened")), (120, 120, 1));
    assert_eq!((&report["format"], &report["version"]), (&"maypole load".into(), &1.into()));
    let table = std::fs::read_to_string(csv).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    let column = rows[0].iter().position(|name| *name == "answers").unwrap();
    assert_eq!(rows[1..].iter().map(|row| row[column].parse::<u64>().unwrap()).sum::<u64>(), 30);
}

#[test]
fn a_page_is_whole_or_not_there_and_what_was_typed_stays_secret() {
    let peer = Peer::start([conn([any_request(), reply(ok("x"))])]);
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("run.html");
    let secret = "Authorization: Bearer s3cret";
    let url = peer.url("/?<script>alert(1)</script>");
    let ran = run(["load", "-n", "1", "-c", "1", "-H", secret, "--html", page.to_str().unwrap(), &url]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    peer.finish();
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
    assert!(!html.contains("<script") && !html.contains("s3cret") && html.contains("Authorization: …"), "{html}");
    assert!(!html.contains("src=") && !html.contains("href="), "nothing is loaded");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");

    let unseen = Peer::start([]);
    let nowhere = folder.path().join("no/such/run.html");
    let table = folder.path().join("run.csv");
    std::fs::write(&table, "of another run").unwrap();
    for path in [nowhere.as_path(), folder.path()] {
        let (path, table) = (path.to_str().unwrap(), table.to_str().unwrap());
        let ran = run(["load", "-n", "1", "--html", path, "--csv", table, &unseen.url("/")]);
        assert!(ran.code == 1 && ran.err.contains(path) && ran.out.is_empty(), "{}", ran.err);
    }
    assert_eq!(std::fs::read_to_string(&table).unwrap(), "of another run");
    assert_eq!(unseen.finish().requests().len(), 0, "what cannot be written is told before the run");
}

#[test]
fn a_page_is_written_though_the_report_could_not_be_and_a_killed_run_leaves_none() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("run.html");
    let full = std::fs::File::create("/dev/full").unwrap();
    let arguments = ["load", "-z", "60s", "-c", "1", "--no-tui", "--html", page.to_str().unwrap()];
    let mut child = maypole().args(arguments).stdout(Stdio::null()).spawn().unwrap();
    server_of(child.id());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    child.kill().unwrap();
    child.wait().unwrap();
    let arguments = ["load", "-n", "1", "--html", page.to_str().unwrap()];
    let code = maypole().args(arguments).stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(code.code(), Some(1));
    assert!(std::fs::read_to_string(&page).unwrap().ends_with("</html>\n"));
}

#[test]
fn q314_saved_runs_are_compared() {
    let serving = Serving::start();
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str, arguments: &[&str]| {
        let ran = run(["load", "--json"].iter().chain(arguments));
        let path = folder.path().join(name);
        std::fs::write(&path, &ran.out).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let quick = save("quick.json", &["-n", "40", "-c", "4", &serving.at("/delay/1")]);
    let slow = save("slow.json", &["-n", "40", "-c", "2", &serving.at("/delay/30")]);
    let ran = run(["load", "--compare", &quick, &slow]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in
        ["quick", "slow", "answers per second", "p99.9", "CPU per answer", "×", "Connections differ: 4", "/delay/30"]
    {
        assert!(ran.text().contains(part), "{part} is missing:\n{}", ran.text());
    }
    let widest = ran.text().lines().filter(|line| !line.starts_with("  !")).map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?} columns:\n{}", ran.text());

    let page = folder.path().join("both.html");
    let ran = run(["load", "--compare", &quick, &slow, &quick, "--json", "--html", page.to_str().unwrap()]);
    let value: Value = serde_json::from_slice(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    let p50 = value["differences"].as_array().unwrap().iter().find(|one| one["metric"] == "p50").unwrap();
    assert!(p50["ratios"][1].as_f64().unwrap() > 1.5 && p50["ratios"][2] == 1.0, "{value}");
    assert!(std::fs::read_to_string(page).unwrap().contains("Percentiles"));

    let other = folder.path().join("other.json");
    std::fs::write(&other, "{\"metrics\": 1}").unwrap();
    let other = other.to_str().unwrap();
    let refused: [(&[&str], i32, &str); 5] = [
        (&["--compare", &quick], 2, "2 values"),
        (&["--compare", &quick, &slow, "-c", "5"], 2, "--connections"),
        (&["-z", "1s", "--compare", &quick, &slow], 2, "--duration"),
        (&["--compare", &quick, other], 1, "not a run saved by maypole"),
        (&["--compare", &quick, "/nowhere.json"], 1, "/nowhere.json"),
    ];
    for (arguments, code, named) in refused {
        let ran = run(["load"].iter().chain(arguments));
        assert!(ran.code == code && ran.err.contains(named) && ran.out.is_empty(), "{arguments:?}: {}", ran.err);
    }
}
