//! Other synchronous libraries' HTTP over a stream.

use std::io::{BufRead, Read, Write};

use maypole::compat::io::Stream;
use maypole::rt;

use crate::peer::Act::Closed;
use crate::peer::{conn, expect, ok, on_both, reply, request};
use crate::site::WAYS;

/// A GET as any blocking program does one with `httparse` and a `BufRead`.
fn get<S: BufRead + Write>(stream: &mut S, host: &str, path: &str) -> (u16, Vec<u8>) {
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(stream.read_until(b'\n', &mut head).unwrap() > 0, "the end inside of the head");
    }
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    assert!(response.parse(&head).unwrap().is_complete());
    let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length")).unwrap();
    let length: usize = std::str::from_utf8(length.value).unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (response.code.unwrap(), body)
}

#[test]
fn c351_another_library_runs_a_get_on_it() {
    for way in WAYS {
        on_both(move || {
            let body = vec![b'x'; 300_000];
            let peer = way.peer(conn([request("GET /a?b HTTP/1.1\r\n"), reply(ok(&body)), Closed]));
            let mut stream = way.connect(&peer);
            assert_eq!(get(&mut stream, "localhost", "/a?b"), (200, body));
            drop(stream);
            peer.finish();
        });
    }
}

/// The opening of a WebSocket is a GET, and behind it both sides talk.
#[test]
fn c351_tungstenite_runs_a_get_on_it() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut socket = tungstenite::accept(connection.unwrap()).unwrap();
            let message = socket.read().unwrap();
            socket.send(message).unwrap();
            while socket.read().is_ok() {}
        }
    });
    on_both(move || {
        let stream = Stream::connect(&format!("ws://{address}/")).unwrap();
        let (mut socket, response) = tungstenite::client(format!("ws://{address}/chat"), stream).unwrap();
        assert_eq!(response.status(), 101);
        socket.send(tungstenite::Message::text("hello")).unwrap();
        assert_eq!(socket.read().unwrap().into_text().unwrap().as_str(), "hello");
        socket.close(None).unwrap();
        socket.flush().ok();
    });
}

#[test]
fn an_upgraded_connection_becomes_a_stream() {
    on_both(|| {
        let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: lines\r\n\r\n";
        let script =
            [request("GET /chat HTTP/1.1\r\n"), reply(format!("{head}one\ntw")), expect("x"), reply("o\n"), Closed];
        let peer = crate::peer::Peer::start([conn(script)]);
        let client = maypole::HttpClient::builder().max_per_host(1).build().unwrap();
        let asking = client.get(peer.url("/chat")).header("Connection", "upgrade").header("Upgrade", "lines");
        let response = asking.idle_timeout(std::time::Duration::from_secs(9)).send().unwrap();
        let mut stream = Stream::from(response.into_upgraded().unwrap());
        assert_eq!(stream.read_timeout(), Some(std::time::Duration::from_secs(9)));
        stream.write_all(b"x").unwrap();
        let mut lines = String::new();
        stream.read_line(&mut lines).unwrap();
        stream.read_line(&mut lines).unwrap();
        assert_eq!(lines, "one\ntwo\n");
        assert_eq!(client.stats().open, 0);
        drop(stream);
        peer.finish();
    });
}

#[test]
fn a_thousand_at_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        // One after the other is enough: each answer fits the buffers.
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut head = [0; 1000];
            assert!(connection.read(&mut head).unwrap() > 0);
            connection.write_all(&ok("fine")).unwrap();
        }
    });
    let all: Vec<_> = (0..1000)
        .map(|_| {
            let url = url.clone();
            rt::spawn(move || get(&mut Stream::connect(&url).unwrap(), "h", "/")).unwrap()
        })
        .collect();
    for one in all {
        assert_eq!(one.join().unwrap(), (200, b"fine".to_vec()));
    }
}
