//! Many fetches of a thousand hosts, from a real server: each has one end. `cargo bench --bench queue` is the large one.
#![cfg(feature = "cli")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::HttpClient;
use maypole::queue::FetchQueue;

const JOBS: usize = if cfg!(debug_assertions) { 20_000 } else { 100_000 };
const HOSTS: usize = 1_000;
const IN_FLIGHT: usize = 400;

/// `maypole serve` on all of 127.0.0.0/8; it ends with its input.
struct Server(std::process::Child, String);

impl Server {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maypole"));
        command.args(["serve", "--listen", "0.0.0.0:0", "--until-stdin-ends"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim().rsplit(':').next().unwrap().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

#[test]
fn q65_every_fetch_of_a_thousand_hosts_has_exactly_one_end() {
    let server = Server::start();
    let client = HttpClient::builder().max_idle_total(IN_FLIGHT).build().unwrap();
    let queue = FetchQueue::builder().client(client).concurrency(IN_FLIGHT).bounded(2 * IN_FLIGHT).auto_start(true);
    let queue = queue.build().unwrap();
    let ends: Arc<Vec<AtomicU8>> = Arc::new((0..JOBS).map(|_| AtomicU8::new(0)).collect());
    let wrong = Arc::new(AtomicUsize::new(0));
    for n in 0..JOBS {
        let (ends, wrong) = (ends.clone(), wrong.clone());
        let host = n % HOSTS;
        let url = format!("http://127.1.{}.{}:{}/?{n}", host / 250, host % 250 + 1, server.1);
        let handler = move |_: &str, answer: maypole::queue::Fetched| {
            ends[n].fetch_add(1, SeqCst);
            let is_right = answer.status() == 200 && answer.bytes().len() == 612;
            wrong.fetch_add(usize::from(!is_right), SeqCst);
        };
        queue.enqueue(&url, handler).unwrap();
    }
    queue.wait(Duration::from_secs(120)).unwrap();
    let other = ends.iter().filter(|ends| ends.load(SeqCst) != 1).count();
    assert_eq!((other, wrong.load(SeqCst)), (0, 0), "lost or doubled, and wrong answers");
    let stats = queue.stats();
    assert_eq!((stats.done, stats.queued + stats.in_flight), (JOBS as u64, 0));
}
