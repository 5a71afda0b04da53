//! ureq's agents on coroutines: an existing `ureq::Agent` keeps its code, and its calls wait without a thread.
//!
//! [`agent`] takes the place of `ureq::Agent::new_with_config`; or a [`Connector`] and a [`Resolver`] are given to
//! `ureq::Agent::with_parts`. Everything above the connection is still ureq: its pool, redirects, timeouts, statuses as
//! errors, bodies. What waits below is ours: names are looked up off the workers, once for all who ask at once and
//! remembered for 10 seconds, and sockets and TLS park the coroutine.
//!
//! ```
//! use maypole::rt::Group;
//! # use std::io::{Read, Write};
//! # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let url = format!("http://{}/", server.local_addr()?);
//! # std::thread::spawn(move || {
//! #     for connection in server.incoming() {
//! #         let mut connection = connection.unwrap();
//! #         std::thread::spawn(move || {
//! #             while matches!(connection.read(&mut [0; 4096]), Ok(1..)) {
//! #                 connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nHello!").unwrap();
//! #             }
//! #         });
//! #     }
//! # });
//! let agent = maypole::compat::ureq::agent(ureq::config::Config::default());
//! let answers = Group::new(100).map(0..100, move |_| agent.get(&url).call()?.body_mut().read_to_string())?;
//! assert!(answers.into_iter().all(|answer| answer.unwrap() == "Hello!"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//!   ureq::Agent ── its pool, redirects, bodies ─┐
//!        │ resolve                              │ connect                     │ transmit_output, await_input
//!        ▼                                      ▼                             ▼
//!     Resolver                              Connector                     Transport ── Buffers
//!        │                                      │ way: proxy, TLS, addresses  │ Limit: deadline, and ureq's name of it
//!        └──────────────────── net::Network ────┴────────── net::Stream ──────┘
//! ```
//!
//! What differs from ureq's own connectors:
//!
//! - **TLS** is maypole's, over OpenSSL that never waits, whatever `TlsConfig::provider` says; ureq's own native-tls
//!   connector would wait inside OpenSSL, whose errors are kept per thread, and so mix up those of several coroutines.
//!   Roots, client certificates, SNI and `disable_verification` are taken from the agent's or request's configuration;
//!   `RootCerts::WebPki` are the roots compiled into this crate. Failed handshakes are `ureq::Error::Other` with a
//!   [`maypole::Error`](crate::Error) that says why: ureq's own variants cannot be made outside of it.
//! - **Proxies**, SOCKS too, are spoken to by maypole, without ureq's feature `socks-proxy` and not by its
//!   `ConnectProxyConnector`, over whose tunnel only such a waiting TLS could be laid.
//! - **Several addresses** of a host are tried a moment apart and the first connection wins (RFC 8305), instead of one
//!   after the other.
//! - **Memory**: the buffers of ureq, 128 KiB for each direction, are asked for in the same size, but touched only as far
//!   as they are used, and given back by connections that lie idle.
//! - **[Scopes](crate::rt::scope)** and their cancel tokens bound everything, as they do for the other clients of this
//!   crate: the error is `ureq::Error::Io` with a [`maypole::Error`](crate::Error) in it, of kind
//!   [`Timeout`](crate::error::Kind::Timeout) or [`Cancelled`](crate::error::Kind::Cancelled).
//! - **`timeout_per_read`** counts for a TLS handshake as a whole, and for the talk with a proxy.
//!
//! Everything works on plain threads too. The manual's chapter has the figures, and what ureq itself asks of a stack.

mod agent;
mod buffers;
mod connector;
mod failure;
mod life;
mod limit;
mod proxy;
mod resolver;
mod transport;
mod way;

#[cfg(feature = "tls")]
mod key;
#[cfg(not(feature = "tls"))]
#[path = "without_tls.rs"]
mod tls;
#[cfg(feature = "tls")]
mod tls;

pub use agent::agent;
pub use connector::Connector;
pub use resolver::Resolver;
pub use transport::Transport;
