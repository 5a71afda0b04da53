//! JSON parsed while it arrives, by serde_json itself: `cargo run --example json_reader -- URL`
//!
//! A server to try it on: `cargo run --release --features cli -- serve --listen 127.0.0.1:8080`

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080/lines/10/100".into());
    let client = maypole::HttpClient::new()?;
    let start = Instant::now();

    // A response is a `Read`: no byte of the document is kept besides the values.
    let response = client.get(&url).send()?.error_for_status()?;
    for value in serde_json::Deserializer::from_reader(response).into_iter::<serde_json::Value>() {
        println!("{:>8.1?}  {}", start.elapsed(), value?);
    }

    // One document: `from_reader` reads up to its end.
    let url = url.replace("lines/10/100", "headers");
    let value: serde_json::Value = serde_json::from_reader(client.get(&url).send()?)?;
    println!("{value:#}");
    Ok(())
}
