//! WebSocket by the tungstenite crate, written for blocking sockets, on a thousand coroutines:
//! `cargo run --release --example websocket_tungstenite -- ws://127.0.0.1:9001/`
//!
//! The server should send back what it gets. One to try it on: `python3 -c 'import asyncio, websockets as w; asyncio.run(
//! w.serve(lambda s: asyncio.wait([asyncio.ensure_future(s.send(m)) async for m in s]), "127.0.0.1", 9001))'`

use std::io::{self, Read, Write};
use std::sync::Arc;

use maypole::compat::io::{Connector, Stream};
use maypole::rt::{self, Group};
use tungstenite::client::{IntoClientRequest, client_with_config};
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, Result, WebSocket};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:9001/".into());
    let connector = Connector::new();

    let mut socket = connect(&connector, &url)?;
    println!("{:?}", ask(&mut socket, "hello")?);
    close(socket)?;

    // One coroutine sends whatever it likes, while another one reads.
    let (mut receiving, mut sending) = connect_both_ways(&connector, &url)?;
    let sender = rt::spawn(move || (0..1_000).try_for_each(|n| sending.send(Message::text(n.to_string()))))?;
    let received = (0..1_000).map_while(|_| receiving.read().ok()).count();
    println!("sent: {:?}, received: {received}", sender.join().expect("no panic"));

    let group = Group::new(1_000);
    let answers = group.map(0..1_000, move |n| {
        let mut socket = connect(&connector, &url)?;
        for round in 0..10 {
            ask(&mut socket, &format!("{n}, {round}"))?;
        }
        close(socket)
    })?;
    println!("{} of 1,000 went well", answers.iter().filter(|answer| answer.is_ok()).count());
    Ok(())
}

/// `tungstenite::connect` with the connection from us: `ws://` or `wss://`, a text or a request with headers of its own.
pub(crate) fn connect(connector: &Connector, request: impl IntoClientRequest) -> Result<WebSocket<Stream>> {
    let request = request.into_client_request()?;
    let stream = connector.connect(&request.uri().to_string()).map_err(io::Error::from)?;
    handshake(request, stream)
}

fn handshake<S: Read + Write>(request: impl IntoClientRequest, stream: S) -> Result<WebSocket<S>> {
    match client_with_config(request, stream, Some(config())) {
        Ok((socket, _response)) => Ok(socket),
        Err(HandshakeError::Failure(error)) => Err(error),
        Err(HandshakeError::Interrupted(_)) => Err(Error::Io(io::ErrorKind::TimedOut.into())),
    }
}

/// By default each connection has buffers of 128 KiB for both directions, which is much for thousands of them.
fn config() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4 << 10).write_buffer_size(4 << 10)
}

/// Sends a text and waits for the next message that is one; pings are answered by tungstenite while it reads.
pub(crate) fn ask(socket: &mut WebSocket<Stream>, text: &str) -> Result<String> {
    socket.send(Message::text(text))?;
    loop {
        match socket.read()? {
            Message::Text(answer) => return Ok(answer.as_str().to_owned()),
            Message::Close(_) => return Err(Error::ConnectionClosed),
            _ => {}
        }
    }
}

/// Says farewell and waits until the server has done so. A socket that is dropped without it is cut.
pub(crate) fn close(mut socket: WebSocket<impl Read + Write>) -> Result<()> {
    socket.close(None)?;
    loop {
        match socket.read() {
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// The same connection twice: one to read from, which also answers pings, and one to send with from elsewhere.
pub(crate) fn connect_both_ways(connector: &Connector, url: &str) -> Result<(WebSocket<Shared>, WebSocket<Shared>)> {
    let stream = connector.connect(url).map_err(io::Error::from)?;
    let shared = Shared { stream: Arc::new(stream), turn: Arc::default() };
    let sending = WebSocket::from_raw_socket(shared.clone(), Role::Client, Some(config()));
    Ok((handshake(url, shared)?, sending))
}

/// A connection that several write to: what tungstenite writes are whole frames, and they go out in turn.
#[derive(Clone)]
pub(crate) struct Shared {
    stream: Arc<Stream>,
    turn: Arc<rt::Mutex<()>>,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.stream).read(buffer)
    }
}

impl Write for Shared {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        let _turn = self.turn.lock();
        (&*self.stream).write_all(frames)?;
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.stream).flush()
    }
}
