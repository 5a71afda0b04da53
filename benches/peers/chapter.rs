//! The tables of the manual's chapter. Its text is written by hand; between two comments, `<!-- tables of NAME -->` and
//! `<!-- end of NAME -->`, stands what a run says, where NAME is a scenario, or `run` for the machine and the versions.

use std::path::Path;

use serde_json::Value;

use crate::stall;

/// Scenarios that were not run keep what they have.
pub(crate) fn write(path: &Path, run: &Value) -> Result<(), String> {
    let failed = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
    let mut text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
    let cases = run["cases"].as_array().ok_or_else(|| failed(&"the run has no cases"))?;
    let mut scenarios: Vec<&str> = cases.iter().filter_map(|case| case["scenario"].as_str()).collect();
    scenarios.dedup();
    text = replace(&text, "run", &head(run)).map_err(|e| failed(&e))?;
    for scenario in scenarios {
        let tables: Vec<String> = cases.iter().filter(|case| case["scenario"] == scenario).map(case).collect();
        text = replace(&text, scenario, &tables.join("\n")).map_err(|e| failed(&e))?;
    }
    std::fs::write(path, text).map_err(|e| failed(&e))
}

fn replace(text: &str, name: &str, tables: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- tables of {name} -->\n"), format!("<!-- end of {name} -->"));
    let missing = |comment: &str| format!("it has no comment `{}`", comment.trim());
    let (before, rest) = text.split_once(&begin).ok_or_else(|| missing(&begin))?;
    let (_, after) = rest.split_once(&end).ok_or_else(|| missing(&end))?;
    Ok(format!("{before}{begin}\n{tables}\n{end}{after}"))
}

fn head(run: &Value) -> String {
    let machine = &run["machine"];
    let word = |name: &str| machine[name].as_str().unwrap_or("?");
    let versions: Vec<String> = run["versions"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, version)| format!("{name} {}", number_of(version.as_str().unwrap_or("?"))))
        .collect();
    format!(
        "Measured on {}: {} × {}, Linux {}, maypole {}, server {}. Beside it {}.\n\n```sh\n{}\n```\n",
        word("date"),
        machine["cores"],
        word("processor"),
        word("kernel"),
        word("maypole"),
        word("server"),
        versions.join(", "),
        run["command"].as_str().unwrap_or("?"),
    )
}

/// `1.19.8` of `go version go1.19.8 linux/amd64`.
fn number_of(version: &str) -> &str {
    let numbers = version.split_whitespace().map(|word| {
        let word = word.rsplit('/').next().unwrap_or(word);
        word.trim_start_matches(|letter: char| letter.is_alphabetic())
    });
    numbers.into_iter().find(|word| word.contains('.')).unwrap_or(version)
}

fn case(case: &Value) -> String {
    let mut lines = vec![title(case), String::new()];
    let unit = case["unit"].as_str().unwrap_or("request");
    let rate = if unit == "MiB" { "MiB/s" } else { "req/s" };
    let contenders = case["contenders"].as_array().map(Vec::as_slice).unwrap_or_default();
    lines.push(table(contenders, unit, rate));
    lines.push(String::new());
    if let Some(table) = truth(case) {
        lines.extend([table, String::new()]);
    }
    let mut bars = case["bars"].as_array().into_iter().flatten().map(bar).peekable();
    if bars.peek().is_some() {
        lines.push("| bar | here | |\n|---|--:|---|".to_owned());
        lines.extend(bars);
        lines.push(String::new());
    }
    let missing = case["missing"].as_array().into_iter().flatten().filter_map(Value::as_str);
    lines.extend(missing.map(|line| format!("Not measured: {line}.\n")));
    lines.join("\n")
}

/// What makes the case what it is, in this run.
fn title(case: &Value) -> String {
    let job = &case["job"];
    let number = |name: &str| job[name].as_f64().unwrap_or(0.0);
    let many = |n: f64, what: &str| format!("{} {what}{}", grouped(n), if n == 1.0 { "" } else { "s" });
    let connections = many(number("connections"), "connection");
    let mut facts = match job["work"].as_str().unwrap_or_default() {
        "Load" | "Stalled" | "Soak" => vec![connections, format!("{} s", number("seconds"))],
        _ if number("bytes") > 0.0 => vec![format!("{} MiB", grouped(number("bytes") / f64::from(1 << 20)))],
        _ => vec![connections, many(number("count"), "request")],
    };
    if number("rate") > 0.0 {
        facts.push(format!("{} requests a second", grouped(number("rate"))));
    }
    match case["contenders"][0]["rounds"].as_array().map_or(0, Vec::len) {
        0 => {}
        1 => facts.push("1 round".to_owned()),
        rounds => facts.push(format!("median of {rounds} rounds")),
    }
    format!("**{}**: {}", case["case"].as_str().unwrap_or("?"), facts.join(", "))
}

