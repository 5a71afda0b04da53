//! The other end of the wire, for tests: a scripted peer, a programmable server, and what tests need around them.
//!
//! ```ignore
//! let peer = Peer::start([conn([request("GET /x HTTP/1.1\r\n"), reply("HTTP/1.1 204 No Content\r\n\r\n")])]);
//! client.get(&peer.url("/x")).send()?;
//! assert_eq!(peer.finish().requests()[0].header("host"), Some(peer.authority()));
//! ```
//!
//! Everything here runs on plain threads and blocking sockets, never on the runtime under test, and every wait is
//! bounded: a script that was not followed, a panic in a peer's thread and a hang are failures with a message.

// Each test binary uses its own part of this.
#![allow(dead_code, unused_imports, unreachable_pub)]
// The peer is the idea of this folder.
#![allow(clippy::module_inception)]

mod body;
mod certs;
mod connection;
mod dead;
mod listener;
mod nginx;
mod patience;
mod process;
mod record;
mod script;
mod server;
mod stopwatch;
mod stream;
mod tls;

pub use body::{on_both, on_coroutine, on_thread, wait_until};
pub use certs::{Authority, Leaf, authority, leaf};
pub use dead::{Blackhole, Refused};
pub use listener::Peer;
pub use nginx::Nginx;
pub use patience::with_some_time;
pub use process::{alone, client_sockets, fds, free_port, free_ports, resident_bytes};
pub use record::{Connection, End, Request, Transcript};
pub use script::*;
pub use server::{Responder, Server};
pub use stopwatch::Stopwatch;
pub use tls::Tls;
