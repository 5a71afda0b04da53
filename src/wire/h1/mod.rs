//! HTTP/1.0 and HTTP/1.1 (RFC 9112): the machine that a connection walks through, without the connection.
//!
//! ```text
//! request   encode_head ─┬─────────── body as it is ───────────┬─► sent
//!                        └► encode_chunk_head, data,           │
//!                           encode_chunk_end … encode_last_chunk
//!
//! response  HeadParser ──► Head ──► response_framing ──► BodyDecoder ──► End ──► keep_alive
//!               ▲           │                                            ▲       yes: next request
//!               └─ 1xx ─────┘            Empty ──────────────────────────┤       no: close
//!                                        Length ──► Data ────────────────┤
//!                                        UntilClose ──► Data ──► eof ────┤
//!                                        Chunked ──► Skip ─► Data        │
//!                                                     ▲───────┘          │
//!                                                     └──► Skip, trailers┘
//! ```
//!
//! Which interim responses to accept, what to do with bytes after the end, and what an error costs is the exchange's
//! decision; after any error the connection must not be used again.
//!
//! ```
//! use maypole::{limits::Limits, wire::{Headers, Version, h1::*}};
//! let limits = Limits::default();
//!
//! // A request leaves as bytes.
//! let mut out = Vec::new();
//! encode_head(&mut out, Version::Http11, "GET", "/", &Headers::try_from([("Host", "h")])?)?;
//! assert_eq!(out, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
//!
//! // Its response comes in pieces: a head that is not complete yet, then the rest with the first body bytes.
//! let mut head_parser = HeadParser::new();
//! let mut buf = b"HTTP/1.1 200 OK\r\nContent-Len".to_vec();
//! assert!(head_parser.parse(&buf, &limits)?.is_none());
//! buf.extend_from_slice(b"gth: 7\r\n\r\nmay");
//! let (head, consumed) = head_parser.parse(&buf, &limits)?.expect("complete");
//! buf.drain(..consumed);
//! assert_eq!((head.status, head.reason()), (200, Some("OK")));
//!
//! // The head says where the body ends.
//! let framing = response_framing("GET", &head)?;
//! assert_eq!(framing, Framing::Length(7));
//! let mut body = BodyDecoder::new(framing);
//! assert_eq!(body.step(&buf, &limits)?, Step::Data(7));
//! body.took(3); // those in the buffer
//! assert_eq!(body.step(b"", &limits)?, Step::Data(4));
//! body.took(4); // those read from the socket, straight into the caller's slice
//! assert_eq!(body.step(b"", &limits)?, Step::End);
//!
//! // And the connection takes the next request.
//! assert!(keep_alive(&head, framing, false));
//! # Ok::<(), maypole::wire::Violation>(())
//! ```

mod body;
pub use body::{BodyDecoder, Step};

mod framing;
pub use framing::{Framing, content_length, keep_alive, response_framing};

mod persistence;
pub use persistence::KeepAlive;

mod request;
pub use request::{encode_chunk_end, encode_chunk_head, encode_head, encode_last_chunk};

mod response;
pub use response::{Head, HeadParser};

mod trailer;
