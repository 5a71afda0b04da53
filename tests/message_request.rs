//! Methods, bodies, and the assembly of a request.

use bytes::Bytes;
use maypole::error::Kind;
use maypole::message::{Body, Headers, Method, Outgoing, Request, Transfer, Url, Version};
use maypole::wire::h1::encode_head;
use std::io::{self, Read, Seek, Write};

fn request(method: Method, url: &str) -> Request {
    Request::new(method, Url::parse(url).unwrap())
}

fn with_body(method: Method, body: impl Into<Body>) -> Request {
    let mut request = request(method, "http://h/");
    request.body = body.into();
    request
}

fn headers<const N: usize>(lines: [(&str, &str); N]) -> Headers {
    Headers::from_pairs(lines).unwrap()
}

fn agent() -> Headers {
    headers([("User-Agent", "maypole/0.1")])
}

fn wire(request: &Request, defaults: &Headers) -> String {
    let sent = request.assemble(defaults).unwrap();
    let mut out = Vec::new();
    encode_head(&mut out, request.version, request.method.as_str(), &request.target(), &sent.headers).unwrap();
    String::from_utf8(out).unwrap()
}

fn assembled(request: &Request) -> Outgoing {
    request.assemble(&Headers::new()).unwrap()
}

fn refused(request: &Request) -> String {
    let error = request.assemble(&Headers::new()).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
    error.to_string()
}

fn drain(body: &mut Body) -> maypole::Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(piece) = body.next_piece()? {
        assert!(!piece.is_empty() && piece.len() <= 64 << 10);
        all.extend_from_slice(piece);
    }
    Ok(all)
}

#[test]
fn c1_c22_the_minimal_wire_image() {
    let text = wire(&request(Method::GET, "http://h/tp/"), &agent());
    assert_eq!(text, "GET /tp/ HTTP/1.1\r\nUser-Agent: maypole/0.1\r\nHost: h\r\n\r\n");
}

#[test]
fn c19_c26_the_target_is_clean() {
    let text = wire(&request(Method::GET, "http://h/ä b#top"), &Headers::new());
    assert_eq!(text, "GET /%C3%A4%20b HTTP/1.1\r\nHost: h\r\n\r\n");
}

#[test]
fn c20_http_1_0_sends_host_unless_removed() {
    let mut request = request(Method::GET, "http://h/");
    request.version = Version::Http10;
    assert_eq!(wire(&request, &Headers::new()), "GET / HTTP/1.0\r\nHost: h\r\n\r\n");
    request.remove_header("host");
    assert_eq!(wire(&request, &Headers::new()), "GET / HTTP/1.0\r\n\r\n");
    request.version = Version::Http11;
    assert!(refused(&request).contains("Host"));
}

#[test]
fn c21_the_last_writer_wins() {
    let mut request = request(Method::GET, "http://h/");
    request.append_header("user-agent", "mine").unwrap();
    assert_eq!(wire(&request, &agent()), "GET / HTTP/1.1\r\nHost: h\r\nuser-agent: mine\r\n\r\n");
}

#[test]
fn c23_c24_c400_all_lines_in_order_and_case() {
    let defaults = headers([("User-Agent", "m"), ("X-Tag", "1"), ("x-tag", "2"), ("X-Gone", "default")]);
    let mut request = request(Method::GET, "http://h/");
    request.append_header("Other", "a").unwrap();
    request.append_header("x-GONE", "mine").unwrap();
    request.append_header("Other", "b").unwrap();
    let lines = "User-Agent: m\r\nHost: h\r\nX-Tag: 1\r\nx-tag: 2\r\nOther: a\r\nx-GONE: mine\r\nOther: b\r\n\r\n";
    assert_eq!(wire(&request, &defaults), format!("GET / HTTP/1.1\r\n{lines}"));
}

#[test]
fn c25_sec_a1_sec_a2_bad_headers_are_refused_without_their_values() {
    let mut request = request(Method::GET, "http://h/");
    for value in ["secret\r", "secret\n", "secret\0", "a\r\nX: secret", "\u{7f}secret"] {
        let error = request.append_header("Authorization", value).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest);
        assert!(error.to_string().contains("Authorization") && !error.to_string().contains("secret"), "{error}");
    }
    for name in ["", "a b", "a:b", "a\r\nb", "ä", "a\0"] {
        assert_eq!(request.set_header(name, "v").unwrap_err().kind(), Kind::InvalidRequest, "{name:?}");
    }
    assert!(request.headers.is_empty());
}

