//! A page for Prometheus about what the program's clients do: `cargo run --example metrics`

mod little_server;

use little_server::serve;
use maypole::HttpClient;
use maypole::client::Metrics;
use maypole::rt::Group;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = serve(|asked| match asked.path.as_str() {
        "/old" => (301, vec![("Location", "/new".into())], Vec::new()),
        "/missing" => (404, vec![], Vec::new()),
        _ => (200, vec![], vec![b'x'; 1000]),
    })?;
    // Clones count together: one for each client, or one for all.
    let metrics = Metrics::new();
    let client = HttpClient::builder().base_url(server).metrics(&metrics).build()?;

    let worker = client.clone();
    Group::new(20).map(0..300, move |n| {
        let path = ["/new", "/old", "/missing"][n % 3];
        worker.get(path).send().and_then(|response| response.bytes())
    })?;
    client.get("http://127.0.0.1:9/").send().unwrap_err();

    let now = metrics.snapshot();
    println!("{} requests, {} tries, {} redirects, {} bytes", now.requests, now.sent, now.redirects, now.received);

    // The page, as a scraper gets it from a port of this program.
    let page = serve(move |_| {
        let text = metrics.prometheus(Some(client.stats()));
        (200, vec![("Content-Type", "text/plain; version=0.0.4".into())], text.into_bytes())
    })?;
    println!("curl {page}\n\n{}", maypole::get(&page).send()?.text()?);
    Ok(())
}
