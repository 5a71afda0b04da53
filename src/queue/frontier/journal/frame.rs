//! Records as they lie in a file: length, checksum, payload.

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Kind, Phase, Result};

pub(super) const HEAD: usize = 8;
/// Above this a length is not one of ours.
pub(super) const LONGEST: usize = 64 << 20;

/// Four bytes of SHA-256 over length and payload, so that a file's tail of zeros is no record.
fn checksum(length: [u8; 4], payload: &[u8]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(length).chain_update(payload).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

pub(super) fn frame(payload: &[u8]) -> Result<Vec<u8>> {
    let length = payload.len();
    if length > LONGEST {
        let what = format!("an item of {length} bytes; {LONGEST} are the most that are kept");
        return Err(Error::new(Kind::TooLarge, what).with_phase(Phase::Build));
    }
    let length = (length as u32).to_le_bytes();
    let mut out = Vec::with_capacity(HEAD + payload.len());
    out.extend_from_slice(&length);
    out.extend_from_slice(&checksum(length, payload));
    out.extend_from_slice(payload);
    Ok(out)
}

/// How many bytes the record takes whose beginning this is; `None`: too few to tell, or no record.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    (length <= LONGEST).then_some(HEAD + length)
}

/// The payload of the record that these bytes begin with, and what comes after it. `None`: it is not whole.
pub(super) fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (record, rest) = bytes.split_at_checked(length(bytes)?)?;
    let (head, payload) = record.split_at_checked(HEAD)?;
    let (length, sum) = head.split_at(4);
    (checksum(length.try_into().ok()?, payload) == sum).then_some((payload, rest))
}
