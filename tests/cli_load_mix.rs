//! `maypole load` with more than one request: mix files, placeholders, seeds, several URLs, stages. What was sent is what
//! the server's log has.
#![cfg(feature = "cli")]

mod cli_support;
#[path = "peer/mod.rs"]
mod scripted;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use cli_support::{maypole, run, run_with_input};
use scripted::{Request, Server, ok};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server that writes down what it is asked.
struct Logging {
    server: Server,
    log: Arc<Mutex<Vec<(Instant, Request)>>>,
}

impl Logging {
    fn start() -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let writing = log.clone();
        let server = Server::start(move |request, answer| {
            writing.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), request.clone()));
            match request.target.as_str() {
                "/missing" => answer.reply("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"),
                "/cut" => {
                    answer.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
                    answer.close();
                }
                _ => answer.reply(ok("hello")),
            }
        });
        Self { server, log }
    }

    fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// What came since the last call.
    fn taken(&self) -> Vec<(Instant, Request)> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn requests(&self) -> Vec<Request> {
        self.taken().into_iter().map(|(_, request)| request).collect()
    }

    fn targets(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.target).collect()
    }
}

/// A folder with a mix in it.
fn mix(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mix.txt");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn load(arguments: &[&str]) -> (i32, Value) {
    let ran = run(["load", "--json"].iter().chain(arguments));
    let report = serde_json::from_slice(&ran.out).unwrap_or_else(|error| panic!("{error}: {} {}", ran.text(), ran.err));
    (ran.code, report)
}

#[test]
fn both_spellings_are_sent_as_they_are_written_with_the_command_lines_defaults() {
    let site = Logging::start();
    let (folder, path) = mix("# all of it\n\
         /a\n\
         POST /b\n\
         X-A: own\n\
         Content-Type: text/b\n\
         @b.bin\n\
         \n\
         {\"url\":\"/c\",\"headers\":{\"X-B\":[\"1\",2]},\"json\":{\"k\":[1]}}\n\
         {\"url\":\"/d\",\"method\":\"PUT\",\"body\":\"{{{{d}}\"}\n\
         DELETE /e\n\
         PATCH /f\n");
    std::fs::write(folder.path().join("b.bin"), b"\xff{{counter}}").unwrap();
    let file = path.to_str().unwrap();
    let (code, report) = load(&[
        "-n",
        "6",
        "-c",
        "1",
        "--urls-from",
        file,
        "-H",
        "X-A: all",
        "-H",
        "X-C: {{counter:10}}",
        "-d",
        "default",
        "-T",
        "text/t",
        &site.url("/ignored?path"),
    ]);
    assert_eq!((code, &report["answers"]), (0, &6.into()), "{report}");
    let log = site.requests();
    let line = |request: &Request| format!("{} {}", request.method, request.target);
    assert_eq!(
        log.iter().map(line).collect::<Vec<_>>(),
        ["POST /a", "POST /b", "POST /c", "PUT /d", "DELETE /e", "PATCH /f"]
    );
    let bodies: Vec<&[u8]> = log.iter().map(|request| &request.body[..]).collect();
    assert_eq!(bodies, [&b"default"[..], b"\xff{{counter}}", b"{\"k\":[1]}", b"{{d}}", b"", b"default"]);
    let types: Vec<_> = log.iter().map(|request| request.all("content-type").join("+")).collect();
    assert_eq!(types, ["text/t", "text/b", "application/json", "text/t", "", "text/t"]);
    let own: Vec<_> = log.iter().map(|request| request.all("x-a").join("+")).collect();
    assert_eq!(own, ["all", "own", "all", "all", "all", "all"]);
    assert_eq!(log[2].all("x-b"), ["1", "2"]);
    assert_eq!(
        log.iter().map(|request| request.header("x-c").unwrap()).collect::<Vec<_>>(),
        ["10", "11", "12", "13", "14", "15"]
    );
}

