//! A connection as `std::io` knows them.
//!
//! ```text
//!   Connector ── connect(url) ──▶ Stream ── try_clone ──▶ Stream      handles of one connection,
//!                                   │ ▲                               each with a read buffer of its own
//!                             split │ │ reunite
//!                                   ▼ │
//!                        ReadHalf, WriteHalf
//! ```
//!
//! What was written for blocking sockets runs on a [`Stream`] unchanged: it is `Read`, `Write` and `BufRead`, and
//! `&Stream` is `Read` and `Write` as `&TcpStream` is. A call waits as a blocking call does; on a coroutine only the
//! coroutine waits.
//!
//! ```
//! use maypole::compat::io::Stream;
//! use std::io::{BufRead, Write};
//! # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
//! # let address = server.local_addr()?;
//! # std::thread::spawn(move || {
//! #     let (mut connection, _) = server.accept().unwrap();
//! #     connection.write_all(b"220 ready\r\n").unwrap();
//! # });
//! let mut stream = Stream::connect(&format!("tcp://{address}"))?;
//! let mut line = String::new();
//! stream.read_line(&mut line)?;
//! assert_eq!(line, "220 ready\r\n");
//! stream.write_all(b"EHLO client.test\r\n")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod buffer;
mod connector;
mod copy;
mod failure;
mod halves;
mod schemes;
mod shared;
mod stream;
mod traits;

pub use connector::Connector;
pub use copy::copy;
pub use halves::{ReadHalf, ReuniteError, WriteHalf};
pub use stream::Stream;
