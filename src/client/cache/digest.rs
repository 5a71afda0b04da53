//! Fingerprints: what an answer is kept under.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 over pieces of which each is preceded by its length, so that no delimiter in one can move the border to the
/// next (sec-J7). It also keeps credentials out of memory dumps and file names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Digest(pub(super) [u8; 32]);

impl Digest {
    pub(super) fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for piece in pieces {
            hash.update((piece.len() as u64).to_le_bytes());
            hash.update(piece);
        }
        Self(hash.finalize().into())
    }

    /// 64 hexadecimal digits.
    pub(super) fn hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|n| char::from(DIGITS[usize::from(n)])).collect()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex()[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_j7_no_delimiter_moves_the_border_between_pieces() {
        let all = [
            Digest::of([&b"ab"[..], b"c"]),
            Digest::of([&b"a"[..], b"bc"]),
            Digest::of([&b"abc"[..]]),
            Digest::of([&b"abc"[..], b""]),
            Digest::of([&b""[..], b"abc"]),
        ];
        for (n, one) in all.iter().enumerate() {
            assert!(all[n + 1..].iter().all(|other| other != one), "{n}");
        }
        assert_eq!(all[0].hex().len(), 64);
    }
}
