//! The scripted peer: listens, gives each connection its script, keeps the record.

use std::collections::HashMap;
use std::net::{Shutdown, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use openssl::ssl::SslAcceptor;
use socket2::{Domain, SockAddr, Socket, Type};

use super::body::{message, nap, wait_until};
use super::connection;
use super::process::is_new;
use super::record::{Connection, End, Transcript};
use super::script::Conn;
use super::stream::Shared;
use super::tls::Tls;

/// Listens on a port of the system's choice, or on a Unix socket, and follows a script.
pub struct Peer {
    board: Arc<Board>,
    listener: Arc<Socket>,
    address: Option<SocketAddr>,
    directory: Option<tempfile::TempDir>,
    secure: bool,
    patience: Duration,
}

/// What the peer's threads share.
#[derive(Default)]
pub(super) struct Board(Mutex<State>);

#[derive(Default)]
struct State {
    finishing: bool,
    finished: bool,
    running: usize,
    scripted: usize,
    // Sockets that the end of a test may shut down: nothing more is expected of them.
    idle: HashMap<usize, bool>,
    steps: HashMap<usize, usize>,
    sockets: HashMap<usize, Arc<Socket>>,
    failures: Vec<String>,
    transcript: Transcript,
}

/// The scripts of a peer.
struct Scripts {
    of: Vec<Conn>,
    otherwise: Option<Conn>,
    acceptor: Option<Arc<SslAcceptor>>,
}

impl Peer {
    /// One script per connection, in order; each must be used.
    pub fn start(scripts: impl IntoIterator<Item = Conn>) -> Self {
        Self::listen(scripts.into_iter().collect(), None, None, false)
    }

    /// The same script for every connection.
    pub fn always(script: Conn) -> Self {
        Self::listen(Vec::new(), Some(script), None, false)
    }

    /// Scripts for the first connections, another one for all further.
    pub fn then_always(first: impl IntoIterator<Item = Conn>, rest: Conn) -> Self {
        Self::listen(first.into_iter().collect(), Some(rest), None, false)
    }

    pub fn tls(tls: &Tls, first: impl IntoIterator<Item = Conn>, rest: Option<Conn>) -> Self {
        Self::listen(first.into_iter().collect(), rest, Some(tls), false)
    }

    pub fn unix(tls: Option<&Tls>, first: impl IntoIterator<Item = Conn>) -> Self {
        Self::listen(first.into_iter().collect(), None, tls, true)
    }

    fn listen(of: Vec<Conn>, otherwise: Option<Conn>, tls: Option<&Tls>, unix: bool) -> Self {
        let directory = unix.then(|| tempfile::tempdir().unwrap());
        let (domain, at) = match &directory {
            Some(directory) => (Domain::UNIX, SockAddr::unix(directory.path().join("s")).unwrap()),
            None => (Domain::IPV4, SocketAddr::from(([127, 0, 0, 1], 0)).into()),
        };
        let (listener, address) = loop {
            let listener = Socket::new(domain, Type::STREAM, None).unwrap();
            // Many tests one after the other leave their ports in TIME_WAIT.
            listener.set_reuse_address(!unix).unwrap();
            listener.bind(&at).unwrap();
            let address = listener.local_addr().unwrap().as_socket();
            if address.is_none_or(|address| is_new(address.port())) {
                break (listener, address);
            }
        };
        listener.listen(1024).unwrap();
        let (listener, board) = (Arc::new(listener), Arc::new(Board::default()));
        board.lock().scripted = of.len();
        let scripts = Scripts { of, otherwise, acceptor: tls.map(Tls::acceptor) };
        spawn({
            let (listener, board) = (listener.clone(), board.clone());
            move || accept(&listener, &board, Arc::new(scripts))
        });
        Self { board, listener, address, directory, secure: tls.is_some(), patience: Duration::from_secs(10) }
    }

    /// How long the end waits for scripted connections that have not come.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub fn url(&self, path: &str) -> String {
        self.url_at(&self.address().ip().to_string(), path)
    }

    /// The URL with another name for this machine.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", if self.secure { "https" } else { "http" }, self.port())
    }

    pub fn address(&self) -> SocketAddr {
        self.address.expect("a TCP peer")
    }

    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// `127.0.0.1:<port>`.
    pub fn authority(&self) -> String {
        self.address().to_string()
    }

    pub fn path(&self) -> PathBuf {
        self.directory.as_ref().expect("a Unix peer").path().join("s")
    }

    /// The record so far.
    pub fn so_far(&self) -> Transcript {
        self.board.lock().transcript.clone()
    }

    pub fn connections(&self) -> usize {
        self.board.lock().transcript.connections.len()
    }

    #[track_caller]
    pub fn wait_connections(&self, n: usize) {
        wait_until(&format!("{n} connections"), || self.connections() >= n);
    }

    #[track_caller]
    pub fn wait_requests(&self, n: usize) {
        wait_until(&format!("{n} requests"), || self.board.lock().transcript.requests().len() >= n);
    }

    /// Waits for the end of this connection, and says who ended it.
    #[track_caller]
    pub fn wait_end(&self, connection: usize) -> End {
        let end = || self.board.lock().transcript.connections.get(connection).and_then(|c| c.end);
        wait_until(&format!("the end of connection {connection}"), || end().is_some());
        end().unwrap()
    }

    /// Waits until the client holds no socket to this peer.
    #[track_caller]
    pub fn wait_released(&self) {
        wait_until("the client to close its sockets", || super::client_sockets(self.port()) == 0);
    }

    /// Ends every connection that waits for nothing more; fails when a script was not followed.
    #[track_caller]
    pub fn finish(self) -> Transcript {
        self.end();
        let state = self.board.lock();
        assert!(state.failures.is_empty(), "the script was not followed: {}", state.failures.join("; "));
        state.transcript.clone()
    }

    /// Ends it wherever its script stands: for what is tried anew with another peer.
    pub fn give_up(self) {
        self.board.lock().finished = true;
        self.board.start_finish();
        let _ = self.listener.shutdown(Shutdown::Both);
    }

    #[track_caller]
    fn end(&self) {
        // One that the client has opened and given up may still wait for being taken.
        let start = Instant::now();
        while self.connections() < self.board.lock().scripted && start.elapsed() < self.patience {
            nap();
        }
        self.board.start_finish();
        let _ = self.listener.shutdown(Shutdown::Both);
        let start = Instant::now();
        while self.board.lock().running > 0 && start.elapsed() < Duration::from_secs(20) {
            nap();
        }
        let mut state = self.board.lock();
        if state.running > 0 {
            let steps = format!("still at work (connection: step) {:?}", state.steps);
            state.failures.push(steps);
        }
        state.finished = true;
        let (seen, scripted) = (state.transcript.connections.len(), state.scripted);
        if seen < scripted {
            state.failures.push(format!("{seen} connections came, the script has {scripted}"));
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.board.start_finish();
            let _ = self.listener.shutdown(Shutdown::Both);
        } else if !self.board.lock().finished {
            self.end();
            let failures = std::mem::take(&mut self.board.lock().failures);
            assert!(failures.is_empty(), "the script was not followed: {}", failures.join("; "));
        }
    }
}

