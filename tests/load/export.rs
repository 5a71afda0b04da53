//! What a run is written down as, and what is made of it again.

use std::time::Duration;

use maypole::error::{Error, Kind};
use maypole::load::export::{CSV_HEAD, Comparison, Judgement, Report};
use maypole::load::{Load, Sample, Stats, Turn};
use maypole::rt;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};

const HOSTILE: &str = "<script src=\"http://evil.test/a.js\">alert('1')</script> & \u{1b}[31m ]]> --> </style>";

/// 200 iterations of two steps; every tenth fails with a hostile message.
fn stats(load: Load) -> Stats {
    let run = |turn: &mut Turn<'_>| {
        let fails = turn.number() % 10 == 0;
        turn.step("<first>", || {
            rt::sleep(Duration::from_millis(1));
            Ok(Sample::new())
        })?;
        match fails {
            true => Err(Error::new(Kind::Protocol, HOSTILE)),
            false => Ok(Sample::new().status(200).bytes(10).first_byte(Duration::from_micros(700))),
        }
    };
    load.users(4).iterations(200).run(run).unwrap()
}

fn report() -> Report {
    Report::new(HOSTILE, &stats(Load::new())).fact(HOSTILE, HOSTILE)
}

/// A saved run with other figures in some places.
fn changed(change: impl FnOnce(&mut Value)) -> Report {
    let mut value = serde_json::to_value(report()).unwrap();
    change(&mut value);
    Report::from_json(&value.to_string()).unwrap()
}

/// A second that nothing is special about.
fn second(n: u64, answers: u64, p50: f64) -> Value {
    json!({
        "at_s": n + 1, "lasted_s": 1.0, "answers": answers, "errors": n % 2, "body_bytes": 10 * answers, "in_flight": 4,
        "p50_us": p50, "p90_us": p50 * 2.0, "p99_us": p50 * 5.0, "max_us": p50 * 100.0, "cpu_s": 0.5, "warm_up": false,
        "opened": 0,
    })
}

/// Reads a page as XML, and gives the names of its elements back.
fn well_formed(page: &str) -> Vec<String> {
    let mut reader = Reader::from_str(page);
    let (mut depth, mut names) = (0_i32, Vec::new());
    loop {
        let event = reader.read_event().unwrap_or_else(|error| panic!("{error} at {}", reader.error_position()));
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                names.push(String::from_utf8(tag.name().as_ref().to_vec()).unwrap());
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let name = attribute.key.as_ref();
                    assert!(!matches!(name, b"src" | b"href" | b"srcset" | b"action" | b"data"), "{page}");
                    assert!(!name.starts_with(b"on"), "{page}");
                }
                depth += i32::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "something was not closed");
    assert!(!page.contains("NaN") && !page.contains("inf%"), "a figure that is none");
    names
}

#[test]
fn q303_a_run_as_json_has_all_its_figures_and_they_add_up() {
    let report = report();
    let value: Value = serde_json::from_str(&report.to_json()).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&value), names(&serde_json::to_value(&report).unwrap()), "one form, whoever writes it");
    assert_eq!((&value["format"], &value["version"]), (&json!("maypole load"), &json!(1)));
    assert_eq!((&value["requests"], &value["answers"], &value["body_bytes"]), (&json!(200), &json!(180), &json!(1800)));
    assert_eq!((&value["statuses"]["200"], &value["errors"][0]["count"]), (&json!(180), &json!(20)));
    assert_eq!((&value["name"], &value["facts"][0]["value"]), (&json!(HOSTILE), &json!(HOSTILE)));
    assert_eq!(
        (&value["entries"][0]["name"], &value["entries"][0]["service_us"]["count"]),
        (&json!("<first>"), &json!(200))
    );
    let sum =
        |list: &Value, name: &str| list.as_array().unwrap().iter().map(|one| one[name].as_u64().unwrap()).sum::<u64>();
    let latency = &value["latency_us"];
    assert_eq!([sum(&latency["histogram"], "count"), sum(&latency["bins"], "count")], [180, 180]);
    assert_eq!([sum(&value["series"], "answers"), sum(&value["series"], "errors")], [180, 20]);
    let curve = latency["curve"].as_array().unwrap();
    let steps: Vec<_> =
        curve.iter().map(|step| (step["percent"].as_f64().unwrap(), step["at_most"].as_f64().unwrap())).collect();
    assert!(steps.is_sorted() && steps.last().unwrap().0 == 100.0, "{steps:?}");
    assert_eq!(steps.last().unwrap().1, latency["max"].as_f64().unwrap());
    assert_eq!(value["first_byte_us"]["percentiles"]["p50"], json!(700.0));
    // A second of the run is a line, so that a saved run can be read and its changes be seen.
    assert!(report.to_json().lines().any(|line| line.starts_with("    {\"at_s\":") && line.contains("\"opened\"")));
}

