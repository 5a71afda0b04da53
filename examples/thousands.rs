//! Thousands of coroutines on one client: `cargo run --release --example thousands -- http://127.0.0.1:8080/`
//!
//! A server to try it on: `cargo run --release --features cli -- serve --listen 127.0.0.1:8080`

use maypole::rt::Group;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

static BYTES: AtomicUsize = AtomicUsize::new(0);

fn main() -> maypole::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080/".into());
    let client = maypole::HttpClient::builder().max_per_host(50).build()?;
    let start = Instant::now();
    let group = Group::new(5_000);
    for _ in 0..20_000 {
        let (client, url) = (client.clone(), url.clone());
        group.spawn(move || match client.get(&url).send().and_then(|response| response.bytes()) {
            Ok(body) => drop(BYTES.fetch_add(body.len(), Ordering::Relaxed)),
            Err(error) => eprintln!("{error}"),
        })?;
    }
    group.join();
    println!("20,000 responses, {} bytes, in {:.2?}", BYTES.load(Ordering::Relaxed), start.elapsed());
    println!("{:?}", client.stats());
    Ok(())
}
