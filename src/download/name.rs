//! A file name from what a server sends, which is never trusted (sec-J5; CVE-2020-8177 and its kin).

use crate::message::{Headers, Url};

/// What a file is called when nothing names it: wget's and aria2's choice.
const NAMELESS: &str = "index.html";
/// What an unfinished file and what is known about it are called.
const OWN: [&str; 3] = [".part", ".part.meta", ".part.meta.new"];
/// File systems allow 255 bytes; `.part.meta.new` and a number have to fit as well.
const LONGEST: usize = 230;
/// Device names of Windows, with any extension: a download may end up there.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The name for what `url` has sent: the server's `Content-Disposition` if it has a usable one, else the last part of
/// the URL's path.
pub(super) fn choose(headers: &Headers, url: &Url) -> String {
    let disposition = headers.get_bytes("content-disposition").and_then(from_disposition);
    disposition.as_deref().and_then(safe).or_else(|| from_url(url)).unwrap_or_else(|| NAMELESS.to_owned())
}

/// The name that `url` alone gives.
pub(super) fn from_url(url: &Url) -> Option<String> {
    let last = url.path().rsplit('/').next()?;
    // Decoded first: `..%2f..%2fx` is a path too.
    safe(&String::from_utf8_lossy(&percent_decoded(last.as_bytes())))
}

/// The part behind the last separator of any system, without what is dangerous in a shell, a terminal or a file system.
/// `None` if nothing is left.
fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next()?;
    let legal: String =
        last.chars().filter(|&c| !is_invisible(c)).map(|c| if is_special(c) { '_' } else { c }).collect();
    let mut name = legal.trim().trim_end_matches(['.', ' ']).to_owned();
    if name.is_empty() {
        return None;
    }
    // A hidden file may be a configuration, and a leading hyphen is an option to whoever says `rm *`.
    if name.starts_with(['.', '-', '~']) {
        name.replace_range(..1, "_");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let is_port = (stem.starts_with("com") || stem.starts_with("lpt")) && stem.chars().count() == 4;
    if DEVICES.contains(&stem.as_str()) || (is_port && stem.ends_with(|c: char| c.is_ascii_digit())) {
        name.insert(0, '_');
    }
    let mut name = shortened(name);
    // What stands under these is believed by a later download: whoever chose one could plant the beginning of another file.
    if OWN.iter().any(|own| name.to_ascii_lowercase().ends_with(own)) {
        name.push('_');
    }
    Some(name)
}

/// Control characters, and those that change the direction of text: `exe.gpj` must not read as `jpg.exe`.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_special(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

fn shortened(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let (stem, extension) = split_extension(&name);
    let extension = if extension.len() <= 32 { extension } else { "" };
    let end = (0..=LONGEST - extension.len()).rev().find(|&end| stem.is_char_boundary(end)).unwrap_or(0);
    format!("{}{extension}", &stem[..end.min(stem.len())])
}

/// `name.7.ext`, as aria2 writes it.
pub(super) fn numbered(name: &str, number: u32) -> String {
    let (stem, extension) = split_extension(name);
    format!("{stem}.{number}{extension}")
}

/// The stem, and the extension with its dot; `.tar.gz` is one.
fn split_extension(name: &str) -> (&str, &str) {
    let at =
        name.strip_suffix(".gz").map_or(name, |rest| rest).rfind(".tar").filter(|&at| at > 0 && name[at..].len() <= 8);
    match at.or_else(|| name.rfind('.')) {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// The file name of a `Content-Disposition` (RFC 6266): `filename*` before `filename`.
fn from_disposition(value: &[u8]) -> Option<String> {
    let mut plain = None;
    let mut rest = &value[value.iter().position(|&byte| byte == b';')?..];
    while let Some((name, value, after)) = parameter(rest) {
        match name.to_ascii_lowercase().as_str() {
            "filename*" => {
                if let Some(name) = extended(&value) {
                    return Some(name);
                }
            }
            "filename" if plain.is_none() => plain = Some(text(&value)),
            _ => {}
        }
        rest = after;
    }
    plain
}

/// UTF-8, or what it was before that: ISO-8859-1 (RFC 9110 §5.5).
fn text(bytes: &[u8]) -> String {
    str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&byte| char::from(byte)).collect(), str::to_owned)
}

/// Takes `; name = value`, quoted or not.
fn parameter(rest: &[u8]) -> Option<(String, Vec<u8>, &[u8])> {
    let start = rest.iter().position(|byte| !matches!(byte, b';' | b' ' | b'\t'))?;
    let rest = &rest[start..];
    let equals = rest.iter().position(|&byte| byte == b'=')?;
    let name = str::from_utf8(&rest[..equals]).ok()?.trim().to_owned();
    let rest = rest[equals + 1..].trim_ascii_start();
    let Some(quoted) = rest.strip_prefix(b"\"") else {
        let end = rest.iter().position(|&byte| byte == b';').unwrap_or(rest.len());
        return Some((name, rest[..end].trim_ascii().to_vec(), &rest[end..]));
    };
    let (mut value, mut bytes) = (Vec::new(), quoted.iter().enumerate());
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => return Some((name, value, &quoted[at + 1..])),
            b'\\' => value.extend(bytes.next().map(|(_, &byte)| byte)),
            _ => value.push(byte),
        }
    }
    None
}

