//! WebSocket by the tungstenite crate, written for blocking sockets, on a thousand coroutines:
//! `cargo run --release --example websocket_tungstenite -- ws://127.0.0.1:9001/`
//!
//! The server should send back what it gets. One to try it on: `python3 -c 'import asyncio, websockets as w; asyncio.run(
//! w.serve(lambda s: asyncio.wait([asyncio.ensure_future(s.send(m)) async for m in s]), "127.0.0.1", 9001))'`

use std::io;

use maypole::compat::io::{Connector, Stream};
use maypole::rt::Group;
use tungstenite::client::{IntoClientRequest, client_with_config};
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message, Result, WebSocket};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:9001/".into());
    let connector = Connector::new();

    let mut socket = connect(&connector, &url)?;
    println!("{:?}", ask(&mut socket, "hello")?);
    close(socket)?;

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
    // By default each connection has buffers of 128 KiB for both directions, which is much for thousands of them.
    let config = WebSocketConfig::default().read_buffer_size(4 << 10).write_buffer_size(4 << 10);
    match client_with_config(request, stream, Some(config)) {
        Ok((socket, _response)) => Ok(socket),
        Err(HandshakeError::Failure(error)) => Err(error),
        Err(HandshakeError::Interrupted(_)) => Err(Error::Io(io::ErrorKind::TimedOut.into())),
    }
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
pub(crate) fn close(mut socket: WebSocket<Stream>) -> Result<()> {
    socket.close(None)?;
    loop {
        match socket.read() {
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}
