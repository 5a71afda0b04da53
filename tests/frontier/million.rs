//! Memory, of a process of its own: what is pending lies on disk.

use std::process::Command;

use maypole::HttpClient;
use maypole::client::{Inbound, Outbound, Transport};
use maypole::queue::frontier::Ended;
use maypole::queue::{FetchQueue, Frontier, Item, Seen};

/// Answers without a network.
struct Site;

impl Transport for Site {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        Inbound::new(200, [], "hello")
    }
}

/// Highest resident memory of this process, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
#[ignore = "the other process of the test beside it; by hand, in release: FRONTIER_URLS=1000000"]
fn child() {
    let urls: u64 = std::env::var("FRONTIER_URLS").unwrap().parse().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let client = HttpClient::builder().transport(Site).build().unwrap();
    let queue = FetchQueue::builder().client(client).concurrency(200);
    let seen = match std::env::var("FRONTIER_SEEN").as_deref() {
        Ok("bounded") => Seen::bounded(urls, 1e-6).unwrap(),
        _ => Seen::exact(),
    };
    let builder = Frontier::builder().queue(queue).seen(seen).window(1_000);
    let builder = match std::env::var("FRONTIER_SEEN").as_deref() {
        Ok("memory") => builder,
        _ => builder.directory(directory.path()),
    };
    let frontier = builder.open().unwrap();
    let before = peak();
    let start = std::time::Instant::now();
    let feed = frontier.feed();
    for n in 0..urls {
        feed.push(Item::get(format!("http://host-{}.example.com/some/longer/path/{n}", n % 1_000))).unwrap();
    }
    feed.flush().unwrap();
    drop(feed);
    let (fed, at_feed) = (start.elapsed(), peak());
    let report = frontier.run(|_, _, _| Ok(())).unwrap();
    assert_eq!((report.ended, report.failed), (Ended::Finished, 0));
    assert!(report.done >= urls - urls / 10_000, "{report}");
    println!("fed in {fed:?}, {} bytes; {report}", at_feed - before);
    println!("growth {}", peak() - before);
    drop(frontier);
    let start = std::time::Instant::now();
    Frontier::builder().directory(directory.path()).open().unwrap();
    println!("opened in {:?}", start.elapsed());
}

fn growth(urls: u64, seen: &str) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "million::child", "--ignored", "--nocapture", "--test-threads=1"])
        .env("FRONTIER_URLS", urls.to_string())
        .env("FRONTIER_SEEN", seen)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines().find_map(|line| line.strip_prefix("growth ")).unwrap().parse().unwrap()
}

#[test]
fn q320_pending_urls_take_no_memory_and_seen_ones_what_is_said() {
    let (few, many) = (5_000, 45_000);
    let each = move |seen: &'static str| {
        let less = std::thread::spawn(move || growth(few, seen));
        growth(many, seen).saturating_sub(less.join().unwrap()) / (many - few)
    };
    let exact = std::thread::spawn(move || each("exact"));
    let bounded = each("bounded");
    // 3.6 bytes of the filter, and the allocator's chances.
    assert!(bounded < 40, "{bounded} bytes a URL");
    let exact = exact.join().unwrap();
    assert!(exact < 80, "{exact} bytes a URL");
}
