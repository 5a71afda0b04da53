//! Status lines and header lines, right and wrong.

use crate::cut::{answer, get};
use maypole::limits::Limits;
use maypole::wire::h1::HeadParser;
use maypole::wire::{Rule, Version};

/// The rule broken by a head, in every cut.
#[track_caller]
fn broken(head: impl AsRef<[u8]>) -> Rule {
    get(head).error.expect("refused")
}

fn with_line(line: impl AsRef<[u8]>) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nA: b\r\n", line.as_ref(), b"\r\n\r\n"].concat()
}

#[test]
fn c130_garbage_status_is_a_protocol_error() {
    assert_eq!(broken("HTTP/1.1 apfais df0 asdf\r\n\r\n"), Rule::Status);
    assert_eq!(broken("HTTP/1.1 apfais df0 asdf\r\n"), Rule::Status, "known before the head ends");
}

#[test]
fn c131_error_mentions_the_status() {
    let error = HeadParser::new().parse(b"HTTP/1.1 asdf\r\n\r\n", &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "status is not three digits from 100 to 999 (RFC 9112 §4): HTTP/1.1 asdf");
    assert!(!error.is_limit() && !error.is_incomplete());
}

#[test]
fn c132_icy_and_http09_are_refused_at_the_first_byte() {
    assert_eq!(broken("ICY 200 OK\r\n\r\n"), Rule::Version);
    assert_eq!(broken("<html>hello</html>"), Rule::Version);
    assert_eq!(broken("<"), Rule::Version);
}

#[test]
fn c133_http2_on_an_http1_connection() {
    assert_eq!(broken("HTTP/2.0 200 OK\r\n\r\n"), Rule::Version);
    assert_eq!(broken("\0\0\x12\x04\0\0\0\0\0"), Rule::Version, "a SETTINGS frame");
}

#[test]
fn c134_status_99_is_an_error_and_999_is_not() {
    assert_eq!(broken("HTTP/1.1 99 x\r\n\r\n"), Rule::Status);
    assert_eq!(broken("HTTP/1.1 099 x\r\n\r\n"), Rule::Status);
    assert_eq!(get("HTTP/1.1 999 x\r\n\r\n").status(), 999);
}

#[test]
fn c135_no_reason_phrase() {
    for wire in ["HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200  \t\r\n\r\n"] {
        assert_eq!(get(wire).head().reason(), None, "{wire:?}");
    }
    assert_eq!(get("HTTP/1.0 404 Not  Found \r\n\r\n").head().reason(), Some("Not  Found"));
    let latin1 = get(b"HTTP/1.1 200 tr\xE8s bien\r\nA: b\r\n\r\n");
    assert_eq!((latin1.head().reason(), latin1.head().reason_bytes()), (None, &b"tr\xE8s bien"[..]));
}

