//! `-w`: what is known about a transfer, printed by a format of the user's.

use std::time::Duration;

use maypole::message::Headers;
use serde_json::{Map, Value, json};

/// The part of `--help` about it.
pub(crate) const HELP: &str = "\
-w takes %{variable}, %header{name}, %%, \\n, \\r and \\t. The variables:
  content_type errormsg exitcode filename_effective header_json http_code
  http_connect http_version json local_ip local_port method num_connects
  num_headers num_redirects onerror redirect_url remote_ip remote_port
  response_code scheme size_download size_header size_request size_upload
  speed_download speed_upload stderr stdout time_appconnect time_connect
  time_namelookup time_pretransfer time_redirect time_starttransfer time_total
  url url_effective urlnum
Times are in seconds from the start of the transfer. What follows %{onerror} is
printed only after an error, what follows %{stderr} goes to standard error.";

/// A finished transfer.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) number: usize,
    pub(super) url: String,
    pub(super) url_effective: String,
    pub(super) scheme: String,
    pub(super) method: String,
    pub(super) status: u16,
    pub(super) version: &'static str,
    pub(super) headers: Option<Headers>,
    pub(super) file: String,
    pub(super) connects: u32,
    /// The last proxy's answer to CONNECT.
    pub(super) connect_status: u16,
    pub(super) redirects: u32,
    pub(super) redirect_time: Duration,
    /// Where a redirect leads that was not followed.
    pub(super) redirect_url: String,
    pub(super) header_bytes: u64,
    pub(super) request_bytes: u64,
    pub(super) remote: Option<std::net::SocketAddr>,
    pub(super) local: Option<std::net::SocketAddr>,
    pub(super) downloaded: u64,
    pub(super) uploaded: u64,
    pub(super) times: Times,
    pub(super) exit: u8,
    pub(super) error: Option<String>,
}

/// Each from the start of the transfer; zero for what did not happen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) name_lookup: Duration,
    pub(super) connect: Duration,
    pub(super) tls: Duration,
    pub(super) pre_transfer: Duration,
    pub(super) start_transfer: Duration,
    pub(super) total: Duration,
}

/// What goes to standard output and to standard error.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Printed {
    pub(super) out: String,
    pub(super) err: String,
}

/// Fills the format in. A variable that is not known is said so where it stands.
pub(super) fn render(format: &str, facts: &Facts) -> Printed {
    let mut printed = Printed::default();
    let mut to_err = false;
    let mut rest = format;
    while let Some(at) = rest.find(['%', '\\']) {
        let (before, from) = rest.split_at(at);
        let (text, after) = special(from, facts);
        push(&mut printed, to_err, before);
        match text {
            Special::Text(text) => push(&mut printed, to_err, &text),
            Special::Stream { err } => to_err = err,
            Special::Stop => return printed,
        }
        rest = after;
    }
    push(&mut printed, to_err, rest);
    printed
}

fn push(printed: &mut Printed, to_err: bool, text: &str) {
    if to_err { printed.err.push_str(text) } else { printed.out.push_str(text) }
}

enum Special {
    Text(String),
    Stream { err: bool },
    Stop,
}

