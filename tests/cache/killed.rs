//! A process that is killed at any moment leaves a cache that is whole.

use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::{Cache, CacheMode, Inbound, Outbound, Transport};

use crate::disk::bytes;

const FOLDER: &str = "MAYPOLE_CACHE_FOLDER";
/// What the child says before it writes.
const OPEN: &str = "the cache is open";
const URLS: usize = 40;
const ROOM: u64 = 8 << 20;

/// Makes the bytes that the path asks for, in place of a network.
struct Made;

impl Transport for Made {
    fn exchange(&self, outbound: Outbound<'_>) -> maypole::Result<Inbound> {
        let n: usize = outbound.url.path()[1..].parse().unwrap();
        let headers = maypole::Headers::try_from([("Cache-Control", "max-age=6000"), ("ETag", "\"a\"")]).unwrap();
        let head = maypole::wire::h1::Head { version: maypole::Version::Http11, status: 200, headers };
        Ok(Inbound { head, body: body(n).into() })
    }
}

fn body(n: usize) -> String {
    bytes([0, 100, 50_000, 300_000, 900_000][n % 5] + n, n)
}

fn client(cache: &Cache) -> HttpClient {
    HttpClient::builder().cache(cache.clone()).transport(Made).build().unwrap()
}

/// Writes for ever; does nothing unless a parent has asked for it.
#[test]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let client = client(&Cache::disk(folder, ROOM).unwrap());
    println!("{OPEN}");
    let writing: Vec<_> = (0..4_usize)
        .map(|thread| {
            let client = client.clone();
            std::thread::spawn(move || {
                for n in thread.. {
                    let request = client.get(format!("http://h/{}", n * 7 % URLS)).cache_mode(CacheMode::Reload);
                    assert_eq!(request.send().unwrap().text().unwrap().len(), body(n * 7 % URLS).len());
                }
            })
        })
        .collect();
    writing.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn c394_killed_while_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache");
    let mut found = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::child", "--nocapture", "--test-threads=1"])
            .env(FOLDER, &path)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(said.any(|line| line.contains(OPEN)));
        // No event tells when it is in the middle of a write: any moment will do.
        std::thread::sleep(Duration::from_millis(10 + round * 61 % 130));
        child.kill().unwrap();
        child.wait().unwrap();
        let cache = Cache::disk(&path, ROOM).unwrap();
        let client = client(&cache);
        for n in 0..URLS {
            let response = client.get(format!("http://h/{n}")).cache_mode(CacheMode::OnlyIfCached).send().unwrap();
            if response.status() == 200 {
                found += 1;
                assert!(response.text().unwrap() == body(n), "{n} after {round}");
            } else {
                assert_eq!(response.status(), 504);
            }
        }
        assert!(cache.stats().bytes <= ROOM);
        assert_eq!(std::fs::read_dir(path.join("tmp")).unwrap().count(), 0, "drafts of the dead are removed");
    }
    assert!(found > 0, "nothing was ever written");
}
