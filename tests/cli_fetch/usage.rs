//! What is refused before anything is sent, and what is said of a run that goes well.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::cli_support::{maypole, run};
use super::scripted::Gate;
use super::site::{Told, echoing, fetch, holding, list, spawn};

#[test]
fn what_is_wrong_is_said_once_with_the_flag_the_value_and_the_reason() {
    let (server, _) = echoing(Duration::ZERO);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    let below = file.join("below").to_str().unwrap().to_owned();
    let cases: [(&[&str], i32, &[&str]); 21] = [
        (&["--limit", "x"], 2, &["--limit", "'x'", "PREFIX=N"]),
        (&["--limit", "http://h/=0"], 2, &["--limit", "http://h/=0", "none would ever go"]),
        (&["--limit", "::=2"], 2, &["--limit", "::=2"]),
        (&["--rate", "0"], 2, &["--rate", "'0'", "more than nothing"]),
        (&["--rate", "5/w"], 2, &["--rate", "5/w", "unit"]),
        (&["--host-rate", "x"], 2, &["--host-rate", "'x'", "number"]),
        (&["--delay", "-1"], 2, &[]),
        (&["--delay", "1", "--host-rate", "1"], 2, &["--delay", "--host-rate"]),
        (&["--random-wait"], 2, &["--delay"]),
        (&["-c", "0"], 2, &["--concurrency", "'0'"]),
        (&["-c", "1000000"], 2, &["--concurrency", "30,000"]),
        (&["--per-host", "2", "--order", "fifo"], 2, &["--per-host", "--order"]),
        (&["--order", "lifo"], 2, &["--order", "lifo"]),
        (&["--max-body", "1T"], 2, &["--max-body", "1T"]),
        (&["-X", "get"], 2, &["get", "lower-case"]),
        (&["-H", "a b: c"], 2, &["a b"]),
        (&["--state", &below], 23, &["--state", &below, "directory"]),
        (&["--output-dir", &below], 23, &["--output-dir", &below, "directory"]),
        (&["--cacert", "/nowhere"], 77, &["--cacert", "/nowhere", "No such file"]),
        (&["--robots", "-A", "my bot"], 2, &["my bot"]),
        (&["--body", "text", "--output-dir", "x"], 2, &["--body", "--output-dir"]),
    ];
    for (arguments, code, parts) in cases {
        let ran = fetch(arguments, &server.url("/"));
        assert_eq!((ran.code, ran.text()), (code, ""), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.is_empty() && parts.iter().all(|part| ran.err.contains(part)), "{arguments:?}: {}", ran.err);
    }
    for file in ["/nowhere", dir.path().to_str().unwrap()] {
        let ran = run(["fetch", file]);
        assert!(ran.code == 26 && ran.err.starts_with(&format!("maypole: cannot read {file}: ")), "{}", ran.err);
    }
    let ran = run(["fetch", &server.url("/")]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("is no file") && ran.err.contains(&format!("echo {} | maypole fetch", server.url("/"))));
    let ran = fetch(&["--output-dir", file.to_str().unwrap()], &server.url("/"));
    assert!(ran.code == 23 && ran.err.contains("not a directory"), "{}", ran.err);
    let ran = fetch(&["--limit", "http://h/=1", "--limit", "http://h/=2"], &server.url("/"));
    assert!(ran.code == 2 && !ran.err.contains("request: "), "{}", ran.err);
    assert_eq!(server.requests(), 0);
}

#[test]
fn progress_comes_in_lines_and_quiet_is_quiet() {
    let gate = Gate::new();
    let (server, _) = holding(&gate, |target| target == "/1500");
    let dir = tempfile::tempdir().unwrap();
    let (urls, out) = (dir.path().join("urls"), dir.path().join("out"));
    fs::write(&urls, list(&server, 1_500)).unwrap();
    let mut child = spawn(&["-c", "20", urls.to_str().unwrap()], &out);
    let mut told = Told::by(&mut child);
    told.wait_for(" of 1,500, ");
    gate.open();
    let err = told.all();
    assert!(child.wait().unwrap().success(), "{err}");
    let lines: Vec<_> = err.lines().filter(|line| line.contains(" of 1,500, ")).collect();
    assert!((1..=9).contains(&lines.len()), "{err}");
    assert!(lines[0].contains(" in flight, ") && lines[0].contains("/s, "), "{}", lines[0]);
    assert!(err.contains("1,500 fetched, 0 failed in ") && err.contains("200 × 1,500"), "{err}");
    assert!(!err.contains('\x1b'));
    let urls = urls.to_str().unwrap();
    let summary = run(["fetch", "--no-progress", "-c", "50", urls]);
    assert!(summary.err.lines().count() == 2 && summary.err.starts_with("1,500 fetched"), "{}", summary.err);
    assert_eq!(run(["fetch", "-q", "-c", "50", urls]).err, "");
}

#[test]
fn help_completions_and_the_manual_page_know_it() {
    let help = run(["fetch", "--help"]);
    for part in ["Examples:", "Exit codes", "--output-dir", "--limit <PREFIX=N>", "{\"url\""] {
        assert!(help.text().contains(part), "{part}");
    }
    assert!(help.text().lines().all(|line| line.chars().count() <= 100), "{}", help.text());
    assert!(run(["man", "fetch"]).text().contains(".TH maypole-fetch 1"));
    assert!(run(["completions", "bash"]).text().contains("max-time-total"));
}

/// With a terminal of 80 by 24 under it, as `script` makes one.
#[test]
fn on_a_terminal_there_is_a_live_view() {
    let gate = Gate::new();
    let (server, _) = holding(&gate, |target| target == "/600");
    let dir = tempfile::tempdir().unwrap();
    let urls = dir.path().join("urls");
    fs::write(&urls, list(&server, 600) + "bad line\n").unwrap();
    let out = dir.path().join("out");
    let program = env!("CARGO_BIN_EXE_maypole");
    let command = format!("stty cols 80 rows 24; {program} fetch -c 4 {} > {}", urls.display(), out.display());
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").stdin(Stdio::null()).stdout(Stdio::piped());
    let Ok(mut ran) = script.spawn() else {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "script is not installed");
        eprintln!("SKIPPED: script is not installed (apt-get install bsdutils)");
        return;
    };
    let mut screen = ran.stdout.take().unwrap();
    let (mut shown, mut piece) = (String::new(), [0; 4096]);
    while let Ok(length @ 1..) = screen.read(&mut piece) {
        shown += &String::from_utf8_lossy(&piece[..length]);
        if shown.contains("host  ") && shown.contains("bad line") {
            gate.open();
        }
    }
    assert_eq!(ran.wait().unwrap().code(), Some(3), "{shown}");
    for part in
        [" of 601  ", " in flight · ", "host  ", &server.address().to_string(), "600 fetched, 0 failed, 1 malformed"]
    {
        assert!(shown.contains(part), "{part}: {shown:?}");
    }
    assert!(shown.contains("bad line") && fs::read_to_string(&out).unwrap().lines().count() == 600);
    // Nothing but the summary stays on the screen.
    let end = shown.rfind("600 fetched").unwrap();
    assert!(!shown[end..].contains("in flight"), "{shown:?}");
    drop(maypole());
}
