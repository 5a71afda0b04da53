//! Tables, pages and saved runs.

use std::process::Stdio;

use serde_json::Value;

use crate::cli_support::{Serving, maypole, run, run_with_input};
use crate::scripted::{self, Peer, any_request, conn, ok, reply};
use crate::stops::server_of;
use crate::{json, number};

#[test]
fn q303_the_table_has_a_row_per_second_and_its_sums_are_those_of_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.csv");
    let file = path.to_str().unwrap();
    let (code, report) = json(&["-z", "5s", "-c", "8", "--warm-up", "500ms", "--csv", file]);
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
    // Nothing is answered in a second in which a busy machine lets nobody run.
    let mut answered = counted.iter().filter(|row| row[at("answers")] != "0").peekable();
    assert!(answered.peek().is_some(), "{table}");
    assert!(answered.all(|row| row[at("p50_us")].parse::<u64>().unwrap() > 0), "{table}");

    let ran = run(["load", "-n", "1", "--csv", "/nowhere/run.csv"]);
    assert!(ran.code == 1 && ran.err.contains("/nowhere/run.csv"), "{}", ran.err);
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

#[test]
fn a_table_or_a_page_on_standard_output_takes_the_place_of_the_report() {
    let table = run(["load", "-n", "20", "-c", "1", "--csv", "-"]);
    let rows: Vec<_> = table.text().lines().collect();
    assert!(table.code == 0 && rows[0].starts_with("at_s,") && rows.len() >= 2, "{}", table.text());
    assert!(rows.iter().all(|row| row.matches(',').count() == rows[0].matches(',').count()), "{}", table.text());
    let page = run(["load", "-n", "20", "-c", "1", "--html", "-"]);
    assert!(page.code == 0 && page.text().starts_with("<!DOCTYPE html>") && page.text().ends_with("</html>\n"));
    let saved = run(["load", "-n", "20", "-c", "1", "--json"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    std::fs::write(&path, &saved.out).unwrap();
    let ran = run_with_input(&["load", "--compare", path.to_str().unwrap(), "-", "--html", "-"], &saved.out);
    assert!(ran.code == 0 && ran.text().starts_with("<!DOCTYPE html>"), "{}", ran.err);
    assert!(!std::path::Path::new("-").exists());
}

#[test]
fn who_has_read_enough_is_no_failure_of_the_run() {
    for form in [&["--json"][..], &["--csv", "-"], &["--html", "-"], &[]] {
        let mut command = maypole();
        command.args(["load", "-n", "20", "--latency-threshold", "max=1us"]).args(form);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), &*said), (Some(3), ""), "{form:?}: the exit code is that of the thresholds");
    }
}
