//! A table read by the csv crate, row by row, straight from a response: `cargo run --example csv_reader [-- URL]`
//!
//! Without a URL it asks a server of its own.

use std::error::Error;
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).map_or_else(|| serve_once(TABLE), Ok)?;
    let response = maypole::HttpClient::new()?.get(&url).send()?.error_for_status()?;
    let (rows, highest) = highest(response)?;
    println!("{rows} rows, the highest: {highest:?}");
    Ok(())
}

/// How many rows, and the first field of the one with the greatest number in its second: of a response, a
/// `compat::io::Stream`, a file, whatever can be read.
pub(crate) fn highest(table: impl Read) -> Result<(usize, String), Box<dyn Error>> {
    // Rows come out as they arrive, into one record that is used again: a table of any length needs the memory of a row.
    let mut table = csv::Reader::from_reader(table);
    let (mut rows, mut highest, mut name) = (0, f64::MIN, String::new());
    let mut row = csv::StringRecord::new();
    while table.read_record(&mut row)? {
        rows += 1;
        let height: f64 = row.get(1).ok_or("a row has no second field")?.parse()?;
        if height > highest {
            (highest, name) = (height, row[0].to_owned());
        }
    }
    Ok((rows, name))
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
