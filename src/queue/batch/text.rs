//! Which charset a body is in.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// As far as browsers look for a declaration (WHATWG HTML, "prescan a byte stream").
const PRESCANNED: usize = 1024;

/// The text and its charset: a byte order mark, the declared charset, `<meta charset>`, UTF-8, Latin-1; the first of them
/// in which the bytes are valid. Latin-1 is windows-1252, by the names of the web, in which every byte is a character.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> (String, &'static str) {
    let named = |label: &str| Encoding::for_label_no_replacement(label.as_bytes());
    let marked = Encoding::for_bom(bytes);
    let bytes = marked.map_or(bytes, |(_, mark)| &bytes[mark..]);
    let candidates = [
        marked.map(|(encoding, _)| encoding),
        declared.and_then(named),
        in_meta(bytes).and_then(|label| named(&label)),
        Some(UTF_8),
    ];
    let decoded = candidates.into_iter().flatten().find_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        Some((text.into_owned(), encoding.name()))
    });
    decoded.unwrap_or_else(|| (WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(), WINDOWS_1252.name()))
}

/// The charset of `<meta charset="…">` or `<meta … content="…; charset=…">`.
fn in_meta(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCANNED)]).to_ascii_lowercase();
    let metas = head.match_indices("<meta").map(|(at, _)| &head[at..]);
    let mut tags = metas.map(|tag| &tag[..tag.find('>').unwrap_or(tag.len())]);
    tags.find_map(|tag| {
        let (_, behind) = tag.split_once("charset")?;
        let value = behind.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
        let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '/')).unwrap_or(value.len());
        (end > 0).then(|| value[..end].to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q208_the_first_charset_in_which_the_bytes_are_valid() {
        for (bytes, declared, text, charset) in [
            (&b"caf\xe9"[..], Some("latin1"), "café", "windows-1252"),
            ("café".as_bytes(), Some("utf-8"), "café", "UTF-8"),
            // Declared wrongly.
            (b"caf\xe9", Some("utf-8"), "café", "windows-1252"),
            ("café".as_bytes(), Some("klingon"), "café", "UTF-8"),
            (b"\x83e\x83X\x83g", Some("shift_jis"), "テスト", "Shift_JIS"),
            (b"<meta charset=koi8-r>\xc0", None, "<meta charset=koi8-r>ю", "KOI8-R"),
            (b"<META content='text/html; Charset = \"gbk\"'>\xd6\xd0", None, "", "GBK"),
            (b"<meta name=a><meta charset='gbk'/>\xd6\xd0", Some("utf-8"), "", "GBK"),
            (b"<meta charset=>caf\xe9", None, "<meta charset=>café", "windows-1252"),
            (b"\xef\xbb\xbfa", Some("latin1"), "a", "UTF-8"),
            ("ü".as_bytes(), None, "ü", "UTF-8"),
            (b"\xfc", None, "ü", "windows-1252"),
            (b"", None, "", "UTF-8"),
        ] {
            let (got, name) = decode(bytes, declared);
            assert_eq!(name, charset, "{bytes:?} {declared:?}");
            assert!(text.is_empty() || got == text, "{got}");
        }
        let every: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&every, None).0.chars().count(), 256);
    }
}
