//! Machines that are origin and proxy in one: each port speaks HTTP, TLS, `CONNECT` and SOCKS 5, one inside the other,
//! and plays whatever host is asked for inside a tunnel. What stands at the end of it is written down.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use openssl::nid::Nid;
use openssl::ssl::{NameType, Ssl, SslAcceptor, SslMethod, SslStream, SslVerifyMode};
use openssl::x509::store::X509StoreBuilder;

use crate::peer::{Request, authority, leaf};
use crate::wire::Wire;

/// What a connection went through before its requests, from the outside in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Name asked for, name of the client's certificate, version.
    Tls(Option<String>, Option<String>, &'static str),
    /// What a proxy was asked for.
    Via(String),
}

/// A request, and whence it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) machine: usize,
    /// Counted over all machines.
    pub(crate) connection: usize,
    pub(crate) from: IpAddr,
    pub(crate) layers: Vec<Layer>,
    pub(crate) request: Request,
    pub(crate) status: u16,
}

impl Seen {
    /// Without scheme and host of a request to a proxy.
    pub(crate) fn path(&self) -> &str {
        path_of(&self.request.target)
    }

    pub(crate) fn line(&self, name: &str) -> Option<String> {
        match self.request.all(name)[..] {
            [] => None,
            [one] => Some(one.to_owned()),
            ref several => panic!("{name}: {several:?}"),
        }
    }
}

pub(crate) struct World {
    shared: Arc<Shared>,
    listeners: Vec<TcpListener>,
}

struct Shared {
    seen: Mutex<Vec<Seen>>,
    /// Status line and lines by path, where they are not those of a 200.
    plan: Mutex<HashMap<String, String>>,
    /// Connections that belong to a user since a `Negotiate`, as some servers have it.
    bound: Mutex<HashSet<usize>>,
    connections: AtomicUsize,
    acceptor: SslAcceptor,
}

impl World {
    pub(crate) fn start(machines: usize) -> Self {
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            plan: Mutex::default(),
            bound: Mutex::default(),
            connections: AtomicUsize::new(0),
            acceptor: acceptor(),
        });
        let listeners: Vec<_> = (0..machines).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        for (machine, listener) in listeners.iter().enumerate() {
            let (listener, shared) = (listener.try_clone().unwrap(), shared.clone());
            spawn(move || {
                while let Ok((stream, from)) = listener.accept() {
                    let shared = shared.clone();
                    spawn(move || shared.accepted(machine, stream, from.ip()));
                }
            });
        }
        Self { shared, listeners }
    }

    pub(crate) fn port(&self, machine: usize) -> u16 {
        self.listeners[machine].local_addr().unwrap().port()
    }

    /// Answers this path with this status line and these lines.
    pub(crate) fn on(&self, path: &str, status: u16, lines: &[String]) {
        let head =
            format!("HTTP/1.1 {status} X\r\n{}", lines.iter().map(|line| format!("{line}\r\n")).collect::<String>());
        self.shared.plan.lock().unwrap().insert(path.to_owned(), head);
    }

    /// The request that got this body.
    pub(crate) fn seen(&self, body: &str) -> Seen {
        self.shared.seen.lock().unwrap()[body.parse::<usize>().unwrap()].clone()
    }

    /// How many requests there have been.
    pub(crate) fn count(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    /// What was seen since that many, and was answered otherwise than with a challenge.
    pub(crate) fn met(&self, since: usize) -> Vec<Seen> {
        let seen = self.shared.seen.lock().unwrap();
        seen[since..].iter().filter(|seen| !matches!(seen.status, 401 | 407)).cloned().collect()
    }

    pub(crate) fn all(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for listener in &self.listeners {
            let _ = socket2::SockRef::from(listener).shutdown(Shutdown::Both);
        }
    }
}

/// Asks for a certificate and does not insist.
fn acceptor() -> SslAcceptor {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    builder.set_certificate(&leaf().certificate).unwrap();
    builder.set_private_key(&leaf().key).unwrap();
    builder.set_session_id_context(b"maypole").unwrap();
    let mut store = X509StoreBuilder::new().unwrap();
    store.add_cert(authority().0.certificate.clone()).unwrap();
    builder.set_verify_cert_store(store.build()).unwrap();
    builder.set_verify(SslVerifyMode::PEER);
    builder.build()
}

fn spawn(body: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(512 << 10).spawn(body).unwrap();
}