#[test]
fn c25_c27_c28_sec_a3_methods() {
    for good in ["GET", "PURGE", "QUERY", "M-SEARCH", "X!#"] {
        assert_eq!(Method::new(good).unwrap().as_str(), good);
    }
    for bad in ["", "get", "Get", "G ET", "GET / HTTP/1.1\r\nX: y", "GÉT", "G\0", "GET:"] {
        assert_eq!(Method::new(bad).unwrap_err().kind(), Kind::InvalidRequest, "{bad:?}");
    }
    assert!(Method::PUT.is_idempotent() && !Method::PUT.is_safe());
    assert!(!Method::POST.is_idempotent() && !Method::PATCH.is_idempotent());
    assert!(!Method::new("PURGE").unwrap().is_idempotent());
    assert_eq!(
        wire(&request(Method::new("PURGE").unwrap(), "http://h/x"), &Headers::new()).lines().next(),
        Some("PURGE /x HTTP/1.1")
    );
    assert_eq!(request(Method::CONNECT, "http://h/").target(), "h:80");
}

#[test]
fn c29_a_removed_default_is_not_sent() {
    let mut request = request(Method::GET, "http://h/");
    request.remove_header("user-agent");
    assert_eq!(wire(&request, &agent()), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    request.append_header("User-Agent", "back").unwrap();
    assert_eq!(wire(&request, &agent()), "GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: back\r\n\r\n");
}

#[test]
fn sec_a5_a_host_of_the_caller_is_checked_and_replaces_ours() {
    let mut request = request(Method::GET, "http://h/");
    request.set_header("host", "virtual.example:81").unwrap();
    assert_eq!(wire(&request, &Headers::new()), "GET / HTTP/1.1\r\nhost: virtual.example:81\r\n\r\n");
    for bad in ["", "a/b", "u@h", "a b", "h:x", "a,b"] {
        request.set_header("Host", bad).unwrap();
        assert!(refused(&request).contains("Host"), "{bad:?}");
    }
    request.set_header("Host", "a").unwrap();
    request.append_header("Host", "a").unwrap();
    assert!(refused(&request).contains("more than one"));
    assert_eq!(
        wire(&self::request(Method::GET, "http://h/"), &headers([("X", "1"), ("Host", "dflt"), ("User-Agent", "m")])),
        "GET / HTTP/1.1\r\nUser-Agent: m\r\nHost: dflt\r\nX: 1\r\n\r\n"
    );
}

#[test]
fn c228_a_file_is_sent_with_its_length() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"12123456789").unwrap();
    file.seek(io::SeekFrom::Start(2)).unwrap();
    let mut request = with_body(Method::POST, file);
    let lines = "Host: h\r\nContent-Type: application/octet-stream\r\nContent-Length: 9\r\n";
    assert_eq!(assembled(&request).headers.to_string(), lines);
    for _ in 0..2 {
        assert_eq!(drain(&mut request.body).unwrap(), b"123456789");
        assert!(request.body.is_replayable() && request.body.rewind().unwrap());
    }
}

#[test]
fn c228_a_file_that_changes_while_it_is_sent() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"12345").unwrap();
    let mut body = Body::from(file.reopen().unwrap());
    file.write_all(b"more").unwrap();
    assert_eq!(drain(&mut body).unwrap(), b"12345");
    let mut body = Body::from(file.reopen().unwrap());
    file.as_file().set_len(3).unwrap();
    assert_eq!(drain(&mut body).unwrap_err().kind(), Kind::Body);
}

#[test]
fn c229_c230_c231_c232_content_types_and_lengths() {
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::GET] {
        for (body, content_type, length) in [
            (Body::from(b"12345"), "application/octet-stream", 5),
            (Body::from(vec![1, 2, 3]), "application/octet-stream", 3),
            (Body::from("12345"), "text/plain; charset=utf-8", 5),
            (Body::from("grüße".to_owned()), "text/plain; charset=utf-8", 7),
            (Body::from(""), "text/plain; charset=utf-8", 0),
        ] {
            let sent = assembled(&with_body(method.clone(), body));
            assert_eq!(sent.headers.get("content-type"), Some(content_type));
            assert_eq!(sent.headers.get("content-length"), Some(length.to_string().as_str()));
            assert_eq!(sent.transfer, Transfer::Length(length));
        }
    }
    assert_eq!(with_body(Method::POST, "grüße").body.as_bytes(), Some("grüße".as_bytes()));
}

