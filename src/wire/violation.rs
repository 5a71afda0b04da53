//! Which rule of the protocol was broken, by the peer or by the caller.

use std::fmt;

/// A broken rule, with the offending text where that helps.
///
/// The floors above turn it into their error: [`is_limit`](Self::is_limit) into "too large",
/// [`is_incomplete`](Self::is_incomplete) into "incomplete", the rest into "protocol", or into "invalid request" when
/// it was the caller's own header that broke the rule.
///
/// ```
/// use maypole::wire::{Headers, Rule};
/// let broken = Headers::new().set("X-Name", "a\r\nb").unwrap_err();
/// assert_eq!(broken.rule(), Rule::HeaderValue);
/// assert_eq!(broken.to_string(), "control character in a header value (RFC 9110 §5.5): X-Name");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    rule: Rule,
    detail: Option<Box<str>>,
}

/// More of the offending text than this would be the peer's choice of what fills a log.
const DETAIL_BYTES: usize = 64;

impl Violation {
    /// Names the rule alone.
    pub fn new(rule: Rule) -> Self {
        Self { rule, detail: None }
    }

    /// Names the rule and shows the offending text, escaped (it may hold terminal codes) and cut to 64 bytes.
    pub fn with(rule: Rule, text: &[u8]) -> Self {
        let shown = &text[..text.len().min(DETAIL_BYTES)];
        let more = if shown.len() < text.len() { "…" } else { "" };
        Self { rule, detail: Some(format!("{}{more}", shown.escape_ascii()).into()) }
    }

    /// The rule that was broken.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The offending text or the name of its header, escaped and cut.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Whether a cap of [`Limits`](crate::limits::Limits) was exceeded: legal, but more than this side will bear.
    pub fn is_limit(&self) -> bool {
        use Rule::*;
        matches!(
            self.rule,
            HeadBytes | HeadLines | LeadingLines | ChunkLineBytes | ChunkExtensionBytes | TrailerBytes | TrailerLines
        )
    }

    /// Whether all that came was right, but the connection ended before the message did.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.rule, Rule::HeadEnded | Rule::BodyEnded | Rule::ChunksEnded)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}: {detail}", self.rule),
            None => self.rule.fmt(f),
        }
    }
}

impl std::error::Error for Violation {}

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $name:ident => $text:literal,)+) => {
        /// The rules, each named for what breaks it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rule { $($(#[doc = $doc])+ $name,)+ }

        impl fmt::Display for Rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$name => $text,)+ })
            }
        }
    };
}