impl Shared {
    fn accepted(&self, machine: usize, stream: TcpStream, from: IpAddr) {
        let connection = self.connections.fetch_add(1, SeqCst);
        stream.set_nodelay(true).unwrap();
        // However it ends: the client says what went wrong.
        self.speak(machine, connection, from, Wire::new(stream)).ok();
    }

    fn speak(&self, machine: usize, connection: usize, from: IpAddr, mut wire: Wire) -> io::Result<()> {
        let mut layers = Vec::new();
        loop {
            match wire.first()? {
                0x16 => {
                    let (inside, layer) = self.secured(wire)?;
                    layers.push(layer);
                    wire = inside;
                    continue;
                }
                5 => {
                    layers.push(Layer::Via(wire.socks()?));
                    continue;
                }
                _ => {}
            }
            let request = Request::parse(&wire.head()?).map_err(io::Error::other)?;
            if request.method == "CONNECT" {
                layers.push(Layer::Via(asked(&request)));
                wire.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
                continue;
            }
            let seen = Seen { machine, connection, from, layers: layers.clone(), request, status: 0 };
            wire.write_all(self.answer(seen).as_bytes())?;
        }
    }

    fn secured(&self, wire: Wire) -> io::Result<(Wire, Layer)> {
        let mut session = SslStream::new(Ssl::new(self.acceptor.context()).unwrap(), wire).unwrap();
        session.accept().map_err(io::Error::other)?;
        let ssl = session.ssl();
        let client = ssl.peer_certificate().and_then(|certificate| {
            let name = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next()?.data().to_string();
            name.ok()
        });
        let layer = Layer::Tls(ssl.servername(NameType::HOST_NAME).map(str::to_owned), client, ssl.version_str());
        Ok((Wire::new(session), layer))
    }

    /// Its body is the number under which the request is found.
    fn answer(&self, mut seen: Seen) -> String {
        let negotiates = |name| seen.request.header(name).is_some_and(|value| value.starts_with("Negotiate "));
        let mut head = match self.plan.lock().unwrap().get(seen.path()) {
            _ if digest(&seen).is_some() => digest(&seen).unwrap(),
            Some(head) => head.clone(),
            None => "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n".to_owned(),
        };
        if negotiates("authorization") || negotiates("proxy-authorization") {
            self.bound.lock().unwrap().insert(seen.connection);
        } else if self.bound.lock().unwrap().contains(&seen.connection) {
            head = "HTTP/1.1 200 OK\r\nX-Served-As: somebody-else\r\n".to_owned();
        }
        seen.status = head[9..12].parse().unwrap();
        let mut all = self.seen.lock().unwrap();
        let body = all.len().to_string();
        all.push(seen);
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
    }
}

/// A challenge for paths that want one and requests that have no answer.
fn digest(seen: &Seen) -> Option<String> {
    let shows = |name| seen.request.header(name).is_some_and(|value| value.starts_with("Digest "));
    // Of a chain at its first hop alone: what comes later must not be shown without being asked for.
    let asks = seen.path().strip_prefix("/digest").is_some_and(|rest| !rest.contains('/') || rest.ends_with("/0"));
    if asks && !shows("authorization") {
        let line = format!("Digest realm=\"r\", qop=\"auth\", nonce=\"{}\"", nonce(seen));
        return Some(format!("HTTP/1.1 401 X\r\nWWW-Authenticate: {line}\r\n"));
    }
    let forwarded = !seen.request.target.starts_with('/');
    if seen.path().starts_with("/proxy-digest") && forwarded && !shows("proxy-authorization") {
        let line = format!("Digest realm=\"r\", qop=\"auth\", nonce=\"proxy-{}\"", seen.machine);
        return Some(format!("HTTP/1.1 407 X\r\nProxy-Authenticate: {line}\r\n"));
    }
    None
}

/// What an origin gives to nobody else.
fn nonce(seen: &Seen) -> String {
    let secure = matches!(seen.layers.last(), Some(Layer::Tls(..)));
    format!("{}-{}", if secure { "https" } else { "http" }, seen.request.header("host").unwrap())
}

/// The target of a `CONNECT` and its credentials; whatever belongs to the origin alone is named as well.
fn asked(request: &Request) -> String {
    let leaks =
        ["authorization", "cookie", "x-api-key", "x-plain"].into_iter().filter(|name| request.header(name).is_some());
    let leaks: String = leaks.map(|name| format!(" LEAKS {name}")).collect();
    format!("CONNECT {} {}{leaks}", request.target, request.header("proxy-authorization").unwrap_or("-"))
}

fn path_of(target: &str) -> &str {
    match target.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/').unwrap()..],
        None => target,
    }
}
