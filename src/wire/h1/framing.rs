//! Where a response's body ends, and whether its connection lives on (RFC 9112 §6.3 and §9.3).

use super::Head;
use crate::wire::{Headers, Rule, Version, Violation, grammar};

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body, whatever length the head declares.
    Empty,
    /// This many bytes.
    Length(u64),
    /// Chunks, the last of them empty, then a trailer section.
    Chunked,
    /// All bytes until the server closes the connection.
    UntilClose,
}

/// A length of 2^63 or more is refused: some reader between the server and us takes it for a negative number.
pub(super) const LENGTH_MAX: u64 = i64::MAX as u64;

/// Finds the framing of the response to a request of this method.
///
/// Stricter than RFC 9112 §6.3 asks of a client: what could be read in two ways is an error, since the other reader
/// may be a proxy that saw another end (response splitting, request smuggling).
///
/// # Errors
/// Content-Length and Transfer-Encoding together, lengths that differ or are not numbers, any Transfer-Encoding but
/// one line `chunked`, one in HTTP/1.0 at all, and two different Locations.
pub fn response_framing(method: &str, head: &Head) -> Result<Framing, Violation> {
    let headers = &head.headers;
    check_location(headers)?;
    if has_no_body(method, head.status) {
        return Ok(Framing::Empty);
    }
    let chunked = is_chunked(headers)?;
    match (chunked, content_length(headers)?) {
        (true, _) if head.version == Version::Http10 => Err(Violation::new(Rule::TransferEncodingVersion)),
        (true, Some(_)) => Err(Violation::new(Rule::ResponseFraming)),
        (true, None) => Ok(Framing::Chunked),
        (false, Some(length)) => Ok(Framing::Length(length)),
        (false, None) => Ok(Framing::UntilClose),
    }
}

/// RFC 9112 §6.3, cases 1 and 2. After `101` and a successful `CONNECT` what follows is another protocol.
fn has_no_body(method: &str, status: u16) -> bool {
    method == "HEAD" || matches!(status, 100..=199 | 204 | 304) || (method == "CONNECT" && matches!(status, 200..=299))
}

/// Whether the connection can carry another request once this response was read.
///
/// HTTP/1.1 persists unless one side says `close`; HTTP/1.0 only if the server says `keep-alive` (RFC 9112 §9.3). Not
/// after a body that ended with the connection, nor a `101`, nor a `204` that announces a body: the server believes
/// that one follows (RFC 9110 §8.6), and it would be read as the next response. What becomes of a tunnel after a
/// successful `CONNECT` is the caller's matter.
pub fn keep_alive(head: &Head, framing: Framing, request_said_close: bool) -> bool {
    let headers = &head.headers;
    let ends = request_said_close || framing == Framing::UntilClose || headers.has_token("Connection", "close");
    let persists = head.version == Version::Http11 || headers.has_token("Connection", "keep-alive");
    persists && !ends && head.status != 101 && !(head.status == 204 && announces_body(headers))
}

fn announces_body(headers: &Headers) -> bool {
    headers.contains("Transfer-Encoding") || !matches!(content_length(headers), Ok(None | Some(0)))
}

/// The declared length: also of a response that has no body, as to HEAD.
///
/// Equal repetitions count once (RFC 9110 §8.6 allows `42, 42`); all else that is not one number is an error.
pub fn content_length(headers: &Headers) -> Result<Option<u64>, Violation> {
    let mut lines = headers.get_all_bytes("Content-Length");
    match (lines.next(), lines.next()) {
        (None, _) => return Ok(None),
        // The rule: one line with one number.
        (Some(line), None) => {
            if let Some(length) = number(line) {
                return Ok(Some(length));
            }
        }
        _ => {}
    }
    let mut found: Option<&[u8]> = None;
    for member in headers.get_all_bytes("Content-Length").flat_map(grammar::list) {
        match found {
            // Compared as text: `030` and `30` are one number to us and two to a reader of octal.
            Some(first) if first != member => return Err(Violation::with(Rule::ContentLengths, member)),
            _ => found = Some(member),
        }
    }
    found.map(|digits| number(digits).ok_or_else(|| Violation::with(Rule::ContentLength, digits))).transpose()
}

fn number(digits: &[u8]) -> Option<u64> {
    // 2^63 - 1 has 19 digits, and any 19 fit into 64 bits; more of them are zeros in front or too much.
    if !(1..=19).contains(&digits.len()) {
        return None;
    }
    let add = |sum, digit: &u8| digit.is_ascii_digit().then(|| 10 * sum + u64::from(digit - b'0'));
    digits.iter().try_fold(0, add).filter(|length| *length <= LENGTH_MAX)
}

/// Only `chunked` was offered (no `TE` is sent), so any other coding is a server that is not answering us.
fn is_chunked(headers: &Headers) -> Result<bool, Violation> {
    let mut lines = headers.get_all_bytes("Transfer-Encoding");
    match (lines.next(), lines.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(true),
        (Some(coding), _) => Err(Violation::with(Rule::TransferEncoding, coding)),
    }
}

/// Which of two would be followed depends on the reader: a way around whoever checks redirects. Neither is shown in the
/// error, as links carry tokens.
fn check_location(headers: &Headers) -> Result<(), Violation> {
    let mut lines = headers.get_all_bytes("Location");
    let first = lines.next();
    if lines.all(|line| Some(line) == first) { Ok(()) } else { Err(Violation::new(Rule::Locations)) }
}
