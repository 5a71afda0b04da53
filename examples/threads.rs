//! The same client on plain threads: `cargo run --example threads -- http://127.0.0.1:8080/`
//!
//! A server to try it on: `cargo run --release --features cli -- serve --listen 127.0.0.1:8080`

use maypole::HttpClient;

fn main() -> maypole::Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080/".into());
    // Three connections for eight threads: who comes too late waits in line.
    let client = HttpClient::builder().max_per_host(3).build()?;
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (client, url) = (&client, &url);
            scope.spawn(move || match fetch(client, url) {
                Ok(bytes) => println!("thread {thread}: {bytes} bytes"),
                Err(error) => eprintln!("thread {thread}: {error}"),
            });
        }
    });
    println!("{} connections opened", client.stats().created);
    Ok(())
}

fn fetch(client: &HttpClient, url: &str) -> maypole::Result<usize> {
    Ok(client.get(url).send()?.bytes()?.len())
}
