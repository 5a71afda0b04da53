//! A crawl that a site can live with: what robots.txt allows, few at once, as fast as the host bears it:
//! `cargo run --example polite_crawl`

mod little_server;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use little_server::serve;
use maypole::HttpClient;
use maypole::queue::{AdaptiveLimiter, FetchQueue, PrefixLimiter, RateLimiter, RobotsLimiter};

const ROBOTS: &str = "User-agent: *\nDisallow: /private\nAllow: /private/press\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let requests = AtomicUsize::new(0);
    let site = serve(move |asked| match asked.path.as_str() {
        "/robots.txt" => (200, vec![], ROBOTS.into()),
        // Now and then it is too much for the server.
        _ if requests.fetch_add(1, Relaxed) % 10 == 9 => (429, vec![("Retry-After", "1".into())], Vec::new()),
        path => (200, vec![], format!("page {path}").into_bytes()),
    })?;

    let client = HttpClient::builder().user_agent("mybot/1.0 (+https://mybot.example/about)").build()?;
    let robots = RobotsLimiter::new(client.clone(), "mybot")?;
    let at_once = PrefixLimiter::new([(format!("{site}/search"), 1), (site.clone(), 4)])?;
    let pace = AdaptiveLimiter::builder().start_delay(Duration::from_millis(20)).target_concurrency(2.0).build()?;

    // Whether at all, how many at once, at the host's pace, and last what all hosts share.
    let queue = FetchQueue::builder()
        .client(client)
        .limiter(robots)
        .limiter(at_once.clone())
        .limiter(pace.clone())
        .limiter(RateLimiter::for_all(100.0)?)
        .auto_start(true)
        .build()?;

    let start = Instant::now();
    let pages = ["/", "/search?q=1", "/search?q=2", "/private/wages", "/private/press/1"];
    let more = (0..15).map(|n| format!("/page/{n}"));
    for path in pages.into_iter().map(str::to_owned).chain(more) {
        queue.enqueue(&format!("{site}{path}"), move |_, answer| {
            let after = start.elapsed().as_millis();
            match answer.error() {
                None => println!("{after:5} ms  {}  {path}", answer.status()),
                Some(error) => println!("{after:5} ms  {path}: {error}"),
            }
        })?;
    }
    queue.wait_all()?;

    for (host, pacing) in pace.hosts() {
        println!("{host}: {:?} between requests, {} at once at most", pacing.delay, pacing.concurrency);
    }
    assert_eq!(at_once.in_use(&site), 0);
    Ok(())
}
