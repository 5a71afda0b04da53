//! A zip archive unpacked while it arrives, by the zip crate: `cargo run --example zip_reader [-- URL]`
//!
//! Without a URL it asks a server of its own.

use std::error::Error;
use std::io::{Cursor, Read, Write};

use maypole::compat::io;
use zip::read::read_zipfile_from_stream;
use zip::write::{SimpleFileOptions, ZipWriter};

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(|| serve_once(archive()?), Ok::<_, Box<dyn Error>>)?;
    let response = maypole::HttpClient::new()?.get(&url).send()?.error_for_status()?;
    for (path, lines) in count_lines(response)? {
        println!("{path}: {lines} lines");
    }
    Ok(())
}

/// Path and lines of each file in an archive: a response, a `compat::io::Stream`, whatever can be read.
///
/// `zip::ZipArchive` wants `Seek`, since the directory stands at the end of a zip file; read as a stream, every file is
/// taken as its own header describes it. What was written to a pipe has its sizes behind the files and is refused.
pub(crate) fn count_lines(mut archive: impl Read) -> Result<Vec<(String, usize)>, Box<dyn Error>> {
    let mut files = Vec::new();
    while let Some(mut file) = read_zipfile_from_stream(&mut archive)? {
        // To the end, always: what is left of a file is else read by its destructor, which has nobody to tell of an
        // error, and must not wait if it is a panic that it runs for.
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        if file.is_file() {
            files.push((file.name().to_owned(), text.lines().count()));
        }
    }
    // The directory. A response that was read to its end leaves its connection to the next request.
    io::copy(&mut archive, &mut std::io::sink())?;
    Ok(files)
}

fn archive() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for path in ["Cargo.toml", "README.md"] {
        archive.start_file(path, SimpleFileOptions::default())?;
        archive.write_all(&std::fs::read(path)?)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Answers one request with `body` and gives the URL to ask.
fn serve_once(body: Vec<u8>) -> Result<String, Box<dyn Error>> {
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
