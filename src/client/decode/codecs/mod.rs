//! The codings themselves, each over a well-kept library.

mod brotli;
mod deflate;
mod gzip;
mod step;
mod zstd;

use super::codec::Codec;
use super::coding::Coding;
use crate::error::Result;

/// Without weights: all are welcome, and the server knows best what it has at hand.
pub(super) const OFFER: Option<&str> = Some("gzip, deflate, br, zstd");

/// A decoder that has done nothing yet: its first step sets it up.
pub(super) fn start(coding: Coding) -> Result<Box<dyn Codec>> {
    Ok(match coding {
        Coding::Gzip => Box::new(gzip::Gzip::default()),
        Coding::Deflate => Box::new(deflate::Deflate::default()),
        Coding::Brotli => Box::new(brotli::Brotli::default()),
        Coding::Zstd => Box::new(zstd::Zstd::default()),
    })
}
