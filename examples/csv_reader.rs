//! A table read by the csv crate, row by row, straight from a response: `cargo run --example csv_reader [-- URL]`
//!
//! Without a URL it asks a server of its own.

use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).map_or_else(|| serve_once(TABLE), Ok)?;
    let response = maypole::HttpClient::new()?.get(&url).send()?.error_for_status()?;
    // Rows come out as they arrive; a table of any length needs the memory of one row.
    let mut table = csv::Reader::from_reader(response);
    println!("{:?}", table.headers()?);
    for row in table.records() {
        println!("{:?}", row?);
    }
    Ok(())
}

const TABLE: &str = "tree,height m\nbirch,20\nlinden,30\n\"fir, silver\",60\n";

/// Answers one request with `body` and gives the URL to ask.
fn serve_once(body: &'static str) -> std::io::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept()?;
        let _request = connection.read(&mut [0; 1024])?;
        write!(connection, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    });
    Ok(url)
}
