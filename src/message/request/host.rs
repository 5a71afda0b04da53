//! What a `Host` line may hold.

use std::net::Ipv6Addr;

/// `uri-host [ ":" port ]` (RFC 9110 §7.2). A slash, an `@`, a blank or a line end in it is how a caller's data turns
/// into another request (CVE-2023-29406).
pub(super) fn is_valid(value: &[u8]) -> bool {
    if let Some(rest) = value.strip_prefix(b"[") {
        let rest = std::str::from_utf8(rest).unwrap_or_default();
        let Some((address, port)) = rest.split_once(']') else { return false };
        return address.parse::<Ipv6Addr>().is_ok() && is_rest(port.as_bytes());
    }
    let end = value.iter().position(|byte| *byte == b':').unwrap_or(value.len());
    let (name, port) = value.split_at(end);
    !name.is_empty() && name.iter().all(is_reg_name) && is_rest(port)
}

/// Nothing, or a colon and a port.
fn is_rest(rest: &[u8]) -> bool {
    let add = |port: u32, digit: &u8| {
        let port = 10 * port + u32::from(digit.wrapping_sub(b'0'));
        (digit.is_ascii_digit() && port <= u32::from(u16::MAX)).then_some(port)
    };
    match rest {
        [] => true,
        [b':', port @ ..] => !port.is_empty() && port.iter().try_fold(0, add).is_some(),
        _ => false,
    }
}

// RFC 3986 §3.2.2: unreserved, sub-delims, and escapes; but no comma, which joins two Host lines into one.
fn is_reg_name(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=%".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn sec_a5_only_a_host_with_an_optional_port() {
        for good in ["h", "h:1", "a.b-c:65535", "127.0.0.1:80", "[::1]", "[::1]:8080", "_x.local"] {
            assert!(is_valid(good.as_bytes()), "{good}");
        }
        let bad = "|h:|h:x|h:65536|h:+1|a b|a/b|a@b|u:p@h|[::1|[x]|[::1]x|::1|h?q|h#f|a\\b|h\t|h\r\nX: y|é|a,b";
        for bad in bad.split('|') {
            assert!(!is_valid(bad.as_bytes()), "{bad:?}");
        }
    }
}
