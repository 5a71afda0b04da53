//! More than one request: mix files, placeholders, seeds, several URLs. What was sent is what the server's log has.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cli_support::{run, run_with_input};
use crate::json;
use crate::scripted::Request;
use crate::site::{Logging, mix};

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
    let (code, report) = json(&[
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
        &site.url("/base/"),
    ]);
    assert_eq!((code, &report["answers"]), (0, &6.into()), "{report}");
    let log = site.requests();
    let line = |request: &Request| format!("{} {}", request.method, request.target);
    assert_eq!(
        log.iter().map(line).collect::<Vec<_>>(),
        ["POST /base/a", "POST /base/b", "POST /base/c", "PUT /base/d", "DELETE /base/e", "PATCH /base/f"]
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
        let (code, report) = json(&[
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
    let (code, _) = json(&[
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
    let (code, report) = json(&[&["-n", "40", "-c", "3"][..], &urls].concat());
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
    assert_eq!(entries[1]["statuses"], serde_json::json!({"404": 10}));
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
    let (code, report) = json(&["-n", "50", "-c", "2", "--seed", "1", "--urls-from", path.to_str().unwrap()]);
    let entries = &report["entries"];
    assert_eq!((code, &entries[0]["name"], &entries[0]["requests"]), (0, &"small".into(), &50.into()), "{report}");
    assert_eq!(
        (&entries[0]["weight"], &entries[1]["name"], &entries[1]["requests"]),
        (&2_000_000.into(), &"rare".into(), &0.into())
    );
    assert_eq!(report["embedded_server"], true);
}

#[test]
fn of_many_requests_those_without_a_name_of_their_own_are_told_last() {
    let (_folder, path) = mix(&(0..100).map(|n| format!("/bytes/{n}\n")).collect::<String>());
    let ran = run(["load", "-n", "200", "-c", "2", "--urls-from", path.to_str().unwrap()]);
    let rows: Vec<_> = ran.text().lines().skip_while(|line| !line.contains("Request ")).collect();
    let others = rows.iter().find(|line| line.contains("(others)")).unwrap_or_else(|| panic!("{}", ran.text()));
    assert!(others.contains(" 74 "), "37 names have no place of their own: {}", ran.text());
    assert!(ran.text().contains("and 43 more, which --json has"), "{}", ran.text());
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
