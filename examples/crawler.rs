//! What a crawler needs that is given foreign links: no way into the own network, bounds for everything, and a proxy for
//! some hosts: `cargo run --example crawler`

mod little_server;

use std::time::Duration;

use little_server::serve;
use maypole::HttpClient;
use maypole::client::{Proxies, ProxyChoice, Retry};
use maypole::net::{AddressGuard, Proxy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The program's own configuration names the proxy, so that the guard lets it be where it is.
    let proxy = Proxy::parse(&serve(|asked| (200, vec![], format!("by the proxy: {}", asked.path).into_bytes()))?)?;
    let trap = serve(|_| (302, vec![("Location", "http://169.254.169.254/latest/meta-data/".into())], Vec::new()))?;
    let trap_address = trap.trim_start_matches("http://").split(':').next().unwrap_or_default().to_owned();

    let client = HttpClient::builder()
        .proxies(Proxies::none().rule(move |url| match url.host().ends_with(".example") {
            true => ProxyChoice::Through(proxy.clone()),
            false => ProxyChoice::Direct,
        }))
        // Addresses are judged where they are connected to: behind every lookup and every redirect.
        .address_guard(AddressGuard::public_only().allow(&trap_address)?.allow_remote_lookup(true))
        .retry(Retry::standard())
        .timeout(Duration::from_secs(30))
        .max_body(5 << 20)
        .min_speed(1_000, Duration::from_secs(20))
        .max_per_host(2)
        .max_concurrent(500)
        .build()?;

    for link in
        ["http://shop.example/list?page=1", "http://10.0.0.1/admin", "http://[::1]:6379/", "http://2130706434/x", &trap]
    {
        match client.get(link).send().and_then(|response| response.text()) {
            Ok(text) => println!("{link}\n    {text}"),
            Err(error) => println!("{link}\n    {:?}: {error}", error.kind()),
        }
    }
    Ok(())
}
