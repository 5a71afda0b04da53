//! One line as a request.

use maypole::message::Request;
use maypole::{Method, Url};
use serde_json::{Map, Value};

use crate::lines::headers;
use crate::say;

/// What one line asks for; a URL alone takes little more room than the line.
#[derive(Clone, Debug)]
pub(in crate::fetch) struct Item {
    /// The number of its line, over all inputs.
    pub(in crate::fetch) number: u64,
    pub(in crate::fetch) url: Box<str>,
    pub(in crate::fetch) more: Option<Box<More>>,
}

/// What only an object may say.
#[derive(Clone, Debug, Default)]
pub(in crate::fetch) struct More {
    pub(in crate::fetch) id: Option<Value>,
    pub(in crate::fetch) method: Option<Box<str>>,
    pub(in crate::fetch) headers: Vec<(String, String)>,
    pub(in crate::fetch) body: Option<Body>,
    pub(in crate::fetch) priority: i32,
    pub(in crate::fetch) meta: Option<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::fetch) struct Body {
    pub(in crate::fetch) bytes: Vec<u8>,
    pub(in crate::fetch) is_json: bool,
}

/// The request of a line; `None` if it says nothing; else what is wrong with it.
pub(in crate::fetch) fn parse(line: &[u8], number: u64) -> Result<Option<Item>, String> {
    let text = std::str::from_utf8(line).map_err(|error| format!("byte {} is no UTF-8", error.valid_up_to() + 1))?;
    let text = text.trim();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    if text.starts_with('{') {
        return object(text, number).map(Some);
    }
    if text.contains(char::is_whitespace) {
        return Err(format!("{:?} has spaces; one URL a line", shortened(text)));
    }
    Ok(Some(Item { number, url: url(text)?, more: None }))
}

/// The URL, checked, as it was written; without a scheme it is http, as for `get`.
fn url(text: &str) -> Result<Box<str>, String> {
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    match Url::parse(&with_scheme) {
        Ok(_) => Ok(with_scheme.into()),
        Err(error) => Err(format!("{:?}: {}", shortened(text), say::reason(&error))),
    }
}

fn object(text: &str, number: u64) -> Result<Item, String> {
    let mut object: Map<String, Value> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let url = match object.remove("url") {
        Some(Value::String(text)) => url(&text)?,
        Some(_) => return Err("`url` is no string".into()),
        None => return Err("it has no `url`".into()),
    };
    if object.contains_key("effective_url") && object.contains_key("elapsed_ms") {
        // A line of the output: that body is the answer's.
        object.remove("body");
    }
    let body = body(&mut object)?;
    let more = More {
        id: id(&mut object)?,
        method: method(&mut object, body.is_some())?,
        headers: headers(&mut object)?,
        body,
        priority: priority(&mut object)?,
        meta: object.remove("meta").filter(|meta| !meta.is_null()),
    };
    check(&url, &more)?;
    Ok(Item { number, url, more: Some(more.into()) })
}

/// Without the number of the line, which is 1 here and another one in its file.
fn not_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("not JSON: {what} at byte {}", error.column())
}

fn id(object: &mut Map<String, Value>) -> Result<Option<Value>, String> {
    match object.remove("id") {
        None | Some(Value::Null) => Ok(None),
        Some(id @ (Value::String(_) | Value::Number(_))) => Ok(Some(id)),
        Some(_) => Err("`id` is neither a string nor a number".into()),
    }
}

fn method(object: &mut Map<String, Value>, has_body: bool) -> Result<Option<Box<str>>, String> {
    match object.remove("method") {
        None | Some(Value::Null) => Ok(has_body.then(|| "POST".into())),
        Some(Value::String(name)) => {
            Method::new(&name).map(|method| Some(method.as_str().into())).map_err(|error| say::reason(&error))
        }
        Some(_) => Err("`method` is no string".into()),
    }
}

fn body(object: &mut Map<String, Value>) -> Result<Option<Body>, String> {
    let text = match object.remove("body") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Body { bytes: text.into_bytes(), is_json: false }),
        Some(_) => return Err("`body` is no string; `json` takes any value".into()),
    };
    let json = object.remove("json").map(|value| Body { bytes: value.to_string().into_bytes(), is_json: true });
    match (text, json) {
        (Some(_), Some(_)) => Err("it has both `body` and `json`".into()),
        (text, json) => Ok(text.or(json)),
    }
}

