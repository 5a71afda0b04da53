//! A programmable server for load: one handler for all requests, one thread per connection, counters.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::body::wait_until;
use super::connection::find;
use super::record::Request;
use super::stream::uninterrupted;

type Handler = dyn Fn(&Request, &mut Responder<'_>) + Send + Sync;

/// Answers requests until it is dropped.
pub struct Server {
    shared: Arc<Common>,
    address: SocketAddr,
    listener: TcpListener,
}

#[derive(Default)]
struct Common {
    connections: AtomicUsize,
    open: AtomicUsize,
    requests: AtomicUsize,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    panics: AtomicUsize,
    sockets: Mutex<HashMap<usize, TcpStream>>,
}

/// What a handler may do with one request.
pub struct Responder<'a> {
    stream: &'a TcpStream,
    /// Which connection this is, counted from 0.
    pub connection: usize,
    /// Which request on it, counted from 0.
    pub turn: usize,
    closed: bool,
}

impl Responder<'_> {
    pub fn reply(&mut self, bytes: impl AsRef<[u8]>) {
        if self.stream.write_all(bytes.as_ref()).is_err() {
            self.closed = true;
        }
    }

    pub fn close(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
        self.closed = true;
    }

    pub fn reset(&mut self) {
        socket2::SockRef::from(self.stream).set_linger(Some(Duration::ZERO)).unwrap();
        self.closed = true;
    }
}

impl Server {
    pub fn start(handler: impl Fn(&Request, &mut Responder<'_>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (shared, handler): (_, Arc<Handler>) = (Arc::new(Common::default()), Arc::new(handler));
        let (accepting, common) = (listener.try_clone().unwrap(), shared.clone());
        spawn(move || {
            while let Ok((stream, _)) = accepting.accept() {
                let index = common.connections.fetch_add(1, SeqCst);
                common.open.fetch_add(1, SeqCst);
                let (common, handler) = (common.clone(), handler.clone());
                common.sockets.lock().unwrap().insert(index, stream.try_clone().unwrap());
                spawn(move || common.serve(index, stream, &*handler));
            }
        });
        Self { shared, address, listener }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// Connections now open.
    pub fn open(&self) -> usize {
        self.shared.open.load(SeqCst)
    }

    pub fn requests(&self) -> usize {
        self.shared.requests.load(SeqCst)
    }

    /// The most requests that were being handled at once.
    pub fn peak(&self) -> usize {
        self.shared.peak.load(SeqCst)
    }

    #[track_caller]
    pub fn wait_requests(&self, n: usize) {
        wait_until(&format!("{n} requests"), || self.requests() >= n);
    }

    #[track_caller]
    pub fn wait_open(&self, n: usize) {
        wait_until(&format!("{n} open connections"), || self.open() == n);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = socket2::SockRef::from(&self.listener).shutdown(Shutdown::Both);
        for socket in self.shared.sockets.lock().unwrap().values() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        if !std::thread::panicking() {
            assert_eq!(self.shared.panics.load(SeqCst), 0, "a handler panicked");
        }
    }
}

impl Common {
    fn serve(&self, index: usize, stream: TcpStream, handler: &Handler) {
        let _ = stream.set_nodelay(true);
        let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
        let guard = Guard(self);
        let (mut input, mut turn) = (Vec::new(), 0);
        while let Ok(Some(request)) = next_request(&stream, &mut input) {
            self.requests.fetch_add(1, SeqCst);
            self.peak.fetch_max(self.in_flight.fetch_add(1, SeqCst) + 1, SeqCst);
            // Counted down before the answer leaves: the client's next request may be here before this thread goes on.
            let mut responder = Responder { stream: &stream, connection: index, turn, closed: false };
            let (request, counted) = (request, Counted(&self.in_flight));
            handler(&request, &mut responder);
            drop(counted);
            turn += 1;
            if responder.closed {
                break;
            }
        }
        self.sockets.lock().unwrap().remove(&index);
        drop(stream);
        drop(guard);
    }
}

struct Guard<'a>(&'a Common);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, SeqCst);
        if std::thread::panicking() {
            self.0.panics.fetch_add(1, SeqCst);
        }
    }
}

struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

fn spawn(body: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 << 10).spawn(body).unwrap();
}

fn next_request(mut stream: &TcpStream, input: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let mut buffer = vec![0; 16 << 10];
    let mut fill = |input: &mut Vec<u8>| -> io::Result<bool> {
        let n = uninterrupted(|| stream.read(&mut buffer))?;
        input.extend_from_slice(&buffer[..n]);
        Ok(n > 0)
    };
    let end = loop {
        if let Some(at) = find(input, b"\r\n\r\n") {
            break at + 4;
        }
        if !fill(input)? {
            return Ok(None);
        }
    };
    let head: Vec<u8> = input.drain(..end).collect();
    let mut request = Request::parse(&head).map_err(io::Error::other)?;
    let length = request.length().unwrap_or(0) as usize;
    while input.len() < length {
        if !fill(input)? {
            return Ok(None);
        }
    }
    request.body = input.drain(..length).collect();
    Ok(Some(request))
}
