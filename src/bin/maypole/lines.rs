//! What lines of JSON that describe a request have in common, for `fetch` and for mixes of `load`.

use serde_json::{Map, Value};

/// Takes `headers`: an object of texts, numbers, or lists of them.
pub(crate) fn headers(object: &mut Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    let lines = match object.remove("headers") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(lines)) => lines,
        Some(_) => return Err("`headers` is no object".into()),
    };
    let mut headers = Vec::new();
    for (name, value) in lines {
        let values = if let Value::Array(values) = value { values } else { vec![value] };
        for value in values {
            headers.push(match value {
                Value::String(text) => (name.clone(), text),
                Value::Number(number) => (name.clone(), number.to_string()),
                _ => return Err(format!("header `{name}` is neither text nor a list of texts")),
            });
        }
    }
    Ok(headers)
}
