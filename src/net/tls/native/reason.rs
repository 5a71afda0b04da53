//! The library's long error lines, cut down to what was wrong.

use std::error::Error as StdError;
use std::io;

use crate::error::{Error, Kind};

const UNTRUSTED: &str = "certificate verify failed";

/// The error of a handshake that failed with `error`, at a server that was asked for as `name`.
pub(super) fn of_handshake(error: native_tls::Error, name: &str) -> Error {
    let text = error.to_string();
    if text.contains(UNTRUSTED) {
        let what = format!("certificate of {name} not accepted: {}", verdict(&text).unwrap_or(UNTRUSTED));
        return Error::new(Kind::Certificate, what).with_source(error);
    }
    if let Some(cause) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        let what = format!("connection lost in the handshake: {cause}");
        return Error::new(Kind::ConnectionLost, what).with_source(error);
    }
    if text.to_ascii_lowercase().contains("unexpected eof") {
        return Error::new(Kind::ConnectionLost, "connection closed by peer in the handshake").with_source(error);
    }
    Error::new(Kind::Tls, reason(&text).to_owned()).with_source(error)
}

/// `error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../ssl/…:1590:SSL alert number 48`: the fifth
/// field is for people. Other libraries' texts are taken as they are.
pub(super) fn reason(text: &str) -> &str {
    match text.split(':').nth(4) {
        Some(reason) if text.starts_with("error:") && !reason.is_empty() => reason,
        _ => text,
    }
}

/// What verification said, in parentheses at the end: `… (self-signed certificate)`.
fn verdict(text: &str) -> Option<&str> {
    let (_, verdict) = text.strip_suffix(')')?.rsplit_once(" (")?;
    Some(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_cut_out_of_openssls_line() {
        let alert = "error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../ssl/rec.c:1590:SSL alert 48";
        assert_eq!(reason(alert), "tlsv1 alert unknown ca");
        assert_eq!(reason("error:0A000418:SSL routines::no protocols available:a.c:1:"), "no protocols available");
        assert_eq!(reason("something else: entirely"), "something else: entirely");
        let untrusted = "error:0A000086:SSL routines:x:certificate verify failed:s.c:1889: (certificate has expired)";
        assert_eq!(verdict(untrusted), Some("certificate has expired"));
        assert_eq!(verdict("nothing"), None);
    }
}
