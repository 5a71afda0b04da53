//! One connection of the server: takes a request in, picks the route, answers from memory or as a stream.

use std::io::{self, BufRead};
use std::sync::Arc;

use may_minihttp::{HttpService, HttpServiceFactory, Request, Response};

use super::descriptor::Duplicator;
use super::routes::{self, Route};
use super::stream::{self, Answer, Body, Raw};
use maypole::rt;

/// The 612 bytes of nginx's index page are what everybody's numbers are measured with.
const INDEX: &str = include_str!("index.html");
const _: () = assert!(INDEX.len() == 612);

const HTML: &str = "Content-Type: text/html";

/// Above this, `/bytes/N` is streamed instead of held in memory.
const HELD_BYTES: u64 = 1 << 20;
/// After so many bytes of a body the worker looks at its other connections.
const FAIR_BYTES: usize = 256 << 10;
/// What `/echo` keeps of a request body.
const ECHO_BYTES: u64 = 16 << 20;

pub(super) struct Factory(Arc<Duplicator>);

impl Factory {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(Arc::new(Duplicator::new()?)))
    }
}

impl HttpServiceFactory for Factory {
    type Service = Connection;

    fn new_service(&self, id: usize) -> Connection {
        let connection = Connection { descriptors: self.0.clone(), id };
        // Without it the last piece of a large answer waits for an acknowledgement that the peer may delay by 40 ms.
        if let Ok(socket) = connection.descriptors.duplicate(connection.fd()) {
            socket.set_tcp_nodelay(true).ok();
        }
        connection
    }
}

pub(super) struct Connection {
    descriptors: Arc<Duplicator>,
    id: usize,
}

/// The request that load runs are made of: nothing is copied, nothing allocated.
fn is_bare_index(request: &Request) -> bool {
    const SPECIAL: [&str; 4] = ["connection", "content-length", "transfer-encoding", "expect"];
    request.path() == "/"
        && request.method() == "GET"
        && request.version() == 1
        && !request.headers().iter().any(|header| SPECIAL.iter().any(|name| header.name.eq_ignore_ascii_case(name)))
}

/// What is kept of a request: reading its body takes the rest away.
struct Call {
    method: String,
    target: String,
    version: u8,
    headers: Vec<(String, Vec<u8>)>,
}

impl HttpService for Connection {
    fn call(&mut self, request: Request, response: &mut Response) -> io::Result<()> {
        if is_bare_index(&request) {
            response.header(HTML).body(INDEX);
            return Ok(());
        }
        let call = Call::new(&request);
        let answer = match self.take_body(&call, request) {
            Ok(body) => answer(&call, &body)?,
            Err(refusal) => refusal,
        };
        if !answer.is_plain() || call.must_close() {
            self.raw()?.send(&call.method, call.version, answer);
            return Ok(());
        }
        response.status_code(answer.status.into(), answer.reason()).header(answer.content_type);
        match answer.body {
            Body::Static(text) => response.body(text),
            Body::Held(bytes) => response.body_vec(bytes),
            _ => {}
        }
        Ok(())
    }
}

impl Connection {
    fn fd(&self) -> std::os::fd::RawFd {
        self.id as std::os::fd::RawFd
    }

    fn raw(&self) -> io::Result<Raw> {
        Raw::new(self.descriptors.duplicate(self.fd())?)
    }

    /// Reads the request's body, whatever the route: what stays unread would be taken for the next request.
    fn take_body(&self, call: &Call, request: Request) -> Result<Vec<u8>, Answer> {
        let length = call.body_length()?;
        let keep = call.target.starts_with("/echo");
        if keep && length > ECHO_BYTES {
            return Err(Answer::text(413, format!("/echo takes at most {ECHO_BYTES} bytes\n")).closing());
        }
        if length > 0 && call.header("expect").is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue")) {
            self.raw()
                .and_then(|raw| raw.proceed())
                .map_err(|_| Answer::text(500, "no descriptor left\n").closing())?;
        }
        read_body(request, keep).map_err(|error| Answer::text(400, format!("reading the body: {error}\n")).closing())
    }
}

