//! The writer of requests.

use maypole::wire::h1::{encode_chunk_end, encode_chunk_head, encode_head, encode_last_chunk};
use maypole::wire::{Headers, Rule, Version};

fn encode<const N: usize>(method: &str, target: &str, lines: [(&str, &str); N]) -> Result<String, Rule> {
    let headers = Headers::try_from(lines).map_err(|broken| broken.rule())?;
    let mut out = b"before".to_vec();
    match encode_head(&mut out, Version::Http11, method, target, &headers) {
        Ok(()) => Ok(String::from_utf8(out.split_off(6)).expect("text")),
        Err(broken) => {
            assert_eq!(out, b"before", "nothing is written after an error");
            Err(broken.rule())
        }
    }
}

#[test]
fn c1_the_bytes_of_a_request() {
    let wire = encode("GET", "/tp/", [("User-Agent", "maypole"), ("Host", "localhost:1234")]).unwrap();
    assert_eq!(wire, "GET /tp/ HTTP/1.1\r\nUser-Agent: maypole\r\nHost: localhost:1234\r\n\r\n");
    assert_eq!(encode("GET", "/", []).unwrap(), "GET / HTTP/1.1\r\n\r\n");
}

#[test]
fn c8_hosts_that_are_one_host_and_port() {
    for host in ["h", "h:80", "[::1]:1234", "127.0.0.1", "", "xn--bcher-kva.example", "a_b.c"] {
        assert!(encode("GET", "/", [("Host", host)]).is_ok(), "{host:?}");
    }
}

