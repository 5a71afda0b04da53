//! Chunked bodies and trailer sections, right and wrong.

use crate::cut::{Outcome, get, in_pieces};
use maypole::limits::Limits;
use maypole::wire::Rule;
use maypole::wire::h1::{BodyDecoder, Framing, Step};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A chunked body in every cut.
#[track_caller]
fn chunked(body: impl AsRef<[u8]>) -> Outcome {
    get([CHUNKED.as_bytes(), body.as_ref()].concat())
}

#[test]
fn c108_several_chunks_are_one_body() {
    let outcome = chunked("3\r\nmay\r\n0000000000000004\r\npole\r\nA\r\n0123456789\r\n0\r\n\r\n");
    assert_eq!(outcome.complete(), ("maypole0123456789", true));
    assert_eq!(chunked("0\r\n\r\nHTTP/1.1").rest, b"HTTP/1.1");
}

#[test]
fn c109_chunk_extensions_are_ignored() {
    let body = "3;a=b;c=\"d e\";f\r\nmay\r\n4;\r\npole\r\n0;last=\t1 \r\n\r\n";
    assert_eq!(chunked(body).complete(), ("maypole", true));
}

#[test]
fn c110_trailers_are_kept_apart_and_in_order() {
    let one = chunked("1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n");
    assert_eq!((one.complete(), one.trailers.get("x-sum")), (("a", true), Some("7")));
    let two = chunked("0\r\nB: 1\r\nA:2 \r\n\r\nrest");
    assert_eq!(two.trailers.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["B", "A"]);
    assert_eq!((two.trailers.get("A"), two.head().headers.get("A"), &*two.rest), (Some("2"), None, &b"rest"[..]));
}

#[test]
fn c111_sec_b11_broken_ends() {
    for (body, rule) in [
        ("x\r\n", Rule::ChunkSize),
        ("1\na\r\n0\r\n\r\n", Rule::BareLf),
        ("3\r\nab", Rule::ChunksEnded),
        ("3\r\nabc", Rule::ChunksEnded),
        ("3\r\nabc\r\n", Rule::ChunksEnded),
        ("3\r\nabcd\r\n0\r\n\r\n", Rule::ChunkEnd),
        ("3\r\nabc\n0\r\n\r\n", Rule::ChunkEnd),
        ("3\r\nabc\rx0\r\n\r\n", Rule::ChunkEnd),
        ("3\r\nabc0\r\n\r\n", Rule::ChunkEnd),
        ("0\r\n", Rule::ChunksEnded),
        ("0\r\n\r", Rule::ChunksEnded),
        ("0\r\nX: y\r\n", Rule::ChunksEnded),
        ("", Rule::ChunksEnded),
    ] {
        assert_eq!(chunked(body).error, Some(rule), "{body:?}");
    }
}

#[test]
fn c112_three_chunks_and_no_last_one_are_incomplete() {
    let outcome = chunked("4\r\nl1\r\n\r\n4\r\nl2\r\n\r\n4\r\nl3\r\n\r\n");
    assert_eq!((&*outcome.body, outcome.error), (&b"l1\r\nl2\r\nl3\r\n"[..], Some(Rule::ChunksEnded)));
}

#[test]
fn sec_b9_chunk_sizes() {
    for size in [
        "FFFFFFFFFFFFFFFF1",
        "FFFFFFFFFFFFFFFF",
        "8000000000000000",
        "00000000000000005",
        "0x5",
        "+5",
        "-1",
        "5 ;",
        "5 ",
        "5\t",
        " 5",
        "",
        ";x",
        "_",
        "5_0",
        "g",
        "5,5",
        "\u{665}",
    ] {
        assert_eq!(chunked(format!("{size}\r\nhello\r\n0\r\n\r\n")).error, Some(Rule::ChunkSize), "{size:?}");
    }
    assert_eq!(chunked("7FFFFFFFFFFFFFFF\r\nab").error, Some(Rule::ChunksEnded), "a number, never an allocation");
    assert_eq!(chunked("fF\r\n").error, Some(Rule::ChunksEnded));
}