#[test]
fn q303_the_table_has_a_row_for_each_second() {
    let report = changed(|run| run["series"] = (0..3).map(|n| second(n, 10, 100.0)).collect());
    let table = report.to_csv();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, CSV_HEAD));
    assert_eq!(lines[2], "2.000,1.000,10,1,100,4,100,200,500,10000,0.500,false,0");
}

#[test]
fn a_saved_run_is_read_again() {
    let report = report();
    let again = Report::from_json(&report.to_json()).unwrap();
    assert_eq!((again.answers, again.failed(), &again.name), (180, 20, &report.name));
    assert_eq!(again.latency_us.as_ref().unwrap().bins.len(), report.latency_us.as_ref().unwrap().bins.len());
    assert_eq!((&again.errors, again.series.len()), (&report.errors, report.series.len()));
}

#[test]
fn what_is_no_saved_run_is_refused_with_what_is_wrong() {
    let whole = report().to_json();
    let without_answers = whole.replacen("\"answers\"", "\"questions\"", 1);
    let with_text = whole.replacen("\"answers\": 180", "\"answers\": \"many\"", 1);
    let newer = whole.replacen("\"version\": 1", "\"version\": 2", 1);
    let unnamed = whole.replacen("\"version\": 1,", "", 1);
    let cases = [
        ("", "not JSON"),
        (&whole[..whole.len() / 2], "not JSON"),
        ("{}", "not a run saved by maypole"),
        ("[1]", "not a run saved by maypole"),
        ("{\"format\": \"k6\"}", "not a run saved by maypole"),
        (&unnamed, "without its \"version\""),
        (&newer, "version 2; this maypole reads version 1"),
        (&without_answers, "missing field `answers`"),
        (&with_text, "invalid type: string \"many\""),
    ];
    for (text, why) in cases {
        let error = Report::from_json(text).unwrap_err();
        assert_eq!(error.kind(), Kind::Decode);
        assert!(error.to_string().contains(why), "{error} instead of {why}");
    }
    assert!(Report::from_json(&with_text).unwrap_err().to_string().contains("line "), "the place is told");
}

