//! What a peer does on one connection, step by step.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::body::wait_until;

/// One step of a script. When the client has left, writing is skipped; a step that still wants bytes fails the test.
#[derive(Clone, Debug)]
pub enum Act {
    /// The next bytes are exactly these.
    Expect(Vec<u8>),
    /// A whole request, body included, that begins with these bytes.
    Request(Vec<u8>),
    /// A whole request, or none: the client may give the connection up before it asks.
    MayAsk,
    /// The head of a request that begins with these bytes; its body stays unread.
    Head(Vec<u8>),
    /// The body of the last head.
    Body,
    /// So many bytes, counted and thrown away.
    Discard(u64),
    /// Everything until the client closes, counted and thrown away.
    Swallow,
    Reply(Vec<u8>),
    /// The bytes in pieces of this size with a pause after each; the pause lets the client read the piece alone.
    Pieces(Vec<u8>, usize, Duration),
    /// The bytes in two pieces, cut here.
    Cut(Vec<u8>, usize),
    /// The bytes so many times.
    Repeat(Vec<u8>, u64),
    /// The bytes again and again until the client closes; it must.
    Flood(Vec<u8>),
    /// The same answer to every further request.
    Serve(Vec<u8>),
    Pause(Duration),
    /// Waits for the test.
    Hold(Gate),
    /// Tells the test.
    Open(Gate),
    /// Neither reads nor writes until the client closes.
    Stall,
    /// The client closes without sending another byte.
    Closed,
    HalfClose,
    Close,
    /// Close below TLS: no close_notify.
    Sever,
    Reset,
    /// The client refuses the TLS handshake with an alert of this name.
    Refused(&'static str),
}

pub type Conn = Vec<Act>;

pub fn conn<const N: usize>(acts: [Act; N]) -> Conn {
    acts.into()
}

pub fn expect(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Expect(bytes.into())
}

pub fn request(prefix: impl Into<Vec<u8>>) -> Act {
    Act::Request(prefix.into())
}

pub fn any_request() -> Act {
    Act::Request(Vec::new())
}

pub fn head(prefix: impl Into<Vec<u8>>) -> Act {
    Act::Head(prefix.into())
}

pub fn reply(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Reply(bytes.into())
}

pub fn pieces(bytes: impl Into<Vec<u8>>, size: usize, pause: Duration) -> Act {
    Act::Pieces(bytes.into(), size, pause)
}

pub fn serve(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Serve(bytes.into())
}

pub fn flood(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Flood(bytes.into())
}

pub fn pause(ms: u64) -> Act {
    Act::Pause(Duration::from_millis(ms))
}

pub fn hold(gate: &Gate) -> Act {
    Act::Hold(gate.clone())
}

pub fn open(gate: &Gate) -> Act {
    Act::Open(gate.clone())
}

/// A 200 with this body and its length.
pub fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    reply.extend_from_slice(body);
    reply
}

/// Opened once, by the test or by a script; the other one waits for it.
#[derive(Clone, Default, Debug)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub fn is_open(&self) -> bool {
        *self.0.0.lock().unwrap()
    }

    /// For tests, in coroutines too.
    pub fn wait(&self) {
        wait_until("a gate to open", || self.is_open());
    }

    /// For peers: on plain threads, given up on when `stop` says so.
    pub(super) fn block(&self, stop: impl Fn() -> bool) -> bool {
        let mut open = self.0.0.lock().unwrap();
        while !*open && !stop() {
            open = self.0.1.wait_timeout(open, Duration::from_millis(5)).unwrap().0;
        }
        *open
    }
}
