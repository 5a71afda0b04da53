//! JSON parsed while it arrives, by serde_json itself: `cargo run --example json_reader -- URL`
//!
//! A server to try it on: `cargo run --release --features cli -- serve --listen 127.0.0.1:8080`

use std::error::Error;
use std::io::{BufReader, Read};
use std::time::Instant;

use serde::de::DeserializeOwned;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080/lines/10/100".into());
    let client = maypole::HttpClient::new()?;
    let start = Instant::now();

    // A response is a `Read`: no byte of the document is kept besides the values.
    let response = client.get(&url).send()?.error_for_status()?;
    for value in values::<Value>(response) {
        println!("{:>8.1?}  {}", start.elapsed(), value?);
    }

    // One document: `from_reader` reads up to its end.
    let url = url.replace("lines/10/100", "headers");
    let value: Value = serde_json::from_reader(BufReader::new(client.get(&url).send()?))?;
    println!("{value:#}");
    Ok(())
}

/// Values one after another, a line each or not (JSON Lines, NDJSON): of a response, a `compat::io::Stream`, a file,
/// whatever can be read. Each comes out when its last byte has arrived; a number needs the byte behind it too.
pub(crate) fn values<T: DeserializeOwned>(from: impl Read) -> impl Iterator<Item = serde_json::Result<T>> {
    // The crate takes one byte at a time, for which a call into a connection each is much.
    serde_json::Deserializer::from_reader(BufReader::new(from)).into_iter()
}
