//! A download of any size, chunk by chunk, with progress: `cargo run --release --example download -- URL FILE`
//!
//! A server to try it on: `cargo run --release --features cli -- serve --listen 127.0.0.1:8080`

use std::fs::File;
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080/bytes/300000000".into());
    let path = arguments.next().unwrap_or_else(|| "/dev/null".into());

    let mut response = maypole::HttpClient::new()?.get(&url).send()?.error_for_status()?;
    let length = response.content_length();
    let mut file = File::create(&path)?;
    // One buffer for the whole download, on the heap: the stack of a coroutine is small.
    let mut chunk = vec![0; 256 << 10];
    let (mut done, mut shown) = (0, 0);
    loop {
        // What has arrived, at least one byte; 0 is the end. A connection that is cut is an error, never an end.
        let n = response.read(&mut chunk)?;
        if n == 0 {
            break;
        }
        file.write_all(&chunk[..n])?;
        done += n as u64;
        if let Some(length) = length.filter(|length| done * 10 / length > shown) {
            shown = done * 10 / length;
            println!("{:3} % of {length} bytes", shown * 10);
        }
    }
    println!("{done} bytes in {:.2?} to {path}", response.timings().total);
    Ok(())
}
