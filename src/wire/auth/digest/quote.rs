//! The two ways to write a text in a parameter.

/// A quoted string (RFC 9110 §5.6.4). Control characters, which have no place in one, become blanks.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(if c.is_ascii_control() && c != '\t' { ' ' } else { c });
    }
    out.push('"');
    out
}

/// The extended notation (RFC 8187 §3.2): `UTF-8''J%C3%A4s%C3%B8n%20Doe`.
pub(super) fn extended(text: &str) -> String {
    let mut out = String::from("UTF-8''");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}
