//! The option of decoding, for a client and for a request.

use super::Decode;
use crate::client::{ClientBuilder, RequestBuilder};

impl ClientBuilder {
    /// Whether bodies are decoded, and how far they may grow: `true`, `false` or a [`Decode`]. Default on, with a cap of
    /// 1000 decoded bytes for a coded one.
    ///
    /// `Accept-Encoding: gzip, deflate, br, zstd` is then added to every request that has no such line, does without it
    /// by [`without_header`](Self::without_header), or asks for a `Range`, part of which cannot be decoded. With an
    /// `Accept-Encoding` of your own the body comes as it was coded, as with curl; both together on a client are an error
    /// of [`build`](Self::build).
    pub fn decode(mut self, decode: impl Into<Decode>) -> Self {
        let offered = self.policy.decode.offered;
        self.policy.decode = Decode { offered, ..decode.into() };
        self.set.set("decode", self.policy.decode.on);
        self
    }
}

impl<W> RequestBuilder<W> {
    /// Whether the body is decoded, and how far it may grow: `true`, `false` or a [`Decode`]. Default the client's.
    pub fn decode(self, decode: impl Into<Decode>) -> Self {
        let decode = decode.into();
        self.with_value(false, |policy| policy.decode = Decode { offered: policy.decode.offered, ..decode })
    }
}