fn priority(object: &mut Map<String, Value>) -> Result<i32, String> {
    match object.remove("priority") {
        None | Some(Value::Null) => Ok(0),
        Some(value) => {
            let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
            number.ok_or_else(|| format!("`priority` is {value}, which is no whole number of 32 bits"))
        }
    }
}

/// Everything that could be refused later is refused here, with its line.
fn check(url: &str, more: &More) -> Result<(), String> {
    let built = || {
        let method = Method::new(more.method.as_deref().unwrap_or("GET"))?;
        let mut request = Request::new(method, Url::parse(url)?);
        more.headers.iter().try_for_each(|(name, value)| request.append_header(name, value))
    };
    built().map_err(|error: maypole::Error| say::reason(&error))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(line: &str) -> String {
        parse(line.as_bytes(), 1).unwrap_err()
    }

    #[test]
    fn a_line_is_a_url_an_object_or_nothing() {
        for nothing in ["", "  \t", "# http://h/", "  #"] {
            assert!(parse(nothing.as_bytes(), 1).unwrap().is_none(), "{nothing:?}");
        }
        let item = parse(b"  http://h/x#y ", 7).unwrap().unwrap();
        assert_eq!((&*item.url, item.number, item.more.is_none()), ("http://h/x#y", 7, true));
        assert_eq!(&*parse(b"h.test/x", 1).unwrap().unwrap().url, "http://h.test/x");
    }

    #[test]
    fn an_object_has_what_a_request_may_have() {
        let line = r#"{"url":"http://h/","id":"a","headers":{"X-A":"1","X-B":["2",3]},"json":{"k":[1]},"priority":-2,"meta":{"m":1},"status":200}"#;
        let item = parse(line.as_bytes(), 1).unwrap().unwrap();
        let more = item.more.as_ref().unwrap();
        assert_eq!((more.id.clone(), more.method.as_deref(), more.priority), (Some("a".into()), Some("POST"), -2));
        assert_eq!(more.headers.len(), 3);
        assert_eq!(more.body, Some(Body { bytes: br#"{"k":[1]}"#.to_vec(), is_json: true }));
        assert_eq!(more.meta, Some(serde_json::json!({"m": 1})));
        let put = parse(br#"{"url":"http://h/","method":"PUT","body":"x"}"#, 1).unwrap().unwrap();
        assert_eq!(put.more.unwrap().method.as_deref(), Some("PUT"));
    }

    #[test]
    fn a_line_of_the_output_asks_for_the_same_again() {
        let line =
            r#"{"id":3,"url":"http://h/","effective_url":"http://h/","method":"GET","elapsed_ms":1.5,"body":"answer"}"#;
        let more = parse(line.as_bytes(), 1).unwrap().unwrap().more.unwrap();
        assert_eq!((more.body, more.method.as_deref(), more.id), (None, Some("GET"), Some(3.into())));
    }

    #[test]
    fn what_is_wrong_has_a_reason() {
        assert!(why("{\"url\":").ends_with("not JSON: EOF while parsing a value at byte 7"), "{}", why("{\"url\":"));
        assert!(!why("ftp://h/").contains("request: "), "{}", why("ftp://h/"));
        assert!(parse(b"http://h/\xff", 1).unwrap_err().contains("byte 10"));
        assert!(why("http://h/a http://h/b").contains("spaces"));
        assert!(why("ftp://h/").contains("ftp"));
        assert!(!why("http://").is_empty() && !why("http://[::1").is_empty());
        let cases = [
            ("{", "JSON"),
            ("{}", "`url`"),
            (r#"{"url":1}"#, "`url`"),
            (r#"{"url":"http://h/","method":"get"}"#, "lower-case"),
            (r#"{"url":"http://h/","method":1}"#, "`method`"),
            (r#"{"url":"http://h/","headers":{"a b":"c"}}"#, "a b"),
            (r#"{"url":"http://h/","headers":{"a":"b\r\nc: d"}}"#, "a"),
            (r#"{"url":"http://h/","headers":[1]}"#, "`headers`"),
            (r#"{"url":"http://h/","body":1}"#, "`body`"),
            (r#"{"url":"http://h/","body":"x","json":1}"#, "both"),
            (r#"{"url":"http://h/","priority":1e10}"#, "`priority`"),
            (r#"{"url":"http://h/","id":[]}"#, "`id`"),
            (r#"{"url":"http://h/"} {"url":"http://h/"}"#, "JSON"),
        ];
        for (line, part) in cases {
            assert!(why(line).contains(part), "{line}: {}", why(line));
        }
    }
}
