//! The writer of requests: nothing that it is handed can end a line.

use crate::wire::{Headers, Rule, Version, Violation, grammar};

use super::trailer;

/// Appends request line, header lines and the blank line.
///
/// Everything is checked again, whatever checked it before: this is the last gate before the wire, and every request
/// goes through it, also those of the other protocols. Header lines keep their order and case.
///
/// ```
/// use maypole::wire::{Headers, Version, h1::encode_head};
/// let mut out = Vec::new();
/// encode_head(&mut out, Version::Http11, "GET", "/a?b=c", &Headers::try_from([("Host", "h")])?)?;
/// assert_eq!(out, b"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n");
/// # Ok::<(), maypole::wire::Violation>(())
/// ```
///
/// # Errors
/// A method that is no upper-case token; a target with a blank, a control character, `#` or a byte above 0x7F; a
/// header line that breaks its grammar; more than one `Host`, or one that is more than host and port; Content-Length
/// together with Transfer-Encoding. `out` is then as it was.
pub fn encode_head(
    out: &mut Vec<u8>,
    version: Version,
    method: &str,
    target: &str,
    headers: &Headers,
) -> Result<(), Violation> {
    grammar::check_method(method)?;
    grammar::check_target(target)?;
    check_framing(version, headers)?;
    check_host(headers)?;
    let start = out.len();
    // To the byte: a head may be kept as long as its request waits, and is not copied into a smaller place then.
    let line = method.len() + target.len() + version.as_str().len() + "  \r\n".len();
    let lines: usize = headers.iter_bytes().map(|(name, value)| name.len() + value.len() + ": \r\n".len()).sum();
    out.reserve_exact(line + lines + "\r\n".len());
    for part in [method, " ", target, " ", version.as_str(), "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    let written = encode_lines(out, headers);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

/// RFC 9112 §6.2: a sender must not send both. A reader that believes the other one finds a second request in the body.
/// §6.1: none to a server that is spoken to in HTTP/1.0, which would take the chunks for the body.
fn check_framing(version: Version, headers: &Headers) -> Result<(), Violation> {
    if headers.contains("Transfer-Encoding") {
        if headers.contains("Content-Length") {
            return Err(Violation::new(Rule::RequestFraming));
        }
        if version == Version::Http10 {
            return Err(Violation::new(Rule::TransferEncodingVersion));
        }
    }
    super::content_length(headers).map(drop)
}

/// RFC 9112 §3.2: one Host line, and a server refuses more.
fn check_host(headers: &Headers) -> Result<(), Violation> {
    let mut lines = headers.get_all_bytes("Host");
    let Some(host) = lines.next() else { return Ok(()) };
    grammar::check_host(host)?;
    lines.next().map_or(Ok(()), |_| Err(Violation::new(Rule::Host)))
}

fn encode_lines(out: &mut Vec<u8>, headers: &Headers) -> Result<(), Violation> {
    for (name, value) in headers.iter_bytes() {
        grammar::check_name(name)?;
        grammar::check_value(name, value)?;
        out.extend_from_slice(name);
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Appends the size line of a chunk of `len` bytes; its data and [`encode_chunk_end`] follow.
///
/// Nothing for an empty chunk, whose size line would end the body: leave out data and end for it as well.
pub fn encode_chunk_head(out: &mut Vec<u8>, len: u64) {
    if len == 0 {
        return;
    }
    let digits = (u64::BITS - len.leading_zeros()).div_ceil(4);
    let hex = |place: u32| b"0123456789abcdef"[(len >> (4 * place) & 0xF) as usize];
    out.extend((0..digits).rev().map(hex));
    out.extend_from_slice(b"\r\n");
}

/// Appends the CRLF after a chunk's data.
pub fn encode_chunk_end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}

/// Appends the last chunk, the trailer section, and the blank line that ends the body.
///
/// # Errors
/// [`Rule::TrailerName`] for a header that must not come after the body, such as Content-Length or Authorization
/// (RFC 9110 §6.5.1). `out` is then as it was.
pub fn encode_last_chunk(out: &mut Vec<u8>, trailers: &Headers) -> Result<(), Violation> {
    trailer::check(trailers)?;
    let start = out.len();
    out.extend_from_slice(b"0\r\n");
    let written = encode_lines(out, trailers);
    if written.is_err() {
        out.truncate(start);
    }
    written
}
