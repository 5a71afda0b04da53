//! An archive unpacked while it arrives, by the tar crate: `cargo run --example tar_reader [-- URL]`
//!
//! Without a URL it asks a server of its own.

use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).map_or_else(|| serve_once(archive()?), Ok)?;
    let response = maypole::HttpClient::new()?.get(&url).send()?.error_for_status()?;
    for entry in tar::Archive::new(response).entries()? {
        let mut entry = entry?;
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        println!("{}: {} lines", entry.path()?.display(), text.lines().count());
    }
    Ok(())
}

fn archive() -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for path in ["Cargo.toml", "README.md"] {
        archive.append_path(path)?;
    }
    archive.into_inner()
}

/// Answers one request with `body` and gives the URL to ask.
fn serve_once(body: Vec<u8>) -> std::io::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept()?;
        let _request = connection.read(&mut [0; 1024])?;
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())?;
        connection.write_all(&body)
    });
    Ok(url)
}
