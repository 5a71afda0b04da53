//! Authentication on the wire: what is shown, to whom, and how often.
//!
//! A case's id stands in the name of its test or in the table that the test walks.

#[path = "../peer/mod.rs"]
mod peer;

mod any;
mod digest;
mod hook;
mod netrc;
mod nginx;
mod plain;
mod proxy;
mod refresh;
mod scope;
mod verifier;

use std::time::Duration;

use maypole::client::ClientBuilder;
use maypole::{HttpClient, TlsConfig};

use peer::{Transcript, authority};

/// A client whose every request ends within 10 s, so that a hang is reported by its own error.
fn builder() -> ClientBuilder {
    let tls = TlsConfig::builder().add_root_pem(authority().0.pem()).build().unwrap();
    HttpClient::builder().timeout(Duration::from_secs(10)).tls(tls)
}

fn client() -> HttpClient {
    builder().build().unwrap()
}

/// A 401 with these challenges, one a line.
fn unauthorized(challenges: &[&str]) -> String {
    let lines: String = challenges.iter().map(|challenge| format!("WWW-Authenticate: {challenge}\r\n")).collect();
    format!("HTTP/1.1 401 Unauthorized\r\n{lines}Content-Length: 4\r\n\r\nnope")
}

/// The `Authorization` of each request, `-` for none.
fn shown(seen: &Transcript) -> Vec<String> {
    seen.requests().iter().map(|request| request.header("authorization").unwrap_or("-").to_owned()).collect()
}