#[test]
fn sec_b10_endless_chunk_extension_is_an_error_within_16_kib() {
    let limits = Limits::default();
    let endless = format!("1;{}", "x".repeat(100_000));
    let whole = [CHUNKED, &endless].concat();
    for piece in [1, 7, 1000, whole.len()] {
        let outcome = in_pieces("GET", whole.as_bytes().chunks(piece), &limits);
        assert_eq!(outcome.error, Some(Rule::ChunkLineBytes));
    }
    // Many short ones: each line is fine, the sum is not.
    let many = "1;xxxxxxxxx\r\na\r\n".repeat(5000);
    let outcome = in_pieces("GET", [CHUNKED.as_bytes(), many.as_bytes()], &limits);
    assert_eq!((outcome.error, outcome.body.len()), (Some(Rule::ChunkExtensionBytes), (16 << 10) / 9));
    for (extension, rule) in
        [("a\rb", Rule::BareCr), ("a\nb", Rule::BareLf), ("a\0b", Rule::ChunkExtension), ("\x7F", Rule::ChunkExtension)]
    {
        assert_eq!(chunked(format!("1;{extension}\r\na\r\n0\r\n\r\n")).error, Some(rule), "{extension:?}");
    }
}

#[test]
fn sec_b12_trailer_floods_are_bounded() {
    let limits = Limits::default();
    let run = |trailers: &str, piece| {
        let wire = [CHUNKED, "0\r\n", trailers, "\r\n"].concat();
        in_pieces("GET", wire.as_bytes().chunks(piece), &limits).error
    };
    for piece in [1, 1000, 1 << 20] {
        assert_eq!(run(&"A: b\r\n".repeat(100), piece), None);
        assert_eq!(run(&"A: b\r\n".repeat(101), piece), Some(Rule::TrailerLines));
        assert_eq!(run(&format!("A: {}\r\n", "b".repeat(20_000)), piece), Some(Rule::TrailerBytes));
        assert_eq!(run(&"b".repeat(1_000_000), piece), Some(Rule::TrailerBytes));
    }
}

#[test]
fn sec_b12_trailers_that_must_not_be_are_dropped() {
    let names =
        ["Content-Length", "transfer-encoding", "Host", "Authorization", "Set-Cookie", "Location", "Content-Encoding"];
    let lines: String = names.iter().map(|name| format!("{name}: 1\r\n")).collect();
    let outcome = chunked(format!("1\r\na\r\n0\r\nX-A: 1\r\n{lines}X-B: 2\r\n\r\n"));
    assert_eq!(outcome.complete(), ("a", true));
    assert_eq!(outcome.trailers.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["X-A", "X-B"]);
    assert_eq!(outcome.head().headers.len(), 1);
}

#[test]
fn sec_b12_trailer_lines_obey_the_rules_of_header_lines() {
    for (line, rule) in [
        (" folded", Rule::ObsFold),
        ("A : b", Rule::BlankBeforeColon),
        ("nothing", Rule::MissingColon),
        (": b", Rule::HeaderName),
        ("A: b\0", Rule::HeaderValue),
        ("A: b\rc: d", Rule::BareCr),
        ("Content-Length : 5", Rule::BlankBeforeColon),
    ] {
        assert_eq!(chunked(format!("0\r\n{line}\r\n\r\n")).error, Some(rule), "{line:?}");
    }
}

#[test]
fn sec_b13_end_one_byte_before_the_declared_end() {
    assert_eq!(get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell").error, Some(Rule::BodyEnded));
    let whole = "5\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for end in 0..whole.len() {
        assert_eq!(chunked(&whole[..end]).error, Some(Rule::ChunksEnded), "after {end} bytes");
    }
}

#[test]
fn remaining_counts_down() {
    let limits = Limits::default();
    let mut body = BodyDecoder::new(Framing::Length(5));
    assert_eq!((body.remaining(), body.step(b"", &limits)), (Some(5), Ok(Step::Data(5))));
    body.took(3);
    assert_eq!((body.remaining(), body.is_end()), (Some(2), false));
    body.took(2);
    assert_eq!((body.remaining(), body.step(b"next", &limits)), (Some(0), Ok(Step::End)));
    assert_eq!(body.eof(), Ok(()));
    assert_eq!(BodyDecoder::new(Framing::UntilClose).remaining(), None);
    assert_eq!(BodyDecoder::new(Framing::Chunked).step(b"", &limits), Ok(Step::More));
    assert!(BodyDecoder::new(Framing::Empty).is_end());
}
