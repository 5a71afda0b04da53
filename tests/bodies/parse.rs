//! A reader of multipart bodies, strict enough to tell two writers apart.

use crate::peer::Request;

#[derive(Debug, PartialEq, Eq, Clone)]
pub(crate) struct Parsed {
    /// Lines before the content, in order.
    pub lines: Vec<(String, String)>,
    pub content: Vec<u8>,
}

impl Parsed {
    pub(crate) fn line(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of `Content-Disposition`, as it stands between the quotes.
    pub(crate) fn parameter(&self, key: &str) -> Option<&str> {
        let rest = self.line("Content-Disposition")?.split_once(&format!("; {key}=\""))?.1;
        rest.split_once('"').map(|(value, _)| value)
    }
}

pub(crate) fn boundary(request: &Request) -> String {
    let content_type = request.header("content-type").unwrap();
    content_type.split_once("boundary=").unwrap().1.split(';').next().unwrap().trim_matches('"').to_owned()
}

pub(crate) fn parts(request: &Request) -> Vec<Parsed> {
    let delimiter = format!("\r\n--{}", boundary(request)).into_bytes();
    let body = [b"\r\n", &request.body[..]].concat();
    let mut starts = find_all(&body, &delimiter);
    assert_eq!(starts.first(), Some(&0), "nothing before the first boundary");
    let last = starts.pop().unwrap();
    assert_eq!(&body[last + delimiter.len()..], b"--\r\n", "the closing boundary and its line end are all of the rest");
    let ends = starts.iter().skip(1).chain([&last]);
    starts.iter().zip(ends).map(|(start, end)| part(&body[start + delimiter.len()..*end])).collect()
}

fn part(bytes: &[u8]) -> Parsed {
    let bytes = bytes.strip_prefix(b"\r\n").expect("a line end behind the boundary");
    // A part without lines begins with the blank one.
    let (head, content) = match bytes.strip_prefix(b"\r\n") {
        Some(content) => (&b""[..], content),
        None => {
            let blank = find_all(bytes, b"\r\n\r\n")[0];
            (&bytes[..blank], &bytes[blank + 4..])
        }
    };
    let head = std::str::from_utf8(head).unwrap();
    let lines = head.split("\r\n").filter(|line| !line.is_empty()).map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    });
    Parsed { lines: lines.collect(), content: content.to_vec() }
}

fn find_all(haystack: &[u8], needle: &[u8]) -> Vec<usize> {
    haystack.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).map(|(at, _)| at).collect()
}
