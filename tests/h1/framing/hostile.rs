//! Responses that try to be read in two ways, sec-B: each is an error, and nothing of it reaches the next request.

use maypole::error::Kind;

use crate::case::{Case, case, run_all_ways, run_whole};
use crate::peer::*;
use crate::quick;

fn with(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nabc")
}

fn chunks(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

fn refused(id: &'static str, replies: &[String]) -> Vec<Case> {
    replies.iter().map(|reply| case(id, reply.as_str()).no_head(Kind::Protocol)).collect()
}

#[test]
fn sec_b1_length_with_chunked() {
    let both = ["Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3"];
    on_thread(move || run_all_ways(&refused("sec-b1", &both.map(with))));
}

#[test]
fn sec_b2_lengths_that_differ() {
    let lengths = ["42,30", "42\r\nContent-Length: 30", "030\r\nContent-Length: 30", "3\r\nX: y\r\ncontent-length: 4"];
    on_thread(move || {
        run_whole(&refused("sec-b2", &lengths.map(|l| with(&format!("Content-Length: {l}")))));
        run_whole(&[case("sec-b2, equal", with("Content-Length: 3,3")).body("abc").reused()]);
    });
}

#[test]
fn sec_b3_lengths_that_are_none() {
    let hundred = "9".repeat(100);
    let lengths = ["-1", "+5", "0x20", "42s", "4_2", "", "4 2", "3;", "18446744073709551616", &hundred];
    let replies = lengths.map(|l| with(&format!("Content-Length: {l}")));
    on_thread(move || run_whole(&refused("sec-b3", &replies)));
}

#[test]
fn sec_b4_transfer_codings_but_chunked() {
    let codings = [
        "chunked, gzip",
        "gzip, chunked",
        "identity, chunked",
        ",chunked",
        "xchunked",
        "chunked, chunked",
        "gzip",
        "chunked\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: gzip",
        "\"chunked\"",
        "chunked;q=1",
    ];
    on_thread(move || run_whole(&refused("sec-b4", &codings.map(|c| with(&format!("Transfer-Encoding: {c}"))))));
}

/// Each of six bytes put at each position of a head. CR, LF and NUL out of place are errors everywhere; for the other
/// three a clean answer or a clean error will do: a hang or anything left for the next request will not.
#[test]
fn sec_b5_the_grid_of_bytes_out_of_place() {
    on_thread(|| {
        let head = "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 1\r\n\r\n";
        let client = quick();
        for byte in *b"\r\n\0\t :" {
            for at in 0..head.len() {
                let mut bytes = head.as_bytes().to_vec();
                bytes.insert(at, byte);
                bytes.push(b'a');
                grid_cell(&client, byte, at, &bytes);
            }
        }
    });
}

fn grid_cell(client: &maypole::HttpClient, byte: u8, at: usize, bytes: &[u8]) {
    let cell = format!("{:?} at {at}: {:?}", byte as char, String::from_utf8_lossy(bytes));
    // Closed after the reply: a cell that moves the end of the head must not wait for more.
    let peer = Peer::then_always([conn([any_request(), reply(bytes), Act::Close])], conn([serve(ok("second"))]));
    let outcome = client.get(peer.url("/")).send().and_then(|r| r.bytes().map(|_| ()));
    // One empty line before the status line is tolerated (RFC 9112 §2.2 speaks of requests; servers do it too).
    let moved_behind = byte == b'\n' && bytes.ends_with(b"\r\n\r\n\na");
    let must_fail = matches!(byte, b'\r' | b'\n' | 0) && at > 0 && !moved_behind;
    match outcome {
        Ok(()) => assert!(!must_fail, "{cell} was accepted"),
        Err(e) => assert!(matches!(e.kind(), Kind::Protocol | Kind::Incomplete), "{cell}: {e}"),
    }
    assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "second", "{cell}");
    peer.finish();
}

#[test]
fn sec_b6_bare_lf_in_head_chunks_and_trailers() {
    on_thread(|| {
        run_all_ways(&[
            case("sec-b6, head", "HTTP/1.1 200 OK\nContent-Length: 1\n\na").no_head(Kind::Protocol),
            case("sec-b6, one line", "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 1\r\n\r\na").no_head(Kind::Protocol),
            case("sec-b6, chunk line", chunks("1\na\r\n0\r\n\r\n")).cut(Kind::Protocol, ""),
            case("sec-b6, after the data", chunks("1\r\na\n0\r\n\r\n")).fails(Kind::Protocol),
            case("sec-b6, last chunk", chunks("1\r\na\r\n0\n\r\n")).fails(Kind::Protocol),
            case("sec-b6, trailer", chunks("1\r\na\r\n0\r\nX: y\n\r\n")).fails(Kind::Protocol),
        ]);
    });
}

