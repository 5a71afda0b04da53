//! From bytes to text: which charset a body is in, and its text without a character changed.

use std::borrow::Cow;

pub(in crate::client) use encoding_rs::Encoding;
use encoding_rs::{UTF_8, WINDOWS_1252};

use crate::wire::grammar;

/// The text of a body. What says the charset, the first that does: a byte order mark, `Content-Type`, `otherwise`. If
/// nothing does, it is UTF-8 where it is valid as such, else windows-1252, in which every byte is a character.
///
/// The error is the charset in which it is not valid: a replaced character would be a changed one.
pub(crate) fn text(
    bytes: Vec<u8>,
    content_type: Option<&[u8]>,
    otherwise: Option<&'static Encoding>,
) -> Result<String, &'static str> {
    let Some((marked, mark)) = Encoding::for_bom(&bytes) else {
        return match content_type.and_then(declared).or(otherwise) {
            Some(declared) => decode(bytes, 0, declared),
            None => String::from_utf8(bytes).or_else(|error| decode(error.into_bytes(), 0, WINDOWS_1252)),
        };
    };
    decode(bytes, mark, marked)
}

/// The same for bytes that stay where they are: nothing is copied of what is UTF-8.
pub(crate) fn text_in<'a>(bytes: &'a [u8], content_type: Option<&[u8]>) -> Result<Cow<'a, str>, &'static str> {
    let otherwise = content_type.and_then(declared).filter(|charset| *charset != UTF_8);
    if otherwise.is_none()
        && Encoding::for_bom(bytes).is_none()
        && let Ok(text) = str::from_utf8(bytes)
    {
        return Ok(Cow::Borrowed(text));
    }
    text(bytes.to_vec(), content_type, None).map(Cow::Owned)
}

/// The charset with this label, by the names of the web (WHATWG Encoding §4.2): `latin1` is windows-1252.
pub(crate) fn labelled(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes())
}

fn decode(mut bytes: Vec<u8>, mark: usize, charset: &'static Encoding) -> Result<String, &'static str> {
    if charset == UTF_8 {
        // Checked and kept, not copied.
        bytes.drain(..mark);
        return String::from_utf8(bytes).map_err(|_| charset.name());
    }
    match charset.decode_without_bom_handling_and_without_replacement(&bytes[mark..]) {
        Some(Cow::Owned(text)) => Ok(text),
        Some(Cow::Borrowed(text)) => Ok(text.to_owned()),
        None => Err(charset.name()),
    }
}

/// The charset of a `Content-Type` value (RFC 9110 §8.3.1); none that is known if the label is not.
fn declared(content_type: &[u8]) -> Option<&'static Encoding> {
    let parameters = parameters(content_type);
    let (_, label) = parameters.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(b"charset"))?;
    Encoding::for_label_no_replacement(&label)
}

/// The parameters behind a media type, quoted ones unquoted.
fn parameters(value: &[u8]) -> Vec<(&[u8], Cow<'_, [u8]>)> {
    let mut found = Vec::new();
    let mut rest = match memchr::memchr(b';', value) {
        Some(at) => &value[at + 1..],
        None => return found,
    };
    while !rest.is_empty() {
        let name_end = rest.iter().position(|&b| b == b'=' || b == b';').unwrap_or(rest.len());
        let name = grammar::trim(&rest[..name_end]);
        if rest.get(name_end) != Some(&b'=') {
            rest = rest.get(name_end + 1..).unwrap_or_default();
            continue;
        }
        let (text, after) = parameter_value(&rest[name_end + 1..]);
        found.push((name, text));
        rest = after;
    }
    found
}

