//! A streaming API, line by line as the lines come: `cargo run --example lines -- URL`
//!
//! A server to try it on: `cargo run --release --features cli -- serve --listen 127.0.0.1:8080`

use std::time::Duration;

fn main() -> maypole::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080/lines/20/100".into());
    let client = maypole::HttpClient::new()?;
    // No limit on the whole, which may go on for days, but one on silence.
    let response = client.get(&url).idle_timeout(Duration::from_secs(60)).send()?.error_for_status()?;
    for line in response.lines() {
        println!("{}", line?);
    }
    Ok(())
}
