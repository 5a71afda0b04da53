//! One part: its content, and the lines before it.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Kind, Phase, Result};
use crate::message::body::type_of;
use crate::message::{Body, Headers};
use crate::wire::grammar::is_text;
use bytes::Bytes;

const DISPOSITION: &str = "Content-Disposition";
const TYPE: &str = "Content-Type";

/// One part of a [`Form`](super::Form); what is wrong with it is the error of [`Form::into_body`](super::Form::into_body).
///
/// | made from | length | file name | `Content-Type` unless set |
/// |---|---|---|---|
/// | [`Part::text`], [`Part::bytes`] | known | – | – |
/// | [`Part::file`] | the file's | its base name | by extension |
/// | [`Part::open_file`] | what is left of it | – | – |
/// | [`Part::sized`] | given | – | – |
/// | [`Part::reader`] | unknown: the form is sent in chunks | – | – |
/// | [`Part::body`] | the body's | – | the body's |
///
/// With a file name the type goes by its extension, and is `application/octet-stream` for one that is not known.
///
/// ```
/// use maypole::message::multipart::Part;
/// let part = Part::bytes("%PDF").file_name("a.pdf").header("Content-ID", "<a>");
/// ```
#[must_use = "a part goes into a form"]
pub struct Part {
    body: Result<Body>,
    file_name: Option<String>,
    content_type: Type,
    headers: Headers,
}

enum Type {
    Guessed,
    Set(Cow<'static, str>),
    None,
}

impl Part {
    /// Text, sent as UTF-8.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Ok(Body::from(text.into())))
    }

    /// Bytes.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::of(Ok(Body::from(bytes.into())))
    }

    /// The file at `path`, opened now and read while the form is sent; its file name is the base name, never a
    /// directory (RFC 7578 §4.2). It must be a regular file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { file_name: name, ..Self::of(Body::from_path(path)) }
    }

    /// An open file from its current position on.
    pub fn open_file(file: File) -> Self {
        Self::of(Ok(Body::from(file)))
    }

    /// Everything from `reader` up to its end.
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self::of(Ok(Body::stream(reader)))
    }

    /// Exactly `length` bytes from `reader`; another number fails the request.
    pub fn sized(reader: impl Read + Send + 'static, length: u64) -> Self {
        Self::of(Ok(Body::sized(reader, length)))
    }

    /// Any body, such as JSON, with its media type.
    pub fn body(body: impl Into<Body>) -> Self {
        let body = body.into();
        let content_type = body.content_type().map_or(Type::None, |text| Type::Set(text.to_owned().into()));
        let coding = body.content_encoding().map(str::to_owned);
        let part = Self { content_type, ..Self::of(Ok(body)) };
        match coding {
            Some(coding) => part.header("Content-Encoding", coding),
            None => part,
        }
    }

    fn of(body: Result<Body>) -> Self {
        Self { body, file_name: None, content_type: Type::Guessed, headers: Headers::new() }
    }

    /// The file name, sent as given: what is a path stays one.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// The media type.
    pub fn content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.content_type = Type::Set(content_type.into());
        self
    }

    /// Sends no `Content-Type`.
    pub fn without_content_type(mut self) -> Self {
        self.content_type = Type::None;
        self
    }

    /// Adds a line behind `Content-Disposition` and `Content-Type`, which are not set with this.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let own = [DISPOSITION, TYPE].iter().any(|own| own.eq_ignore_ascii_case(name));
        let added = match self.headers.append(name, value) {
            _ if own => Err(invalid(format!("header `{name}`: it has a method of its own"))),
            added => added.map_err(|rule| invalid(format!("header: {rule}")).with_source(rule)),
        };
        if let (Err(error), Ok(_)) = (added, &self.body) {
            self.body = Err(error);
        }
        self
    }

    /// The media type that will be sent.
    pub(super) fn media_type(&self) -> Option<Cow<'static, str>> {
        match (&self.content_type, &self.file_name) {
            (Type::Set(set), _) => Some(set.clone()),
            (Type::Guessed, Some(name)) => Some(type_of(Path::new(name)).into()),
            _ => None,
        }
    }

    /// The lines before the content, blank line included, and the content. `disposition` and `name` are the form's.
    pub(super) fn into_lines(self, disposition: &str, name: Option<&str>) -> Result<(Vec<u8>, Body)> {
        let media_type = self.media_type();
        let body = self.body?;
        let mut lines = Vec::with_capacity(160);
        if name.is_some() || self.file_name.is_some() {
            let mut value = disposition.to_owned();
            for (key, text) in [("name", name), ("filename", self.file_name.as_deref())] {
                if let Some(text) = text {
                    quote(&mut value, key, text)?;
                }
            }
            line(&mut lines, DISPOSITION, value.as_bytes());
        }
        if let Some(media_type) = media_type {
            let legal = is_text(media_type.as_bytes()) && media_type.contains('/');
            if !legal {
                return Err(invalid(format!(
                    "media type {:?} is none",
                    media_type.chars().take(80).collect::<String>()
                )));
            }
            line(&mut lines, TYPE, media_type.trim().as_bytes());
        }
        self.headers.iter().for_each(|(name, value)| line(&mut lines, name, value));
        lines.extend_from_slice(b"\r\n");
        Ok((lines, body))
    }
}

fn line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    [name.as_bytes(), b": ", value, b"\r\n"].iter().for_each(|piece| out.extend_from_slice(piece));
}

/// Adds `; key="text"` by the rules of HTML's form submission (WHATWG HTML, "multipart form data"): the quote and both
/// line ends are percent-encoded, everything else stands as it is, in UTF-8. A percent sign does too, as in browsers.
fn quote(out: &mut String, key: &str, text: &str) -> Result<()> {
    for part in ["; ", key, "=\""] {
        out.push_str(part);
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            // What no header line may hold has no encoding here either.
            c if c.is_ascii_control() && c != '\t' => {
                let what = format!("{key} {:?}: a control character", text.chars().take(80).collect::<String>());
                return Err(invalid(what));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    Ok(())
}

pub(super) fn invalid(what: impl Into<Cow<'static, str>>) -> Error {
    let what: Cow<'static, str> = what.into();
    Error::new(Kind::InvalidRequest, format!("multipart: {what}")).with_phase(Phase::Build)
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("body", &self.body)
            .field("file_name", &self.file_name)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
