//! What a million queued fetches take, and what a repeat of cached URLs costs. A binary of its own, one test at a time:
//! resident memory belongs to the whole process. Figures are printed with `--nocapture`.

#[path = "peer/mod.rs"]
mod peer;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use maypole::client::{Inbound, Outbound, Transport};
use maypole::queue::{FetchQueue, ResponseCache};
use maypole::{HttpClient, rt};
use peer::{resident_bytes, wait_until};

/// Beside its URL: slot, lane, request and handler.
const BYTES_EACH: usize = 300;
const JOBS: usize = if cfg!(debug_assertions) { 50_000 } else { 1_000_000 };
const HOSTS: usize = if cfg!(debug_assertions) { 250 } else { 1_000 };

static ONE: Mutex<()> = Mutex::new(());

struct Site;

impl Transport for Site {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        Inbound::new(200, [], "hello")
    }
}

fn client() -> HttpClient {
    HttpClient::builder().transport(Site).build().unwrap()
}

#[test]
fn q65_a_million_fetches_wait_in_little_memory_and_drain() {
    let _alone = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let handled = Arc::new(AtomicU64::new(0));
    let queue = FetchQueue::builder().client(client()).concurrency(200).build().unwrap();
    let (before, mut urls) = (resident_bytes(), 0);
    let start = Instant::now();
    for n in 0..JOBS {
        let url = format!("http://host-{}.example.com/items/{n}", n % HOSTS);
        urls += url.len();
        let counted = handled.clone();
        let handler = move |_: &str, _| {
            counted.fetch_add(1, SeqCst);
        };
        queue.enqueue(&url, handler).unwrap();
    }
    let enqueued = start.elapsed();
    let each = (resident_bytes() - before - urls) / JOBS;
    let drained = Instant::now();
    queue.start();
    queue.wait(Duration::from_secs(300)).unwrap();
    let drained = drained.elapsed();
    println!("{JOBS} fetches: {each} bytes each, enqueued in {enqueued:.2?}, drained in {drained:.2?}");
    println!("resident: {} KiB before, {} KiB after", before >> 10, resident_bytes() >> 10);
    assert!(each <= BYTES_EACH, "{each} bytes for each fetch beside its URL");
    assert_eq!((handled.load(SeqCst), queue.pending()), (JOBS as u64, 0));
    drop(queue);
    wait_until("the workers' end", || rt::live() == 0);
}

#[test]
fn q65_flat_memory_while_a_bounded_queue_runs() {
    let _alone = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let queue =
        FetchQueue::builder().client(client()).concurrency(200).bounded(1_000).auto_start(true).build().unwrap();
    let round = || {
        for n in 0..JOBS / 4 {
            queue.enqueue_ignore(format!("http://host-{}.example.com/items/{n}", n % HOSTS)).unwrap();
        }
        queue.wait(Duration::from_secs(300)).unwrap();
    };
    round();
    let before = resident_bytes();
    round();
    let after = resident_bytes();
    assert!(after < before + (8 << 20), "{} KiB grew to {} KiB", before >> 10, after >> 10);
    drop(queue);
    wait_until("the workers' end", || rt::live() == 0);
}

#[test]
fn a_repeat_of_cached_urls() {
    let _alone = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for inline in [false, true] {
        let builder = FetchQueue::builder().client(client()).concurrency(50).auto_start(true);
        let cache = ResponseCache::new().ttl(Duration::from_secs(600));
        let queue = builder.cache(cache).inline_cache_hits(inline).build().unwrap();
        let urls: Vec<_> = (0..2_000).map(|n| format!("http://host-{}.example.com/items/{n}", n % 100)).collect();
        urls.iter().for_each(|url| drop(queue.enqueue_ignore(url).unwrap()));
        queue.wait(Duration::from_secs(60)).unwrap();
        let (handled, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let rounds = if cfg!(debug_assertions) { 10 } else { 200 };
        for url in std::iter::repeat_n(&urls, rounds).flatten() {
            let handled = handled.clone();
            let handler = move |_: &str, answer: maypole::queue::Fetched| {
                assert!(answer.is_from_cache() && answer.bytes() == b"hello");
                handled.fetch_add(1, SeqCst);
            };
            queue.enqueue(url, handler).unwrap();
        }
        queue.wait(Duration::from_secs(60)).unwrap();
        let all = urls.len() * rounds;
        let rate = all as f64 / start.elapsed().as_secs_f64();
        println!("{all} cached URLs, inline {inline}: {rate:.0} a second");
        assert_eq!((handled.load(SeqCst), queue.stats().cache_hits), (all as u64, all as u64));
        drop(queue);
        wait_until("the workers' end", || rt::live() == 0);
    }
}
