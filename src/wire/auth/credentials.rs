//! Credentials that say the secret itself: Basic (RFC 7617) and Bearer (RFC 6750).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::wire::{Rule, Violation};

/// The value of `Authorization` for a user name and a password.
///
/// Text is sent as UTF-8, which is what servers expect if they say anything at all (`charset`, RFC 7617 §2.1). Bytes in
/// another charset are taken as they are.
///
/// # Errors
/// [`Rule::BasicUser`] for a colon in the user name, since all behind it would be the password; [`Rule::Credentials`]
/// for a control character in either (RFC 7617 §2). What is wrong is not shown: it is a secret.
pub fn basic(user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Result<String, Violation> {
    let (user, password) = (user.as_ref(), password.as_ref());
    if user.contains(&b':') {
        return Err(Violation::new(Rule::BasicUser));
    }
    if user.iter().chain(password).any(u8::is_ascii_control) {
        return Err(Violation::new(Rule::Credentials));
    }
    let mut value = String::from("Basic ");
    STANDARD.encode_string([user, b":", password].concat(), &mut value);
    Ok(value)
}

/// The value of `Authorization` for a token.
///
/// RFC 6750 §2.1 allows letters, digits, `-._~+/` and `=` at the end. Issuers use more than that (`1|abc`), so any
/// visible ASCII character is taken.
///
/// # Errors
/// [`Rule::Bearer`] for an empty token, a blank, a control character or anything outside ASCII. It is not shown.
pub fn bearer(token: &str) -> Result<String, Violation> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Violation::new(Rule::Bearer));
    }
    Ok(format!("Bearer {token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_7617_and_6750() {
        assert_eq!(basic("Aladdin", "open sesame").unwrap(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(basic("test", "123\u{A3}").unwrap(), "Basic dGVzdDoxMjPCow==");
        assert_eq!(bearer("mF_9.B5f-4.1JqM").unwrap(), "Bearer mF_9.B5f-4.1JqM");
    }

    #[test]
    fn empty_parts_and_bytes_of_another_charset_are_sent() {
        assert_eq!(basic("", "").unwrap(), "Basic Og==");
        assert_eq!(basic("u", "a:b").unwrap(), "Basic dTphOmI=");
        assert_eq!(basic(b"u", b"\xA3").unwrap(), "Basic dTqj");
    }

    #[test]
    fn sec_a6_what_would_end_a_line_or_move_the_password_is_refused_and_not_shown() {
        let rule = |result: Result<String, Violation>| {
            let violation = result.unwrap_err();
            assert!(!violation.to_string().contains("hunter2"), "{violation}");
            violation.rule()
        };
        assert_eq!(rule(basic("hunter2:x", "p")), Rule::BasicUser);
        for bad in ["hunter2\r\nX-Y", "hunter2\n", "hunter2\0", "\thunter2", "hunter2\x7F"] {
            assert_eq!(rule(basic(bad, "p")), Rule::Credentials);
            assert_eq!(rule(basic("u", bad)), Rule::Credentials);
            assert_eq!(rule(bearer(bad)), Rule::Bearer);
        }
        for bad in ["", "hunter2 x", "hunter2\u{E4}"] {
            assert_eq!(rule(bearer(bad)), Rule::Bearer);
        }
    }
}
