//! The `-d` family: pieces of a body from the command line, from files and from standard input, in their order.

use std::fs;
use std::io::{self, Read};

use clap::ArgMatches;

use super::exit::Code;
use super::failure::Failure;

/// Where a piece comes from and how it is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Data,
    Raw,
    Binary,
    Encoded,
    Json,
}

const FLAGS: [(&str, Form); 5] = [
    ("data", Form::Data),
    ("data_raw", Form::Raw),
    ("data_binary", Form::Binary),
    ("data_urlencode", Form::Encoded),
    ("json", Form::Json),
];

/// The body that the flags make together, and whether it is JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Data {
    pub(super) bytes: Vec<u8>,
    pub(super) is_json: bool,
}

/// Joins the pieces in the order in which they were typed; `None` without any.
pub(super) fn collect(matches: &ArgMatches) -> Result<Option<Data>, Failure> {
    let mut pieces: Vec<(usize, Form, &String)> = Vec::new();
    for (flag, form) in FLAGS {
        let values = matches.get_many::<String>(flag).into_iter().flatten();
        let places = matches.indices_of(flag).into_iter().flatten();
        pieces.extend(places.zip(values).map(|(place, value)| (place, form, value)));
    }
    pieces.sort_by_key(|&(place, ..)| place);
    let mut data: Option<Data> = None;
    for (_, form, text) in pieces {
        let bytes = piece(form, text)?;
        match &mut data {
            None => data = Some(Data { bytes, is_json: form == Form::Json }),
            Some(data) => {
                // curl joins JSON without the separator of forms.
                if form != Form::Json {
                    data.bytes.push(b'&');
                }
                data.bytes.extend(bytes);
                data.is_json |= form == Form::Json;
            }
        }
    }
    Ok(data)
}

fn piece(form: Form, text: &str) -> Result<Vec<u8>, Failure> {
    match (form, text.strip_prefix('@')) {
        (Form::Raw, _) | (Form::Data | Form::Binary | Form::Json, None) => Ok(text.as_bytes().to_vec()),
        (Form::Binary | Form::Json, Some(file)) => read(file),
        (Form::Data, Some(file)) => {
            let mut bytes = read(file)?;
            bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
            Ok(bytes)
        }
        (Form::Encoded, _) => encoded(text),
    }
}

fn encoded(text: &str) -> Result<Vec<u8>, Failure> {
    // As curl: the first `=` or `@` decides, and what stands before it is a name that is taken as it is.
    let Some(at) = text.find(['=', '@']) else { return Ok(escape(text.as_bytes())) };
    let (name, rest) = (&text[..at], &text[at + 1..]);
    let content = if text.as_bytes()[at] == b'=' { escape(rest.as_bytes()) } else { escape(&read(rest)?) };
    Ok(if name.is_empty() { content } else { [name.as_bytes(), b"=", &content].concat() })
}

/// A blank as `+`, everything else but RFC 3986's unreserved characters as `%XX`.
fn escape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte);
        } else if byte == b' ' {
            out.push(b'+');
        } else {
            out.extend(format!("%{byte:02X}").into_bytes());
        }
    }
    out
}

/// A file, or standard input for `-`.
pub(super) fn read(file: &str) -> Result<Vec<u8>, Failure> {
    let bytes = if file == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    bytes.map_err(|error| Failure::new(Code::READ, format!("cannot read {file}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    fn body(arguments: &[&str]) -> Option<Data> {
        let command = super::super::args::on(Command::new("get").no_binary_name(true));
        let matches = command.get_matches_from(arguments.iter().chain(&["http://h/"]));
        collect(&matches).unwrap()
    }

    fn text(arguments: &[&str]) -> String {
        String::from_utf8(body(arguments).unwrap().bytes).unwrap()
    }

    #[test]
    fn pieces_keep_the_order_in_which_they_were_typed() {
        assert_eq!(body(&[]), None);
        assert_eq!(text(&["--data-raw", "@a", "-d", "b=1", "--data-urlencode", "c=x y", "-d", "d"]), "@a&b=1&c=x+y&d");
        assert_eq!(body(&["--json", "{", "--json", "}"]).unwrap(), Data { bytes: b"{}".to_vec(), is_json: true });
    }

    #[test]
    fn files_lose_their_line_ends_only_in_data() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "a b\r\nc\n").unwrap();
        let at = format!("@{}", file.path().display());
        assert_eq!(text(&["-d", &at]), "a bc");
        assert_eq!(text(&["--data-binary", &at]), "a b\r\nc\n");
        assert_eq!(text(&["--data-urlencode", &at]), "a+b%0D%0Ac%0A");
        assert_eq!(text(&["--data-urlencode", &format!("n{at}")]), "n=a+b%0D%0Ac%0A");
    }

    #[test]
    fn encoding_takes_what_stands_before_the_sign_as_a_name() {
        assert_eq!(text(&["--data-urlencode", "=a&b"]), "a%26b");
        assert_eq!(text(&["--data-urlencode", "ä"]), "%C3%A4");
        assert_eq!(text(&["--data-urlencode", "n=a=b"]), "n=a%3Db");
    }
}
