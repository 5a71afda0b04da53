//! A cache in memory: fresh answers, confirmed ones, and one request for a hundred callers: `cargo run --example cache`

mod little_server;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use little_server::{Asked, Reply, serve};
use maypole::HttpClient;
use maypole::client::{Cache, CacheMode};
use maypole::rt::Group;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let requests = Arc::new(AtomicU32::new(0));
    let seen = requests.clone();
    let server = serve(move |asked| {
        seen.fetch_add(1, Relaxed);
        news(asked)
    })?;
    // `Cache::disk(path, bytes)` outlives the program, and several programs may share it.
    let cache = Cache::memory(10 << 20);
    let client = HttpClient::builder().base_url(server).cache(cache.clone()).build()?;

    let show = |what: &str, path: &str, mode| -> maypole::Result<()> {
        let response = client.get(path).cache_mode(mode).send()?;
        let status = response.cache_status().map(|status| status.to_string()).unwrap_or_default();
        println!("{what:<22} {status:<26} {}", response.text()?);
        Ok(())
    };
    show("nothing kept", "/minute", CacheMode::Default)?;
    show("good for a minute", "/minute", CacheMode::Default)?;
    show("asked to be new", "/minute", CacheMode::Reload)?;
    show("nothing kept", "/checked", CacheMode::Default)?;
    show("confirmed by its ETag", "/checked", CacheMode::Default)?;
    show("only what is here", "/other", CacheMode::OnlyIfCached)?;

    requests.store(0, Relaxed);
    let group = Group::new(100);
    let answers = group.map(0..100, move |_| client.get("/slow").send()?.text())?;
    assert!(answers.into_iter().all(|answer| answer.is_ok_and(|text| text == "news")));
    println!("a hundred callers at once made {} request", requests.load(Relaxed));
    println!("{:#?}", cache.stats());
    Ok(())
}

fn news(asked: &Asked) -> Reply {
    let age = |value: &str| ("Cache-Control", value.to_owned());
    match asked.path.as_str() {
        "/checked" if asked.header("if-none-match") == "\"7\"" => (304, vec![("ETag", "\"7\"".into())], Vec::new()),
        "/checked" => (200, vec![age("no-cache"), ("ETag", "\"7\"".into())], b"news".to_vec()),
        "/slow" => {
            std::thread::sleep(Duration::from_millis(200));
            (200, vec![age("max-age=60")], b"news".to_vec())
        }
        _ => (200, vec![age("max-age=60")], b"news".to_vec()),
    }
}
