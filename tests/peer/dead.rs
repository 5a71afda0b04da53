//! Addresses where nobody answers.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// An address that never answers a connection attempt: its backlog is full and nobody accepts.
pub struct Blackhole {
    listener: Socket,
    // Held so that the backlog stays full.
    _fill: Socket,
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
        // Linux takes backlog + 1 connections; what exceeds them stays without an answer.
        let fill = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        fill.connect_timeout(&listener.local_addr().unwrap(), Duration::from_secs(20)).unwrap();
        // The client's end is connected a moment before the other one stands in the queue.
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let wait = Timespec { tv_sec: 20, tv_nsec: 0 };
        assert_eq!(poll(&mut [PollFd::new(&listener, PollFlags::IN)], Some(&wait)).unwrap(), 1, "it is in the queue");
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