#[test]
fn c233_c353_an_empty_body() {
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let sent = assembled(&with_body(method, ()));
        assert_eq!(sent.headers.to_string(), "Host: h\r\nContent-Length: 0\r\n");
        assert_eq!(sent.transfer, Transfer::Length(0));
    }
    for method in [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS, Method::new("PURGE").unwrap()] {
        let sent = assembled(&with_body(method, ()));
        assert_eq!((sent.headers.to_string().as_str(), sent.transfer), ("Host: h\r\n", Transfer::None));
    }
}

#[test]
fn c234_c358_a_form() {
    let body = Body::form([("a", vec!["1", "2"]), ("b c", vec!["ä/"]), ("none", vec![])]);
    assert_eq!(body.as_bytes(), Some(&b"a=1&a=2&b+c=%C3%A4%2F"[..]));
    assert_eq!(body.content_type(), Some("application/x-www-form-urlencoded"));
    let map = std::collections::BTreeMap::from([("k", 1), ("l", 2)]);
    assert_eq!(Body::form(&map).as_bytes(), Some(&b"k=1&l=2"[..]));
}

#[test]
fn c235_an_explicit_content_type_is_kept() {
    let mut request = with_body(Method::POST, Body::form([("a", "b")]));
    request.set_header("content-type", "text/x").unwrap();
    assert_eq!(assembled(&request).headers.to_string(), "Host: h\r\ncontent-type: text/x\r\nContent-Length: 3\r\n");
    let request = with_body(Method::POST, "x");
    let sent = request.assemble(&headers([("Content-Type", "default/type")])).unwrap();
    assert_eq!(sent.headers.get_all("content-type").collect::<Vec<_>>(), ["default/type"]);
    let mut request = with_body(Method::POST, "x");
    request.remove_header("Content-Type");
    assert_eq!(assembled(&request).headers.to_string(), "Host: h\r\nContent-Length: 1\r\n");
}

#[test]
fn c236_sec_a8_lengths_that_do_not_fit_are_refused() {
    let with = |body: Body, lines: &[(&str, &str)]| {
        let mut request = with_body(Method::POST, body);
        lines.iter().for_each(|(name, value)| request.append_header(name, value).unwrap());
        request
    };
    let same = assembled(&with("12345".into(), &[("content-length", "5")]));
    assert_eq!(same.headers.get_all("content-length").collect::<Vec<_>>(), ["5"]);
    for wrong in ["4", "6", "", "+5", "-5", "5 5", "0x5", "5, 5", "99999999999999999999"] {
        assert!(refused(&with("12345".into(), &[("Content-Length", wrong)])).contains("Content-Length"), "{wrong}");
    }
    refused(&with(Body::empty(), &[("Content-Length", "5")]));
    refused(&with("12345".into(), &[("Content-Length", "5"), ("Content-Length", "5")]));
    refused(&with("12345".into(), &[("Content-Length", "5"), ("Transfer-Encoding", "chunked")]));
    refused(&with(Body::stream(io::empty()), &[("Content-Length", "5")]));
    for coding in ["gzip", "gzip, chunked", "identity", "chunked, chunked", ""] {
        assert!(refused(&with("12345".into(), &[("Transfer-Encoding", coding)])).contains("Transfer-Encoding"));
    }
    let chunks = assembled(&with("12345".into(), &[("transfer-encoding", "Chunked")]));
    assert_eq!(chunks.transfer, Transfer::Chunked);
    assert!(!chunks.headers.contains("content-length"));
}