fn spawn(body: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(512 << 10).spawn(body).unwrap();
}

fn accept(listener: &Socket, board: &Arc<Board>, scripts: Arc<Scripts>) {
    while let Ok((socket, from)) = listener.accept() {
        let _ = socket.set_tcp_nodelay(true);
        let from = from.as_socket().map(|a| a.to_string()).unwrap_or_default();
        let socket = Arc::new(socket);
        let Some(index) = board.opened(socket.clone(), from) else { return };
        let (board, scripts) = (board.clone(), scripts.clone());
        spawn(move || {
            let walk = || {
                let script = scripts.of.get(index).or(scripts.otherwise.as_ref()).ok_or("not in the script")?;
                connection::run(&board, index, Shared(socket), scripts.acceptor.as_deref(), script)
            };
            let verdict = catch_unwind(AssertUnwindSafe(walk));
            board.done(index, verdict.unwrap_or_else(|panic| Err(format!("panic: {}", message(&*panic)))));
        });
    }
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn is_finishing(&self) -> bool {
        self.lock().finishing
    }

    pub(super) fn record<T>(&self, index: usize, change: impl FnOnce(&mut Connection) -> T) -> T {
        change(&mut self.lock().transcript.connections[index])
    }

    /// Takes the socket from the board: closing it is the walk's own doing from here on.
    pub(super) fn ended(&self, index: usize, end: End) {
        let mut state = self.lock();
        state.transcript.connections[index].end.get_or_insert(end);
        state.sockets.remove(&index);
    }

    pub(super) fn step(&self, index: usize, step: usize) {
        self.lock().steps.insert(index, step);
    }

    pub(super) fn idle(&self, index: usize, idle: bool) {
        let mut state = self.lock();
        state.idle.insert(index, idle);
        if let (true, true, Some(socket)) = (state.finishing, idle, state.sockets.get(&index)) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    fn opened(&self, socket: Arc<Socket>, from: String) -> Option<usize> {
        let mut state = self.lock();
        if state.finishing {
            return None;
        }
        let index = state.transcript.connections.len();
        state.transcript.connections.push(Connection { from, ..Connection::default() });
        state.sockets.insert(index, socket);
        state.running += 1;
        Some(index)
    }

    fn done(&self, index: usize, verdict: Result<(), String>) {
        let mut state = self.lock();
        if let Err(why) = verdict {
            state.failures.push(format!("connection {index}: {why}"));
        }
        state.transcript.connections[index].end.get_or_insert(End::Peer);
        state.sockets.remove(&index);
        state.steps.remove(&index);
        state.running -= 1;
    }

    fn start_finish(&self) {
        let mut state = self.lock();
        state.finishing = true;
        let idle: Vec<_> = state.sockets.iter().filter(|(i, _)| state.idle.get(i) == Some(&true)).collect();
        for (_, socket) in idle {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}
