//! A server that is busy, and then breaks off in the middle of a body: `cargo run --example retries`

mod little_server;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use little_server::{Asked, Reply, serve};
use maypole::HttpClient;
use maypole::client::{Retry, What};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let requests = AtomicU32::new(0);
    let server = serve(move |asked| flaky(requests.fetch_add(1, Relaxed), asked))?;

    let client = HttpClient::builder()
        // 408, 429, 502, 503, 504, and what broke before an answer; idempotent methods only.
        .retry(Retry::standard().retries(4).backoff(Duration::from_millis(50), Duration::from_secs(2)))
        // A body that breaks goes on with `Range` and `If-Range`, twice at most.
        .resume(2)
        .on_event(|event| match event.what {
            What::Sending { headers } => println!("  sent {}", headers.get("range").unwrap_or("from the beginning")),
            What::Answered { status, .. } => println!("  answered {status}"),
            What::Retrying { after } => println!("  again in {after:.0?}"),
            _ => {}
        })
        .build()?;

    let mut response = client.get(format!("{server}/report")).send()?.error_for_status()?;
    println!("answered after {} tries, the body follows", response.attempts());
    let mut body = Vec::new();
    response.copy_to(&mut body)?;
    println!("{} bytes, all as they should be: {}", body.len(), body == report());
    Ok(())
}

fn report() -> Vec<u8> {
    (0..200_000_u32).map(|n| (n % 251) as u8).collect()
}

fn flaky(before: u32, asked: &Asked) -> Reply {
    let (body, version) = (report(), ("ETag", "\"one\"".to_owned()));
    match before {
        0 | 1 => (503, vec![("Retry-After", "0".into())], b"busy".to_vec()),
        // The head promises everything, and the connection ends after a third.
        2 => (200, vec![version, ("Content-Length", body.len().to_string())], body[..70_000].to_vec()),
        _ => {
            let from: usize = asked.header("range")["bytes=".len()..].trim_end_matches('-').parse().unwrap_or(0);
            let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
            (206, vec![version, ("Content-Range", range)], body[from..].to_vec())
        }
    }
}
