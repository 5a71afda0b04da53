//! The server, with what it saw.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::peer::{Request, Responder, Server};

pub(super) struct Site {
    pub(super) server: Server,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    log: Mutex<Vec<String>>,
    open: Mutex<bool>,
    opened: Condvar,
    counter: AtomicUsize,
}

impl Site {
    /// - `/ok…`, `/delay/<ms>`, `/status/<n>`, `/redirect`, `/echo`, `/cookies`, `/vary`, `/big/<bytes>`, `/type/<kind>`
    /// - `/gate…`: answers once the gate is open
    /// - `/drip`: a byte of its body every 100 ms, for 5 s
    /// - `/flaky…`: resets every third request
    /// - `/later/<n>`: 503 with `Retry-After: 0` n times, then 200
    /// - `/broken/<n>`: half a body n times, then all of it
    /// - `/hang`: never answers
    pub(super) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let common = shared.clone();
        Self { server: Server::start(move |request, responder| common.answer(request, responder)), shared }
    }

    pub(super) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// `METHOD target` of each request, in the order of their coming.
    pub(super) fn log(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().clone()
    }

    pub(super) fn targets(&self) -> Vec<String> {
        self.log().iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect()
    }

    pub(super) fn open_gate(&self) {
        *self.shared.open.lock().unwrap() = true;
        self.shared.opened.notify_all();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.open_gate();
    }
}

impl Shared {
    fn answer(&self, request: &Request, to: &mut Responder<'_>) {
        self.log.lock().unwrap().push(format!("{} {}", request.method, request.target));
        let path = request.target.split(['?', '#']).next().unwrap();
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let header = |name| request.header(name).unwrap_or("none").to_owned();
        match parts[..] {
            ["delay", millis, ..] => {
                std::thread::sleep(Duration::from_millis(millis.parse().unwrap()));
                to.reply(answer(200, "", "hello", request));
            }
            ["status", code, ..] => to.reply(answer(code.parse().unwrap(), "", "", request)),
            ["missing", ..] => to.reply(answer(404, "", "not here", request)),
            ["redirect", ..] => to.reply(answer(302, "Location: /ok?from=redirect\r\n", "", request)),
            ["cookies", ..] => {
                let lines = "Set-Cookie: session=5f3a=; Path=/; HttpOnly\r\nSet-Cookie: theme=dark\r\n";
                to.reply(answer(200, lines, &header("Cookie"), request));
            }
            ["echo", ..] => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let head = request.head_text();
                to.reply(answer(200, "X-Line: 1\r\nx-line: 2\r\n", &format!("{head}{body}"), request));
            }
            ["vary", ..] => to.reply(answer(200, "Vary: X-Lang\r\n", &header("X-Lang"), request)),
            ["big", bytes, ..] => {
                let body = "x".repeat(bytes.parse().unwrap());
                to.reply(answer(200, "", &body, request));
            }
            ["gate", ..] => {
                let (open, waited) = self
                    .opened
                    .wait_timeout_while(self.open.lock().unwrap(), Duration::from_secs(15), |open| !*open)
                    .unwrap();
                drop(open);
                assert!(!waited.timed_out(), "nobody opened the gate");
                to.reply(answer(200, "", "hello", request));
            }
            ["drip", ..] => {
                to.reply("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n");
                for _ in 0..50 {
                    std::thread::sleep(Duration::from_millis(100));
                    to.reply("x");
                }
            }
            ["flaky", ..] => match self.counter.fetch_add(1, SeqCst) % 3 {
                2 => to.reset(),
                _ => to.reply(answer(200, "", "hello", request)),
            },
            ["later", times, ..] => match self.counter.fetch_add(1, SeqCst) < times.parse().unwrap() {
                true => to.reply(answer(503, "Retry-After: 0\r\n", "later", request)),
                false => to.reply(answer(200, "", "hello", request)),
            },
            ["broken", times, ..] => match self.counter.fetch_add(1, SeqCst) < times.parse().unwrap() {
                true => {
                    to.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    to.close();
                }
                false => to.reply(answer(200, "", "whole", request)),
            },
            ["hang", ..] => {
                let _open = self.opened.wait_timeout_while(self.open.lock().unwrap(), Duration::from_secs(15), |o| !*o);
                to.close();
            }
            _ => to.reply(answer(200, "Content-Type: text/plain\r\n", "hello", request)),
        }
    }
}

fn answer(status: u16, lines: &str, body: &str, request: &Request) -> String {
    let reason = if status == 404 { "Not Found" } else { "OK" };
    let body_or_none = if request.method == "HEAD" { "" } else { body };
    format!("HTTP/1.1 {status} {reason}\r\n{lines}Content-Length: {}\r\n\r\n{body_or_none}", body.len())
}
