//! tungstenite against the server of Python's websockets.

use std::time::{Duration, Instant};

use tungstenite::client::ClientRequestBuilder;
use tungstenite::{Bytes, Error, Message};

use crate::crowd::{self, Place};
use crate::peer::{free_port, on_both};
use crate::servers::{Server, bound, folder, folders, installed};
use websocket_tungstenite::{ask, close, connect, connect_both_ways};

#[allow(dead_code, reason = "its main runs outside of tests")]
#[path = "../../examples/websocket_tungstenite.rs"]
mod websocket_tungstenite;

/// Sends back what it gets, after a ping, and does some things that it is asked for.
const SERVER: &str = r#"
import asyncio, ssl, sys, websockets

async def serve(socket, path=None):
    async for message in socket:
        if message == "ping":
            await (await socket.ping())
            await socket.send("your pong has arrived")
        elif message == "poke":
            await socket.ping()
            await socket.send("poked")
        elif message == "header":
            await socket.send(socket.request_headers["X-Name"])
        elif message == "flood":
            for n in range(1000):
                await socket.send(str(n))
        elif message == "silence":
            await asyncio.sleep(60)
        elif message == "farewell":
            await socket.close(1001, "going")
        else:
            await socket.send(message)

async def main(port, secure):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("cert.pem", "key.pem")
    common = dict(backlog=4096, max_size=1 << 24, ping_interval=None, compression=None)
    await websockets.serve(serve, "127.0.0.1", secure, ssl=tls, **common)
    await websockets.serve(serve, "127.0.0.1", port, **common)
    await asyncio.Future()

asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
"#;

fn start(secure: u16) -> Option<Server> {
    // Debian's Python, whatever other one comes first in the path: it is the one with Debian's package.
    let python = installed("python3", "python3", folders())?;
    installed("websockets", "python3-websockets", ["/usr/lib/python3/dist-packages".into()])?;
    let (dir, port) = (folder(), free_port());
    let mut command = bound("INT", &python);
    command.current_dir(dir.path()).args(["-c", SERVER, &port.to_string(), &secure.to_string()]);
    Some(Server::start(command, dir, &[port, secure]))
}

fn urls(server: &Server, secure: u16) -> [String; 2] {
    [format!("ws://127.0.0.1:{}/path?query", server.port), format!("wss://localhost:{secure}/")]
}

#[test]
fn texts_bytes_pings_and_farewells() {
    let secure = free_port();
    let Some(server) = start(secure) else { return };
    for url in urls(&server, secure) {
        let authority = server.authority();
        on_both(move || talk(&Place::new(&url, &authority)));
    }
}

fn talk(place: &Place) {
    let request = ClientRequestBuilder::new(place.url.parse().unwrap()).with_header("X-Name", "maypole");
    let mut socket = connect(&place.connector, request).unwrap();
    assert_eq!(ask(&mut socket, "hello").unwrap(), "hello");
    assert_eq!(ask(&mut socket, "header").unwrap(), "maypole");
    assert_eq!(ask(&mut socket, "ping").unwrap(), "your pong has arrived");
    let large = Bytes::from(vec![b'x'; 3_000_000]);
    socket.send(Message::Binary(large.clone())).unwrap();
    assert!(socket.read().unwrap() == Message::Binary(large));
    socket.send(Message::text("flood")).unwrap();
    (0..1000).for_each(|n| assert_eq!(socket.read().unwrap(), Message::text(n.to_string())));

    // A timeout is an error of one read; what comes later is read by another one.
    socket.get_ref().set_read_timeout(Some(Duration::from_millis(50)));
    let waiting = Instant::now();
    assert!(matches!(socket.read(), Err(Error::Io(_))) && waiting.elapsed() >= Duration::from_millis(50));
    socket.get_ref().set_read_timeout(None);
    assert_eq!(ask(&mut socket, "still there").unwrap(), "still there");
    close(socket).unwrap();

    let mut socket = connect(&place.connector, &place.url).unwrap();
    assert!(matches!(ask(&mut socket, "farewell"), Err(Error::ConnectionClosed)));
    assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
}

/// Pongs, which the reader sends, come between the frames of the other one and not into them.
#[test]
fn one_reads_while_another_sends() {
    let secure = free_port();
    let Some(server) = start(secure) else { return };
    for url in urls(&server, secure) {
        let place = Place::new(&url, &server.authority());
        let read = move || {
            let (mut receiving, mut sending) = connect_both_ways(&place.connector, &place.url).unwrap();
            let send = move || {
                for n in 0..2_000 {
                    let text = if n % 20 == 0 { "poke".to_owned() } else { format!("{n} {}", "x".repeat(n)) };
                    sending.send(Message::text(text)).unwrap();
                }
            };
            let sender = maypole::rt::spawn(send).unwrap();
            for n in 0..2_000 {
                let expected = if n % 20 == 0 { "poked".into() } else { format!("{n} x") };
                let got = loop {
                    match receiving.read().unwrap() {
                        Message::Ping(_) => {}
                        other => break other.into_text().unwrap(),
                    }
                };
                assert!(n < 2 || got.starts_with(&expected), "{n}: {got}");
            }
            sender.join().unwrap();
            close(receiving).unwrap();
        };
        maypole::rt::spawn(read).unwrap().join().unwrap();
    }
}

#[test]
fn what_is_no_websocket_is_an_error() {
    let Some(nobody) = std::net::TcpListener::bind("127.0.0.1:0").ok() else { return };
    let url = format!("ws://{}/", nobody.local_addr().unwrap());
    let place = Place::new(&url, "");
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for mut stream in nobody.incoming().flatten() {
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    assert!(matches!(connect(&place.connector, &url), Err(Error::Http(answer)) if answer.status() == 403));
}

fn crowd(test: &str, which: usize) {
    let start = || {
        let secure = free_port();
        let server = start(secure)?;
        let (url, authority) = (urls(&server, secure)[which].clone(), server.authority());
        Some((server, url, authority))
    };
    crowd::at_once(test, start, |place, n, gate| {
        let turn = place.turn();
        let mut socket = connect(&place.connector, &place.url).unwrap();
        drop(turn);
        gate.wait();
        for round in 0..20 {
            place.rest(n, round);
            let text = format!("{n} {round}");
            assert_eq!(ask(&mut socket, &text).unwrap(), text);
        }
        close(socket).unwrap();
    });
}

#[test]
fn a_thousand_at_once() {
    crowd("websocket::a_thousand_at_once", 0);
}

#[test]
fn a_thousand_at_once_over_tls() {
    crowd("websocket::a_thousand_at_once_over_tls", 1);
}
