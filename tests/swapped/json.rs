//! serde_json over responses and streams: values one after another, each when it has arrived.

use serde_json::Value;

use crate::files::{self, Files, Source};
use json_reader::values;

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/json_reader.rs"]
mod json_reader;

fn read(lines: Source) {
    let numbers = values::<Value>(lines).map(|value| value.unwrap()["inner"]["list"][0].as_u64().unwrap());
    assert!(numbers.eq(0..1_000));
}

#[test]
fn a_thousand_lines_of_json() {
    let Some(files) = Files::start() else { return };
    files.each_way("values.jsonl", read);
}

#[test]
fn a_thousand_at_once() {
    files::crowd("json::a_thousand_at_once", false, "values.jsonl", read);
}

#[test]
fn a_thousand_at_once_over_tls() {
    files::crowd("json::a_thousand_at_once_over_tls", true, "values.jsonl", read);
}