#[test]
fn q300_the_same_seed_sends_the_same_whatever_connection_does_it() {
    let site = Logging::start();
    let lines = "{\"url\":\"/item/{{random:1:1000000}}?n={{counter}}\",\"weight\":3,\"headers\":{\"X-Id\":\"{{uuid}}\"}}\n\
                 {\"url\":\"/n{{counter}}\",\"weight\":1,\"body\":\"{{choice:a|b|c|d}}{{random:0:9}}\"}\n";
    let (_folder, path) = mix(lines);
    let sent = |connections: &str, seed: &str| {
        let (code, report) = load(&[
            "-n",
            "300",
            "-c",
            connections,
            "--seed",
            seed,
            "--urls-from",
            path.to_str().unwrap(),
            &site.url(""),
        ]);
        assert_eq!((code, &report["answers"], &report["seed"]), (0, &300.into(), &seed.parse::<u64>().unwrap().into()));
        let mut all: Vec<_> = site
            .requests()
            .iter()
            .map(|request| (request.target.clone(), request.header("x-id").map(str::to_owned), request.body.clone()))
            .collect();
        if connections != "1" {
            return {
                all.sort();
                (Vec::new(), all)
            };
        }
        let in_order = all.clone();
        all.sort();
        (in_order, all)
    };
    let (order, all) = sent("1", "42");
    let (again, _) = sent("1", "42");
    assert_eq!(order, again);
    assert_eq!(sent("7", "42").1, all);
    assert_ne!(sent("1", "43").1, all);
    // Three of four, with four standard deviations of 7.5.
    let items = order.iter().filter(|(target, ..)| target.starts_with("/item/")).count();
    assert!((195..=255).contains(&items), "{items} of 300");
}

#[test]
fn without_a_seed_each_run_is_another_and_says_how_to_repeat_it() {
    let site = Logging::start();
    let url = site.url("/{{random:1:1000000000}}");
    let ran = run(["load", "-n", "5", "-c", "1", &url]);
    let first = site.targets();
    let seed = ran.text().lines().find_map(|line| line.trim().strip_prefix("--seed ")).unwrap();
    let seed = seed.split(' ').next().unwrap();
    run(["load", "-n", "5", "-c", "1", "--seed", seed, &url]);
    assert_eq!(site.targets(), first);
    run(["load", "-n", "5", "-c", "1", &url]);
    assert_ne!(site.targets(), first);
}

#[test]
fn placeholders_work_without_a_file_and_connections_have_numbers() {
    let site = Logging::start();
    let (code, _) = load(&[
        "-n",
        "4",
        "-c",
        "1",
        "-H",
        "X-User: u{{connection}}",
        "-d",
        "{\"n\":{{counter:1:2}}}",
        &site.url("/{{counter}}?{{{{}}"),
    ]);
    assert_eq!(code, 0);
    let log = site.requests();
    let seen: Vec<_> = log.iter().map(|r| (r.target.as_str(), r.text(), r.header("x-user").unwrap())).collect();
    let expected = |n: u64| format!("/{n}?{{{{}}}}");
    for (n, (target, body, user)) in (0..).zip(seen) {
        assert_eq!((target, body, user), (&*expected(n), &*format!("{{\"n\":{}}}", n % 2 + 1), "u0"));
    }
    let urls: Vec<_> = log.iter().map(|r| r.header("content-type").unwrap()).collect();
    assert_eq!(urls, ["application/octet-stream"; 4]);
}

