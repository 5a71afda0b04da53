//! The file name that a server gives (RFC 6266).

/// The last part of the name in `Content-Disposition`, if it is one that a file may have here.
pub(super) fn file_name(value: &str) -> Option<String> {
    let (mut plain, mut extended) = (None, None);
    for (key, text) in parameters(value) {
        match key.to_ascii_lowercase().as_str() {
            "filename" if plain.is_none() => plain = Some(text),
            "filename*" if extended.is_none() => extended = decoded(&text),
            _ => {}
        }
    }
    // A server names a file and never a folder, of whatever system.
    let name = extended.or(plain)?;
    let name = name.rsplit(['/', '\\']).next()?.trim();
    let is_name = !matches!(name, "" | "." | "..") && !name.chars().any(char::is_control) && name.len() <= 255;
    is_name.then(|| name.to_owned())
}

fn parameters(value: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = value.split_once(';').map_or("", |(_, rest)| rest);
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (text, left) = match after.strip_prefix('"') {
            Some(inner) => unquoted(inner),
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        found.push((key.trim_matches([' ', '\t', ';']).to_owned(), text));
        rest = left.find(';').map_or("", |at| &left[at + 1..]);
    }
    found
}

/// A quoted string (RFC 9110 §5.6.4), and what follows it.
fn unquoted(inner: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &inner[at + 1..]),
            '\\' => text.extend(chars.next().map(|(_, c)| c)),
            c => text.push(c),
        }
    }
    (text, "")
}

/// `UTF-8''%e2%82%ac` (RFC 8187 §3.2.1); other charsets are left to the plain form.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, '\'');
    let (charset, _, value) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match byte {
            b'%' => bytes.push((digit(rest.next())? * 16 + digit(rest.next())?) as u8),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_and_never_a_way_to_one() {
        let cases = [
            ("attachment; filename=\"a.txt\"", Some("a.txt")),
            ("attachment; filename=a.txt; size=3", Some("a.txt")),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"C:\\\\x\\\\y.exe\"", Some("y.exe")),
            ("attachment; filename=\"a\\\"b.txt\"", Some("a\"b.txt")),
            ("inline; filename=\"x;y=z\"; filename*=UTF-8''%e2%82%ac%20rates", Some("€ rates")),
            ("attachment; filename*=iso-8859-1''%a3; filename=b", Some("b")),
            ("attachment; FileName = \"c\"", Some("c")),
            ("attachment; filename=\"..\"", None),
            ("attachment; filename=\"\"", None),
            ("attachment; filename=\"a\u{7}\"", None),
            ("attachment", None),
        ];
        for (value, expected) in cases {
            assert_eq!(file_name(value).as_deref(), expected, "{value}");
        }
    }
}
