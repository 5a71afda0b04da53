//! Sessions whose requests are futures: group 9 of the queue's cases, Q240 to Q276.
#![cfg(feature = "json")]

#[path = "../peer/mod.rs"]
mod peer;

mod basics;
mod chains;
mod closing;
mod control;
mod executors;
mod hooks;
mod limiters;
mod many;
mod pools;
mod several;

use std::time::Duration;

use maypole::queue::{FuturesSession, FuturesSessionBuilder};
use maypole::{HttpClient, Session};
use peer::*;

/// Longer than a busy machine takes for anything here.
const LONG: Duration = Duration::from_secs(15);

fn session() -> FuturesSession {
    built(|builder| builder)
}

/// A session of its own, with options.
fn built(set: impl FnOnce(FuturesSessionBuilder) -> FuturesSessionBuilder) -> FuturesSession {
    let builder =
        FuturesSession::builder().configure(|session| session.timeout(LONG).client(|client| client.no_proxy()));
    set(builder).build().unwrap()
}

fn client() -> HttpClient {
    HttpClient::builder().timeout(LONG).no_proxy().build().unwrap()
}

fn inner() -> Session {
    Session::builder().timeout(LONG).client(|client| client.no_proxy()).build().unwrap()
}

fn found(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

fn missing() -> &'static str {
    "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nmissing"
}

/// Answers `/redirect` with a redirect to `/end`, `/lost` with one to `/404`, `/404` with that, `/hold…` when the gate opens,
/// and the rest with method, target and body.
fn site(gate: &Gate) -> Server {
    let gate = gate.clone();
    Server::start(move |request, to| match request.target.as_str() {
        "/redirect" => to.reply(found("/end")),
        "/lost" => to.reply(found("/404")),
        "/404" => to.reply(missing()),
        target => {
            if target.starts_with("/hold") {
                gate.wait();
            }
            to.reply(ok(format!("{} {target} {}", request.method, request.text())));
        }
    })
}
