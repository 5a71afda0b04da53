//! An archive unpacked while it arrives, by the tar crate: `cargo run --example tar_reader [-- URL]`
//!
//! Without a URL it asks a server of its own.

use std::error::Error;
use std::io::{Read, Write};

use maypole::compat::io;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(|| serve_once(archive()?), Ok)?;
    let response = maypole::HttpClient::new()?.get(&url).send()?.error_for_status()?;
    for (path, lines) in count_lines(response)? {
        println!("{path}: {lines} lines");
    }
    Ok(())
}

/// Path and lines of each file in an archive: a response, a `compat::io::Stream`, a file, whatever can be read.
pub(crate) fn count_lines(archive: impl Read) -> Result<Vec<(String, usize)>, Box<dyn Error>> {
    let mut archive = tar::Archive::new(archive);
    let mut files = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_file() {
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            files.push((entry.path()?.display().to_string(), text.lines().count()));
        }
    }
    // The crate stops at the mark of the end, and padding follows. A response that was read to its own end leaves its
    // connection to the next request; one that was not closes it.
    io::copy(&mut archive.into_inner(), &mut std::io::sink())?;
    Ok(files)
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