#[test]
fn the_page_is_well_formed_loads_nothing_and_runs_nothing() {
    let page = report().to_html();
    let names = well_formed(&page);
    assert!(
        !names.iter().any(|name| ["script", "link", "img", "iframe", "object", "use"].contains(&name.as_str())),
        "{names:?}"
    );
    let rest = page.replace("&lt;script src=&quot;http://evil.test/a.js&quot;&gt;", "");
    assert!(!rest.contains("<script") && !rest.contains("@import") && !rest.contains("url("), "{page}");
    assert!(!page.contains('\u{1b}'));
    for part in [
        "Latency over time",
        "Percentiles",
        "Latency histogram",
        "Throughput",
        "Errors over time",
        "in flight",
        "This client",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    for part in ["prefers-color-scheme", "&lt;first&gt;", "Protocol", "<desc", "role=\"img\""] {
        assert!(page.contains(part), "{part} is missing");
    }
}

#[test]
fn an_open_run_shows_both_latencies_and_its_limits() {
    let mut report = Report::new("open", &stats(Load::new().rate(2_000.0)));
    report.warnings.push("<b>".to_owned());
    report.thresholds.push(maypole::load::export::Verdict {
        metric: "p99".to_owned(),
        unit: "us".to_owned(),
        limit: 1.0,
        actual: 2.0,
        held: false,
    });
    let page = report.to_html();
    well_formed(&page);
    for part in ["from the scheduled start", "from sending", "Dropped", "✗ crossed", "&lt;b&gt;"] {
        assert!(page.contains(part), "{part} is missing");
    }
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!((&value["schedule"]["planned"], &value["service_us"]["count"]), (&json!(200), &json!(180)));
}

#[test]
fn runs_of_no_answer_of_one_and_of_hours_have_a_page() {
    let none =
        Load::new().users(1).iterations(3).run(|_: &mut Turn<'_>| Err(Error::new(Kind::Connect, "refused"))).unwrap();
    let one = Load::new().users(1).iterations(1).run(|_: &mut Turn<'_>| Ok(Sample::new())).unwrap();
    for (name, stats) in [("none", &none), ("one", &one)] {
        let report = Report::new(name, stats);
        well_formed(&report.to_html());
        well_formed(&Report::from_json(&report.to_json()).unwrap().to_html());
    }
    let url = format!("http://h/{}?q", "a-long-segment/".repeat(300));
    let long = Report::new(&*url, &one).to_html();
    well_formed(&long);
    let heading = long.split_once("<h1>").and_then(|(_, from)| from.split_once("</h1>")).unwrap().0;
    assert!(
        heading.starts_with("http://h/") && heading.ends_with("/?q") && heading.chars().count() <= 120,
        "{heading}"
    );
    well_formed(&changed(|run| run["series"] = json!([])).to_html());
    let hours = changed(|run| run["series"] = (0..20_000).map(|n| second(n, 1_000, 300.0)).collect());
    let page = hours.to_html();
    well_formed(&page);
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
    assert!(page.contains("5 h"), "hours are labelled as such");
}

#[test]
fn q314_saved_runs_are_compared_beyond_their_noise() {
    let run = |answers: u64, p50: f64, errors: u64| {
        changed(move |run| {
            // A per cent up and down from second to second.
            run["series"] = (0..20).map(|n| second(n, answers + answers / 100 * (n % 2), p50)).collect();
            run["answers_per_s"] = json!(answers);
            run["errors"][0]["count"] = json!(errors);
            run["requests"] = json!(10_000);
            run["client"]["peak_memory_bytes"] = json!(1 << 20);
            run["latency_us"]["percentiles"]["p50"] = json!(p50);
        })
    };
    let runs = [("before", run(1_000, 300.0, 20)), ("after", run(1_200, 303.0, 200)), ("again", run(1_002, 600.0, 21))];
    let comparison = Comparison::new(runs.map(|(name, run)| (name.to_owned(), run))).unwrap();
    let of = |metric: &str| comparison.differences.iter().find(|one| one.metric == metric).unwrap();
    use Judgement::{Better, Same, Worse};
    assert_eq!(of("answers per second").judgements, [None, Some(Better), Some(Same)]);
    assert_eq!(of("p50").judgements, [None, Some(Same), Some(Worse)]);
    assert_eq!(of("errors").judgements, [None, Some(Worse), Some(Same)]);
    assert_eq!(of("max").judgements, [None, None, None], "one figure tells nothing of its noise");
    assert_eq!(of("answers per second").ratios, [Some(1.0), Some(1.2), Some(1.002)]);
    assert_eq!(comparison.notes, Vec::<String>::new());
    let value: Value = serde_json::from_str(&comparison.to_json()).unwrap();
    assert_eq!(
        (&value["format"], &value["names"]),
        (&json!("maypole load comparison"), &json!(["before", "after", "again"]))
    );
    assert_eq!(value["differences"][0]["judgements"], json!([null, "better", "same"]));
    let page = comparison.to_html();
    well_formed(&page);
    assert!(page.contains("× 1.200") && page.contains("worse") && page.contains("before"));
}

#[test]
fn q314_runs_of_another_kind_are_pointed_out_and_one_is_not_enough() {
    let other = changed(|run| {
        run["connections"] = json!(77);
        run["url"] = json!("http://other.test/<x>");
        run["facts"] = json!([{ "name": HOSTILE, "value": "another" }]);
        let stages = json!([{ "duration_s": 3.0, "rate_per_s": 500.0 }]);
        run["schedule"] = json!({ "rate_per_s": 0.0, "stages": stages, "planned": 1, "dropped": 0, "late": 0 });
    });
    let comparison = Comparison::new([("a".to_owned(), report()), ("b".to_owned(), other)]).unwrap();
    let notes = comparison.notes.join("\n");
    assert!(notes.contains("Connections differ: 4 in a, 77 in b.") && notes.contains("other.test"), "{notes}");
    assert!(notes.contains("another in b") && notes.contains("in 1 stage from 0 to 500 per second in b"), "{notes}");
    well_formed(&comparison.to_html());
    let embedded = |name: &str, url: Value| {
        let run = changed(|run| {
            run["embedded_server"] = json!(true);
            run["name"] = json!("requests of mix.txt");
            run["url"] = url;
        });
        (name.to_owned(), run)
    };
    let [one, other] = [1, 2].map(|port| json!(format!("http://127.0.0.1:{port}/")));
    let same = Comparison::new([embedded("a", one.clone()), embedded("b", other)]).unwrap();
    assert_eq!(same.notes, Vec::<String>::new(), "the port of the embedded server tells nothing");
    let mixed = Comparison::new([embedded("a", one), embedded("b", Value::Null)]).unwrap();
    assert_eq!(mixed.notes, ["URLs differ: / in a, requests of mix.txt in b."]);
    assert_eq!(Comparison::new([("a".to_owned(), report())]).unwrap_err().kind(), Kind::InvalidConfig);
}
