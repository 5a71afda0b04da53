//! Addresses where nobody answers.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// An address that never answers a connection attempt: its backlog is full and nobody accepts.
pub struct Blackhole {
    listener: Socket,
    // Held so that the backlog stays full.
    _fill: Vec<Socket>,
}

impl Blackhole {
    pub fn start() -> Self {
        Self::at(([127, 0, 0, 1], 0).into())
    }

    pub fn at(address: SocketAddr) -> Self {
        Self::try_at(address).unwrap()
    }

    /// An error if somebody has the port there: a port that is free at one address need not be at another.
    pub fn try_at(address: SocketAddr) -> std::io::Result<Self> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.set_reuse_address(true).unwrap();
        listener.bind(&address.into())?;
        listener.listen(0).unwrap();
        let at = listener.local_addr().unwrap();
        let mut fill = Vec::new();
        // Linux takes backlog + 1 connections; what exceeds them stays without an answer.
        for _ in 0..4 {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            let answered = socket.connect_timeout(&at, Duration::from_millis(20)).is_ok();
            fill.push(socket);
            if !answered {
                break;
            }
        }
        Ok(Self { listener, _fill: fill })
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap().as_socket().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }
}

/// A loopback address that refuses connections: bound, so that nobody else gets it, and not listening.
pub struct Refused(Socket);

impl Refused {
    pub fn start() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        Self(socket)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap().as_socket().unwrap()
    }
}