/// What a column is called, and where its figure stands.
const COLUMNS: [(&str, &str); 6] = [
    ("p50 µs", "p50_micros"),
    ("p99 µs", "p99_micros"),
    ("p99.9 µs", "p999_micros"),
    ("peak MiB", "peak_mib"),
    ("grown MiB", "grown_mib"),
    ("errors", "errors"),
];

/// Columns that nobody has a figure for are left out.
fn table(contenders: &[Value], unit: &str, rate: &str) -> String {
    let known = |&&(_, name): &&(&str, &str)| contenders.iter().any(|one| one[name].is_number());
    let columns: Vec<_> = COLUMNS.iter().filter(known).collect();
    let heads: String = columns.iter().map(|(head, _)| format!(" {head} |")).collect();
    let mut lines = vec![
        format!("| | CPU µs/{unit} | × maypole | {rate} |{heads}"),
        format!("|---|--:|--:|--:|{}", "--:|".repeat(columns.len())),
    ];
    for contender in contenders {
        let number = |name: &str| contender[name].as_f64();
        let name = contender["name"].as_str().unwrap_or("?");
        let name = if name == "maypole" { "**maypole**" } else { name };
        let mut cells = vec![
            figure(number("cpu_micros_per_unit")),
            number("ratio_to_maypole").map_or_else(dash, |ratio| format!("{ratio:.2}")),
            number("units_per_second").map_or_else(dash, grouped),
        ];
        cells.extend(columns.iter().map(|(head, name)| match *head {
            "errors" => number(name).map_or_else(dash, grouped),
            _ => figure(number(name)),
        }));
        lines.push(format!("| {name} | {} |", cells.join(" | ")));
    }
    lines.join("\n")
}

fn bar(bar: &Value) -> String {
    let verdict = match bar["met"].as_bool() {
        Some(true) => "met",
        Some(false) => "**missed**",
        None => "not compared",
    };
    let beyond = bar["beyond"].as_str().filter(|text| !text.is_empty()).map(|text| format!(" {text}"));
    let here = bar["figure"].as_f64().map_or_else(dash, |figure| {
        if figure.abs() < 100.0 && figure.fract() != 0.0 { format!("{figure:.3}") } else { grouped(figure) }
    });
    let what = bar["bar"].as_str().unwrap_or("?").replace("<=", "≤").replace(">=", "≥").replace(" x ", " × ");
    format!("| {} | {here} | {verdict}{} |", what.replace(" us", " µs"), beyond.unwrap_or_default())
}

/// Percentiles beside what they must be, or what can be reached beside what was.
fn truth(case: &Value) -> Option<String> {
    let truth = &case["truth"];
    let contenders = case["contenders"].as_array()?;
    if let Some(least) = truth["least_seconds"].as_f64() {
        let sequential = truth["sequential_seconds"].as_f64()?;
        let times = |name: &str, wall: f64| format!("| {name} | {wall:.2} | {:.1} |", sequential / wall);
        let mut lines = vec!["| | seconds | × one after the other |\n|---|--:|--:|".to_owned()];
        lines.push(times("one after the other", sequential));
        lines.extend(
            contenders.iter().filter_map(|one| Some(times(one["name"].as_str()?, one["wall_seconds"].as_f64()?))),
        );
        lines.push(times("nobody can be faster in that order", least));
        return Some(lines.join("\n"));
    }
    let exact = pairs(&truth["percentiles"]);
    if exact.is_empty() {
        return None;
    }
    let heads: String = exact.iter().map(|(percent, _)| format!(" p{percent} ms |")).collect();
    let mut lines = vec![format!("| |{heads}\n|---|{}", "--:|".repeat(exact.len()))];
    let line = |name: &str, cells: Vec<String>| format!("| {name} | {} |", cells.join(" | "));
    lines.push(line("what the schedule says", exact.iter().map(|(_, us)| format!("{:.1}", us / 1e3)).collect()));
    for contender in contenders {
        let (name, first) = (contender["name"].as_str()?, &contender["rounds"][0]);
        let beside = |what: &str| {
            let measured = pairs(&first[what]);
            (!measured.is_empty()).then(|| exact.iter().map(|one| stall::beside(&measured, one)).collect::<Vec<_>>())
        };
        lines.extend(beside("percentiles").map(|cells| line(name, cells)));
        lines.extend(beside("uncorrected").map(|cells| line(&format!("{name}, from sending on"), cells)));
    }
    Some(lines.join("\n"))
}

fn pairs(list: &Value) -> Vec<(f64, f64)> {
    serde_json::from_value(list.clone()).unwrap_or_default()
}

fn figure(figure: Option<f64>) -> String {
    match figure {
        None => dash(),
        Some(small) if small < 100.0 => format!("{small:.1}"),
        Some(large) => grouped(large),
    }
}

fn dash() -> String {
    "–".to_owned()
}

/// `12,345`.
fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
