//! What a `Host` line may hold.

use std::net::Ipv6Addr;

/// `uri-host [ ":" port ]` (RFC 9110 §7.2). A slash, an `@`, a blank or a line end in it is how a caller's data turns
/// into another request (CVE-2023-29406).
pub(super) fn is_valid(value: &[u8]) -> bool {
    let Ok(value) = std::str::from_utf8(value) else { return false };
    if let Some(rest) = value.strip_prefix('[') {
        let Some((address, rest)) = rest.split_once(']') else { return false };
        return address.parse::<Ipv6Addr>().is_ok() && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
    }
    let (name, port) = value.split_once(':').map_or((value, None), |(name, port)| (name, Some(port)));
    !name.is_empty() && name.bytes().all(is_reg_name) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

// RFC 3986 §3.2.2: unreserved, sub-delims, and escapes; but no comma, which joins two Host lines into one.
fn is_reg_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=%".contains(&byte)
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