/// `UTF-8'language'percent-encoded` (RFC 8187 §3.2); `None` for another charset or bad escapes.
fn extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decoded(encoded);
    match charset.to_ascii_lowercase().as_slice() {
        b"utf-8" => String::from_utf8(bytes).ok(),
        b"iso-8859-1" => Some(bytes.iter().map(|&byte| char::from(byte)).collect()),
        _ => None,
    }
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let (mut bytes, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                bytes.push(byte);
                at += 1;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(disposition: &str, url: &str) -> String {
        let headers = Headers::from_pairs([("Content-Disposition", disposition)]).unwrap();
        choose(&headers, &Url::parse(url).unwrap())
    }

    #[test]
    fn content_disposition_as_rfc_6266_says() {
        for (value, expected) in [
            ("attachment; filename=a.txt", "a.txt"),
            ("attachment; filename=\"a b.txt\"", "a b.txt"),
            ("attachment;FILENAME = \"a\\\"b\\\\c;d.txt\" ; size=1", "c;d.txt"),
            ("inline; filename=plain.txt; filename*=UTF-8''%e2%82%ac%20rates.txt", "€ rates.txt"),
            ("attachment; filename*=iso-8859-1'en'%A3.txt", "£.txt"),
            ("attachment; filename=x.txt; filename*=utf-7''y.txt", "x.txt"),
            ("attachment; filename=x.txt; filename*=UTF-8''%ff", "x.txt"),
            ("attachment; filename=100%25.txt", "100%25.txt"),
            ("attachment", "u.bin"),
            ("attachment; filename=\"open", "u.bin"),
            ("attachment; filename=", "u.bin"),
            ("filename=a.txt", "u.bin"),
        ] {
            assert_eq!(named(value, "http://h/d/u.bin?x=/y"), expected, "{value}");
        }
    }

    #[test]
    fn sec_j5_a_name_stays_in_its_directory() {
        for (value, expected) in [
            ("../../x", "x"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\x.exe", "x.exe"),
            ("c:\\windows\\x", "x"),
            ("c:x", "c_x"),
            ("..", "u"),
            (".", "u"),
            ("/", "u"),
            ("a/..", "u"),
            ("...", "u"),
            (".bashrc", "_bashrc"),
            ("-rf", "_rf"),
            ("nul", "_nul"),
            ("COM1.txt", "_COM1.txt"),
            ("company.txt", "company.txt"),
            ("a\tb", "ab"),
            ("x.exe:stream", "x.exe_stream"),
            ("  a.txt . ", "a.txt"),
            ("gpj.\u{202e}exe", "gpj.exe"),
            ("x.iso.part", "x.iso.part_"),
            ("x.iso.PART.meta ", "x.iso.PART.meta_"),
            ("x.part.meta.new.", "x.part.meta.new_"),
            ("part.meta", "part.meta"),
        ] {
            assert_eq!(
                named(&format!("attachment; filename=\"{}\"", value.replace('\\', "\\\\")), "http://h/u"),
                expected,
                "{value}"
            );
        }
        assert_eq!(named("attachment; filename*=UTF-8''..%2f..%2fa%00b%1b.txt", "http://h/u"), "ab.txt");
        let long = named(&format!("attachment; filename={}.tar.gz", "é".repeat(300)), "http://h/u");
        assert!(long.len() <= LONGEST && long.ends_with("é.tar.gz"), "{long}");
        assert!(safe(&"x.".repeat(300)).unwrap().len() <= LONGEST);
    }

    #[test]
    fn names_of_urls() {
        for (url, expected) in [
            ("http://h/a/b.tar.gz?v=1#f", "b.tar.gz"),
            ("http://h/", "index.html"),
            ("http://h/dir/", "index.html"),
            ("http://h/a%20b", "a b"),
            ("http://h/..%2f..%2fx", "x"),
            ("http://h/%2e%2e%5cx", "x"),
            ("http://h/%00", "index.html"),
            ("http://h/100%", "100%"),
        ] {
            assert_eq!(choose(&Headers::new(), &Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn numbers_stand_before_the_extension() {
        for (name, expected) in [
            ("a.txt", "a.1.txt"),
            ("a", "a.1"),
            ("a.tar.gz", "a.1.tar.gz"),
            ("a.gz", "a.1.gz"),
            ("_x", "_x.1"),
            ("a.tar", "a.1.tar"),
        ] {
            assert_eq!(numbered(name, 1), expected);
        }
    }
}
