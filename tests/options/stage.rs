//! A server whose paths misbehave in one way each, and what came of a request to it, as text to compare.

use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use maypole::client::{ClientBuilder, HarRecorder};
use maypole::net::{Roots, TlsConfig};
use maypole::{HttpClient, RequestBuilder, Response};

use crate::peer::*;

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The body at `/large`, and how fast one second would have it.
pub(crate) const LARGE: usize = 100_000;

/// The header that tells which turn a request belongs to.
const TURN: &str = "X-Turn";

/// Servers, and what can be counted from outside.
pub(crate) struct Stage {
    pub(crate) server: Server,
    /// The turn that each of its requests belongs to.
    seen: Arc<Mutex<Vec<String>>>,
    turns: AtomicUsize,
    /// Another one, which also passes for a proxy.
    pub(crate) other: Server,
    /// By TLS and by a Unix socket; what they were asked has to follow their scripts.
    peers: Option<(Peer, Peer)>,
    nobody: Blackhole,
    pub(crate) recorder: HarRecorder,
    pub(crate) told: Told,
    /// Free a moment ago.
    pub(crate) port: u16,
}

/// Counts the calls of a callback.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<AtomicUsize>);

impl Told {
    pub(crate) fn one(&self) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let log = seen.clone();
        let answer = move |request: &Request, to: &mut Responder<'_>| {
            log.lock().unwrap().extend(request.header(TURN).map(str::to_owned));
            answer(request, to);
        };
        Self {
            server: Server::start(answer),
            seen,
            turns: AtomicUsize::new(0),
            other: Server::start(|request, responder| responder.reply(ok(format!("other: {}", request.head_text())))),
            peers: None,
            nobody: Blackhole::start(),
            recorder: HarRecorder::new(),
            told: Told::default(),
            port: std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(),
        }
    }

    pub(crate) fn with_peers() -> Self {
        // Who does not trust the authority comes second.
        let secure = [conn([serve(ok("secure"))]), conn([Act::Refused("unknown ca")])];
        let peers = (Peer::tls(&Tls::default(), secure, None), Peer::unix(None, [conn([serve(ok("unix"))])]));
        Self { peers: Some(peers), ..Self::new() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.peers.as_ref().unwrap().1.path()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A client whose every request ends, and that trusts the test authority.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let roots = Roots::Only(authority().0.pem());
        let tls = TlsConfig::builder().roots(roots).build().unwrap();
        let names = [IpAddr::from([127, 0, 0, 1])];
        HttpClient::builder().no_proxy().timeout(ms(30_000)).tls(tls).resolve("name.test", 0, names)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        match path {
            "secure" => self.peers.as_ref().unwrap().0.url("/"),
            "nobody" => self.nobody.url("/"),
            path => format!("http://name.test:{}{path}", self.address().port()),
        }
    }

    /// Sends it, and says everything about it that does not differ from time to time.
    pub(crate) fn outcome(&self, request: RequestBuilder) -> String {
        let counts = || (self.told.0.load(SeqCst), self.recorder.len());
        let (before, turn) = (counts(), format!("turn-{:06}", self.turns.fetch_add(1, SeqCst)));
        let text = match request.header(TURN, &*turn).send() {
            Ok(response) => self.shown(response),
            Err(error) => format!("{:?} {:?} {:?}", error.kind(), error.phase(), error.limit()),
        };
        let after = counts();
        // By turns: one that was given up may arrive when the next one is under way.
        let requests = self.seen.lock().unwrap().iter().filter(|seen| **seen == turn).count();
        let (told, recorded) = (after.0 > before.0, after.1 > before.1);
        format!("{}\nrequests {requests}, told {told}, recorded {recorded}", text.replace(&turn, "turn"))
    }

    fn shown(&self, mut response: Response) -> String {
        let from = response.local_addr();
        let mine = from.is_some_and(|from| from.port() == self.port);
        let shown = format!(
            "{} after {} tries, {} hops, from {:?} mine {mine}, {:?}",
            response.status(),
            response.attempts(),
            response.history().len(),
            from.map(|from| from.ip()),
            response.cache_status(),
        );
        let mut body = Vec::new();
        let end = response.read_to_end(&mut body).map_err(|error| error.kind());
        body.truncate(2000);
        format!("{shown}\n{} {end:?}", String::from_utf8_lossy(&body))
    }
}

fn answer(request: &Request, to: &mut Responder<'_>) {
    let echo = || ok(format!("{}{}", request.head_text(), request.text()));
    match request.target.split('?').next().unwrap_or_default() {
        "/redirect" => to.reply("HTTP/1.1 302 Found\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n"),
        "/slow" => {
            sleep(ms(300));
            to.reply(ok("slow"));
        }
        "/pause" => {
            to.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
            sleep(ms(300));
            to.reply("b");
        }
        "/hints" => {
            to.reply("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
            to.reply(ok("hinted"));
        }
        "/large" => to.reply(ok(vec![b'x'; LARGE])),
        "/chunked" => to.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
        "/busy" => to.reply("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
        "/fresh" => to.reply("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nfresh"),
        "/broken" if request.header("range").is_some() => {
            to.reply("HTTP/1.1 206 Partial Content\r\nETag: \"v\"\r\nContent-Range: bytes 3-5/6\r\nContent-Length: 3\r\n\r\nken");
        }
        "/broken" => {
            to.reply("HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 6\r\n\r\nbro");
            to.close();
        }
        // A kept-alive connection is closed as soon as it is used again.
        "/once" if to.turn > 0 => to.close(),
        _ => to.reply(echo()),
    }
}
