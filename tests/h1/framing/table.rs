//! Cases whose whole story is the bytes of one reply; each is run whole, cut at each byte, and byte by byte.

use maypole::error::Kind;

use crate::case::{Case, case, run_all_ways, run_over_tls, run_whole};
use crate::peer::on_thread;

fn by_length() -> Vec<Case> {
    vec![
        case("c86", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").body("").reused(),
        case("c87", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").body("hello").reused(),
        case("c97", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello").body("hello"),
        case("c99", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc").eof().cut(Kind::Incomplete, "abc"),
        case("c100", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").eof().cut(Kind::Incomplete, ""),
        case("c102", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef").body("abc"),
        case("c104", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabcdef").body("abc"),
        case("c105", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ntoolong").body("t"),
        case("c116 in a line", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc").body("abc").reused(),
        case("c116 in two", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc")
            .body("abc")
            .reused(),
        case("c129", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb")
            .body("a"),
    ]
}

fn by_end_of_stream() -> Vec<Case> {
    vec![
        case("c88, c91", "HTTP/1.0 200 OK\r\n\r\nhello").eof().body("hello"),
        case("c89", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello")
            .body("hello")
            .reused(),
        case("c90", "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello").body("hello"),
        case("c90, silent", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello").body("hello"),
        case("c106", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello").eof().body("hello"),
        case("c106, empty", "HTTP/1.1 200 OK\r\n\r\n").eof().body(""),
    ]
}

fn without_body() -> Vec<Case> {
    vec![
        case("c92", "HTTP/1.1 200 OK\r\n\r\n").method("HEAD").body("").reused(),
        case("c93", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").method("HEAD").body("").reused(),
        case("c94", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").method("HEAD").body("").reused(),
        case("c95", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789").method("HEAD").body(""),
        case("c117", "HTTP/1.1 204 No Content\r\n\r\n").answer(204, "").reused(),
        case("c118", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello").answer(204, ""),
        case("c119", "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n").answer(304, "").reused(),
        case("c120", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n").answer(205, "").reused(),
        case("sec-b14, 304", "HTTP/1.1 304 Not Modified\r\n\r\nstray").answer(304, ""),
    ]
}

fn chunked() -> Vec<Case> {
    let of = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    vec![
        case("c108", of("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")).body("abcde").reused(),
        case("c108, case", "HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n")
            .body("0123456789")
            .reused(),
        case("c108, empty", of("0\r\n\r\n")).body("").reused(),
        case("c109", of("3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n")).body("abc").reused(),
        case("c110, one", of("1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n")).body("a").reused(),
        case("c110, two", of("1\r\na\r\n0\r\nX-Sum: 1\r\nX-Time: 2\r\n\r\n")).body("a").reused(),
        case("c111, size", of("xyz\r\nabc\r\n0\r\n\r\n")).cut(Kind::Protocol, ""),
        case("c111, LF", of("3\nabc\r\n0\r\n\r\n")).cut(Kind::Protocol, ""),
        case("c111, EOF in a chunk", of("5\r\nabc")).eof().cut(Kind::Incomplete, "abc"),
        case("c111, EOF before the last", of("3\r\nabc\r\n")).eof().cut(Kind::Incomplete, "abc"),
        case("chunked, then more", of("1\r\na\r\n0\r\n\r\nstray")).body("a"),
        case(
            "chunked and close",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        )
        .body("a"),
    ]
}

fn contradictions() -> Vec<Case> {
    let of = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nabc");
    vec![
        case("c114", of("Content-Length: 3\r\nTransfer-Encoding: chunked")).no_head(Kind::Protocol),
        case("c115, two", of("Content-Length: 3\r\nContent-Length: 4")).no_head(Kind::Protocol),
        case("c115, negative", of("Content-Length: -3")).no_head(Kind::Protocol),
        case("c115, garbage", of("Content-Length: three")).no_head(Kind::Protocol),
    ]
}

fn interim() -> Vec<Case> {
    let then = |interim: &str| format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
    vec![
        case("c121, c124", then("HTTP/1.1 100 Continue\r\n\r\n")).body("a").reused(),
        case("c122", then("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n")).body("a").reused(),
        case("c121, several", then("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n")).body("a").reused(),
        case(
            "c125",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        )
        .body("a")
        .reused(),
        case("c127", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
            .no_head(Kind::Protocol),
    ]
}

fn status_lines() -> Vec<Case> {
    let of = |line: &str| format!("{line}\r\nContent-Length: 1\r\n\r\na");
    vec![
        case("c130", of("HTTP/1.1 apfais df0 asdf")).no_head(Kind::Protocol),
        case("c131", of("HTTP/1.1 asdf")).no_head(Kind::Protocol),
        case("c132, ICY", of("ICY 200 OK")).no_head(Kind::Protocol),
        case("c132, 0.9", "<html>hello</html>\r\n\r\n").no_head(Kind::Protocol),
        case("c133", of("HTTP/2.0 200 OK")).no_head(Kind::Protocol),
        case("c134, 99", of("HTTP/1.1 99 Low")).no_head(Kind::Protocol),
        case("c134, 099", of("HTTP/1.1 099 Low")).no_head(Kind::Protocol),
        case("c134, 999", of("HTTP/1.1 999 High")).answer(999, "a").reused(),
        case("c135, blank", of("HTTP/1.1 200 ")).body("a").reused(),
        case("c135, nothing", of("HTTP/1.1 200")).body("a").reused(),
        case("c136", of("\r\nHTTP/1.1 200 OK")).body("a").reused(),
        case("c98", of("HTTP/1.1 500 Oops\r\nConnection: close")).answer(500, "a"),
    ]
}

fn header_lines() -> Vec<Case> {
    let of = |lines: &str| format!("HTTP/1.1 200 OK\r\n{lines}\r\nContent-Length: 1\r\n\r\na");
    vec![
        case("c137", "HTTP/1.1 200 OK\nContent-Length: 1\n\na").no_head(Kind::Protocol),
        case("c138", of("X-A: b\r\n c")).no_head(Kind::Protocol),
        case("c139", of("X-A : b")).no_head(Kind::Protocol),
        case("c140", of("X-A:")).body("a").reused(),
        case("c141", [b"HTTP/1.1 200 OK\r\nX-A: caf\xe9\r\nContent-Length: 1\r\n\r\na".as_slice()].concat())
            .body("a")
            .reused(),
        case("c145, line", "HTTP/1.1 20").eof().no_head(Kind::Incomplete),
        case("c145, headers", "HTTP/1.1 200 OK\r\nContent-Le").eof().no_head(Kind::Incomplete),
    ]
}

macro_rules! all_ways {
    ($($test:ident: $table:ident;)*) => {$(
        #[test]
        fn $test() {
            on_thread(|| run_all_ways(&$table()));
        }
    )*};
}

all_ways! {
    c86_to_c129_by_length: by_length;
    c88_to_c106_by_end_of_stream: by_end_of_stream;
    c92_to_c120_without_body: without_body;
    c108_to_c111_chunked: chunked;
    c114_c115_contradictions: contradictions;
    c121_to_c127_interim: interim;
    c130_to_c136_status_lines: status_lines;
    c137_to_c145_header_lines: header_lines;
}

#[test]
fn every_table_over_tls() {
    on_thread(|| {
        [by_length(), by_end_of_stream(), without_body(), chunked(), interim()].iter().for_each(|t| run_over_tls(t));
    });
}

#[test]
fn every_table_in_a_coroutine() {
    crate::peer::on_coroutine(|| {
        [by_length(), by_end_of_stream(), chunked(), interim()].iter().for_each(|t| run_whole(t));
    });
}
