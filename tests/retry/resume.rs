//! Bodies that break and go on: cases 331 and 337 as far as a response is concerned.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::client::What;
use maypole::error::Kind;
use maypole::{HttpClient, Response};

use crate::builder;
use crate::peer::*;

const KIB: usize = 1024;

fn content(size: usize) -> Vec<u8> {
    (0..size as u32).map(|n| (n ^ (n >> 8) ^ (n >> 16)) as u8).collect()
}

/// A server that knows ranges and cuts each body after so many bytes.
fn cutting(content: Vec<u8>, cut: usize) -> (Server, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let server = Server::start(move |request, to| {
        count.fetch_add(1, SeqCst);
        let from = request.header("range").map(|range| {
            assert_eq!(request.header("if-range"), Some("\"v1\""));
            range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse::<usize>().unwrap()
        });
        let all = content.len();
        let line = match from {
            Some(from) => format!("206 Partial Content\r\nContent-Range: bytes {from}-{}/{all}", all - 1),
            None => "200 OK\r\nAccept-Ranges: bytes".into(),
        };
        let rest = &content[from.unwrap_or(0)..];
        to.reply(format!("HTTP/1.1 {line}\r\nETag: \"v1\"\r\nContent-Length: {}\r\n\r\n", rest.len()));
        to.reply(&rest[..rest.len().min(cut)]);
        if rest.len() > cut {
            to.close();
        }
    });
    (server, requests)
}

fn client() -> HttpClient {
    builder().resume(3).build().unwrap()
}

fn read(mut response: Response) -> (Vec<u8>, Result<(), maypole::Error>) {
    let mut bytes = Vec::new();
    let result = response.read_to_end(&mut bytes).map(drop).map_err(maypole::Error::from_io);
    (bytes, result)
}

/// The first answer of a script: 10 bytes announced, 4 sent.
fn broken(lines: &str) -> Conn {
    let text = format!("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{lines}\r\n0123");
    conn([request("GET /x"), reply(text), Act::Close])
}

/// What a request for the rest is answered with.
fn rest(answer: &str) -> Conn {
    conn([request("GET /x"), reply(answer)])
}

#[test]
fn c331_a_body_cut_at_400_kib_is_whole_in_the_end() {
    on_both(|| {
        let all = content(1000 * KIB);
        let (server, requests) = cutting(all.clone(), 400 * KIB);
        let (bytes, result) = read(client().get(server.url("/")).send().unwrap());
        result.unwrap();
        assert!(bytes == all, "{} bytes", bytes.len());
        assert_eq!(requests.load(SeqCst), 3);

        let (server, requests) = cutting(all.clone(), 400 * KIB);
        let body = builder().build().unwrap().get(server.url("/")).resume(2).send().unwrap().bytes().unwrap();
        assert!(body == all && requests.load(SeqCst) == 3);
    });
}

#[test]
fn c331_what_is_asked_for_and_read_in_each_way() {
    on_both(|| {
        let part = "HTTP/1.1 206 X\r\nETag: \"a\"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789";
        let peer = Peer::start([broken("ETag: \"a\"\r\n"), rest(part)]);
        let mut response = client().get(peer.url("/x")).header("X-Own", "1").send().unwrap();
        assert_eq!(response.read_full(7).unwrap(), b"0123456");
        assert_eq!((response.received(), response.is_complete(), response.status()), (7, false, 200));
        assert_eq!(response.read_full(7).unwrap(), b"789");
        assert!(response.is_complete() && response.received() == 10);
        let seen = peer.finish();
        let asked = seen.requests()[1];
        let lines = ["range", "if-range", "x-own"].map(|name| asked.header(name));
        assert_eq!(lines, [Some("bytes=4-"), Some("\"a\""), Some("1")]);
    });
}

