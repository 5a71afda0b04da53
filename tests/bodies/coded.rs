//! Case 241: bodies compressed on their way.

use std::io::{self, Cursor, Read};

use flate2::read::GzDecoder;
use maypole::Body;
use maypole::error::Kind;
use maypole::message::Version;
use maypole::message::multipart::{Form, Part};

use crate::peer::*;
use crate::{quick, refused, seen};

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut decoder = GzDecoder::new(bytes);
    decoder.read_to_end(&mut out).unwrap();
    assert!(decoder.into_inner().is_empty(), "nothing behind the stream");
    out
}

fn text(length: u32) -> Vec<u8> {
    (0..length).map(|n| b"maypole "[(n % 8) as usize] ^ u8::from(n % 97 == 0)).collect()
}

#[test]
fn c241_gzip_in_chunks() {
    on_both(|| {
        for length in [0, 1, 100, 65_536, 1_000_000] {
            let bytes = text(length);
            let r = seen(|request| request.body(Body::from(bytes.clone()).gzip()));
            assert_eq!((r.header("content-encoding"), r.length(), r.is_chunked()), (Some("gzip"), None, true));
            assert_eq!(r.header("content-type"), Some("application/octet-stream"));
            assert!(unzip(&r.body) == bytes, "{length}");
            let r = seen(|request| request.body(Body::stream(Cursor::new(bytes.clone())).gzip().gzip()));
            assert_eq!(r.all("content-encoding"), ["gzip"]);
            assert!(unzip(&r.body) == bytes, "{length}");
        }
        let noise: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let r = seen(|request| request.body(Body::from(noise.clone()).gzip()));
        assert!(unzip(&r.body) == noise);
        let r = seen(|request| request.body(Body::empty().gzip()));
        assert_eq!((r.length(), r.header("content-encoding")), (Some(0), None));
    });
}

#[test]
fn c241_a_coding_of_the_callers_contradicts() {
    on_both(|| {
        let error = refused(|request| request.header("Content-Encoding", "br").body(Body::from("x").gzip()));
        assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
        // Chunks are HTTP/1.1's.
        let error = refused(|request| request.version(Version::Http10).body(Body::from("x").gzip()));
        assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
    });
}

#[test]
fn c241_c246_compressed_again_on_a_replay() {
    on_both(|| {
        let dying = conn([request("GET"), reply(ok("a")), head("PUT"), Act::Close]);
        let peer = Peer::start([dying, conn([request("PUT"), reply(ok("put"))])]);
        let client = quick();
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        let body = Body::from(text(500_000)).gzip();
        assert_eq!(client.put(peer.url("/")).body(body).send().unwrap().text().unwrap(), "put");
        let seen = peer.finish();
        assert!(unzip(&seen.requests()[2].body) == text(500_000));
    });
}

#[test]
fn c241_whole_forms_and_single_parts() {
    on_both(|| {
        let form = Form::new().text("a", "1").part("b", Part::reader(Cursor::new(text(100_000)))).boundary("b");
        let r = seen(|request| request.body(form.into_body().unwrap().gzip()));
        assert_eq!(r.header("content-type"), Some("multipart/form-data; boundary=b"));
        let plain = unzip(&r.body);
        assert!(plain.ends_with(b"--b--\r\n") && plain.len() > 100_000);
        let form = Form::new().part("a", Part::body(Body::from("hello").gzip()));
        let r = seen(|request| request.multipart(form));
        let part = &crate::parse::parts(&r)[0];
        assert_eq!((part.line("Content-Encoding"), unzip(&part.content).as_slice()), (Some("gzip"), &b"hello"[..]));
    });
}

#[test]
fn c239_a_source_that_fails_under_the_encoder() {
    on_both(|| {
        let peer = Peer::start([conn([head("POST"), Act::Swallow])]);
        let source = io::repeat(b'x').take(100_000).chain(Broken);
        let error = quick().post(peer.url("/")).body(Body::stream(source).gzip()).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Body, "{error}");
        peer.wait_end(0);
    });
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("disk on fire"))
    }
}
