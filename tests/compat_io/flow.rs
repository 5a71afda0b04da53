//! A peer that sends and receives at the same time, each as fast as it goes, and a check of what comes.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::peer::{Gate, Tls};
use crate::site::Way;

/// So that no piece of it is like another one at a different place: its length is a prime.
const PERIOD: usize = 65_521;

/// Bytes by their place in the stream.
pub(crate) struct Pattern(Vec<u8>);

impl Pattern {
    pub(crate) fn new() -> Self {
        let mut x = 1u32;
        let mut next = || {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (x >> 24) as u8
        };
        let period: Vec<u8> = (0..PERIOD).map(|_| next()).collect();
        Self(period.iter().chain(&period).copied().collect())
    }

    /// Some bytes from `at` on.
    pub(crate) fn at(&self, at: u64, longest: usize) -> &[u8] {
        let start = (at % PERIOD as u64) as usize;
        &self.0[start..start + longest.min(PERIOD)]
    }
}

/// Writes so many bytes of the pattern.
pub(crate) fn send(to: &mut impl Write, total: u64) -> io::Result<()> {
    let pattern = Pattern::new();
    let mut at = 0;
    while at < total {
        let longest = (total - at).min(40_000) as usize;
        at += to.write(pattern.at(at, longest))? as u64;
    }
    Ok(())
}

/// Reads so many bytes and checks each.
pub(crate) fn receive(from: &mut impl Read, total: u64) -> io::Result<()> {
    let pattern = Pattern::new();
    let mut buffer = vec![0; 30_000];
    let mut at = 0;
    while at < total {
        let longest = (total - at).min(buffer.len() as u64) as usize;
        let n = from.read(&mut buffer[..longest])?;
        assert!(n > 0, "the end after {at} of {total} bytes");
        assert!(buffer[..n] == *pattern.at(at, n), "wrong bytes behind {at}");
        at += n as u64;
    }
    Ok(())
}

/// A peer that moves `total` bytes each way, independently. It receives nothing before `receiving` opens and sends
/// nothing before `sending` does.
pub(crate) struct Flow {
    pub(crate) address: SocketAddr,
    pub(crate) receiving: Gate,
    pub(crate) sending: Gate,
    thread: JoinHandle<()>,
}

pub(crate) trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

impl Flow {
    pub(crate) fn start(way: Way, total: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let gates = [Gate::new(), Gate::new()];
        let [receiving, sending] = gates.clone();
        let thread = std::thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            let mut stream = secured(way, socket.try_clone().unwrap());
            socket.set_nonblocking(true).unwrap();
            turn_about(&mut *stream, total, &receiving, &sending);
        });
        let [receiving, sending] = gates;
        Self { address, receiving, sending, thread }
    }

    pub(crate) fn url(&self, way: Way) -> String {
        match way {
            Way::Tls => format!("tls://localhost:{}", self.address.port()),
            _ => format!("tcp://{}", self.address),
        }
    }

    pub(crate) fn finish(self) {
        self.thread.join().unwrap();
    }
}

/// A peer for one connection by `way`, with a thread of its own; it says goodbye at the end.
pub(crate) fn served(way: Way, serve: impl FnOnce(&mut dyn Both) + Send + 'static) -> (String, JoinHandle<()>) {
    if way == Way::Unix {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let thread = std::thread::spawn(move || {
            let _directory = directory;
            serve(&mut &listener.accept().unwrap().0);
        });
        return (format!("unix://{}", path.display()), thread);
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        if way == Way::Tcp {
            return serve(&mut &socket);
        }
        let mut session = Tls::default().accept(socket);
        serve(&mut session);
        // The client may have gone.
        session.shutdown().ok();
    });
    let (scheme, host) = if way == Way::Tls { ("tls", "localhost") } else { ("tcp", "127.0.0.1") };
    (format!("{scheme}://{host}:{port}"), thread)
}

/// Sends back what comes.
pub(crate) fn echo(stream: &mut dyn Both) {
    let mut buffer = vec![0; 10_000];
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => return,
            n => stream.write_all(&buffer[..n]).unwrap(),
        }
    }
}

fn secured(way: Way, socket: TcpStream) -> Box<dyn Both> {
    match way {
        Way::Tls => Box::new(Tls::default().accept(socket)),
        _ => Box::new(socket),
    }
}

fn turn_about(stream: &mut dyn Both, total: u64, receiving: &Gate, sending: &Gate) {
    let pattern = Pattern::new();
    let mut buffer = vec![0; 20_000];
    let (mut sent, mut received) = (0, 0);
    // A record that did not go out wants the same bytes again.
    let mut piece = 0;
    while sent < total || received < total {
        let mut idle = true;
        if received < total && receiving.is_open() {
            match stream.read(&mut buffer) {
                Ok(n) => {
                    assert!(n > 0, "the end after {received} of {total} bytes");
                    assert!(buffer[..n] == *pattern.at(received, n), "wrong bytes behind {received}");
                    received += n as u64;
                    idle = false;
                }
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        if sent < total && sending.is_open() {
            piece = if piece == 0 { (total - sent).min(25_000) as usize } else { piece };
            match stream.write(pattern.at(sent, piece)) {
                Ok(n) => {
                    sent += n as u64;
                    (piece, idle) = (0, false);
                }
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        if idle {
            std::thread::sleep(Duration::from_micros(200));
        }
    }
}