#[test]
fn several_urls_take_turns_and_each_has_the_figures_of_the_servers_log() {
    let site = Logging::start();
    let other = Logging::start();
    let urls = [site.url("/a"), site.url("/missing"), site.url("/cut"), other.url("/a")];
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let (code, report) = load(&[&["-n", "40", "-c", "3"][..], &urls].concat());
    assert_eq!((code, &report["answers"], &report["requests"]), (0, &30.into(), &40.into()), "{report}");
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for target in site.targets() {
        *counts.entry(target).or_default() += 1;
    }
    assert_eq!(other.targets(), ["/a"; 10]);
    let entries = report["entries"].as_array().unwrap();
    assert_eq!(report["url"], Value::Null);
    let names: Vec<_> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(names, urls.iter().map(|url| format!("GET {url}")).collect::<Vec<_>>());
    for (entry, target) in entries.iter().zip(["/a", "/missing", "/cut"]) {
        assert_eq!(entry["requests"], counts[target], "{report}");
    }
    let figures: Vec<_> =
        entries.iter().map(|entry| (&entry["answers"], &entry["errors"], &entry["body_bytes"])).collect();
    let numbers = [[10, 0, 50], [10, 0, 20], [0, 10, 0], [10, 0, 50]].map(|row| row.map(Value::from));
    assert_eq!(figures, numbers.iter().map(|[a, e, b]| (a, e, b)).collect::<Vec<_>>());
    assert_eq!(entries[1]["statuses"], json!({"404": 10}));
    assert!(entries[0]["service_us"]["percentiles"]["p99"].as_f64() > Some(0.0) && entries[2]["service_us"].is_null());

    let ran = run([&["load", "-n", "40", "-c", "3"][..], &urls].concat());
    let table: Vec<_> = ran.text().lines().skip_while(|line| !line.contains("Request ")).collect();
    assert!(table.len() >= 5 && table[1].contains("/a") && table[2].contains("10"), "{}", ran.text());
    assert!(table.iter().all(|line| line.chars().count() <= 80), "{}", ran.text());
}

#[test]
fn entries_of_one_name_add_up_and_those_never_asked_are_listed() {
    let (_folder, path) = mix(
        "{\"url\":\"/bytes/10\",\"name\":\"small\",\"weight\":1000000}\n{\"url\":\"/bytes/20\",\"name\":\"small\",\"weight\":1000000}\n{\"url\":\"/\",\"name\":\"rare\"}\n",
    );
    let (code, report) = load(&["-n", "50", "-c", "2", "--seed", "1", "--urls-from", path.to_str().unwrap()]);
    let entries = &report["entries"];
    assert_eq!((code, &entries[0]["name"], &entries[0]["requests"]), (0, &"small".into(), &50.into()), "{report}");
    assert_eq!(
        (&entries[0]["weight"], &entries[1]["name"], &entries[1]["requests"]),
        (&2_000_000.into(), &"rare".into(), &0.into())
    );
    assert_eq!(report["embedded_server"], true);
}

#[test]
fn a_mix_comes_from_standard_input_too() {
    let site = Logging::start();
    let text = format!("{}\n{}\n", site.url("/one"), site.url("/two"));
    let ran = run_with_input(&["load", "--json", "-n", "4", "-c", "1", "--urls-from", "-"], text.as_bytes());
    assert_eq!(
        (ran.code, site.targets()),
        (0, ["/one", "/two", "/one", "/two"].map(str::to_owned).into()),
        "{}",
        ran.err
    );
}

#[test]
fn what_is_wrong_with_a_mix_is_told_with_its_line_before_anything_is_sent() {
    let site = Logging::start();
    let url = site.url("/");
    let cases: [(&str, &[&str], &str); 18] = [
        ("", &[], "it has no request"),
        ("/a\nnonsense\n", &[], ":2: neither"),
        ("/a\n\nX-A: b\n", &[], ":3: a header without"),
        ("/a\n@missing\n", &[], ":2: cannot read"),
        ("/a\n{\"url\":\"/b\",\"header\":{}}\n", &[], ":2: there is no `header`"),
        ("/a\nget /b\n", &[], ":2: "),
        ("/a\nftp://h/\n", &[], ":2: "),
        ("/a\nhttp://u:p@h/\n", &[], ":2: the URL has a user name"),
        ("/a\n/{{now}}\n", &[], ":2: `{{now}}`: there is no \"now\""),
        ("/a\nhttp://{{choice:a|b}}/\n", &[], ":2: a placeholder stands in the path"),
        ("/a\nX-A: {{random:2:1}}\n", &[], ":1: header X-A: `{{random:2:1}}`: 2 is above 1"),
        ("{\"url\":\"/\",\"headers\":{\"X\":\"{{choice:a|b\\n}}\"}}\n", &[], ":1: "),
        ("{\"url\":\"/\",\"body\":\"{{\"}\n", &[], ":1: the body: "),
        ("/a\nX A: b\n", &[], ":2: neither"),
        ("http://h/a\n", &["http://h/"], "the URL is for paths"),
        ("/a\n", &["http://h/", "http://g/"], "one URL"),
        ("/a\n", &["http://u:p@h/"], "the URL has a user name"),
        ("/a\n", &["--resolve", "h:80:127.0.0.1"], "URL"),
    ];
    for (text, arguments, named) in cases {
        let (_folder, path) = mix(text);
        let base = if arguments.is_empty() { &[url.as_str()][..] } else { arguments };
        let ran = run(["load", "-n", "1", "--urls-from", path.to_str().unwrap()].iter().chain(base));
        assert_eq!(ran.code, 2, "{text:?}: {}", ran.err);
        let has_file = !named.starts_with(':') || ran.err.contains("mix.txt:");
        assert!(has_file && ran.err.contains(named) && ran.out.is_empty(), "{text:?}: {}", ran.err);
    }
    let ran = run(["load", "--urls-from", "/nowhere/mix"]);
    assert!(ran.code == 2 && ran.err.contains("/nowhere/mix"), "{}", ran.err);
    let ran = run(["load", "-n", "1", "-d", "{{", &url]);
    assert!(ran.code == 2 && ran.err.contains("no `}}`"), "{}", ran.err);
    assert_eq!(site.targets(), [""; 0]);
}