#[test]
fn c331_a_connection_that_stays_silent_or_is_reset() {
    on_both(|| {
        let part = "HTTP/1.1 206 X\r\nETag: \"a\"\r\nContent-Range: bytes 4-9/10\r\n\r\n456789";
        for end in [Act::Stall, Act::Reset] {
            let start = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"a\"\r\n\r\n0123";
            let goes_on = with_some_time(Duration::from_millis(200), |limit| {
                let read_up = Gate::new();
                let first = match end {
                    Act::Reset => conn([any_request(), reply(start), hold(&read_up), Act::Reset]),
                    _ => conn([any_request(), reply(start), Act::Swallow]),
                };
                let ends_by_close = conn([any_request(), reply(part), Act::Close]);
                let peer = Peer::then_always([first], ends_by_close);
                let sent = client().get(peer.url("/")).idle_timeout(limit).send();
                let result = sent.and_then(|mut response| {
                    let begun = response.read_full(4)?;
                    read_up.open();
                    Ok((begun, read(response).0))
                });
                read_up.open();
                match result {
                    Ok((begun, rest)) if begun == b"0123" && peer.connections() == 2 => {
                        assert_eq!(rest, b"456789");
                        true
                    }
                    result => {
                        eprintln!("{limit:?}: {result:?}");
                        peer.give_up();
                        false
                    }
                }
            });
            assert!(goes_on, "never resumed after {end:?}");
        }
    });
}

#[test]
fn c331_two_versions_are_never_mixed() {
    let fine = "ETag: \"a\"\r\nContent-Range: bytes 4-9/10\r\n";
    let table = [
        ("200 OK", "ETag: \"b\"\r\n", "abcdefghij", "another version"),
        ("206 X", "ETag: \"b\"\r\nContent-Range: bytes 4-9/10\r\n", "efghij", "another version"),
        ("206 X", "Content-Range: bytes 4-9/10\r\n", "efghij", "another version"),
        ("206 X", "ETag: \"a\"\r\nContent-Range: bytes 3-9/10\r\n", "3456789", "starts at another byte"),
        ("206 X", "ETag: \"a\"\r\nContent-Range: bytes 4-9/11\r\n", "456789", "length"),
        ("206 X", "ETag: \"a\"\r\n", "456789", "which part"),
        ("416 X", fine, "456789", "no such part"),
        ("404 X", fine, "456789", "another status"),
        ("302 X", "Location: /y\r\n", "456789", "another status"),
    ];
    on_both(move || {
        for (status, lines, body, why) in table {
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{lines}\r\n{body}", body.len());
            let peer = Peer::start([broken("ETag: \"a\"\r\n"), rest(&answer)]);
            let mut response = client().get(peer.url("/x")).send().unwrap();
            let mut bytes = Vec::new();
            let error = response.read_to_end(&mut bytes).map_err(maypole::Error::from_io).unwrap_err();
            assert_eq!((bytes.as_slice(), error.kind()), (&b"0123"[..], Kind::Incomplete), "{status} {lines}");
            assert!(error.to_string().contains(why), "{error}");
            // It stays.
            assert!(response.read(&mut [0; 10]).is_err());
            peer.finish();
        }
    });
}

#[test]
fn c337_a_server_without_ranges_that_still_has_the_same_version() {
    on_both(|| {
        let whole = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n0123456789";
        let peer = Peer::start([broken("ETag: \"a\"\r\n"), rest(whole)]);
        let (bytes, result) = read(client().get(peer.url("/x")).send().unwrap());
        result.unwrap();
        assert_eq!(bytes, b"0123456789");
        peer.finish();
    });
}

#[test]
fn who_listens_is_told_of_what_the_reader_does_not_notice() {
    on_both(|| {
        let part = "HTTP/1.1 206 X\r\nETag: \"a\"\r\nContent-Range: bytes 4-9/10\r\n\r\n456789";
        let peer = Peer::start([broken("ETag: \"a\"\r\n"), conn([any_request(), reply(part), Act::Close])]);
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = told.clone();
        let request = client().get(peer.url("/x")).on_event(move |event| {
            tell.lock().unwrap().push(match event.what {
                What::Sending { headers } => format!("sending {:?}", headers.get("range")),
                What::Answered { status, .. } => format!("answered {status}"),
                What::Retrying { .. } => "again".into(),
                What::Ended { received, complete, .. } => format!("ended {received} {complete}"),
                _ => return,
            });
        });
        read(request.send().unwrap()).1.unwrap();
        let expected =
            ["sending None", "answered 200", "again", "sending Some(\"bytes=4-\")", "answered 206", "ended 10 true"];
        assert_eq!(*told.lock().unwrap(), expected);
        peer.finish();
    });
}