rules! {
    /// The method is empty or holds more than token characters.
    Method => "method is not a token (RFC 9110 §9.1)",
    /// Methods are case-sensitive, and the registered ones are upper case: `get` is another method than `GET`.
    MethodCase => "method has lower-case letters (RFC 9110 §9.1)",
    /// The target is empty or holds a blank, a control character, `#` or a byte above 0x7F.
    Target => "request target holds a byte that must not stand raw (RFC 9112 §3.2)",
    /// A `Host` of the caller that is more than host and port, or a second one.
    Host => "Host is not one host and port (RFC 9112 §3.2)",
    /// A request with both lengths: each reader could choose another one.
    RequestFraming => "request with Content-Length and Transfer-Encoding (RFC 9112 §6.2)",

    /// A colon in the user name of Basic: what follows it would be the password.
    BasicUser => "colon in the user name of Basic credentials (RFC 7617 §2)",
    /// A control character in a user name or password.
    Credentials => "control character in a user name or password (RFC 7617 §2)",
    /// A bearer token that is empty or holds more than visible ASCII.
    Bearer => "bearer token is not visible ASCII without blanks (RFC 6750 §2.1)",

    /// A header name that is empty or not a token.
    HeaderName => "header name is not a token (RFC 9110 §5.1)",
    /// CR, LF, NUL or another control character in a value.
    HeaderValue => "control character in a header value (RFC 9110 §5.5)",
    /// A line of the head or trailer section without a colon.
    MissingColon => "header line without a colon (RFC 9112 §5)",
    /// `Name : value`, which some readers take for `Name` and some for another header.
    BlankBeforeColon => "blank between header name and colon (RFC 9112 §5.1)",
    /// A header line that begins with a blank: the obsolete continuation of the line before.
    ObsFold => "header line begins with a blank, obsolete line folding (RFC 9112 §5.2)",
    /// CR without LF, which some readers take for a line end.
    BareCr => "CR without LF (RFC 9112 §2.2)",
    /// LF without CR, which some readers take for a line end.
    BareLf => "LF without CR (RFC 9112 §2.2)",

    /// Not HTTP/1.0 or HTTP/1.1: `ICY`, HTTP/0.9, HTTP/2 on an HTTP/1 connection, or no HTTP at all.
    Version => "answer does not begin with HTTP/1.0 or HTTP/1.1 (RFC 9112 §2.3)",
    /// The status is not three digits from 100 to 999 after one blank.
    Status => "status is not three digits from 100 to 999 (RFC 9112 §4)",
    /// A control character in the reason phrase.
    Reason => "control character in the reason phrase (RFC 9112 §4)",

    /// Content-Length is not a decimal number below 2^63.
    ContentLength => "Content-Length is not a decimal number below 2^63 (RFC 9110 §8.6)",
    /// Several lengths that differ, if only in leading zeros.
    ContentLengths => "Content-Length values differ (RFC 9112 §6.3)",
    /// A transfer coding that was not asked for, twice, or not `chunked` alone.
    TransferEncoding => "Transfer-Encoding is not exactly chunked (RFC 9112 §6.1)",
    /// Both lengths in one response, the sign of request smuggling or response splitting.
    ResponseFraming => "response with Content-Length and Transfer-Encoding (RFC 9112 §6.3)",
    /// HTTP/1.0 has no transfer codings; an intermediary that forwards one does not know its end.
    TransferEncodingVersion => "Transfer-Encoding in an HTTP/1.0 message (RFC 9112 §6.1)",
    /// Two different targets of one redirect.
    Locations => "two different Location headers (RFC 9110 §10.2.2)",

    /// The chunk size is not 1 to 16 hexadecimal digits below 2^63.
    ChunkSize => "chunk size is not a hexadecimal number below 2^63 (RFC 9112 §7.1)",
    /// A control character in a chunk extension.
    ChunkExtension => "control character in a chunk extension (RFC 9112 §7.1.1)",
    /// The chunk's data is not followed by CRLF: its size was wrong.
    ChunkEnd => "no CRLF after the chunk's data (RFC 9112 §7.1)",
    /// A trailer that would change framing, routing or authentication after the fact.
    TrailerName => "header that must not stand in a trailer section (RFC 9110 §6.5.1)",

    /// The connection ended inside the head.
    HeadEnded => "connection ended inside the response head (RFC 9112 §8)",
    /// The connection ended before Content-Length bytes came.
    BodyEnded => "connection ended before the declared end of the body (RFC 9112 §8)",
    /// The connection ended before the last chunk and the trailer section came.
    ChunksEnded => "connection ended before the last chunk (RFC 9112 §8)",

    /// `Limits::head_bytes`.
    HeadBytes => "response head exceeds the cap head_bytes",
    /// `Limits::head_lines`.
    HeadLines => "response head exceeds the cap head_lines",
    /// More than a few empty lines before the status line.
    LeadingLines => "too many empty lines before the status line (RFC 9112 §2.2)",
    /// `Limits::chunk_line_bytes`.
    ChunkLineBytes => "chunk size line exceeds the cap chunk_line_bytes",
    /// `Limits::chunk_extension_bytes`.
    ChunkExtensionBytes => "chunk extensions exceed the cap chunk_extension_bytes",
    /// `Limits::trailer_bytes`.
    TrailerBytes => "trailer section exceeds the cap trailer_bytes",
    /// `Limits::trailer_lines`.
    TrailerLines => "trailer section exceeds the cap trailer_lines",
}
