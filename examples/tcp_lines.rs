//! A protocol of lines over TCP, TLS or a Unix socket, its two directions on a coroutine each:
//! `cargo run --example tcp_lines -- tcp://HOST:PORT < lines`
//!
//! Without an argument it talks to an echo of its own.

use std::io::{BufRead, Write};
use std::net::TcpListener;

use maypole::compat::io::{Stream, copy};
use maypole::rt;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).map_or_else(echo, Ok)?;
    let (reader, mut writer) = Stream::connect(&url)?.split();
    // Neither direction waits for the other: a peer that answers before it has read everything is no trouble.
    let writing = rt::spawn(move || {
        for n in 1..=5 {
            writeln!(writer, "line {n}")?;
        }
        writer.shutdown()
    })?;
    for line in reader.lines() {
        println!("{}", line?);
    }
    Ok(writing.join().expect("no panic")?)
}

/// Sends back what comes, to one client.
fn echo() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("tcp://{}", listener.local_addr()?);
    std::thread::spawn(move || listener.accept().and_then(|(socket, _)| copy(&mut &socket, &mut &socket)));
    Ok(url)
}