#[test]
fn sec_b7_lines_that_are_no_headers() {
    let lines = [
        "X: a\r\n b",
        "X: a\r\n\tb",
        "X : a",
        " X: a",
        "\tX: a",
        "no colon",
        ": empty",
        "X: a\0b",
        "X: a\x7fb",
        "X\0Y: a",
        "X Y: a",
        "X: a\x08",
        "X(: a",
    ];
    on_thread(move || {
        run_all_ways(&refused("sec-b7", &lines.map(|l| with(&format!("{l}\r\nContent-Length: 3")))));
        run_whole(&refused("sec-b7, first", &lines.map(|l| format!("HTTP/1.1 200 OK\r\n{l}\r\n\r\n"))));
    });
}

#[test]
fn sec_b8_status_lines() {
    let lines = [
        "HTTP/1.1",
        "HTTP/1.2 200 OK",
        "HTTP/11.1 200 OK",
        "HTTP/2 200",
        "HTTP/1 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 -20 OK",
        "HTTP/1.1200 OK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 200\tOK",
        "http/1.1 200 OK",
        "HTTP/1.1 0x1 OK",
        "HTTP/1.1 200OK",
        "HTTPS/1.1 200 OK",
        " HTTP/1.1 200 OK",
        "HTTP/1.1 200 O\x7fK",
    ];
    let hundred = format!("HTTP/1.1 {} OK", "2".repeat(100));
    let mut replies: Vec<String> = lines.iter().map(|l| format!("{l}\r\nContent-Length: 3\r\n\r\nabc")).collect();
    replies.push(format!("{hundred}\r\nContent-Length: 3\r\n\r\nabc"));
    on_thread(move || run_whole(&refused("sec-b8", &replies)));
}

#[test]
fn sec_b9_chunk_sizes() {
    let sizes = [
        "FFFFFFFFFFFFFFFF1",
        "0x5",
        "+5",
        "-1",
        "",
        "_",
        "5_",
        " 5",
        "10000000000000000",
        "00000000000000005",
        "5g",
        ";a",
    ];
    on_thread(move || {
        let row = |size: &str| case("sec-b9", chunks(&format!("{size}\r\nhello\r\n0\r\n\r\n"))).cut(Kind::Protocol, "");
        run_all_ways(&sizes.map(row));
        let blank = chunks("5 ;a\r\nhello\r\n0\r\n\r\n");
        run_whole(&[case("sec-b9, blank before the extension", blank).fails(Kind::Protocol)]);
    });
}

#[test]
fn sec_b10_extensions_with_line_ends() {
    on_thread(|| {
        run_all_ways(&[
            case("sec-b10, CR", chunks("1;a\rb\r\na\r\n0\r\n\r\n")).cut(Kind::Protocol, ""),
            case("sec-b10, LF", chunks("1;a\nb\r\na\r\n0\r\n\r\n")).cut(Kind::Protocol, ""),
            case("sec-b10, NUL", chunks("1;a\0b\r\na\r\n0\r\n\r\n")).cut(Kind::Protocol, ""),
        ]);
    });
}

#[test]
fn sec_b11_chunk_ends() {
    on_thread(|| {
        run_all_ways(&[
            case("sec-b11, no CRLF", chunks("3\r\nabcd\r\n0\r\n\r\n")).cut(Kind::Protocol, "abc"),
            case("sec-b11, other bytes", chunks("3\r\nabcXX0\r\n\r\n")).cut(Kind::Protocol, "abc"),
            case("sec-b11, LF", chunks("3\r\nabc\n0\r\n\r\n")).cut(Kind::Protocol, "abc"),
            case("sec-b11, EOF after 0", chunks("3\r\nabc\r\n0\r\n")).eof().cut(Kind::Incomplete, "abc"),
            case("sec-b11, no zero chunk", chunks("3\r\nabc\r\n")).eof().cut(Kind::Incomplete, "abc"),
            case("sec-b11, EOF in the size", chunks("3\r\nabc\r\n0")).eof().cut(Kind::Incomplete, "abc"),
        ]);
    });
}

