//! SOCKS 4, 4a and 5 (RFC 1928, RFC 1929), the client's side, as a machine without a connection.
//!
//! ```text
//!   5    greeting ─▶ method ─┬─ none ──────────────────────────────┬─▶ request ─▶ reply ─▶ bound address ─▶ Done
//!                            └─ user and password ─▶ status ───────┘
//!   4, 4a                                                              request ─▶ reply ─▶ Done
//! ```
//!
//! It asks for no byte more than its next answer has: what follows belongs to the host behind the proxy.
//!
//! ```
//! use maypole::wire::socks::{Destination, Dialect, Step, Talk};
//! let mut talk = Talk::new(Dialect::V5, Destination::Name("h.test"), 80, None)?;
//! assert_eq!(talk.step(), Step::Send(b"\x05\x01\x00"));
//! talk.sent(3);
//! assert_eq!(talk.step(), Step::Receive(2));
//! talk.received(b"\x05\x00")?;
//! assert_eq!(talk.step(), Step::Send(b"\x05\x01\x00\x03\x06h.test\x00\x50"));
//! talk.sent(13);
//! talk.received(b"\x05\x00\x00\x01")?; // granted; an IPv4 address follows
//! assert_eq!(talk.step(), Step::Receive(6));
//! talk.received(&[0; 6])?;
//! assert_eq!(talk.step(), Step::Done);
//! # Ok::<(), maypole::wire::socks::Refusal>(())
//! ```

mod messages;
pub use messages::Destination;

mod refusal;
pub use refusal::Refusal;

mod talk;
pub use talk::{Dialect, Step, Talk};
