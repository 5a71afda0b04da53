//! What is wanted of decoding as values, for another process that decodes.

use serde::{Deserialize, Serialize};

use super::policy::Decode;

#[derive(Serialize, Deserialize)]
pub(crate) struct DecodeValue {
    on: bool,
    offered: bool,
    ratio: Option<u32>,
}

impl From<&Decode> for DecodeValue {
    fn from(decode: &Decode) -> Self {
        Self { on: decode.on, offered: decode.offered, ratio: decode.ratio }
    }
}

impl From<DecodeValue> for Decode {
    fn from(value: DecodeValue) -> Self {
        Self { on: value.on, offered: value.offered, ratio: value.ratio }
    }
}
