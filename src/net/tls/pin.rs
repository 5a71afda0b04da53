//! Pinned public keys, written as curl writes them: `sha256//` and the digest in base64.

use std::fmt;

/// The SHA-256 of a subject public key info (RFC 7469 §2.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::net) struct Pin(pub(in crate::net::tls) [u8; 32]);

impl Pin {
    /// Reads one or several keys, separated by `;`. `None` if any of them is malformed.
    pub(super) fn parse_list(text: &str) -> Option<Vec<Self>> {
        text.split(';').map(|one| Self::parse(one.trim())).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256//")?.strip_suffix('=')?.as_bytes();
        let mut digest = [0; 32];
        // 32 bytes are 43 digits of 6 bits; the last one carries 2 bits that must be zero.
        if digits.len() != 43 || value(digits[42])? & 0b11 != 0 {
            return None;
        }
        for (i, &digit) in digits.iter().enumerate() {
            let (bit, value) = (i * 6, u16::from(value(digit)?));
            // Six bits lie in one byte or across two.
            let spread = value << (10 - bit % 8);
            digest[bit / 8] |= (spread >> 8) as u8;
            if bit / 8 + 1 < digest.len() {
                digest[bit / 8 + 1] |= spread as u8;
            }
        }
        Some(Self(digest))
    }
}

fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        f.write_str("sha256//")?;
        for i in 0..43 {
            let (byte, shift) = (i * 6 / 8, 10 - i * 6 % 8);
            let pair = u16::from_be_bytes([self.0[byte], self.0.get(byte + 1).copied().unwrap_or(0)]);
            write!(f, "{}", DIGITS[usize::from(pair >> shift & 63)] as char)?;
        }
        f.write_str("=")
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // `printf '' | openssl dgst -sha256 -binary | base64`
    const OF_NOTHING: &str = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    #[test]
    fn a_pin_is_read_and_written_as_curl_does() {
        let pins = Pin::parse_list(OF_NOTHING).unwrap();
        assert_eq!((pins[0].0[0], pins[0].0[31]), (0xe3, 0x55));
        assert_eq!(pins[0].to_string(), OF_NOTHING);
        assert_eq!(Pin::parse_list(&format!("{OF_NOTHING};{OF_NOTHING}")).unwrap().len(), 2);
        for byte in 0..=255 {
            let pin = Pin([byte; 32]);
            assert_eq!(Pin::parse_list(&pin.to_string()), Some(vec![pin]));
        }
    }

    #[test]
    fn a_malformed_pin_is_refused() {
        for bad in ["", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "sha256//", "sha256//AAAA", "sha1//47DE="] {
            assert_eq!(Pin::parse_list(bad), None, "{bad}");
        }
        assert_eq!(Pin::parse_list(&OF_NOTHING.replace("FU=", "FV=")), None, "bits behind the end");
        assert_eq!(Pin::parse_list(&OF_NOTHING.replace('+', "-")), None, "the URL alphabet");
        assert_eq!(Pin::parse_list(&format!("{OF_NOTHING};")), None);
    }
}
