//! Where the body ends and whether the connection lives on.

use crate::cut::{answer, get};
use maypole::wire::h1::{Framing, KeepAlive, content_length};
use maypole::wire::{Headers, Rule};

/// The rule broken by a response with these header lines.
#[track_caller]
fn broken(lines: &str) -> Option<Rule> {
    get(format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\nxxx")).error
}

#[test]
fn c86_length_zero_is_complete() {
    assert_eq!(get("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").complete(), ("", true));
}

#[test]
fn c87_length_five_is_complete() {
    assert_eq!(get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").complete(), ("hello", true));
}

#[test]
fn c88_c91_http10_body_until_close() {
    assert_eq!(get("HTTP/1.0 200 OK\r\n\r\nall of it").complete(), ("all of it", false));
    assert_eq!(get("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nall").complete(), ("all", false));
}

#[test]
fn c89_c90_http10_persists_only_when_told() {
    let http10 = |line| get(format!("HTTP/1.0 200 OK\r\n{line}Content-Length: 5\r\n\r\nhello")).reusable;
    assert!(http10("Connection: Keep-Alive\r\n"));
    assert!(!http10("Connection: close\r\n"));
    assert!(!http10(""));
}

#[test]
fn c92_c93_c94_head_is_complete_at_once() {
    for line in ["", "Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"] {
        let outcome = answer("HEAD", format!("HTTP/1.1 200 OK\r\n{line}\r\n"));
        assert_eq!(outcome.complete(), ("", true), "{line}");
        assert_eq!(outcome.framing, Some(Framing::Empty));
    }
    let outcome = answer("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    assert_eq!(content_length(&outcome.head().headers), Ok(Some(10)));
}

#[test]
fn c95_head_with_body_bytes_leaves_them_over() {
    let outcome = answer("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
    assert_eq!((outcome.complete().0, &*outcome.rest), ("", &b"0123456789"[..]));
}

#[test]
fn c96_c97_c98_connection_close() {
    assert_eq!(get("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nHello World!").complete(), ("Hello World!", false));
    assert_eq!(
        get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello").complete(),
        ("hello", false)
    );
    let body = "e".repeat(135);
    let wire = format!("HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 135\r\n\r\n{body}");
    assert_eq!((get(&wire).status(), get(&wire).complete()), (500, (&*body, false)));
    for list in ["a, CLOSE", "keep-alive ,close", "x\r\nConnection: y, close"] {
        let wire = format!("HTTP/1.1 200 OK\r\nConnection: {list}\r\nContent-Length: 0\r\n\r\n");
        assert!(!get(wire).reusable, "{list}");
    }
    assert!(get("HTTP/1.1 200 OK\r\nConnection: closed\r\nContent-Length: 0\r\n\r\n").reusable);
}

#[test]
fn c99_c100_short_body_is_incomplete() {
    let outcome = get("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    assert_eq!((outcome.error, &*outcome.body), (Some(Rule::BodyEnded), &b"abc"[..]));
    assert_eq!(get("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").error, Some(Rule::BodyEnded));
}

#[test]
fn c102_c104_c105_c129_bytes_after_the_end_are_not_the_body() {
    for (length, close) in [(3, ""), (3, "Connection: close\r\n"), (1, "")] {
        let outcome = get(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{close}\r\ntoolong"));
        assert_eq!((outcome.complete().0, &*outcome.rest), (&"toolong"[..length], &b"toolong"[length..]));
    }
    let second = "HTTP/1.1 200 OK\r\n\r\n";
    let outcome = get(format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na{second}"));
    assert_eq!((&*outcome.body, &*outcome.rest), (&b"a"[..], second.as_bytes()));
}

#[test]
fn c106_no_length_is_until_close() {
    let outcome = get("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    assert_eq!((outcome.complete(), outcome.framing), (("until the end", false), Some(Framing::UntilClose)));
}

#[test]
fn c114_sec_b1_length_together_with_chunked_is_an_error() {
    assert_eq!(broken("Content-Length: 3\r\nTransfer-Encoding: chunked"), Some(Rule::ResponseFraming));
    assert_eq!(broken("Transfer-Encoding: chunked\r\nContent-Length: 3"), Some(Rule::ResponseFraming));
}

#[test]
fn c115_c116_sec_b2_several_lengths() {
    for same in ["3, 3", "3,3,3", "3\r\ncontent-length: 3", "3 ,\t3\r\nContent-Length: 3"] {
        let outcome = get(format!("HTTP/1.1 200 OK\r\nContent-Length: {same}\r\n\r\nabc"));
        assert_eq!(outcome.complete(), ("abc", true), "{same:?}");
    }
    for differ in ["42,30", "42\r\nContent-Length: 30", "030\r\nContent-Length: 30", "3,", ",3", "3,,3"] {
        assert_eq!(broken(&format!("Content-Length: {differ}")), Some(Rule::ContentLengths), "{differ:?}");
    }
}

#[test]
fn c115_sec_b3_lengths_that_are_not_numbers() {
    let hundred = "1".repeat(100);
    let (two_63, two_64) = ("9223372036854775808", "18446744073709551616");
    let odd = ["-1", "+5", "0x20", "42s", "4_2", "", "4 2", "\u{664}", ",", "1e3", "00000000000000000005"];
    for length in odd.into_iter().chain([two_63, two_64, &hundred]) {
        assert_eq!(broken(&format!("Content-Length: {length}")), Some(Rule::ContentLength), "{length:?}");
    }
}

#[test]
fn c117_c118_status_204() {
    assert_eq!(get("HTTP/1.1 204 No Content\r\n\r\n").complete(), ("", true));
    assert_eq!(get("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").complete(), ("", true));
    let outcome = get("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!((outcome.complete(), &*outcome.rest), (("", false), &b"hello"[..]));
    assert!(!get("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n").reusable);
}

#[test]
fn c119_304_with_a_length_is_complete_at_once() {
    assert_eq!(get("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n").complete(), ("", true));
}

#[test]
fn c120_sec_b14_205_has_the_framing_that_it_declares() {
    assert_eq!(get("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n").complete(), ("", true));
    assert_eq!(get("HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nab").complete(), ("ab", true));
}

#[test]
fn sec_b14_body_bytes_where_none_may_be_are_left_over() {
    let wire = |status: u16| format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nab");
    for outcome in [answer("HEAD", wire(200)), get(wire(204)), get(wire(304))] {
        assert_eq!((&*outcome.body, &*outcome.rest), (&b""[..], &b"ab"[..]));
    }
}

#[test]
fn c121_c122_c123_c124_c125_interim_responses_come_before_the_final_one() {
    let last = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    for (first, status) in [
        ("HTTP/1.1 100 Continue\r\n\r\n", 100),
        ("HTTP/1.1 100\r\n\r\n", 100),
        ("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>\r\n\r\n", 103),
        ("HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n", 100),
    ] {
        let outcome = get(format!("{first}{last}"));
        assert_eq!((outcome.status(), outcome.complete()), (200, ("ok", true)));
        assert_eq!(outcome.interim.iter().map(|head| head.status).collect::<Vec<_>>(), [status]);
    }
    let hints = get(format!("HTTP/1.1 103\r\nLink: a\r\nLink: b\r\n\r\n{last}"));
    assert_eq!(hints.interim[0].headers.get_all("link").collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn sec_b17_interim_response_with_a_body_is_not_followed_by_a_head() {
    let wire = "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n\r\n";
    assert_eq!(get(wire).error, Some(Rule::Version));
}

#[test]
fn c126_c128_what_follows_a_switch_is_left_to_the_caller() {
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x05hello";
    let outcome = get(upgrade);
    assert_eq!((outcome.complete(), &*outcome.rest), (("", false), &b"\x05hello"[..]));
    assert!(outcome.head().headers.has_token("connection", "upgrade"));
    let tunnel = answer("CONNECT", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03\x01");
    assert_eq!((tunnel.framing, &*tunnel.rest), (Some(Framing::Empty), &b"\x16\x03\x01"[..]));
    let refused = answer("CONNECT", "HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno");
    assert_eq!(refused.complete(), ("no", true));
}

#[test]
fn sec_b4_transfer_encoding_is_exactly_chunked() {
    for coding in
        ["chunked, gzip", "gzip, chunked", "identity, chunked", ",chunked", "xchunked", "chunked;q=1", "identity", ""]
    {
        assert_eq!(broken(&format!("Transfer-Encoding: {coding}")), Some(Rule::TransferEncoding), "{coding:?}");
    }
    let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked";
    assert_eq!(broken(twice), Some(Rule::TransferEncoding));
    assert_eq!(broken("Transfer-Encoding: gzip\r\nContent-Length: 3"), Some(Rule::TransferEncoding));
    let http10 = get("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert_eq!(http10.error, Some(Rule::TransferEncodingVersion));
    assert_eq!(get("HTTP/1.1 200 OK\r\ntransfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n").complete(), ("", true));
}

#[test]
fn sec_b21_a_huge_length_is_a_number_and_not_an_allocation() {
    let outcome = get("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nabc");
    assert_eq!((outcome.error, &*outcome.body), (Some(Rule::BodyEnded), &b"abc"[..]));
    assert_eq!(outcome.framing, Some(Framing::Length(9_000_000_000_000_000_000)));
}

#[test]
fn sec_b22_two_different_locations() {
    assert_eq!(broken("Location: /a\r\nLocation: /b\r\nContent-Length: 3"), Some(Rule::Locations));
    assert_eq!(broken("Location: /a\r\nlocation: /a\r\nContent-Length: 3"), None);
}

#[test]
fn c54_c55_keep_alive_promises_are_read() {
    let promise = |value: &str| {
        let promise = KeepAlive::of(&Headers::try_from([("Keep-Alive", value)]).expect("fine"));
        (promise.timeout.map(|timeout| timeout.as_secs()), promise.max)
    };
    assert_eq!(promise("timeout=2"), (Some(2), None));
    assert_eq!(promise("timeout = 5 , MAX=1000"), (Some(5), Some(1000)));
    assert_eq!(promise("max=2, timeout=1, timeout=9"), (Some(1), Some(2)));
    assert_eq!(promise("300"), (None, None));
    assert_eq!(promise("timeout=-1, max=+1, x=1, timeout=99999999999999999999"), (None, None));
}