/// What the beginning of `text` stands for, and what follows it.
fn special<'a>(text: &'a str, facts: &Facts) -> (Special, &'a str) {
    for (escape, character) in [("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("%%", "%")] {
        if let Some(after) = text.strip_prefix(escape) {
            return (Special::Text(character.into()), after);
        }
    }
    let braced = |start: &str| text.strip_prefix(start).and_then(|rest| rest.split_once('}'));
    if let Some((name, after)) = braced("%header{") {
        let value = facts.headers.as_ref().and_then(|headers| headers.get(name)).unwrap_or_default();
        return (Special::Text(value.to_owned()), after);
    }
    if let Some((name, after)) = braced("%{") {
        let special = match name {
            "stderr" => Special::Stream { err: true },
            "stdout" => Special::Stream { err: false },
            "onerror" if facts.exit == 0 => Special::Stop,
            "onerror" => Special::Text(String::new()),
            "json" => Special::Text(to_json(facts).to_string()),
            "header_json" => Special::Text(headers_json(facts).to_string()),
            _ => Special::Text(variable(name, facts).map_or_else(|| format!("%{{{name}}} is no variable"), plain)),
        };
        return (special, after);
    }
    let (first, after) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    (Special::Text(first.to_owned()), after)
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

const NAMES: [&str; 34] = [
    "content_type",
    "errormsg",
    "exitcode",
    "filename_effective",
    "http_code",
    "http_connect",
    "http_version",
    "local_ip",
    "local_port",
    "method",
    "num_connects",
    "num_headers",
    "num_redirects",
    "redirect_url",
    "remote_ip",
    "remote_port",
    "response_code",
    "scheme",
    "size_download",
    "size_header",
    "size_request",
    "size_upload",
    "speed_download",
    "speed_upload",
    "time_appconnect",
    "time_connect",
    "time_namelookup",
    "time_pretransfer",
    "time_redirect",
    "time_starttransfer",
    "time_total",
    "url",
    "url_effective",
    "urlnum",
];

fn variable(name: &str, facts: &Facts) -> Option<Value> {
    let times = &facts.times;
    let per_second = |bytes: u64| (bytes as f64 / times.total.as_secs_f64().max(1e-6)) as u64;
    Some(match name {
        "content_type" => json!(facts.headers.as_ref().and_then(|headers| headers.get("content-type"))),
        "errormsg" => json!(facts.error),
        "exitcode" => json!(facts.exit),
        "filename_effective" => json!(facts.file),
        "http_code" | "response_code" => json!(format!("{:03}", facts.status)),
        "http_connect" => json!(format!("{:03}", facts.connect_status)),
        "http_version" => json!(facts.version),
        "local_ip" => json!(facts.local.map(|address| address.ip().to_string())),
        "local_port" => json!(facts.local.map_or(0, |address| address.port())),
        "method" => json!(facts.method),
        "num_connects" => json!(facts.connects),
        "num_headers" => json!(facts.headers.as_ref().map_or(0, Headers::len)),
        "num_redirects" => json!(facts.redirects),
        "redirect_url" => json!(facts.redirect_url),
        "remote_ip" => json!(facts.remote.map(|address| address.ip().to_string())),
        "remote_port" => json!(facts.remote.map_or(0, |address| address.port())),
        "scheme" => json!(facts.scheme),
        "size_download" => json!(facts.downloaded),
        "size_header" => json!(facts.header_bytes),
        "size_request" => json!(facts.request_bytes),
        "size_upload" => json!(facts.uploaded),
        "speed_download" => json!(per_second(facts.downloaded)),
        "speed_upload" => json!(per_second(facts.uploaded)),
        "time_appconnect" => seconds(times.tls),
        "time_connect" => seconds(times.connect),
        "time_namelookup" => seconds(times.name_lookup),
        "time_pretransfer" => seconds(times.pre_transfer),
        "time_redirect" => seconds(facts.redirect_time),
        "time_starttransfer" => seconds(times.start_transfer),
        "time_total" => seconds(times.total),
        "url" => json!(facts.url),
        "url_effective" => json!(facts.url_effective),
        "urlnum" => json!(facts.number),
        _ => return None,
    })
}

/// Six decimals, as curl prints them.
fn seconds(time: Duration) -> Value {
    Value::String(format!("{:.6}", time.as_secs_f64()))
}

fn to_json(facts: &Facts) -> Value {
    let number = |name: &str, value: Value| match value {
        Value::String(text) if name.starts_with("time_") || name.ends_with("_code") || name == "http_connect" => text
            .parse::<f64>()
            .map_or(Value::Null, |number| if number.fract() == 0.0 { json!(number as u64) } else { json!(number) }),
        other => other,
    };
    NAMES
        .iter()
        .filter_map(|&name| Some((name.to_owned(), number(name, variable(name, facts)?))))
        .collect::<Map<_, _>>()
        .into()
}

/// Names in lower case, each with its values in order.
fn headers_json(facts: &Facts) -> Value {
    let mut object = Map::new();
    for (name, value) in facts.headers.iter().flat_map(Headers::iter) {
        let values = object.entry(name.to_ascii_lowercase()).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(json!(String::from_utf8_lossy(value)));
        }
    }
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let mut headers = Headers::new();
        headers.append("Content-Type", "text/plain").unwrap();
        let times = Times { total: Duration::from_millis(1500), ..Times::default() };
        Facts { status: 204, headers: Some(headers), downloaded: 3000, times, ..Facts::default() }
    }

    fn out(format: &str) -> String {
        render(format, &facts()).out
    }

    #[test]
    fn variables_headers_and_escapes_are_filled_in() {
        assert_eq!(out(r"%{http_code} %{time_total}\t%{speed_download} 100%%\n"), "204 1.500000\t2000 100%\n");
        assert_eq!(out("%{content_type}|%header{content-type}|%header{x}|"), "text/plain|text/plain||");
        assert_eq!(out(r"%{nope} 5% \x ü"), r"%{nope} is no variable 5% \x ü");
    }

    #[test]
    fn streams_and_errors_decide_what_is_printed() {
        let printed = render("a%{stderr}b%{stdout}c%{onerror}d", &facts());
        assert_eq!(printed, Printed { out: "ac".into(), err: "b".into() });
        let failed = Facts { exit: 7, error: Some("no".into()), ..facts() };
        assert_eq!(render("a%{onerror}%{exitcode} %{errormsg}", &failed).out, "a7 no");
    }

    #[test]
    fn json_has_numbers_where_numbers_are_meant() {
        let json: Value = serde_json::from_str(&out("%{json}")).unwrap();
        assert_eq!(
            (&json["http_code"], &json["time_total"], &json["num_headers"]),
            (&json!(204), &json!(1.5), &json!(1))
        );
        let headers: Value = serde_json::from_str(&out("%{header_json}")).unwrap();
        assert_eq!(headers, json!({ "content-type": ["text/plain"] }));
    }
}