#[test]
fn c237_a_reader_of_unknown_length_is_chunked() {
    let mut request = with_body(Method::POST, Body::stream(io::repeat(b'x').take(200_000)));
    let sent = assembled(&request);
    assert_eq!(sent.transfer, Transfer::Chunked);
    assert_eq!(
        sent.headers.to_string(),
        "Host: h\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n"
    );
    assert_eq!(request.body.as_bytes(), None);
    assert!(request.body.rewind().unwrap(), "nothing was read yet");
    assert_eq!(drain(&mut request.body).unwrap().len(), 200_000);
    assert!(!request.body.rewind().unwrap());
    request.version = Version::Http10;
    assert!(refused(&request).contains("HTTP/1.1"));
}

#[test]
fn c238_a_generator_is_sent_piece_by_piece_without_empty_chunks() {
    let pieces = ["one", "", "two"].map(|piece| Ok::<_, io::Error>(Bytes::from(piece)));
    let mut body = Body::chunks(pieces);
    assert_eq!(body.next_piece().unwrap(), Some(&b"one"[..]));
    assert_eq!(body.next_piece().unwrap(), Some(&b"two"[..]));
    assert_eq!(body.next_piece().unwrap(), None);
    let mut body = Body::chunks((0..2).map(|n| Ok(vec![n])));
    assert_eq!(drain(&mut body).unwrap(), [0, 1]);
}

struct Failing(u32);

impl Read for Failing {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => Err(io::ErrorKind::Interrupted.into()),
            2 => {
                buf[..3].copy_from_slice(b"abc");
                Ok(3)
            }
            _ => Err(io::Error::other("disk on fire")),
        }
    }
}

#[test]
fn c239_a_source_that_fails_half_way() {
    let failing = Body::chunks([Ok("abc"), Err(io::Error::other("disk on fire"))]);
    for mut body in [Body::stream(Failing(0)), Body::sized(Failing(0), 10), failing] {
        assert_eq!(body.next_piece().unwrap(), Some(&b"abc"[..]));
        let error = body.next_piece().unwrap_err();
        assert_eq!(error.kind(), Kind::Body);
        assert!(error.to_string().contains("disk on fire"), "{error}");
        assert!(!body.rewind().unwrap());
    }
}

#[test]
fn sec_a8_a_sized_source_must_hold_what_it_announced() {
    let sized = |text: &'static str, length| drain(&mut Body::sized(text.as_bytes(), length));
    assert_eq!(sized("12345", 5).unwrap(), b"12345");
    assert_eq!(sized("", 0).unwrap(), b"");
    assert!(sized("1234", 5).unwrap_err().to_string().contains("after 4 of the announced 5"));
    assert!(sized("123456", 5).unwrap_err().to_string().contains("more than the announced 5"));
    assert_eq!(drain(&mut Body::sized(io::repeat(1).take(200_000), 200_000)).unwrap().len(), 200_000);
    assert_eq!(Body::sized(io::empty(), u64::MAX).length(), Some(u64::MAX));
    assert_eq!(drain(&mut Body::sized(io::empty(), u64::MAX)).unwrap_err().kind(), Kind::Body);
}

#[test]
fn c246_bodies_in_memory_are_sent_again() {
    for body in [Body::from("x"), Body::form([("x", "")]), Body::from(b"x")] {
        let mut body = body;
        let first = drain(&mut body).unwrap();
        assert!(body.is_replayable() && body.rewind().unwrap());
        assert_eq!(drain(&mut body).unwrap(), first);
    }
}

#[cfg(feature = "json")]
#[test]
fn c356_c357_json() {
    let body = Body::json(&std::collections::BTreeMap::<String, u8>::new()).unwrap();
    assert_eq!((body.as_bytes(), body.content_type()), (Some(&b"{}"[..]), Some("application/json")));
    let odd = std::collections::BTreeMap::from([(vec![1], 1)]);
    assert_eq!(Body::json(&odd).unwrap_err().kind(), Kind::InvalidRequest);
}

#[test]
fn trace_has_no_body() {
    assert!(refused(&with_body(Method::TRACE, "x")).contains("TRACE"));
    assert_eq!(assembled(&with_body(Method::TRACE, ())).transfer, Transfer::None);
}

#[test]
fn debug_shows_no_secret() {
    let mut request = with_body(Method::POST, "password=hunter2");
    request.url = Url::parse("http://me:hunter2@h/").unwrap();
    request.set_header("Authorization", "hunter2").unwrap();
    let text = format!("{request:?}");
    assert!(!text.contains("hunter2"), "{text}");
}
