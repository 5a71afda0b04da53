//! Code of yours that makes requests, tested without a socket: `cargo run --example mock`

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use maypole::HttpClient;
use maypole::client::{ClientBuilder, Inbound, Outbound, Retry, Transport};
use maypole::error::{Error, Kind, Phase};

/// What is to be tested: it takes the options of its client, so that a test can put another transport under them.
fn temperature(client: ClientBuilder, city: &str) -> maypole::Result<i32> {
    let client = client.base_url("https://weather.example/").retry(Retry::standard()).build()?;
    let text = client.get("now").query([("city", city)]).send()?.error_for_status()?.text()?;
    text.trim().parse().map_err(|_| Error::new(Kind::Decode, format!("{text:?} is no temperature")))
}

/// In the place of the network. Everything above it works as ever: redirects, cookies, credentials, retries, decoding.
#[derive(Default)]
struct Weather {
    requests: AtomicU32,
}

impl Transport for Weather {
    fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
        let n = self.requests.fetch_add(1, Relaxed) + 1;
        println!("  {n}: {} {}", request.method, request.url);
        match request.url.query_get("city").as_deref() {
            _ if n == 1 => Err(Error::new(Kind::ConnectionLost, "connection reset").with_phase(Phase::Head)),
            Some("Oslo") if request.url.path() == "/now" => Inbound::new(307, [("Location", "/v2/now?city=Oslo")], ()),
            Some("Oslo") => Inbound::new(200, [("Content-Type", "text/plain")], "-4\n"),
            _ => Inbound::new(404, [], "no such city"),
        }
    }
}

fn main() -> maypole::Result<()> {
    println!("Oslo, with a broken connection and a redirect on the way:");
    let degrees = temperature(HttpClient::builder().transport(Weather::default()), "Oslo")?;
    assert_eq!(degrees, -4);
    println!("  {degrees} degrees");

    println!("Atlantis:");
    let error = temperature(HttpClient::builder().transport(Weather::default()), "Atlantis").unwrap_err();
    assert_eq!(error.kind(), Kind::Status);
    println!("  {error}");
    Ok(())
}
