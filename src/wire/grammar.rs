//! The few grammars that every message shares: tokens, field lines, targets, lists.
//!
//! One validator for all that a caller or a peer hands in, so that no side door (an `Upgrade` value, a trailer, a
//! multipart name) has a laxer one.

use super::{Rule, Violation};

/// tchar of RFC 9110 §5.6.2.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
            || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

/// Whether `bytes` is a token: one or more letters, digits or ``!#$%&'*+-.^_`|~`` (RFC 9110 §5.6.2).
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| TOKEN[usize::from(byte)])
}

/// Whether `bytes` may stand in a header value or reason phrase: no control character but HTAB; bytes above 0x7F are
/// allowed (obs-text of RFC 9110 §5.5), as real servers send Latin-1 and UTF-8.
pub fn is_text(bytes: &[u8]) -> bool {
    let fine = |&byte: &u8| (byte >= b' ' && byte != 0x7F) || byte == b'\t';
    let Some(last) = bytes.last_chunk() else { return bytes.iter().all(fine) };
    // Eight bytes at once where none is below a blank, or DEL; the last eight whatever has been seen of them. Most values
    // are shorter than what vectors would pay for.
    const ONES: u64 = u64::MAX / 0xFF;
    let below = |word: u64, least: u64| word.wrapping_sub(ONES * least) & !word & (ONES * 0x80) != 0;
    let is_plain = |word: u64| !below(word, 0x20) && !below(word ^ (ONES * 0x7F), 1);
    let is_fine = |word: &[u8; 8]| is_plain(u64::from_ne_bytes(*word)) || word.iter().all(fine);
    bytes.as_chunks().0.iter().all(is_fine) && is_fine(last)
}

/// Whether two names are equal without regard to case. Nearly always both have the usual one, and folding costs ten
/// instructions a byte.
pub(crate) fn is_same_name(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && (one == other || one.eq_ignore_ascii_case(other))
}

/// Without the blanks and tabs at both ends (OWS of RFC 9110 §5.6.3).
pub fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// The members of a comma-separated list, trimmed. Empty members are given too: what they mean is the header's rule.
///
/// For lists without quoted strings, as `Connection` and `Content-Length` are.
pub fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(trim)
}

/// Fails unless `method` is a token without lower-case letters.
///
/// Methods are case-sensitive, so `get` would be sent as another method than `GET`. It is refused rather than changed:
/// a client that corrects it hides the mistake from the one who made it.
pub fn check_method(method: &str) -> Result<(), Violation> {
    if !is_token(method.as_bytes()) {
        return Err(Violation::with(Rule::Method, method.as_bytes()));
    }
    if method.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err(Violation::with(Rule::MethodCase, method.as_bytes()));
    }
    Ok(())
}

/// Fails unless `target` can stand in a request line: visible ASCII, not empty, no fragment (RFC 9112 §3.2).
pub fn check_target(target: &str) -> Result<(), Violation> {
    let fine = target.bytes().fold(!target.is_empty(), |fine, byte| fine & byte.is_ascii_graphic() & (byte != b'#'));
    // The target is not shown: its query may hold secrets.
    if fine { Ok(()) } else { Err(Violation::new(Rule::Target)) }
}

/// Fails unless `name` is a token.
pub fn check_name(name: &[u8]) -> Result<(), Violation> {
    if is_token(name) { Ok(()) } else { Err(Violation::with(Rule::HeaderName, name)) }
}

/// Fails if `value` holds a control character; the error shows `name`, as the value may be a secret.
pub fn check_value(name: &[u8], value: &[u8]) -> Result<(), Violation> {
    if is_text(value) { Ok(()) } else { Err(Violation::with(Rule::HeaderValue, name)) }
}

/// Fails unless `host` is free of all that would make it more than host and port.
///
/// Which names exist is the resolver's matter; this is about a `Host` that ends the line, carries credentials or reads
/// as a path to whoever routes by it.
pub fn check_host(host: &[u8]) -> Result<(), Violation> {
    let fine = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b'@' | b'?' | b'#' | b',');
    // Not shown: what stands before an `@` is a password.
    if host.iter().all(fine) { Ok(()) } else { Err(Violation::new(Rule::Host)) }
}

/// Splits a header line, given without its CRLF, into name and trimmed value, or names the rule that it breaks.
pub fn field_line(line: &[u8]) -> Result<(&[u8], &[u8]), Violation> {
    if memchr::memchr(b'\r', line).is_some() {
        return Err(Violation::new(Rule::BareCr));
    }
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Violation::new(Rule::ObsFold));
    }
    let colon = memchr::memchr(b':', line).ok_or_else(|| Violation::with(Rule::MissingColon, line))?;
    let name = &line[..colon];
    if matches!(name.last(), Some(b' ' | b'\t')) {
        return Err(Violation::with(Rule::BlankBeforeColon, name));
    }
    check_name(name)?;
    let value = trim(&line[colon + 1..]);
    check_value(name, value)?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::is_text;

    #[test]
    fn what_is_text_is_the_same_at_every_place() {
        for length in 1..=20 {
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    for filler in [b'x', b'\t', 0xFF] {
                        let mut bytes = vec![filler; length];
                        bytes[at] = byte;
                        let fine = (byte >= b' ' && byte != 0x7F) || byte == b'\t';
                        assert_eq!(is_text(&bytes), fine, "{bytes:?}");
                    }
                }
            }
        }
        assert!(is_text(b""));
    }
}
