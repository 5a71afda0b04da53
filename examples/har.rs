//! What a client does is recorded as an HTTP Archive, and answers later without the server: `cargo run --example har`

mod little_server;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use little_server::serve;
use maypole::client::{HarRecorder, HarReplay};
use maypole::{HttpClient, Result};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let requests = AtomicU32::new(0);
    let url = serve(move |asked| match asked.path.as_str() {
        "/" => (302, vec![("Location", "/count".into())], Vec::new()),
        _ => (200, vec![], format!("request number {}", requests.fetch_add(1, Relaxed) + 1).into_bytes()),
    })?;
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("recorded.har");

    let recorder = HarRecorder::new(); // credentials and cookies are left out unless `with_secrets` is called
    let client = HttpClient::builder().record(&recorder).build()?;
    for _ in 0..2 {
        println!("from the server:  {}", ask(&client, &url)?);
    }
    recorder.save(&path)?;
    println!("{} exchanges, {} bytes in {}", recorder.len(), std::fs::metadata(&path)?.len(), path.display());

    // The same requests, answered by the file: no socket is opened. Any browser's network panel opens it too.
    let client = HttpClient::builder().transport(HarReplay::open(&path)?).build()?;
    for _ in 0..2 {
        println!("from the archive: {}", ask(&client, &url)?);
    }
    println!("not in it:        {}", ask(&client, &format!("{url}/other")).unwrap_err());
    Ok(())
}

fn ask(client: &HttpClient, url: &str) -> Result<String> {
    client.get(url).send()?.error_for_status()?.text()
}
