//! Bodies that aquests has names for.

use super::nvp::{self, NVP_TYPE};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::form::{FORM_TYPE, Pair};
use crate::message::{Body, multipart};

pub(super) const XML_TYPE: &str = "text/xml";
pub(super) const JSON_TYPE: &str = "application/json";

pub(super) fn nvp<P: Pair>(pairs: impl IntoIterator<Item = P>) -> Body {
    Body::from(nvp::encode(pairs)).with_content_type(NVP_TYPE)
}

/// Text or bytes in UTF-8.
pub(super) fn xml(document: impl Into<Vec<u8>>) -> Body {
    Body::from(document.into()).with_content_type(XML_TYPE)
}

/// A multipart body that is complete; its first line names the boundary.
pub(super) fn raw_multipart(bytes: Vec<u8>) -> Result<Body> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let boundary = bytes[..end].strip_prefix(b"--").and_then(|name| std::str::from_utf8(name).ok());
    let boundary = boundary.map(str::trim_end).filter(|name| is_boundary(name));
    let Some(boundary) = boundary else { return Err(refused("a multipart body begins with `--` and its boundary")) };
    let content_type = format!("multipart/form-data; boundary=\"{boundary}\"");
    Ok(Body::from(bytes).with_content_type(content_type))
}

/// RFC 2046 §5.1.1.
fn is_boundary(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&name.len()) && name.bytes().all(legal)
}

/// Pairs as the content type wants them; without one as a form.
pub(super) fn of_pairs(pairs: &[(String, String)], content_type: Option<&str>) -> Result<Body> {
    let essence = content_type.map(|value| value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase());
    match essence.as_deref() {
        None | Some(FORM_TYPE) => Ok(Body::form(pairs)),
        Some(NVP_TYPE) => Ok(nvp(pairs)),
        Some(JSON_TYPE) => Ok(Body::from(json_object(pairs)).with_content_type(JSON_TYPE)),
        Some("multipart/form-data") => {
            let form = pairs.iter().fold(multipart::Form::new(), |form, (name, value)| form.text(name, value));
            form.into_body()
        }
        Some(other) => Err(refused(format!("pairs cannot be written as `{other}`; give a body"))),
    }
}

/// An object of texts (RFC 8259 §7); of two of the same name the later one counts.
fn json_object(pairs: &[(String, String)]) -> String {
    let mut out = String::from("{");
    for (at, (name, value)) in pairs.iter().enumerate() {
        if pairs[at + 1..].iter().any(|(later, _)| later == name) {
            continue;
        }
        out += if out.len() > 1 { "," } else { "" };
        json_text(&mut out, name);
        out.push(':');
        json_text(&mut out, value);
    }
    out.push('}');
    out
}

fn json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => *out += &format!("\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn refused(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &Body) -> &str {
        std::str::from_utf8(body.as_bytes().unwrap()).unwrap()
    }

    #[test]
    fn the_content_type_decides_how_pairs_are_written() {
        let pairs = [("a", "1"), ("b", "x \"é\"\n"), ("a", "2")].map(|(name, value)| (name.into(), value.into()));
        for (content_type, body) in [
            (None, "a=1&b=x+%22%C3%A9%22%0A&a=2"),
            (Some("Application/x-www-form-urlencoded; charset=utf-8"), "a=1&b=x+%22%C3%A9%22%0A&a=2"),
            (Some("text/namevalue"), "a[1]=1&b[7]=x \"é\"\n&a[1]=2"),
            (Some("application/json"), "{\"b\":\"x \\\"é\\\"\\u000a\",\"a\":\"2\"}"),
        ] {
            assert_eq!(text(&of_pairs(&pairs, content_type).unwrap()), body, "{content_type:?}");
        }
        assert_eq!(of_pairs(&pairs, Some("text/xml")).unwrap_err().kind(), Kind::InvalidRequest);
        assert_eq!(text(&of_pairs(&[], Some("application/json")).unwrap()), "{}");
    }

    #[test]
    fn a_ready_multipart_body_tells_its_boundary() {
        let body =
            raw_multipart(b"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xyz--\r\n".to_vec());
        assert_eq!(body.unwrap().content_type(), Some("multipart/form-data; boundary=\"xyz\""));
        for wrong in [&b""[..], b"xyz", b"--", b"--\r\n", b"--a\"b\r\n", b"--\xff\r\n"] {
            assert_eq!(raw_multipart(wrong.to_vec()).unwrap_err().kind(), Kind::InvalidRequest, "{wrong:?}");
        }
    }
}
