//! Digests of whole files.

use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::str::FromStr;

use sha2::digest::DynDigest;

use crate::error::{Error, Kind, Phase};

/// What a file's digest must be, written as aria2 does: `sha-256=HEX`.
///
/// ```
/// use maypole::download::Checksum;
/// let empty: Checksum = "md5=d41d8cd98f00b204e9800998ecf8427e".parse()?;
/// assert_eq!(empty.to_string(), "md5=d41d8cd98f00b204e9800998ecf8427e");
/// assert!("sha-256=abc".parse::<Checksum>().is_err());
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Known are `sha-512`, `sha-384`, `sha-256`, `sha-224` and `md5`; the hyphen may be left out. `md5` tells accidents
/// from the file, not attacks. Parsing fails with [`Kind::InvalidConfig`] for another type, or for a
/// digest of another length.
#[derive(Clone, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    digest: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

const NAMES: [(Algorithm, &str); 5] = [
    (Algorithm::Sha512, "sha-512"),
    (Algorithm::Sha384, "sha-384"),
    (Algorithm::Sha256, "sha-256"),
    (Algorithm::Sha224, "sha-224"),
    (Algorithm::Md5, "md5"),
];

impl Checksum {
    pub(super) fn hasher(&self) -> Hasher {
        let state: Box<dyn DynDigest + Send> = match self.algorithm {
            Algorithm::Md5 => Box::<md5::Md5>::default(),
            Algorithm::Sha224 => Box::<sha2::Sha224>::default(),
            Algorithm::Sha256 => Box::<sha2::Sha256>::default(),
            Algorithm::Sha384 => Box::<sha2::Sha384>::default(),
            Algorithm::Sha512 => Box::<sha2::Sha512>::default(),
        };
        Hasher { algorithm: self.algorithm, state, length: 0 }
    }

    fn name(&self) -> &'static str {
        NAMES.iter().find(|(algorithm, _)| *algorithm == self.algorithm).map_or("", |(_, name)| name)
    }
}

impl FromStr for Checksum {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |what: String| Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build);
        let (kind, hex) = text
            .split_once('=')
            .ok_or_else(|| wrong(format!("checksum `{text}`: write it as TYPE=DIGEST, such as sha-256=0f3a…")))?;
        let plain = |name: &str| name.replace('-', "").to_ascii_lowercase();
        let algorithm = NAMES.iter().find(|(_, name)| plain(name) == plain(kind)).map(|(algorithm, _)| *algorithm);
        let algorithm = algorithm.ok_or_else(|| {
            wrong(format!("checksum type `{kind}` is not known; sha-512, sha-384, sha-256, sha-224 and md5 are"))
        })?;
        let mut checksum = Self { algorithm, digest: Vec::new() };
        let length = checksum.hasher().state.output_size();
        checksum.digest = from_hex(hex.trim()).filter(|digest| digest.len() == length).ok_or_else(|| {
            wrong(format!("checksum `{text}`: a {kind} digest has {} hexadecimal digits", 2 * length))
        })?;
        Ok(checksum)
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name())?;
        self.digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// A digest in the making.
pub(super) struct Hasher {
    algorithm: Algorithm,
    state: Box<dyn DynDigest + Send>,
    length: u64,
}

impl Hasher {
    /// How many bytes it has seen.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// Reads what it has not seen yet. Blocks.
    pub(super) fn catch_up(&mut self, file: &File, total: u64, stop: impl Fn() -> bool) -> std::io::Result<bool> {
        let mut piece = vec![0; 256 << 10];
        while self.length < total {
            if stop() {
                return Ok(false);
            }
            let most = usize::try_from(total - self.length).unwrap_or(usize::MAX).min(piece.len());
            let n = file.read_at(&mut piece[..most], self.length)?;
            if n == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            self.update(&piece[..n]);
        }
        Ok(true)
    }

    pub(super) fn finish(mut self) -> Checksum {
        Checksum { algorithm: self.algorithm, digest: self.state.finalize_reset().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_abc() {
        for known in [
            "md5=900150983cd24fb0d6963f7d28e17f72",
            "sha-224=23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            "sha-256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "sha-384=cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ] {
            let checksum: Checksum = known.parse().unwrap();
            let mut hasher = checksum.hasher();
            hasher.update(b"a");
            hasher.update(b"bc");
            assert_eq!(hasher.finish(), checksum);
            assert_eq!(checksum.to_string(), known);
            assert_eq!(known.to_uppercase().replacen("-", "", 1).parse::<Checksum>().unwrap(), checksum);
        }
        for bad in ["", "md5", "md5=", "md5=zz", "sha-1=aa", "sha-256=900150983cd24fb0d6963f7d28e17f72", "=00"] {
            assert_eq!(bad.parse::<Checksum>().unwrap_err().kind(), Kind::InvalidConfig, "{bad}");
        }
    }
}
