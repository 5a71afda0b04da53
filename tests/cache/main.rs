//! The cache on the wire: what is asked again and what is not (RFC 9111, RFC 5861, sec-J7, C393, C394).

#[path = "../peer/mod.rs"]
mod peer;

mod basic;
mod disk;
mod flight;
mod interplay;
mod keep_all;
mod killed;
mod modes;
mod nginx;
mod private;
mod stale;
mod validate;

use maypole::client::{Cache, CacheStatus};
use maypole::{HttpClient, Response};

/// A client with this cache.
fn with(cache: &Cache) -> HttpClient {
    HttpClient::builder().cache(cache.clone()).timeout(std::time::Duration::from_secs(15)).build().unwrap()
}

fn memory() -> Cache {
    Cache::memory(1 << 20)
}

/// A response with these lines, its length and its body.
fn answer(status: u16, lines: &[&str], body: &str) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("HTTP/1.1 {status} X\r\n{lines}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// What came, and from where.
fn get(client: &HttpClient, url: &str) -> (CacheStatus, String) {
    read(client.get(url).send().unwrap())
}

fn read(response: Response) -> (CacheStatus, String) {
    (response.cache_status().unwrap(), response.text().unwrap())
}

fn is(status: CacheStatus, body: &str) -> (CacheStatus, String) {
    (status, body.to_owned())
}