#[test]
fn sec_b12_trailers_never_become_headers() {
    on_both(|| {
        for (name, value) in [
            ("Content-Length", "9"),
            ("Transfer-Encoding", "gzip"),
            ("Host", "evil"),
            ("Authorization", "x"),
            ("Set-Cookie", "a=b"),
        ] {
            let reply = chunks(&format!("1\r\na\r\n0\r\n{name}: {value}\r\n\r\n"));
            let peer = Peer::then_always(
                [conn([any_request(), Act::Reply(reply.into()), serve(ok("own"))])],
                conn([serve(ok("own"))]),
            );
            let client = quick();
            let mut response = client.get(peer.url("/")).send().unwrap();
            let mut body = String::new();
            // Refusing such a trailer is as good as keeping it apart.
            let read = std::io::Read::read_to_string(&mut response, &mut body);
            assert!(read.is_err() || body == "a");
            if name != "Transfer-Encoding" {
                assert_eq!(response.header(name), None, "{name}");
            }
            drop(response);
            assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "own", "{name}");
        }
    });
}

#[test]
fn sec_b13_end_of_stream_everywhere() {
    on_thread(|| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        let heads =
            (1..head.len()).map(|at| case("sec-b13, head", &head.as_bytes()[..at]).eof().no_head(Kind::Incomplete));
        run_whole(&heads.collect::<Vec<_>>());
        let whole = chunks("3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n");
        let start = whole.find("3;x").unwrap();
        let bodies = (start..whole.len())
            .map(|at| case("sec-b13, chunked", &whole.as_bytes()[..at]).eof().fails(Kind::Incomplete));
        run_whole(&bodies.collect::<Vec<_>>());
        run_whole(&[case("sec-b13, one byte short", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab")
            .eof()
            .cut(Kind::Incomplete, "ab")]);
    });
}

#[test]
fn sec_b14_bodies_where_none_belongs() {
    on_thread(|| {
        run_all_ways(&[
            case("sec-b14, HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").method("HEAD").body(""),
            case("sec-b14, 204", "HTTP/1.1 204 No Content\r\n\r\nabc").answer(204, ""),
            case(
                "sec-b14, 204 chunked",
                "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            )
            .answer(204, ""),
            case("sec-b14, 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc").answer(304, ""),
        ]);
    });
}

#[test]
fn sec_b22_two_different_locations() {
    on_thread(|| {
        let to = |lines: &str| format!("HTTP/1.1 302 Found\r\n{lines}\r\nContent-Length: 0\r\n\r\n");
        run_all_ways(&[
            case("sec-b22", to("Location: /a\r\nLocation: http://evil/")).no_head(Kind::Protocol),
            case("sec-b22, equal", to("Location: /a\r\nLocation: /a")).answer(302, "").reused(),
        ]);
    });
}

#[test]
fn sec_b15_response_queue_poisoning() {
    on_both(|| {
        let (go, sent) = (Gate::new(), Gate::new());
        let first = conn([any_request(), reply(ok("own")), hold(&go), reply(ok("poison")), open(&sent), Act::Closed]);
        let peer = Peer::start([first, conn([request("GET /2"), reply(ok("own"))])]);
        let client = quick();
        assert_eq!(client.get(peer.url("/1")).send().unwrap().text().unwrap(), "own");
        go.open();
        sent.wait();
        assert_eq!(client.get(peer.url("/2")).send().unwrap().text().unwrap(), "own");
        peer.wait_end(0);
        assert_eq!(peer.finish().shape(), [1, 1]);
    });
}

#[test]
fn sec_b16_bytes_after_the_end() {
    on_thread(|| {
        run_all_ways(&[
            case("sec-b16, CRLF", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na\r\n").body("a"),
            case("sec-b16, response", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n").answer(204, ""),
        ]);
    });
}

#[test]
fn sec_b17_interim_responses_out_of_place() {
    on_thread(|| {
        run_all_ways(&[
            case("sec-b17, 100 unasked", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
                .answer(204, "")
                .reused(),
            case("sec-b17, 101 unasked", "HTTP/1.1 101 Switching Protocols\r\n\r\n").no_head(Kind::Protocol),
            case(
                "sec-b17, 1xx with a body",
                "HTTP/1.1 103 Early Hints\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 204 No Content\r\n\r\n",
            )
            .no_head(Kind::Protocol),
        ]);
    });
}
