//! Request bodies: where the bytes come from, how many there are, and whether they can be sent twice.

mod file;
#[cfg(feature = "compression")]
mod gzip;
#[cfg(feature = "json")]
mod json;
mod meter;
mod sequence;
mod source;
mod trailers;

pub(crate) use file::type_of;
pub use meter::Progress;

use super::form;
use crate::error::Result;
use bytes::Bytes;
use meter::Meter;
use source::{Feed, Source};
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

const TEXT: &str = "text/plain; charset=utf-8";
const OCTETS: &str = "application/octet-stream";

/// The body of a request.
///
/// | made from | length | `Content-Type` unless set | can be sent again |
/// |---|---|---|:-:|
/// | `Body::empty()`, `()` | 0 | – | yes |
/// | `&str`, `String` | known | `text/plain; charset=utf-8` | yes |
/// | `Vec<u8>`, `Bytes`, `&'static [u8]` | known | `application/octet-stream` | yes |
/// | [`Body::form`] | known | `application/x-www-form-urlencoded` | yes |
/// | `Body::json` | known | `application/json` | yes |
/// | [`File`] | what is left of it | `application/octet-stream` | yes, a regular file |
/// | [`Body::from_path`] | the file's | by its extension | yes |
/// | [`Form`](super::multipart::Form) | if all parts' are | `multipart/form-data` | if all parts can |
/// | [`Body::sized`] | given | `application/octet-stream` | no |
/// | [`Body::stream`], [`Body::chunks`] | unknown: chunked | `application/octet-stream` | no |
/// | [`Body::sequence`] | if all are | `application/octet-stream` | if all can |
/// | `Body::gzip()` | unknown: chunked | as before | as before |
/// | [`Body::with_trailers`] | chunked | as before | as before |
///
/// A body without a length is sent in chunks (RFC 9112 §7.1), which HTTP/1.0 does not have.
///
/// ```
/// use maypole::message::Body;
/// assert_eq!(Body::from("grüße").length(), Some(7));
/// assert_eq!(Body::form(&[("k", "v")]).content_type(), Some("application/x-www-form-urlencoded"));
/// let slow = Body::chunks((0..3).map(|n| Ok(format!("line {n}\n"))));
/// assert_eq!((slow.length(), slow.is_replayable()), (None, false));
/// ```
///
/// Sources are read on the coroutine or thread that sends the request, 64 KiB at a time into one heap buffer, so that
/// an upload of any size needs constant memory. A regular file is read the same way: a piece comes from the page cache
/// in some 10 µs; from a disk that has to seek it holds its worker for that long. A reader that waits must wait as the
/// coroutine does, with this crate's own streams and channels.
pub struct Body {
    source: Source,
    content_type: Option<Cow<'static, str>>,
    content_encoding: Option<&'static str>,
    meter: Option<Box<Meter>>,
    trailers: Option<Arc<trailers::Lines>>,
}

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self { source: Source::Empty, content_type: None, content_encoding: None, meter: None, trailers: None }
    }

    /// Exactly `length` bytes from `reader`. Fewer fail the request, and so do more as far as the last read shows them.
    pub fn sized(reader: impl Read + Send + 'static, length: u64) -> Self {
        Self::octets(Source::feed(Feed::Reader(Box::new(reader)), Some(length)))
    }

    /// All bytes from `reader` up to its end, however many, in chunks.
    pub fn stream(reader: impl Read + Send + 'static) -> Self {
        Self::octets(Source::feed(Feed::Reader(Box::new(reader)), None))
    }

    /// What an iterator yields, each item sent as it comes; empty items are skipped. An error fails the request.
    pub fn chunks<I, B>(items: I) -> Self
    where
        I: IntoIterator<Item = io::Result<B>>,
        I::IntoIter: Send + 'static,
        B: Into<Bytes>,
    {
        let items = items.into_iter().map(|item| item.map(Into::into));
        Self::octets(Source::feed(Feed::Items(Box::new(items)), None))
    }

    /// Pairs as an HTML form sends them; see [`form::encode`].
    pub fn form<P: form::Pair>(pairs: impl IntoIterator<Item = P>) -> Self {
        Self::from(form::encode(pairs)).with_content_type(form::FORM_TYPE)
    }

    fn octets(source: Source) -> Self {
        Self { source, content_type: Some(OCTETS.into()), ..Self::empty() }
    }

    /// Replaces the media type that is sent when the request has no `Content-Type` of its own.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The media type that is sent when the request has no `Content-Type` of its own.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The coding that [`gzip`](Self::gzip) has put on it, sent as `Content-Encoding`.
    pub fn content_encoding(&self) -> Option<&str> {
        self.content_encoding
    }

    /// How many bytes there are, if that is known beforehand; none with trailers, which only chunks have room for.
    pub fn length(&self) -> Option<u64> {
        if self.trailers.is_some() {
            return None;
        }
        self.source.length()
    }

    /// Whether it is [`Body::empty`]. `Body::from("")` is not: it is a body of 0 bytes.
    pub fn is_empty(&self) -> bool {
        matches!(self.source, Source::Empty)
    }

    /// Whether it can be sent a second time, on a redirect or after a lost connection.
    pub fn is_replayable(&self) -> bool {
        self.source.is_replayable()
    }

    /// The whole body if it lies in memory, so that it can leave in one write with the head; not if its progress is
    /// watched.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.source {
            _ if self.meter.is_some() => None,
            Source::Empty => Some(&[]),
            Source::Bytes { all, .. } => Some(all),
            Source::Feed(_) | Source::Made(_) => None,
        }
    }

    /// The whole body if it lies in memory, watched or not, without copying it.
    pub(crate) fn shared(&self) -> Option<Bytes> {
        match &self.source {
            Source::Empty => Some(Bytes::new()),
            Source::Bytes { all, .. } => Some(all.clone()),
            Source::Feed(_) | Source::Made(_) => None,
        }
    }

    /// The same body once more, from its beginning; none unless it lies in memory, unwatched.
    pub(crate) fn copied(&self) -> Option<Self> {
        let source = match &self.source {
            _ if self.meter.is_some() => return None,
            Source::Empty => Source::Empty,
            Source::Bytes { all, .. } => Source::Bytes { all: all.clone(), sent: false },
            Source::Feed(_) | Source::Made(_) => return None,
        };
        let (content_type, trailers) = (self.content_type.clone(), self.trailers.clone());
        Some(Self { source, content_type, content_encoding: self.content_encoding, meter: None, trailers })
    }

    /// The next bytes to send, never an empty piece; `None` at the end. A body in memory is one piece, unless its
    /// progress is watched.
    ///
    /// # Errors
    /// [`Kind::Body`](crate::error::Kind::Body) when the source fails or does not hold what it announced.
    pub fn next_piece(&mut self) -> Result<Option<&[u8]>> {
        Ok(if self.pull()? { Some(self.piece()) } else { None })
    }

    /// Makes [`next_piece`](Self::next_piece) start again; `false` when bytes are gone that cannot be read again.
    ///
    /// # Errors
    /// [`Kind::Body`](crate::error::Kind::Body) when a file cannot be rewound.
    pub fn rewind(&mut self) -> Result<bool> {
        if let Some(meter) = &mut self.meter {
            meter.rewind();
        }
        self.source.rewind()
    }

    /// Whether [`prepare`](Self::prepare) has something to do that may need 100 KiB of stack.
    pub(crate) fn needs_room(&self) -> bool {
        matches!(&self.source, Source::Made(made) if made.needs_room())
    }

    /// Sets up encoders, which the first piece would else do where it is asked for.
    pub(crate) fn prepare(&mut self) {
        if let Source::Made(made) = &mut self.source {
            made.prepare();
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(all: Bytes) -> Self {
        Self::octets(Source::Bytes { all, sent: false })
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl<const N: usize> From<&'static [u8; N]> for Body {
    fn from(bytes: &'static [u8; N]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text)).with_content_type(TEXT)
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// From the current position to the end as it is now; what is appended meanwhile is not sent. Anything that is not a
/// regular file has no length and is sent in chunks.
impl From<File> for Body {
    fn from(file: File) -> Self {
        Self::octets(Source::file(file))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the content: it may be a password form.
        f.debug_struct("Body")
            .field("length", &self.length())
            .field("content_type", &self.content_type)
            .field("replayable", &self.is_replayable())
            .finish()
    }
}
