//! Lines behind a body, which are known only when it has gone.

use super::Body;
use super::source::Source;
use crate::wire::Headers;
use bytes::Bytes;
use std::sync::Arc;

pub(super) type Lines = dyn Fn() -> Headers + Send + Sync;

impl Body {
    /// Sends lines behind the body (RFC 9110 §6.5): `lines` is called when its last byte has been taken, so that a checksum
    /// or a count can be made on the way. The body goes in chunks, whatever its length, since nothing else has room for
    /// them. Default none.
    ///
    /// ```
    /// use maypole::{Body, Headers};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    ///
    /// let count = Arc::new(AtomicU64::new(0));
    /// let counted = count.clone();
    /// let pieces = (0..3).map(move |n| {
    ///     counted.fetch_add(1, Relaxed);
    ///     Ok(format!("{n}\n"))
    /// });
    /// let body = Body::chunks(pieces).with_trailers(move || {
    ///     Headers::from_pairs([("X-Lines", count.load(Relaxed).to_string())]).unwrap_or_default()
    /// });
    /// assert_eq!(body.length(), None);
    /// ```
    ///
    /// A server is free to drop them; which names will come it learns from a `Trailer` header of the request, if that has
    /// one. On the way through [`gzip`](Self::gzip) and [`sequence`](Self::sequence) they get lost: put them on last. The
    /// last call counts.
    ///
    /// # Errors
    /// Sending fails with [`Kind::InvalidRequest`](crate::error::Kind::InvalidRequest) for a name that must not come behind a
    /// body, such as `Content-Length` or `Authorization` (RFC 9110 §6.5.1), and for HTTP/1.0, which has no chunks.
    #[must_use]
    pub fn with_trailers(mut self, lines: impl Fn() -> Headers + Send + Sync + 'static) -> Self {
        // No body at all would have nothing that they could stand behind.
        if self.is_empty() {
            self.source = Source::Bytes { all: Bytes::new(), sent: false };
        }
        self.trailers = Some(Arc::new(lines));
        self
    }

    /// The lines to send behind it, as of now: to be asked for at its end.
    pub fn trailers(&self) -> Option<Headers> {
        self.trailers.as_ref().map(|lines| lines())
    }
}
