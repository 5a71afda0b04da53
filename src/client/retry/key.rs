//! `Idempotency-Key`: lets a server recognise a request that it has seen (draft-ietf-httpapi-idempotency-key-header).

use crate::message::Headers;

pub(super) const NAME: &str = "Idempotency-Key";

/// Whether the request names itself, so that sending it twice has the effect of sending it once.
pub(crate) fn is_keyed(headers: &Headers) -> bool {
    headers.contains(NAME)
}

/// A key of the client's own: 122 random bits in the form of a UUID (RFC 9562 §5.4), which servers that check keys expect.
/// Not quoted, as the services in use have it, although the draft speaks of a quoted string.
pub(super) fn fresh() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(uuid(bytes))
}

fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_random_uuids() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_ne!(fresh().unwrap(), fresh().unwrap());
    }
}