fn read_body(request: Request, keep: bool) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    let mut body = request.body();
    let mut since_yield = 0;
    loop {
        let piece = body.fill_buf()?;
        let n = piece.len();
        if n == 0 {
            return Ok(kept);
        }
        if keep {
            kept.extend_from_slice(piece);
        }
        body.consume(n);
        since_yield += n;
        if since_yield > FAIR_BYTES {
            // A sender that is always ahead would keep this worker for itself.
            rt::yield_io();
            since_yield = 0;
        }
    }
}

impl Call {
    fn new(request: &Request) -> Self {
        Self {
            method: request.method().to_owned(),
            target: request.path().to_owned(),
            version: request.version(),
            headers: request.headers().iter().map(|h| (h.name.to_owned(), h.value.to_vec())).collect(),
        }
    }

    fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// `may_minihttp` unwraps the length when the body is read, so it is checked before.
    fn body_length(&self) -> Result<u64, Answer> {
        if self.header("transfer-encoding").is_some() {
            return Err(Answer::text(411, "this server takes bodies with Content-Length only\n").closing());
        }
        let Some(length) = self.header("content-length") else { return Ok(0) };
        std::str::from_utf8(length)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Answer::text(400, "Content-Length is not a number\n").closing())
    }

    /// Whether the client expects the connection to end after this answer (RFC 9112 section 9.3).
    fn must_close(&self) -> bool {
        let says = |token: &[u8]| {
            self.header("connection").is_some_and(|value| {
                value.split(|&b| b == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
            })
        };
        says(b"close") || (self.version == 0 && !says(b"keep-alive")) || self.method == "HEAD"
    }

    fn to_json(&self) -> serde_json::Value {
        let mut headers = serde_json::Map::new();
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value);
            // RFC 9110 section 5.2: lines of the same name are one list.
            match headers.get_mut(name).and_then(|known| known.as_str().map(|text| format!("{text}, {value}"))) {
                Some(joined) => headers.insert(name.clone(), joined.into()),
                None => headers.insert(name.clone(), value.into()),
            };
        }
        serde_json::json!({ "method": self.method, "path": self.target, "headers": headers })
    }

    fn to_message(&self, body: &[u8]) -> Vec<u8> {
        let mut message = format!("{} {} HTTP/1.{}\r\n", self.method, self.target, self.version).into_bytes();
        for (name, value) in &self.headers {
            message.extend_from_slice(name.as_bytes());
            message.extend_from_slice(b": ");
            message.extend_from_slice(value);
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(b"\r\n");
        message.extend_from_slice(body);
        message
    }
}

fn answer(call: &Call, body: &[u8]) -> io::Result<Answer> {
    let route = match Route::parse(&call.target) {
        Ok(route) => route,
        Err(why) => return Ok(Answer::text(404, format!("{why}; GET /help lists the routes\n"))),
    };
    Ok(match route {
        Route::Index => Answer::new(HTML, Body::Static(INDEX)),
        Route::Help => Answer::new(stream::TEXT, Body::Static(routes::HELP)),
        Route::Bytes(n) if n <= HELD_BYTES => Answer::new(stream::BINARY, Body::Held(stream::pattern(n))),
        Route::Bytes(n) => Answer::new(stream::BINARY, Body::Length(n)),
        Route::Chunked(n) => Answer::new(stream::BINARY, Body::Chunked(n)),
        Route::Delay(time) => {
            rt::sleep(time);
            Answer::text(200, format!("{} ms later\n", time.as_millis()))
        }
        Route::Drip { count, every } => Answer::new(stream::BINARY, Body::Drip { count, every }),
        Route::Lines { count, every } => Answer::new("Content-Type: application/jsonl", Body::Lines { count, every }),
        Route::Status(code) => Answer::text(code, format!("{code} {}\n", routes::reason(code))),
        Route::Echo => Answer::new("Content-Type: message/http", Body::Held(call.to_message(body))),
        Route::Headers => {
            let json = serde_json::to_vec_pretty(&call.to_json()).map_err(io::Error::other)?;
            Answer::new("Content-Type: application/json", Body::Held([json, b"\n".to_vec()].concat()))
        }
    })
}