#[test]
fn c136_empty_lines_before_the_status_line_are_tolerated_and_bounded() {
    assert_eq!(get("\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n").head().reason(), Some("OK"));
    assert_eq!(get("\r\n\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").status(), 200);
    assert_eq!(broken("\r\n\r\n\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), Rule::LeadingLines);
    assert_eq!(broken("\nHTTP/1.1 200 OK\r\n\r\n"), Rule::BareLf);
    assert_eq!(broken("\r\nICY 200 OK\r\n\r\n"), Rule::Version);
}

#[test]
fn c137_bare_lf_line_ends_are_refused() {
    assert_eq!(broken("HTTP/1.1 200 OK\n\n"), Rule::BareLf);
    assert_eq!(broken("HTTP/1.1 200 OK\r\nA: b\n\r\n"), Rule::BareLf);
    assert_eq!(broken("HTTP/1.1 200 OK\r\nA: b\r\n\n"), Rule::BareLf);
}

#[test]
fn c138_obs_fold_is_refused() {
    assert_eq!(broken(with_line(" folded")), Rule::ObsFold);
    assert_eq!(broken(with_line("\tfolded: as a header")), Rule::ObsFold);
}

#[test]
fn c139_blank_before_the_colon_is_refused() {
    assert_eq!(broken(with_line("X : a")), Rule::BlankBeforeColon);
    assert_eq!(broken(with_line("X\t: a")), Rule::BlankBeforeColon);
}

#[test]
fn c140_empty_value_is_kept() {
    let outcome = get("HTTP/1.1 200 OK\r\nX:\r\nY: \t \r\n\r\n");
    assert_eq!((outcome.head().headers.get("x"), outcome.head().headers.get("y")), (Some(""), Some("")));
}

#[test]
fn c141_value_that_is_not_utf8_is_kept_as_bytes() {
    let outcome = get(b"HTTP/1.1 200 OK\r\nX: \xFFa\xFE\r\n\r\n");
    assert_eq!(outcome.head().headers.get_bytes("X"), Some(&b"\xFFa\xFE"[..]));
    assert_eq!(outcome.head().headers.get("X"), None);
    assert!(outcome.head().headers.contains("X"));
}

#[test]
fn c145_sec_b13_end_inside_the_head_is_incomplete() {
    let whole = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
    for end in 1..whole.len() {
        assert_eq!(broken(&whole[..end]), Rule::HeadEnded, "after {end} bytes");
    }
    assert!(HeadParser::new().eof().is_incomplete());
}

#[test]
fn c146_c147_a_full_redirect_in_any_pieces() {
    let body = "x".repeat(218);
    let lines = "Location: http://www.google.com/\r\nContent-Type: text/html; charset=UTF-8\r\nX-XSS-Protection: 1\r\n";
    let outcome = get(format!("HTTP/1.1 301 Moved Permanently\r\n{lines}Content-Length: 218\r\n\r\n{body}"));
    assert_eq!(outcome.complete(), (&*body, true));
    assert_eq!((outcome.status(), outcome.head().version), (301, Version::Http11));
    let names: Vec<_> = outcome.head().headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Location", "Content-Type", "X-XSS-Protection", "Content-Length"]);
}

#[test]
fn c148_parser_stays_broken() {
    let mut parser = HeadParser::new();
    let error = parser.parse(b"ICY", &Limits::default()).unwrap_err();
    assert_eq!(parser.parse(b"HTTP/1.1 200 OK\r\n\r\n", &Limits::default()).unwrap_err(), error);
    assert_eq!(parser.eof(), error);
}

#[test]
fn c168_values_from_the_wire_are_trimmed() {
    let outcome = get("HTTP/1.1 200 OK\r\nX: \t a b\t \r\nY:c\r\n\r\n");
    assert_eq!((outcome.head().headers.get("X"), outcome.head().headers.get("Y")), (Some("a b"), Some("c")));
}

#[test]
fn sec_b5_bare_cr_anywhere_before_the_body() {
    for wire in [
        "HTTP/1.1 200 O\rK\r\n\r\n",
        "HTTP/1.1 200 OK\r\r\n\r\n",
        "HTTP/1.1 200 OK\r\nN\rame: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rX: injected\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n\r\r\n",
    ] {
        assert_eq!(broken(wire), Rule::BareCr, "{wire:?}");
    }
}

#[test]
fn sec_b6_bare_lf_is_refused_in_head_chunk_lines_and_trailers() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (wire, rule) in [
        ("HTTP/1.1 200 OK\nA: b\n\n".to_owned(), Rule::BareLf),
        (format!("{chunked}1\na\r\n0\r\n\r\n"), Rule::BareLf),
        (format!("{chunked}1;x\na\r\n0\r\n\r\n"), Rule::BareLf),
        (format!("{chunked}1\r\na\n0\r\n\r\n"), Rule::ChunkEnd),
        (format!("{chunked}0\r\nX: y\n\r\n"), Rule::BareLf),
        (format!("{chunked}0\r\n\n"), Rule::BareLf),
    ] {
        assert_eq!(broken(&wire), rule, "{wire:?}");
    }
}

#[test]
fn sec_b7_broken_header_lines() {
    for (line, rule) in [
        (&b" X: a"[..], Rule::ObsFold),
        (b"X : a", Rule::BlankBeforeColon),
        (b"no colon at all", Rule::MissingColon),
        (b": value", Rule::HeaderName),
        (b"N\xC3\xA4me: a", Rule::HeaderName),
        (b"X(y): a", Rule::HeaderName),
        (b"X: a\0b", Rule::HeaderValue),
        (b"X: a\x7Fb", Rule::HeaderValue),
        (b"X: a\x1Bb", Rule::HeaderValue),
    ] {
        assert_eq!(broken(with_line(line)), rule, "{}", line.escape_ascii());
    }
    assert_eq!(broken("HTTP/1.1 200 OK\r\n A: b\r\n\r\n"), Rule::ObsFold, "leading blank on the first header");
}

#[test]
fn sec_b8_status_lines() {
    for (line, rule) in [
        ("HTTP/1.1", Rule::Status),
        ("HTTP/1.1 ", Rule::Status),
        ("HTTP/1.2 ", Rule::Version),
        ("HTTP/1.2 200 OK", Rule::Version),
        ("HTTP/11.1 200 OK", Rule::Version),
        ("HTTP/1.10 200 OK", Rule::Version),
        ("HTTP/2 200", Rule::Version),
        ("http/1.1 200 OK", Rule::Version),
        (" HTTP/1.1 200 OK", Rule::Version),
        ("HTTP/1.1  200 OK", Rule::Status),
        ("HTTP/1.1\t200 OK", Rule::Version),
        ("HTTP/1.1200 OK", Rule::Version),
        ("HTTP/1.1 200\tOK", Rule::Status),
        ("HTTP/1.1 20 OK", Rule::Status),
        ("HTTP/1.1 2000 OK", Rule::Status),
        ("HTTP/1.1 -20 OK", Rule::Status),
        ("HTTP/1.1 +20 OK", Rule::Status),
        ("HTTP/1.1 20x OK", Rule::Status),
        ("HTTP/1.1 200 O\x07K", Rule::Reason),
        ("HTTP/1.1 200 O\0K", Rule::Reason),
    ] {
        assert_eq!(broken(format!("{line}\r\n\r\n")), rule, "{line:?}");
    }
    assert_eq!(broken(format!("HTTP/1.1 {}\r\n\r\n", "2".repeat(100))), Rule::Status);
    assert_eq!(answer("HEAD", "HTTP/1.1 200 OK\r\n\r\n").status(), 200);
}
