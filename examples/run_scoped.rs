//! From a thread onto coroutines with what lies on its stack: `cargo run --example run_scoped`

mod little_server;

use std::time::{Duration, Instant};

use little_server::serve;
use maypole::HttpClient;
use maypole::rt::{self, scope};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base = serve(|asked| (200, vec![], format!("you asked for {}", asked.path).into_bytes()))?;
    let client = HttpClient::builder().base_url(&base).max_per_host(50).build()?;

    // One closure, on a coroutine: `client` is borrowed, not cloned.
    let first = maypole::run(|| client.get("/").send()?.text())??;
    println!("{} bytes", first.len());

    // A hundred requests, at most 50 at once, all of them within ten seconds. They write where the thread has made room.
    let start = Instant::now();
    let mut lengths = vec![0; 100];
    scope::with_deadline(Duration::from_secs(10), || {
        rt::scoped(50, |s| {
            for (page, length) in lengths.iter_mut().enumerate() {
                let client = &client;
                s.spawn(move || {
                    match client.get("/").query([("page", page)]).send().and_then(|answer| answer.bytes()) {
                        Ok(body) => *length = body.len(),
                        Err(error) => eprintln!("page {page}: {error}"),
                    }
                })?;
            }
            Ok::<(), maypole::Error>(())
        })
    })?;
    println!("{} bytes in {:.1?}", lengths.iter().sum::<usize>(), start.elapsed());

    // Or with the results in order.
    let pages = ["/", "/?page=1", "/?page=2"];
    let texts = rt::scoped(3, |s| s.map(pages, |page| client.get(page).send()?.text()))?;
    for (page, text) in pages.iter().zip(texts) {
        println!("{page}: {} bytes", text?.len());
    }
    Ok(())
}