/// One value, and what stands behind the next semicolon.
fn parameter_value(value: &[u8]) -> (Cow<'_, [u8]>, &[u8]) {
    let value = value.trim_ascii_start();
    let Some(quoted) = value.strip_prefix(b"\"") else {
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        return (grammar::trim(&value[..end]).into(), value.get(end + 1..).unwrap_or_default());
    };
    let (mut text, mut at) = (Vec::new(), 0);
    while let Some(&byte) = quoted.get(at).filter(|&&byte| byte != b'"') {
        // RFC 9110 §5.6.4: a backslash stands for the character behind it.
        let escaped = (byte == b'\\').then(|| quoted.get(at + 1)).flatten();
        text.push(*escaped.unwrap_or(&byte));
        at += 1 + usize::from(escaped.is_some());
    }
    let after = quoted.get(at..).unwrap_or_default();
    let next = memchr::memchr(b';', after).map_or(after.len(), |at| at + 1);
    (text.into(), &after[next..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], content_type: &str) -> Result<String, &'static str> {
        text(bytes.to_vec(), Some(content_type.as_bytes()).filter(|value| !value.is_empty()), None)
    }

    #[test]
    fn c324_charsets_by_label_in_every_spelling() {
        for (bytes, content_type, want) in [
            (&b"\x80 5"[..], "text/plain; charset=windows-1252", "€ 5"),
            (b"\x80 5", "text/plain;charset=\"ISO-8859-1\"", "€ 5"),
            (b"caf\xe9", "text/plain; a=\"x;charset=utf-8\"; Charset = latin1 ;b", "café"),
            (b"caf\xe9", "text/plain; charset=\"la\\tin1\"", "café"),
            (b"\x83\x65\x83\x58\x83\x67", "text/html; charset=Shift_JIS", "テスト"),
            (b"\xd6\xd0", "text/html; charset=gb2312", "中"),
            (b"\xc0\xc1", "text/html; charset=koi8-r", "юа"),
            (b"h\0i\0", "text/plain; charset=utf-16le", "hi"),
            ("grün".as_bytes(), "text/plain; charset=utf8", "grün"),
            (b"plain", "text/plain; charset=windows-1252", "plain"),
        ] {
            assert_eq!(read(bytes, content_type).as_deref(), Ok(want), "{content_type}");
        }
    }

    #[test]
    fn c325_without_a_charset_utf_8_and_then_latin_1_and_nothing_is_altered() {
        let every: Vec<u8> = (0..=255).collect();
        for content_type in ["", "text/plain", "text/plain; charset=", "text/plain; charset=klingon", "; ; =;charset"] {
            assert_eq!(read("grün".as_bytes(), content_type).unwrap(), "grün", "{content_type}");
            assert_eq!(read(b"gr\xfcn", content_type).unwrap(), "grün", "{content_type}");
            let text = read(&every, content_type).unwrap();
            assert_eq!((WINDOWS_1252.encode(&text).0.to_vec(), text.chars().count()), (every.clone(), 256));
        }
        assert_eq!(read(b"", "text/plain").unwrap(), "");
        let otherwise = labelled("gbk");
        assert_eq!(text(b"\xd6\xd0".to_vec(), Some(b"text/plain"), otherwise).unwrap(), "中");
        assert_eq!(text(b"\xd6".to_vec(), Some(b"text/plain; charset=latin1"), otherwise).unwrap(), "Ö");
    }

    #[test]
    fn c325_what_is_not_in_the_declared_charset_is_an_error() {
        assert_eq!(read(b"gr\xfcn", "text/plain; charset=utf-8"), Err("UTF-8"));
        assert_eq!(read(b"\x83", "text/plain; charset=shift_jis"), Err("Shift_JIS"));
        assert_eq!(read(b"\xff", "text/plain; charset=us-ascii").unwrap(), "ÿ", "a name of windows-1252");
        assert!(labelled("iso-2022-kr").is_none() && labelled("klingon").is_none());
    }

    #[test]
    fn c325_a_byte_order_mark_counts_more_than_any_label() {
        for content_type in ["", "text/plain; charset=windows-1252"] {
            assert_eq!(read(b"\xef\xbb\xbfa\xc3\xbc", content_type).unwrap(), "aü");
            assert_eq!(read(b"\xff\xfea\0\xfc\0", content_type).unwrap(), "aü");
            assert_eq!(read(b"\xfe\xff\0a\0\xfc", content_type).unwrap(), "aü");
            assert_eq!(read(b"\xef\xbb\xbf\xff", content_type), Err("UTF-8"));
        }
    }
}
