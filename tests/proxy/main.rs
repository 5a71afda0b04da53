//! Proxies on the wire: what they are asked, what they may answer, and what never passes them by.

#[path = "../peer/mod.rs"]
mod peer;

mod children;
mod relay;

mod connect;
mod forward;
mod guard;
mod keys;
mod nested;
mod real;
mod rules;
mod socks;
mod stalls;

use std::time::Duration;

use maypole::client::ClientBuilder;
use maypole::deadline::Timeouts;
use maypole::net::{Proxy, TlsConfig};
use maypole::{HttpClient, Response};

/// A client without the proxies of the environment, whose every request ends within 30 s, so that a hang is reported by
/// its own error.
fn quiet() -> ClientBuilder {
    let long = Duration::from_secs(30);
    let timeouts = Timeouts { total: Some(long), connect: Some(long), tls: Some(long), ..Timeouts::default() };
    HttpClient::builder().no_proxy().timeouts(timeouts).tls(trusting())
}

/// The test authority is the only root.
fn trusting() -> TlsConfig {
    let root = maypole::net::Roots::Only(peer::authority().0.pem());
    TlsConfig::builder().roots(root).build().unwrap()
}

fn proxy(url: impl AsRef<str>) -> Proxy {
    Proxy::parse(url.as_ref()).unwrap()
}

fn through(url: impl AsRef<str>) -> HttpClient {
    quiet().proxy(proxy(url)).build().unwrap()
}

#[track_caller]
fn text(response: maypole::Result<Response>) -> String {
    response.unwrap().text().unwrap()
}
