//! A line of a mix that is a JSON object.

use serde_json::{Map, Value};

use super::entry::{Body, Entry};
use crate::lines::headers;

const KNOWN: &str = "url, name, weight, method, headers, body, body_file and json";

/// The request, and the name of its body's file.
pub(super) fn parse(line: &str) -> Result<(Entry, Option<String>), String> {
    let mut object: Map<String, Value> = serde_json::from_str(line).map_err(|error| format!("not JSON: {error}"))?;
    let url = text(&mut object, "url")?.ok_or("it has no `url`; a body is `@FILE`, or `body` or `json` beside it")?;
    if !url.starts_with('/') && !url.contains("://") {
        return Err(format!("{url:?} begins neither with http:// nor with /"));
    }
    let body = text(&mut object, "body")?.map(Body::Text);
    let json = object.remove("json").map(|value| Body::Json(value.to_string()));
    let file = text(&mut object, "body_file")?;
    if usize::from(body.is_some()) + usize::from(json.is_some()) + usize::from(file.is_some()) > 1 {
        return Err("more than one of `body`, `body_file` and `json`".into());
    }
    let weight = match object.remove("weight") {
        None | Some(Value::Null) => 1,
        Some(weight) => super::plain::weight(&weight.to_string())?,
    };
    let name = text(&mut object, "name")?;
    if name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        return Err("`name` is empty".into());
    }
    let method = text(&mut object, "method")?;
    let headers = headers(&mut object)?;
    if let Some((unknown, _)) = object.iter().next() {
        return Err(format!("there is no `{unknown}`; {KNOWN} are known"));
    }
    Ok((Entry { name, weight, method, url, headers, body: body.or(json), ..Entry::default() }, file))
}

fn text(object: &mut Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match object.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) if name == "body" => Err("`body` is no string; `json` takes any value".into()),
        Some(_) => Err(format!("`{name}` is no string")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_says_everything_about_a_request() {
        let line = r#"{"url":"/a","name":"n","weight":3,"method":"PUT","headers":{"X-A":["1",2],"X-B":"c"},"json":{"k":"{{counter}}"}}"#;
        let (entry, file) = parse(line).unwrap();
        assert_eq!(
            (entry.url.as_str(), entry.name.as_deref(), entry.weight, entry.method.as_deref()),
            ("/a", Some("n"), 3, Some("PUT"))
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(entry.headers, [pair("X-A", "1"), pair("X-A", "2"), pair("X-B", "c")]);
        assert_eq!((entry.body, file), (Some(Body::Json(r#"{"k":"{{counter}}"}"#.into())), None));
        assert_eq!(parse(r#"{"url":"/","body_file":"f"}"#).unwrap().1.as_deref(), Some("f"));
    }

    #[test]
    fn what_is_wrong_has_a_reason() {
        for (line, why) in [
            ("{", "not JSON"),
            ("{}", "no `url`"),
            (r#"{"url":1}"#, "`url`"),
            (r#"{"url":"h/x"}"#, "http://"),
            (r#"{"url":"/","name":" "}"#, "`name` is empty"),
            (r#"{"url":"/","weight":0}"#, "a weight of 0"),
            (r#"{"url":"/","weight":1.5}"#, "a weight of 1.5"),
            (r#"{"url":"/","weight":"2"}"#, "a weight of"),
            (r#"{"url":"/","body":{}}"#, "`json` takes"),
            (r#"{"url":"/","body":"","json":1}"#, "more than one"),
            (r#"{"url":"/","body_file":"f","json":1}"#, "more than one"),
            (r#"{"url":"/","header":{}}"#, "no `header`"),
            (r#"{"url":"/","headers":[]}"#, "`headers`"),
            (r#"{"url":"/","headers":{"a":null}}"#, "`a`"),
            (r#"{"url":"/","method":1}"#, "`method`"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(why), "{line}: {error}");
        }
    }
}
