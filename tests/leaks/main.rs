//! State that must not leak: every two of scheme, host, port, proxy, proxy credentials, TLS options, client certificate,
//! auth, cookies and local address, changed between requests, hops, clients and coroutines.
//!
//! ```text
//!   Setup (one value for each) ─┬─ apply ─▶ client ─▶ World: origins and proxies in one ─▶ Seen ─▶ facts ─┐
//!                               └─ expected: a model of a few lines that knows nothing of the client ───── = ?
//! ```
//!
//! The tests are generated: of published curl vulnerabilities of 2026 two thirds were state carried on from one request
//! to the next, in combinations that nobody had thought of as an example.

#[path = "../peer/mod.rs"]
mod peer;

#[path = "../stress/dice.rs"]
#[allow(dead_code)]
mod dice;
mod setup;
mod wire;
mod world;

mod cached;
mod clients;
mod digests;
mod hops;
mod requests;
mod small;
mod storm;

use std::net::IpAddr;
use std::time::Duration;

use maypole::client::{ClientBuilder, Proxies};
use maypole::net::Proxy;
use maypole::{HttpClient, TlsConfig};

/// A client for which every name is this machine, without the proxies of the environment.
fn builder() -> ClientBuilder {
    let here = |_: &str| Ok(vec![IpAddr::from([127, 0, 0, 1])]);
    HttpClient::builder().no_proxy().resolver(here).timeout(Duration::from_secs(30)).tls(trusting())
}

fn in_coroutine<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    setup::prepare();
    peer::on_coroutine(body)
}

/// The test authority is the only root.
fn trusting() -> TlsConfig {
    setup::tls_config(0, 0)
}

fn proxy(url: impl AsRef<str>) -> Proxy {
    Proxy::parse(url.as_ref()).unwrap().tls(trusting())
}

fn all_through(url: impl AsRef<str>) -> Proxies {
    Proxies::all(proxy(url))
}

fn basic(login: &str) -> String {
    format!("Basic {}", openssl::base64::encode_block(login.as_bytes()))
}
