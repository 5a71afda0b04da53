//! The parts together, and the body that they become.

use std::fmt;
use std::path::Path;

use super::boundary;
use super::part::{Part, invalid};
use crate::error::Result;
use crate::message::Body;
use crate::wire::grammar::is_token;
use bytes::Bytes;

const FORM_DATA: &str = "form-data";

/// Contents above this are not copied together with what stands around them.
const JOINED: usize = 64 << 10;

/// Parts in their order; a name may come several times.
///
/// Files and readers are read while the body is sent, 64 KiB at a time. The first thing that is wrong is the error of
/// [`into_body`](Self::into_body), before anything is sent.
///
/// ```no_run
/// # let client = maypole::HttpClient::new()?;
/// use maypole::message::multipart::Form;
/// let form = Form::new().text("comment", "latest").file("report", "report.pdf");
/// client.post("http://127.0.0.1:8080/upload").multipart(form).send()?;
/// # Ok::<(), maypole::Error>(())
/// ```
#[must_use = "a form goes into a request"]
pub struct Form {
    subtype: String,
    boundary: Option<String>,
    parts: Vec<(Option<String>, Part)>,
}

impl Form {
    /// `multipart/form-data`, as HTML forms send it: each part has a name.
    pub fn new() -> Self {
        Self::of(FORM_DATA)
    }

    /// Another `multipart/…`, such as `mixed`. Its parts are [attached](Self::attach), without names; one with a
    /// file name is an `attachment`. For `related` (RFC 2387 §3.1) the first part's media type becomes the `type`
    /// that is required there.
    pub fn of(subtype: impl Into<String>) -> Self {
        Self { subtype: subtype.into(), boundary: None, parts: Vec::new() }
    }

    /// Adds a text field.
    pub fn text(self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.part(name, Part::text(text))
    }

    /// Adds the file at `path`, opened now, by its base name and with the media type of its extension.
    pub fn file(self, name: impl Into<String>, path: impl AsRef<Path>) -> Self {
        self.part(name, Part::file(path))
    }

    /// Adds any part under a name.
    pub fn part(mut self, name: impl Into<String>, part: Part) -> Self {
        self.parts.push((Some(name.into()), part));
        self
    }

    /// Adds a part without a name, for other subtypes than `form-data`.
    pub fn attach(mut self, part: Part) -> Self {
        self.parts.push((None, part));
        self
    }

    /// The boundary: 1 to 70 characters of RFC 2046's grammar, in none of the parts. Default 128 random bits.
    pub fn boundary(mut self, boundary: impl Into<String>) -> Self {
        self.boundary = Some(boundary.into());
        self
    }

    /// The body: with its exact length if all parts' are known, else for chunks; it can be sent again if all parts can.
    ///
    /// # Errors
    /// [`Kind::Body`](crate::error::Kind::Body) for a file that could not be opened;
    /// [`Kind::InvalidRequest`](crate::error::Kind::InvalidRequest) for a control character in a name, file name,
    /// type or header, a boundary that is none or stands in a part, a name where there are none or the other way round.
    pub fn into_body(self) -> Result<Body> {
        if !is_token(self.subtype.as_bytes()) {
            return Err(invalid(format!("subtype {:?} is not a token", self.subtype)));
        }
        let is_form = self.subtype.eq_ignore_ascii_case(FORM_DATA);
        let root = self.parts.first().and_then(|(_, part)| part.media_type());
        let disposition = if is_form { FORM_DATA } else { "attachment" };
        let mut parts = Vec::with_capacity(self.parts.len());
        for (name, part) in self.parts {
            match &name {
                None if is_form => return Err(invalid("a part of form-data without a name")),
                Some(name) if !is_form => return Err(invalid(format!("a part with a name, `{name}`; use attach"))),
                _ => parts.push(part.into_lines(disposition, name.as_deref())?),
            }
        }
        let in_memory = parts.iter().flat_map(|(lines, body)| [Some(&lines[..]), body.as_bytes()]).flatten();
        let boundary = boundary::choose(self.boundary, in_memory)?;
        let mut content_type = format!("multipart/{}; {}", self.subtype, boundary::parameter(&boundary));
        if let Some(root) = root.filter(|_| self.subtype.eq_ignore_ascii_case("related")) {
            content_type.push_str(&format!("; type=\"{}\"", root.replace('\\', "\\\\").replace('"', "\\\"")));
        }
        Ok(join(parts, &boundary).with_content_type(content_type))
    }
}

fn join(parts: Vec<(Vec<u8>, Body)>, boundary: &str) -> Body {
    let mut joined = Joined::default();
    for (lines, body) in parts {
        [b"--", boundary.as_bytes(), b"\r\n", &lines].into_iter().for_each(|piece| joined.text(piece));
        joined.content(body);
        joined.text(b"\r\n");
    }
    [b"--", boundary.as_bytes(), b"--\r\n"].into_iter().for_each(|piece| joined.text(piece));
    joined.end()
}

/// Bodies in a row, small ones in memory made one: a form of fields leaves in one write with the head.
#[derive(Default)]
struct Joined {
    bodies: Vec<Body>,
    last: Vec<u8>,
}

impl Joined {
    fn text(&mut self, bytes: &[u8]) {
        self.last.extend_from_slice(bytes);
    }

    fn content(&mut self, body: Body) {
        match body.as_bytes() {
            Some(bytes) if bytes.len() <= JOINED => self.last.extend_from_slice(bytes),
            _ => {
                self.bodies.push(Bytes::from(std::mem::take(&mut self.last)).into());
                self.bodies.push(body);
            }
        }
    }

    fn end(mut self) -> Body {
        let last = Body::from(self.last);
        if self.bodies.is_empty() {
            return last;
        }
        self.bodies.push(last);
        Body::sequence(self.bodies)
    }
}

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}

impl TryFrom<Form> for Body {
    type Error = crate::error::Error;

    fn try_from(form: Form) -> Result<Self> {
        form.into_body()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("subtype", &self.subtype).field("parts", &self.parts).finish_non_exhaustive()
    }
}
