//! Many answers as they come, each with what it is for: `cargo run --example as_completed`

mod little_server;

use std::time::Duration;

use little_server::serve;
use maypole::queue::{FuturesSession, as_completed};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = serve(|asked| {
        let n: u64 = asked.path[1..].parse().unwrap_or(0);
        std::thread::sleep(Duration::from_millis(20 * (n % 5)));
        (if n == 7 { 404 } else { 200 }, vec![], format!("number {n}").into_bytes())
    })?;
    let session = FuturesSession::builder().max_workers(20).configure(move |session| session.base_url(url)).build()?;
    let futures = (0..20).map(|n| session.get(format!("/{n}")).send().tagged(n));
    let mut completed = as_completed(futures).timeout(Duration::from_secs(10));
    for future in completed.by_ref() {
        let n = *future.tag();
        match future.result().and_then(|response| response.error_for_status()?.text()) {
            Ok(text) => println!("{n}: {text}"),
            Err(error) => println!("{n}: {error}"),
        }
    }
    println!("not in time: {}", completed.into_rest().len());
    Ok(())
}
