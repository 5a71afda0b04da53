//! A table row about one response: what the server sends, what the caller gets, and whether the connection lives on.

use std::io::Read;
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::Redirects;
use maypole::error::{Error, Kind};

use crate::peer::*;

pub(crate) struct Case {
    pub id: &'static str,
    method: &'static str,
    reply: Vec<u8>,
    eof: bool,
    want: Want,
    reused: bool,
}

enum Want {
    Body(u16, Vec<u8>),
    /// `send` fails.
    NoHead(Kind),
    /// `send` succeeds, the body fails after these bytes.
    Cut(Kind, Vec<u8>),
    /// Any of both, as long as it is this kind.
    Fails(Kind),
}

/// A GET that is answered by this; a complete row adds one of the outcomes.
pub(crate) fn case(id: &'static str, reply: impl Into<Vec<u8>>) -> Case {
    Case { id, method: "GET", reply: reply.into(), eof: false, want: Want::Fails(Kind::Protocol), reused: false }
}

impl Case {
    pub(crate) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    /// The server closes after the reply.
    pub(crate) fn eof(self) -> Self {
        Self { eof: true, ..self }
    }

    pub(crate) fn body(self, body: &str) -> Self {
        self.answer(200, body)
    }

    pub(crate) fn answer(self, status: u16, body: &str) -> Self {
        Self { want: Want::Body(status, body.into()), ..self }
    }

    pub(crate) fn no_head(self, kind: Kind) -> Self {
        Self { want: Want::NoHead(kind), ..self }
    }

    pub(crate) fn cut(self, kind: Kind, body: &str) -> Self {
        Self { want: Want::Cut(kind, body.into()), ..self }
    }

    pub(crate) fn fails(self, kind: Kind) -> Self {
        Self { want: Want::Fails(kind), ..self }
    }

    pub(crate) fn reused(self) -> Self {
        Self { reused: true, ..self }
    }
}

/// How the reply comes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    Whole,
    CutAt(usize),
    Bytes,
}

/// Runs each row whole, cut at each byte, and byte by byte.
pub(crate) fn run_all_ways(cases: &[Case]) {
    let client = &patient();
    for case in cases {
        assert!(case.reply.len() < 1000, "{}: too long to be cut at each byte", case.id);
        let cuts = (1..case.reply.len()).map(Way::CutAt);
        run(client, case, &[Way::Whole, Way::Bytes].into_iter().chain(cuts).collect::<Vec<_>>(), None);
    }
}

pub(crate) fn run_whole(cases: &[Case]) {
    let client = &patient();
    cases.iter().for_each(|case| run(client, case, &[Way::Whole], None));
}

/// Each row over TLS, where a cut is certain to be seen: it is a record of its own.
pub(crate) fn run_over_tls(cases: &[Case]) {
    let client = &super::tls_client();
    cases.iter().for_each(|case| run(client, case, &[Way::Whole, Way::Bytes], Some(&Tls::default())));
}

// A connection that is wrongly kept or wrongly waited for must show up as such, not as a timeout of 30 s.
fn patient() -> HttpClient {
    HttpClient::builder().timeout(Duration::from_secs(5)).redirects(Redirects::none()).build().unwrap()
}

fn run(client: &HttpClient, case: &Case, ways: &[Way], tls: Option<&Tls>) {
    let written: Vec<Gate> = ways.iter().map(|_| Gate::new()).collect();
    let scripts: Vec<Conn> =
        ways.iter().zip(&written).flat_map(|(way, written)| scripts(case, *way, written)).collect();
    let peer = match tls {
        Some(tls) => Peer::tls(tls, scripts, None),
        None => Peer::start(scripts),
    };
    for (way, written) in ways.iter().zip(&written) {
        let (at, before) = (format!("{} {way:?}", case.id), peer.connections());
        exchange(client, case, &peer, &at);
        written.wait();
        let second = client.get(peer.url("/second")).send().unwrap_or_else(|e| panic!("{at}, next request: {e}"));
        assert_eq!(second.is_reused(), case.reused, "{at}: reuse");
        assert_eq!(second.text().unwrap(), "second", "{at}: the next request's own answer");
        assert_eq!(peer.connections() - before, if case.reused { 1 } else { 2 }, "{at}: connections");
        if !case.reused {
            peer.wait_end(before);
        }
    }
    peer.finish();
}

/// The connections of one run: the reply and, on the same one or the next, the answer to another request.
fn scripts(case: &Case, way: Way, written: &Gate) -> Vec<Conn> {
    let write = match way {
        Way::Whole => reply(case.reply.clone()),
        Way::CutAt(at) => Act::Cut(case.reply.clone(), at),
        Way::Bytes => pieces(case.reply.clone(), 1, Duration::from_micros(20)),
    };
    let first = [request(format!("{} /first HTTP/1.1\r\n", case.method)), write, open(written)];
    // Ends the connection, so that the next run has its own.
    let last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nsecond";
    let second = conn([request("GET /second HTTP/1.1\r\n"), reply(last)]);
    match (case.eof, case.reused) {
        (true, _) => vec![[conn(first), conn([Act::Close])].concat(), second],
        (_, true) => vec![[conn(first), second].concat()],
        (_, false) => vec![[conn(first), conn([Act::Closed])].concat(), second],
    }
}

fn exchange(client: &HttpClient, case: &Case, peer: &Peer, at: &str) {
    let response = client.request(case.method, peer.url("/first")).send();
    let mut response = match (response, &case.want) {
        (Err(e), Want::NoHead(kind) | Want::Fails(kind)) => return assert_eq!(e.kind(), *kind, "{at}: {e}"),
        (Err(e), _) => panic!("{at}: {e}"),
        (Ok(r), Want::NoHead(kind)) => panic!("{at}: status {} instead of {kind:?}", r.status()),
        (Ok(response), _) => response,
    };
    let mut body = Vec::new();
    let end = response.read_to_end(&mut body).map_err(Error::from_io);
    match (&case.want, end) {
        (Want::Body(status, bytes), Ok(_)) => {
            assert_eq!(response.status(), *status, "{at}");
            assert_eq!(String::from_utf8_lossy(&body), String::from_utf8_lossy(bytes), "{at}");
        }
        (Want::Cut(kind, bytes), Err(e)) => {
            assert_eq!(e.kind(), *kind, "{at}: {e}");
            assert_eq!(String::from_utf8_lossy(&body), String::from_utf8_lossy(bytes), "{at}");
            let again = response.read(&mut [0; 10]).map_err(Error::from_io).expect_err("an error is no end");
            assert_eq!(again.kind(), *kind, "{at}: the second time");
        }
        (Want::Fails(kind), Err(e)) => assert_eq!(e.kind(), *kind, "{at}: {e}"),
        (_, end) => panic!("{at}: {:?} after {:?}", end, String::from_utf8_lossy(&body)),
    }
}
