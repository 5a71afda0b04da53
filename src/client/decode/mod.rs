//! Content codings: what the server has packed is read unpacked.
//!
//! ```text
//!   Response ◀── decoded bytes ── Decoded(gzip) ── Decoded(br) ── framing ── socket
//!                                    │ Codec::step: bytes in, bytes out, never waits
//!                                    └ set up by the first read: what nobody reads is never unpacked
//! ```
//!
//! Each coding is a [`Flow`](super::flow::Flow) on a flow, so that lines, pieces, text and JSON see decoded bytes. What
//! has come is handed out without waiting for more, and a stream that is cut, wrong or too good to be true is an error
//! that names the coding and the place.

pub(super) mod charset;
mod codec;
mod coding;
mod decoded;
mod gauge;
mod layer;
mod options;
mod policy;
mod switch;
#[cfg(test)]
mod tests;
#[cfg(all(unix, feature = "json"))]
mod value;

#[cfg(not(feature = "compression"))]
mod absent;
#[cfg(not(feature = "compression"))]
use absent as codecs;
#[cfg(feature = "compression")]
mod codecs;

pub(super) use layer::{accept, layer};
pub use policy::Decode;
pub(super) use switch::Switch;
#[cfg(all(unix, feature = "json"))]
pub(crate) use value::DecodeValue;
