//! Redirects: which are followed, what is sent again, and what never leaves the first origin.
//!
//! A case's id stands in the name of its test or in the table that the test walks.

#[path = "../peer/mod.rs"]
mod peer;

mod credentials;
mod hostile;
mod limits;
mod rules;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::ClientBuilder;

use peer::{Request, Server};

/// A client whose every request ends within 30 s, so that a hang is reported by its own error.
fn builder() -> ClientBuilder {
    HttpClient::builder().timeout(Duration::from_secs(30))
}

fn client() -> HttpClient {
    builder().build().unwrap()
}

/// A server that answers `/STATUS/LOCATION` with that redirect, everything else with the method and target, and keeps
/// what it was asked.
struct Site {
    server: Server,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Site {
    fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        let server = Server::start(move |request, responder| {
            kept.lock().unwrap().push(request.clone());
            responder.reply(answer(request));
        });
        Self { server, seen }
    }

    fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// The same server under another name, which is another origin.
    fn other(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.server.address().port())
    }

    fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    fn last(&self) -> Request {
        self.seen().pop().expect("a request")
    }
}

fn answer(request: &Request) -> Vec<u8> {
    let mut parts = request.target.splitn(3, '/').skip(1);
    match (parts.next(), parts.next()) {
        (Some(status), Some(location)) if status.len() == 3 && status.starts_with('3') => redirect(status, location),
        _ if request.method == "HEAD" => peer::ok(""),
        _ => peer::ok(format!("{} {}", request.method, request.target)),
    }
}

fn redirect(status: &str, location: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 5\r\n\r\nmoved").into_bytes()
}