#[test]
fn c331_a_server_that_is_restarting_is_asked_again() {
    on_both(|| {
        let busy = "HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
        let part = "HTTP/1.1 206 X\r\nETag: \"a\"\r\nContent-Range: bytes 4-9/10\r\n\r\n456789";
        let again = conn([any_request(), reply(busy), any_request(), reply(part), Act::Close]);
        let peer = Peer::start([broken("ETag: \"a\"\r\n"), again]);
        let watch = Stopwatch::start();
        let (bytes, result) = read(client().get(peer.url("/x")).send().unwrap());
        watch.within(1000..9000);
        result.unwrap();
        assert_eq!(bytes, b"0123456789");
        peer.finish();
    });
}

#[test]
fn c331_what_cannot_be_resumed_fails_at_once() {
    on_both(|| {
        for lines in ["", "ETag: W/\"a\"\r\n", "ETag: \"a\"\r\nAccept-Ranges: none\r\n"] {
            let peer = Peer::start([broken(lines)]);
            let (bytes, result) = read(client().get(peer.url("/x")).send().unwrap());
            assert_eq!((&*bytes, result.unwrap_err().kind()), (&b"0123"[..], Kind::Incomplete), "{lines}");
            peer.finish();
        }
        // Nor a request whose body would have to go again.
        let peer = Peer::start([broken("ETag: \"a\"\r\n")]);
        assert!(read(client().get(peer.url("/x")).body("query").send().unwrap()).1.is_err());
        peer.finish();
        // Nor without being asked to.
        let peer = Peer::start([broken("ETag: \"a\"\r\n")]);
        assert!(read(builder().build().unwrap().get(peer.url("/x")).send().unwrap()).1.is_err());
        peer.finish();
    });
}

#[test]
fn c331_a_bounded_number_of_times_within_the_deadline() {
    on_both(|| {
        // One byte each time: after the first and three more the patience is over.
        let (server, requests) = cutting(content(100), 1);
        let (bytes, result) = read(client().get(server.url("/")).send().unwrap());
        let error = result.unwrap_err();
        assert_eq!((bytes.len(), error.kind(), requests.load(SeqCst)), (4, Kind::Incomplete, 4), "{error:?}");
        assert_eq!(error.earlier().len(), 3, "{error:?}");

        let is_resumed = with_some_time(Duration::from_millis(200), |limit| {
            let peer = Peer::then_always([broken("ETag: \"a\"\r\n")], conn([Act::Swallow]));
            let watch = Stopwatch::start();
            let result = client().get(peer.url("/x")).timeout(limit).send().and_then(|response| read(response).1);
            watch.within(0..limit.as_millis() as u64);
            let error = result.unwrap_err();
            peer.connections() == 2 || {
                eprintln!("{limit:?}: {error}");
                peer.give_up();
                false
            }
        });
        assert!(is_resumed, "never within the limit");
    });
}

#[test]
fn c331_a_body_in_chunks_that_is_cut_off() {
    on_both(|| {
        let start = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n";
        let part = "HTTP/1.1 206 X\r\nETag: \"a\"\r\nContent-Range: bytes 4-9/10\r\nTransfer-Encoding: chunked\r\n\r\n";
        let whole = format!("{part}6\r\n456789\r\n0\r\nT: 1\r\n\r\n");
        let peer = Peer::start([conn([any_request(), reply(start), Act::Close]), rest_of(&whole)]);
        let mut response = client().get(peer.url("/x")).send().unwrap();
        assert_eq!(response.read_full(100).unwrap(), b"0123456789");
        assert_eq!(response.trailers().get("T"), Some("1"));
        peer.finish();
        // Fewer and more bytes than the part announced.
        for chunks in ["5\r\n45678\r\n0\r\n\r\n", "7\r\n456789x\r\n0\r\n\r\n"] {
            let peer =
                Peer::start([conn([any_request(), reply(start), Act::Close]), rest_of(&format!("{part}{chunks}"))]);
            let (_, result) = read(builder().build().unwrap().get(peer.url("/x")).resume(1).send().unwrap());
            result.unwrap_err();
            peer.finish();
        }
    });
}

fn rest_of(answer: &str) -> Conn {
    conn([any_request(), reply(answer)])
}
