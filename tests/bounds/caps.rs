//! Cases 82 and 387: the length of a body, however it is read.

use std::io::Read;

use maypole::HttpClient;
use maypole::error::{Error, Kind, Phase};
use maypole::limits::Limits;

use crate::peer::*;
use crate::{announces, with};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn too_large(error: &Error) {
    assert_eq!((error.kind(), error.phase()), (Kind::TooLarge, Some(Phase::Body)), "{error}");
    assert!(error.to_string().contains("max_body"), "{error}");
}

#[test]
fn c82_c387_a_declared_length_is_refused_before_the_body_is_read() {
    on_both(|| {
        let peer = Peer::then_always(
            [conn([any_request(), reply(announces(10_001)), reply("x"), Act::Closed])],
            conn([serve(ok("own"))]),
        );
        let client = with(|b| b.max_body(10_000));
        let error = client.get(peer.url("/")).send().unwrap_err();
        too_large(&error);
        assert!(error.url().is_some());
        peer.wait_end(0);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "own");
        assert_eq!(client.stats().in_use, 0);
        peer.finish();
    });
}

#[test]
fn c82_c387_streams_end_at_the_cap_in_every_way_of_reading() {
    on_both(|| {
        let ways: [fn(maypole::Response) -> (usize, Error); 3] = [
            |mut response| {
                let mut body = Vec::new();
                let error = Error::from_io(response.read_to_end(&mut body).unwrap_err());
                let again = Error::from_io(response.read(&mut [0; 10]).unwrap_err());
                too_large(&again);
                (body.len(), error)
            },
            |mut response| {
                let mut sink = Vec::new();
                let error = response.copy_to(&mut sink).unwrap_err();
                too_large(&response.read_available(&mut [0; 10]).unwrap_err());
                (sink.len(), error)
            },
            |response| (1000, response.bytes().unwrap_err()),
        ];
        let chunk = format!("3E8\r\n{}\r\n", "x".repeat(1000));
        for way in ways {
            for (head, piece) in [
                ("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(700)),
                (CHUNKED, chunk.clone()),
                (CHUNKED, "1\r\nx\r\n".repeat(100)),
            ] {
                let peer = Peer::start([conn([any_request(), reply(head), flood(piece)])]);
                let client = with(|b| b.max_body(1000));
                let (read, error) = way(client.get(peer.url("/")).send().unwrap());
                too_large(&error);
                assert_eq!(read, 1000);
                // The connection is given up with the error, not with the response.
                peer.wait_end(0);
                assert_eq!(client.stats().in_use, 0);
                peer.finish();
            }
        }
    });
}

#[test]
fn c82_what_fits_is_whole_and_its_connection_kept() {
    on_both(|| {
        let chunked = format!("{CHUNKED}3E8\r\n{}\r\n0\r\nT: 1\r\n\r\n", "x".repeat(1000));
        let peer = Peer::start([conn([
            any_request(),
            reply(ok("x".repeat(1000))),
            any_request(),
            reply(chunked),
            request("HEAD"),
            reply(announces(5000)),
            any_request(),
            reply("HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n"),
            any_request(),
            reply(ok("")),
        ])]);
        let client = with(|b| b.max_body(1000));
        for _ in 0..2 {
            let mut response = client.get(peer.url("/")).send().unwrap();
            let mut body = Vec::new();
            response.read_to_end(&mut body).unwrap();
            assert!(body.len() == 1000 && response.is_complete() && response.received() == 1000);
        }
        assert_eq!(client.head(peer.url("/")).send().unwrap().content_length(), Some(5000));
        assert_eq!(client.get(peer.url("/")).send().unwrap().status(), 304);
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "");
        assert_eq!(peer.finish().shape(), [5]);
    });
}

#[test]
fn c387_whole_reads_have_a_cap_by_default_that_a_request_raises() {
    on_both(|| {
        let body = vec![b'x'; (10 << 20) + 1];
        let peer = Peer::always(conn([serve(ok(body))]));
        let client = with(|b| b);
        let error = client.get(peer.url("/")).send().unwrap().bytes().unwrap_err();
        assert_eq!(error.kind(), Kind::TooLarge, "{error}");
        let raised = Limits { whole_body: 11 << 20, ..Limits::default() };
        let response = client.get(peer.url("/")).limits(raised).send().unwrap();
        assert_eq!(response.bytes().unwrap().len(), (10 << 20) + 1);
    });
}

#[test]
fn c387_a_request_has_its_own_cap_or_none() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x".repeat(2000)))]));
        let client = with(|b| b.max_body(1000));
        let get = |client: &HttpClient| client.get(peer.url("/"));
        too_large(&get(&client).send().unwrap_err());
        assert_eq!(get(&client).max_body(2000).send().unwrap().bytes().unwrap().len(), 2000);
        assert_eq!(get(&client).max_body(None).send().unwrap().bytes().unwrap().len(), 2000);
        too_large(&get(&client).send().unwrap_err());
        let open = with(|b| b);
        too_large(&get(&open).max_body(1999).send().unwrap_err());
        too_large(&get(&open).max_body(0).send().unwrap_err());
    });
}

/// The cap is for what the caller reads; progress counts what a declared length means.
#[test]
fn c387_decoded_bytes_are_capped_and_coded_ones_told() {
    on_both(|| {
        let mut coded = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut coded, &[b'x'; 100_000]).unwrap();
        let coded = coded.finish().unwrap();
        let length = coded.len() as u64;
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        answer.extend(coded);
        let peer = Peer::always(conn([serve(answer)]));
        let client = with(|b| b.max_body(50_000));
        let mut response = client.get(peer.url("/")).send().unwrap();
        let mut body = Vec::new();
        too_large(&Error::from_io(response.read_to_end(&mut body).unwrap_err()));
        assert_eq!(body.len(), 50_000);
        let last = std::sync::Arc::new(std::sync::Mutex::new((0, None)));
        let noted = last.clone();
        let request =
            client.get(peer.url("/")).max_body(100_000).on_progress(move |n, of| *noted.lock().unwrap() = (n, of));
        assert_eq!(request.send().unwrap().bytes().unwrap().len(), 100_000);
        assert_eq!(*last.lock().unwrap(), (length, Some(length)));
    });
}

#[test]
fn c82_a_coded_length_is_not_that_of_the_body() {
    on_both(|| {
        let mut coded = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut coded, b"ten bytes.").unwrap();
        let coded = coded.finish().unwrap();
        assert!(coded.len() > 10);
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", coded.len());
        let answer = [head.into_bytes(), coded].concat();
        let peer = Peer::start([conn([serve(answer)])]);
        let client = with(|b| b.max_body(10));
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "ten bytes.");
        too_large(&client.get(peer.url("/")).max_body(9).send().unwrap().text().unwrap_err());
        peer.finish();
    });
}