#[test]
fn c20_version_10() {
    let mut out = Vec::new();
    encode_head(&mut out, Version::Http10, "GET", "/", &Headers::new()).unwrap();
    assert_eq!(out, b"GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn c23_c24_c400_lines_keep_order_case_and_repetition() {
    let wire = encode("GET", "/", [("B", "1"), ("a-B", "2"), ("b", "3"), ("B", "1")]).unwrap();
    assert_eq!(wire, "GET / HTTP/1.1\r\nB: 1\r\na-B: 2\r\nb: 3\r\nB: 1\r\n\r\n");
}

#[test]
fn c25_sec_a1_sec_a2_broken_lines_never_reach_the_wire() {
    for value in ["a\r\nX: y", "a\rb", "a\nb", "a\0b", "\u{ff}\r\n\u{ff}"] {
        assert_eq!(encode("GET", "/", [("A", value)]), Err(Rule::HeaderValue), "{value:?}");
    }
    for name in ["", "A B", "A:", "A\r\nB", "A\n", "Ä"] {
        assert_eq!(encode("GET", "/", [(name, "x")]), Err(Rule::HeaderName), "{name:?}");
    }
}

#[test]
fn c26_sec_a4_targets_that_must_not_stand_raw() {
    for target in ["", "/a b", "/a\r\nb", "/a\rb", "/a\n", "/a\0", "/a\tb", "/\u{e4}", "/a\x7F", "/a#b"] {
        assert_eq!(encode("GET", target, []), Err(Rule::Target), "{target:?}");
    }
    for target in ["/a%0d%0ab?c=%20", "*", "h:443", "http://h/p?q", "/;x=1?a=[b]|{c}\"<>\\^`"] {
        assert!(encode("GET", target, []).unwrap().starts_with(&format!("GET {target} HTTP/1.1\r\n")));
    }
}

#[test]
fn c27_sec_a3_methods() {
    for method in ["", "GE T", "GET ", "GET / HTTP/1.1\r\nX: y", "GET\0", "G\u{c4}T", "GET:", "(GET)"] {
        assert_eq!(encode(method, "/", []), Err(Rule::Method), "{method:?}");
    }
    for method in ["get", "Get", "geT"] {
        assert_eq!(encode(method, "/", []), Err(Rule::MethodCase), "{method:?}");
    }
}

#[test]
fn c28_other_methods_are_sent() {
    for method in ["PURGE", "QUERY", "M-SEARCH", "VERSION-CONTROL", "X9"] {
        assert!(encode(method, "/", []).unwrap().starts_with(method));
    }
}

#[test]
fn sec_a5_hosts_that_are_more() {
    for host in ["a/b", "a@b", "a b", "a\tb", "user:pass@h", "a\\b", "a?b", "a#b", "a,b", "b\u{fc}cher"] {
        assert_eq!(encode("GET", "/", [("Host", host)]), Err(Rule::Host), "{host:?}");
    }
    assert_eq!(encode("GET", "/", [("Host", "a"), ("host", "a")]), Err(Rule::Host));
    let headers = Headers::try_from([("Host", "user:pass@h")]).unwrap();
    let shown = encode_head(&mut Vec::new(), Version::Http11, "GET", "/", &headers).unwrap_err().to_string();
    assert!(!shown.contains("pass"), "{shown}");
    assert_eq!(encode("GET", "/", [("Host", "a\r\nX: y")]), Err(Rule::HeaderValue));
}

#[test]
fn sec_a6_side_doors_pass_the_same_validator() {
    for name in ["Upgrade", "Sec-WebSocket-Protocol", "User-Agent", "Authorization", "Cookie"] {
        assert_eq!(encode("GET", "/", [(name, "a\r\nX: y")]), Err(Rule::HeaderValue), "{name}");
    }
    assert_eq!(encode("CONNECT", "h:443 HTTP/1.1\r\nX: y", []), Err(Rule::Target));
    assert!(Headers::try_from([("X-Trailer", "a\r\nb")]).is_err());
}

#[test]
fn sec_a8_lengths_that_contradict_each_other() {
    let both = encode("POST", "/", [("Content-Length", "3"), ("Transfer-Encoding", "chunked")]);
    assert_eq!(both, Err(Rule::RequestFraming));
    let differ = encode("POST", "/", [("Content-Length", "3"), ("content-length", "4")]);
    assert_eq!(differ, Err(Rule::ContentLengths));
    assert_eq!(encode("POST", "/", [("Content-Length", "+3")]), Err(Rule::ContentLength));
    let headers = Headers::try_from([("Transfer-Encoding", "chunked")]).unwrap();
    let old = encode_head(&mut Vec::new(), Version::Http10, "POST", "/", &headers).unwrap_err();
    assert_eq!(old.rule(), Rule::TransferEncodingVersion);
}

#[test]
fn chunks_are_sized_in_hexadecimal() {
    let sized = |len| {
        let mut out = Vec::new();
        encode_chunk_head(&mut out, len);
        String::from_utf8(out).unwrap()
    };
    assert_eq!([1, 15, 16, 255, 65_536].map(sized), ["1\r\n", "f\r\n", "10\r\n", "ff\r\n", "10000\r\n"]);
    assert_eq!(sized(u64::MAX), "ffffffffffffffff\r\n");
    assert_eq!(sized(0), "", "it would end the body");
}

#[test]
fn a_chunked_body_with_trailers() {
    let mut out = Vec::new();
    encode_chunk_head(&mut out, 3);
    out.extend_from_slice(b"may");
    encode_chunk_end(&mut out);
    encode_last_chunk(&mut out, &Headers::try_from([("X-Sum", "7")]).unwrap()).unwrap();
    assert_eq!(out, b"3\r\nmay\r\n0\r\nX-Sum: 7\r\n\r\n");
    let mut end = Vec::new();
    encode_last_chunk(&mut end, &Headers::new()).unwrap();
    assert_eq!(end, b"0\r\n\r\n");
    for name in ["Content-Length", "Transfer-encoding", "HOST", "Authorization", "Cookie", "TE"] {
        let broken = encode_last_chunk(&mut end, &Headers::try_from([(name, "1")]).unwrap()).unwrap_err();
        assert_eq!((broken.rule(), &*end), (Rule::TrailerName, &b"0\r\n\r\n"[..]), "{name}");
    }
}
