//! What is written down beside the figures: a run without its circumstances cannot be repeated.

use std::fs;
use std::time::SystemTime;

use maypole::load::export::Report;

/// Flags whose value may be a secret.
const SECRET: [&str; 4] = ["-H", "--header", "-d", "--data"];

pub(super) fn add(report: Report) -> Report {
    let typed: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    let report = report
        .fact("command line", format!("maypole {}", without_secrets(&typed)))
        .fact("date", httpdate::fmt_http_date(SystemTime::now()))
        .fact("maypole", maypole::VERSION);
    match machine() {
        Some(machine) => report.fact("machine", machine),
        None => report,
    }
}

fn machine() -> Option<String> {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    let cpus = fs::read_to_string("/proc/cpuinfo").ok()?;
    let model = cpus.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(':'));
    let model = model.map_or("processor of unknown model", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Some(format!("{model}, {cores} cores, Linux {}", kernel.trim()))
}

/// The command line with names of headers but not their values, and without bodies.
fn without_secrets(arguments: &[String]) -> String {
    let mut shown = Vec::with_capacity(arguments.len());
    let mut of = None;
    for argument in arguments {
        let text = match of.take() {
            Some(flag) => hidden(flag, argument),
            None => match SECRET.into_iter().find(|flag| argument.starts_with(flag)) {
                // `-Hname: value`, `--header=name: value`
                Some(flag)
                    if argument.len() > flag.len() && (flag.len() == 2 || argument[flag.len()..].starts_with('=')) =>
                {
                    let value = argument[flag.len()..].trim_start_matches('=');
                    format!("{flag} {}", hidden(flag, value))
                }
                flag => {
                    of = flag.filter(|flag| argument == flag);
                    quoted(argument)
                }
            },
        };
        shown.push(text);
    }
    shown.join(" ")
}

fn hidden(flag: &str, value: &str) -> String {
    match value.split_once(':') {
        Some((name, _)) if flag == "-H" || flag == "--header" => quoted(&format!("{name}: …")),
        _ => "…".to_owned(),
    }
}

fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,%@+…".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_names_only_and_bodies_nothing() {
        let typed = [
            "load",
            "-H",
            "Authorization: s3cret",
            "-HCookie: s3cret",
            "--header=A: s3cret",
            "-d",
            "s3cret",
            "-ds3cret",
        ];
        let typed = typed
            .map(str::to_owned)
            .into_iter()
            .chain(["--data=s3cret", "--data-file", "-D", "f", "http://h/?a&b"].map(str::to_owned));
        let shown = without_secrets(&typed.collect::<Vec<_>>());
        assert_eq!(
            shown,
            "load -H 'Authorization: …' -H 'Cookie: …' --header 'A: …' -d … -d … --data … --data-file -D f 'http://h/?a&b'"
        );
    }
}
