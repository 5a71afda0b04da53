//! What a peer may make this side hold or work through.

use crate::cut::{in_pieces, limited};
use maypole::limits::Limits;
use maypole::wire::Rule;
use maypole::wire::h1::HeadParser;

#[test]
fn c142_sec_b19_header_bombs_are_refused_at_the_cap() {
    let limits = Limits::default();
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(10_000));
    for (wire, rule) in [(long, Rule::HeadBytes), (many, Rule::HeadLines)] {
        for piece in [1, 100, 16 << 10, wire.len()] {
            assert_eq!(in_pieces("GET", wire.as_bytes().chunks(piece), &limits).error, Some(rule), "by {piece}");
        }
    }
}

#[test]
fn sec_b19_the_cap_is_exact_in_every_cut() {
    let wire = "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n";
    let bytes = |head_bytes| limited("HEAD", wire, &Limits { head_bytes, ..Limits::default() }).error;
    assert_eq!((bytes(wire.len()), bytes(wire.len() - 1)), (None, Some(Rule::HeadBytes)));
    let lines = |head_lines| limited("HEAD", wire, &Limits { head_lines, ..Limits::default() }).error;
    assert_eq!((lines(2), lines(1)), (None, Some(Rule::HeadLines)));
    assert!(
        HeadParser::new()
            .parse(wire.as_bytes(), &Limits { head_lines: 1, ..Limits::default() })
            .unwrap_err()
            .is_limit()
    );
}

#[test]
fn sec_b10_b12_the_caps_of_chunks_are_exact_in_every_cut() {
    let wire = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;abc\r\na\r\n0;d\r\nX: y\r\n\r\n";
    let run = |limits: Limits| limited("GET", wire, &limits).error;
    let base = Limits::default();
    assert_eq!(
        run(Limits { chunk_line_bytes: 5, chunk_extension_bytes: 4, trailer_bytes: 8, trailer_lines: 1, ..base }),
        None
    );
    assert_eq!(run(Limits { chunk_line_bytes: 4, ..base }), Some(Rule::ChunkLineBytes));
    assert_eq!(run(Limits { chunk_extension_bytes: 3, ..base }), Some(Rule::ChunkExtensionBytes));
    assert_eq!(run(Limits { trailer_bytes: 7, ..base }), Some(Rule::TrailerBytes));
    assert_eq!(run(Limits { trailer_lines: 0, ..base }), Some(Rule::TrailerLines));
}

#[test]
fn sec_b20_a_head_in_single_bytes_costs_linear_work() {
    for line in [format!("X: {}\r\n", "a".repeat(60 << 10)), "X-Padding: 0123456789\r\n".repeat(250)] {
        let wire = format!("HTTP/1.1 200 OK\r\n{line}\r\n");
        let mut parser = HeadParser::new();
        let limits = Limits::default();
        let mut heads = 0;
        for end in 1..=wire.len() {
            heads += usize::from(parser.parse(&wire.as_bytes()[..end], &limits).expect("legal").is_some());
        }
        assert_eq!(heads, 1);
        // A CR at the end of the input is looked at again with the byte that follows it.
        let line_ends = wire.matches("\r\n").count();
        assert!(parser.examined() <= (wire.len() + line_ends) as u64, "{} of {}", parser.examined(), wire.len());
    }
}

/// No byte may be read in one way whole and in another in pieces, whatever the bytes are.
#[test]
fn mutated_responses_come_to_the_same_in_every_cut() {
    let seeds = [
        "\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nA: b\r\n\r\nhelloX",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nB:\r\n\r\n3;x=y\r\nmay\r\n4\r\npole\r\n0\r\nC: d\r\n\r\nX",
        "HTTP/1.0 404 Not Found\r\nConnection: close\r\n\r\nuntil the end",
    ];
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % bound
    };
    for round in 0..600 {
        let mut wire = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..=below(3) {
            let at = below(wire.len());
            match below(3) {
                0 => drop(wire.remove(at)),
                1 => wire.insert(at, b"\r\n\t \0:;,019afHX\xFF"[below(16)]),
                _ => wire[at] = b"\r\n\t \0:;,019afHX\xFF"[below(16)],
            }
        }
        limited("GET", &wire, &Limits::default());
    }
}
