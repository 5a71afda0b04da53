//! One answer in one file.
//!
//! ```text
//!   magic 8 │ version 4 │ head length 4 │ body length 8 │ SHA-256 of the body 32 │ asked 8 │ came 8 │ variant 32 │
//!   key 32 │ SHA-256 of all that and the head 32 ║ head, as HTTP/1.1 has it ║ body, as it came
//! ```
//!
//! Numbers are little-endian. A file is complete or it is none: it gets its name when all of it is written, and what a
//! crash of the machine leaves of it does not have the length or the sums that it says.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest as _, Sha256};

use crate::client::cache::clock::Moment;
use crate::client::cache::digest::Digest;
use crate::client::cache::meta::Meta;
use crate::limits::Limits;
use crate::wire::h1::{Head, HeadParser};

const MAGIC: &[u8; 8] = b"maypole\n";
const VERSION: u32 = 1;
/// Up to the sum of the front, and with it.
const SUMMED: usize = 8 + 4 + 4 + 8 + 32 + 8 + 8 + 32 + 32;
pub(super) const FRONT: usize = SUMMED + 32;
/// A head that came over the wire was bounded there; more than this is not one of ours.
const LONGEST_HEAD: u32 = 16 << 20;

/// The body of an answer, in an open file: it stays readable when the file is removed or replaced.
#[derive(Debug)]
pub(in crate::client::cache) struct Part {
    pub(in crate::client::cache) file: File,
    pub(in crate::client::cache) start: u64,
    pub(in crate::client::cache) length: u64,
    pub(in crate::client::cache) sum: Digest,
}

impl Part {
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.try_clone()?, ..*self })
    }
}

/// The bytes before the body.
pub(super) fn encode(key: &Digest, meta: &Meta, length: u64, sum: &Digest) -> Vec<u8> {
    let head = head_bytes(&meta.head);
    let mut out = Vec::with_capacity(FRONT + head.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&sum.0);
    out.extend_from_slice(&meta.asked.as_millis().to_le_bytes());
    out.extend_from_slice(&meta.came.as_millis().to_le_bytes());
    out.extend_from_slice(&meta.variant.0);
    out.extend_from_slice(&key.0);
    let front: [u8; 32] = Sha256::new().chain_update(&out).chain_update(&head).finalize().into();
    out.extend_from_slice(&front);
    out.extend_from_slice(&head);
    out
}

fn head_bytes(head: &Head) -> Vec<u8> {
    let mut out = format!("{} {} ", head.version, head.status).into_bytes();
    out.extend_from_slice(head.reason_bytes());
    out.extend_from_slice(b"\r\n");
    for (name, value) in &head.headers {
        for piece in [name.as_bytes(), b": ", value, b"\r\n"] {
            out.extend_from_slice(piece);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Reads what [`encode`] wrote; the file is then at its body. `None` for anything else.
pub(super) fn decode(mut file: File, key: &Digest) -> Option<(Meta, Part)> {
    let mut front = [0; FRONT];
    file.read_exact(&mut front).ok()?;
    let mut fields = &front[..];
    let mut take = |n: usize| -> &[u8] {
        let (field, rest) = fields.split_at(n);
        fields = rest;
        field
    };
    let known = take(8) == MAGIC && take(4) == VERSION.to_le_bytes();
    let head_length = u32::from_le_bytes(take(4).try_into().ok()?);
    let length = u64::from_le_bytes(take(8).try_into().ok()?);
    let sum = Digest(take(32).try_into().ok()?);
    let asked = Moment::from_millis(u64::from_le_bytes(take(8).try_into().ok()?));
    let came = Moment::from_millis(u64::from_le_bytes(take(8).try_into().ok()?));
    let variant = Digest(take(32).try_into().ok()?);
    let right = take(32) == key.0;
    let start = FRONT as u64 + u64::from(head_length);
    let whole = file.metadata().ok()?.len() == start.checked_add(length)?;
    if !(known && right && whole && head_length <= LONGEST_HEAD) {
        return None;
    }
    let mut head = vec![0; head_length as usize];
    file.read_exact(&mut head).ok()?;
    let found: [u8; 32] = Sha256::new().chain_update(&front[..SUMMED]).chain_update(&head).finalize().into();
    if found != front[SUMMED..] {
        return None;
    }
    let meta = Meta { head: parse(&head)?, asked, came, variant };
    Some((meta, Part { file, start, length, sum }))
}

/// Whether a file of this length that begins like this can be an entry.
pub(super) fn is_front(front: &[u8], length: u64) -> bool {
    let number = |at: usize| front.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    // Version and head length stand side by side.
    let (Some(second), Some(body)) = (number(8), number(16)) else { return false };
    let known = front.len() == FRONT && front.starts_with(MAGIC) && second as u32 == VERSION;
    known && (FRONT as u64 + (second >> 32)).checked_add(body) == Some(length)
}

fn parse(head: &[u8]) -> Option<Head> {
    // It was within the limits of the client that received it, which may have been wider than the default.
    let limits = Limits { head_bytes: usize::MAX, head_lines: usize::MAX, ..Limits::default() };
    HeadParser::new().parse(head, &limits).ok().flatten().map(|(head, _)| head)
}

/// The whole body, if it is what was written.
pub(super) fn read_whole(part: &mut Part) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    part.file.seek(SeekFrom::Start(part.start)).ok()?;
    (&part.file).take(part.length).read_to_end(&mut body).ok()?;
    (body.len() as u64 == part.length && Sha256::digest(&body)[..] == part.sum.0).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::cache::sample::{at, meta};
    use std::io::Write;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn sample() -> (Digest, Meta, Vec<u8>) {
        let (key, body) = (Digest::of([&b"key"[..]]), b"the body");
        let head =
            parse(b"HTTP/1.0 404 N\xf6t h\xe9re\r\nX-A: \xff \t b\r\nSet-Cookie: a\r\nset-cookie:\r\n\r\n").unwrap();
        let meta = Meta { head, asked: at(1), came: at(2), ..meta(&[]) };
        let sum = Digest(Sha256::digest(body).into());
        let bytes = [encode(&key, &meta, body.len() as u64, &sum), body.to_vec()].concat();
        (key, meta, bytes)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (key, meta, bytes) = sample();
        let (found, mut part) = decode(file(&bytes), &key).unwrap();
        assert_eq!(found.head, meta.head);
        assert_eq!((found.asked, found.came, found.variant), (meta.asked, meta.came, meta.variant));
        assert_eq!(read_whole(&mut part).unwrap(), b"the body");
        assert!(is_front(&bytes[..FRONT], bytes.len() as u64));
        assert!(decode(file(&bytes), &Digest::of([])).is_none(), "another key");
    }

    #[test]
    fn no_cut_and_no_flipped_bit_passes_for_an_answer() {
        let (key, _, bytes) = sample();
        let whole =
            |bytes: &[u8]| decode(file(bytes), &key).is_some_and(|(_, mut part)| read_whole(&mut part).is_some());
        for n in 0..bytes.len() {
            assert!(!whole(&bytes[..n]), "cut at {n}");
            let mut flipped = bytes.clone();
            flipped[n] ^= 1 << (n % 8);
            assert!(!whole(&flipped), "flipped at {n}");
        }
        assert!(whole(&bytes));
    }
}