#[test]
fn q297_stages_are_what_the_server_sees() {
    let site = Logging::start();
    let start = Instant::now();
    // 0.5 s from 20 to 100 per second, a jump to 20, which stays for a second.
    let (code, report) =
        load(&["-q", "20", "--stage", "500ms:100", "--stage", "0:20", "--stage", "1s:20", "-c", "20", &site.url("/")]);
    assert_eq!((code, &report["schedule"]["planned"]), (0, &50.into()), "{report}");
    // The last begins 50 ms before the end, and nothing is waited for behind it.
    assert!(start.elapsed().as_millis() >= 1450);
    let stages = &report["schedule"]["stages"];
    assert_eq!(
        (&stages[0], &stages[2]["rate_per_s"]),
        (&json!({"duration_s": 0.5, "rate_per_s": 100.0}), &20.0.into())
    );
    let log = site.taken();
    assert!((45..=50).contains(&log.len()), "{}", log.len());
    // 30 of them in the first third; a machine that is late moves some of them on.
    let first = log[0].0;
    let early = log.iter().filter(|(at, _)| (*at - first).as_millis() < 500).count();
    assert!((12..=33).contains(&early), "{early} of 30");

    let ran = run(["load", "--stage", "200ms:50", "--max-late", "1ms", "-c", "5", &site.url("/")]);
    assert!(ran.text().contains("in 1 stage from 0 to 50.0 per second"), "{}", ran.text());
}

#[test]
fn stages_that_contradict_are_refused() {
    let url = "http://127.0.0.1:9/";
    let cases: [(&[&str], &str); 9] = [
        (&["--stage", "soon"], "TIME:RATE"),
        (&["--stage", "1s:-5"], "-5"),
        (&["--stage", "1s:5", "-n", "3"], "--requests"),
        (&["-q", "5", "--ramp-up", "1s", "--stage", "1s:5"], "--ramp-up"),
        (&["--stage", "5s:5", "-z", "2s"], "longer than the run"),
        (&["-q", "5", "--stage", "1s:0", "-z", "2s"], "ends at 0"),
        (&["--stage", "1s:0"], "no rate"),
        (&["--stage", "1s:5", "--warm-up", "1s"], "warm-up"),
        (&["--max-late", "1s"], "--max-late"),
    ];
    for (arguments, named) in cases {
        let ran = run(["load", url].iter().chain(arguments));
        assert!(ran.code == 2 && ran.err.contains(named) && ran.out.is_empty(), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn the_help_says_what_a_mix_is() {
    let out = maypole().args(["load", "--help"]).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    for part in ["--urls-from", "{{random:MIN:MAX}}", "{{{{ ", "--stage", "--seed", "--max-late"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
