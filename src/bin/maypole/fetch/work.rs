//! A line as an item of the frontier, and back: what the output needs travels with it, through a state directory too.

use maypole::Method;
use maypole::queue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::Item;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What is kept of an object beside its request. Of a URL alone it is the number of its line, as text.
#[derive(Deserialize, Serialize)]
struct Note {
    n: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Value>,
}

/// The item as it is fetched; `method` for those that name none.
pub(super) fn item(line: &Item, method: &Method) -> maypole::Result<queue::Item> {
    let Some(more) = &line.more else {
        return Ok(queue::Item::new(method.clone(), &*line.url).with_meta(line.number.to_string()));
    };
    let method = more.method.as_deref().map_or_else(|| Ok(method.clone()), Method::new)?;
    let mut item = queue::Item::new(method, &*line.url).with_priority(more.priority);
    for (name, value) in &more.headers {
        item = item.with_header(name, value)?;
    }
    if let Some(body) = &more.body {
        if !more.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            item = item.with_header("Content-Type", if body.is_json { JSON } else { TEXT })?;
        }
        item = item.with_body(body.bytes.clone());
    }
    match (&more.id, &more.meta) {
        (None, None) => Ok(item.with_meta(line.number.to_string())),
        (id, meta) => item.with_json_meta(&Note { n: line.number, id: id.clone(), meta: meta.clone() }),
    }
}

/// What a line of the output says of its item.
pub(super) struct Asked {
    /// Its own id, or the number of its line.
    pub(super) id: Value,
    pub(super) meta: Option<Value>,
    /// Of the frontier: another one for each item, the same in every run.
    pub(super) number: u64,
    pub(super) url: String,
    pub(super) method: Method,
    /// Tries beyond those of the last time in the queue.
    pub(super) tries_before: u32,
}

impl Asked {
    pub(super) fn of(item: &queue::Item) -> Self {
        let note = match item.meta.parse() {
            Ok(n) => Note { n, id: None, meta: None },
            Err(_) => item.json_meta().unwrap_or(Note { n: item.id, id: None, meta: None }),
        };
        Self {
            id: note.id.unwrap_or_else(|| note.n.into()),
            meta: note.meta,
            number: item.id,
            url: item.url.clone(),
            method: item.method.clone(),
            tries_before: item.attempts.saturating_sub(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fetch::input;

    fn there_and_back(line: &str) -> (queue::Item, Asked) {
        let line = input::parse(line.as_bytes(), 7).unwrap().unwrap();
        let item = item(&line, &Method::GET).unwrap();
        let asked = Asked::of(&item);
        (item, asked)
    }

    #[test]
    fn what_a_line_says_comes_back() {
        let (item, asked) = there_and_back("http://h/x");
        assert_eq!((item.meta.as_str(), asked.id, asked.meta, asked.url.as_str()), ("7", json!(7), None, "http://h/x"));
        let (_, asked) = there_and_back(r#"{"url":"http://h/","id":"17","meta":[1]}"#);
        assert_eq!((asked.id, asked.meta), (json!("17"), Some(json!([1]))));
        let (item, asked) = there_and_back(r#"{"url":"http://h/","json":{"a":1},"meta":5}"#);
        assert_eq!((asked.id, asked.meta, asked.method), (json!(7), Some(json!(5)), Method::POST));
        assert_eq!((item.headers.get("content-type"), &item.body[..]), (Some(JSON), &br#"{"a":1}"#[..]));
        let (item, _) = there_and_back(r#"{"url":"http://h/","body":"x","headers":{"content-TYPE":"a/b"}}"#);
        assert_eq!(item.headers.get("content-type"), Some("a/b"));
    }
}
