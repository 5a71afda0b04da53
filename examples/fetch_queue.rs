//! octopus's benchmark, against a server of its own that takes 5 ms for each answer: one URL after the other, with a queue,
//! and once more from the cache: `cargo run --release --example fetch_queue -- 2000 200`

mod little_server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use little_server::serve;
use maypole::HttpClient;
use maypole::client::Retry;
use maypole::queue::{FetchQueue, PrefixLimiter, ResponseCache};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse());
    let mut number = |default| arguments.next().unwrap_or(Ok(default));
    let (urls, concurrency) = (number(500)?, number(50)?);
    let site = serve(|asked| {
        std::thread::sleep(Duration::from_millis(5));
        (200, vec![], asked.path.as_bytes().to_vec())
    })?;
    let urls: Vec<_> = (0..urls).map(|n| format!("{site}/{n}")).collect();
    let rate = |start: Instant| urls.len() as f64 / start.elapsed().as_secs_f64();

    let (client, start) = (HttpClient::new()?, Instant::now());
    for url in &urls[..urls.len().min(100)] {
        client.get(url).send()?.text()?;
    }
    let each = start.elapsed() / urls.len().min(100) as u32;
    println!("one after the other: {:8.0} URLs/s", 1.0 / each.as_secs_f64());

    let queue = FetchQueue::builder()
        .concurrency(concurrency)
        .limiter(PrefixLimiter::new([(&*site, concurrency)])?)
        .cache(ResponseCache::new())
        .retry(Retry::standard())
        .on_handler_panic(|url, panic| eprintln!("{url}: {panic}"))
        .build()?;
    let bytes = Arc::new(AtomicUsize::new(0));
    for what in ["with a queue", "from the cache"] {
        let start = Instant::now();
        for url in &urls {
            let bytes = bytes.clone();
            queue.enqueue(url, move |url, answer| match answer.error_message() {
                None => {
                    bytes.fetch_add(answer.bytes().len(), Relaxed);
                }
                Some(message) => eprintln!("{url}: {message}"),
            })?;
        }
        queue.start();
        while let Err(open) = queue.wait(Duration::from_secs(1)) {
            println!("{open}");
        }
        println!("{:19}: {:8.0} URLs/s", what, rate(start));
    }
    let stats = queue.stats();
    println!("{} handled, {} of them from the cache, {} bytes", stats.done, stats.cache_hits, bytes.load(Relaxed));
    Ok(())
}
