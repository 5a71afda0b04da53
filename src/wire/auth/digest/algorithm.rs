//! The hash functions of Digest, and their names.

use md5::Md5;
use sha2::{Sha256, Sha512_256};

/// In order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Md5,
    Sha256,
    Sha512Half,
}

impl Algorithm {
    /// The algorithm and whether it is the `-sess` variant (RFC 7616 §3.3); `None` for one that is not known.
    pub(super) fn named(name: &str) -> Option<(Self, bool)> {
        let base = name.len().checked_sub(5).and_then(|at| name.split_at_checked(at));
        let base = base.filter(|(_, end)| end.eq_ignore_ascii_case("-sess")).map(|(base, _)| base);
        let (base, session) = (base.unwrap_or(name), base.is_some());
        let known = [("MD5", Self::Md5), ("SHA-256", Self::Sha256), ("SHA-512-256", Self::Sha512Half)];
        let (_, found) = known.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(base))?;
        Some((found, session))
    }

    /// H of RFC 7616 §3.4: the parts joined by colons, hashed, in lower-case hexadecimal.
    pub(super) fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 => joined::<Md5>(parts),
            Self::Sha256 => joined::<Sha256>(parts),
            Self::Sha512Half => joined::<Sha512_256>(parts),
        }
    }
}

fn joined<H: sha2::Digest>(parts: &[&[u8]]) -> String {
    let mut hash = H::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    let nibble = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    hash.finalize().iter().flat_map(|byte| [nibble(byte >> 4), nibble(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_with_and_without_session() {
        assert_eq!(Algorithm::named("md5-SESS"), Some((Algorithm::Md5, true)));
        assert_eq!(Algorithm::named("sha-256"), Some((Algorithm::Sha256, false)));
        assert_eq!(Algorithm::named("SHA-512-256-sess"), Some((Algorithm::Sha512Half, true)));
        for unknown in ["", "-sess", "SHA", "SHA-512", "token", "MD5-", "\u{FC}sess", "MD5-sess-sess"] {
            assert_eq!(Algorithm::named(unknown), None, "{unknown}");
        }
        assert!(Algorithm::Md5 < Algorithm::Sha256 && Algorithm::Sha256 < Algorithm::Sha512Half);
    }
}
