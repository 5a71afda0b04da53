//! What stands between the parts, and nowhere in them.

use memchr::memmem;

use super::part::invalid;
use crate::error::{Error, Kind, Phase, Result};

/// A boundary: of `own`, checked, or random.
///
/// # Errors
/// [`Kind::InvalidRequest`] when `own` is not one by RFC 2046 §5.1.1, or stands in a part, whose end it would then be.
pub(super) fn choose<'a>(own: Option<String>, parts: impl Iterator<Item = &'a [u8]> + Clone) -> Result<String> {
    let stands_in_a_part = |boundary: &str| {
        // Wherever it stands: some readers take a line feed alone, or none, for the line end before it.
        let delimiter = format!("--{boundary}");
        let finder = memmem::Finder::new(&delimiter);
        parts.clone().any(|part| finder.find(part).is_some())
    };
    if let Some(own) = own {
        return match check(&own) {
            Ok(()) if stands_in_a_part(&own) => Err(invalid("the boundary stands in one of the parts")),
            Ok(()) => Ok(own),
            Err(why) => Err(invalid(format!("boundary {own:?}: {why}"))),
        };
    }
    loop {
        let random = random()?;
        if !stands_in_a_part(&random) {
            return Ok(random);
        }
    }
}

/// 128 bits from the system's generator: who supplies a part must not be able to guess what ends it (CVE-2025-22150).
fn random() -> Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|error| {
        let what = format!("no random numbers for a boundary: {error}");
        Error::new(Kind::Exhausted, what).with_phase(Phase::Build)
    })?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)))
}

/// `boundary := 0*69<bchars> bcharsnospace` (RFC 2046 §5.1.1).
fn check(boundary: &str) -> Result<(), &'static str> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    match boundary.len() {
        1..=70 if !boundary.bytes().all(legal) => Err("only letters, digits, blanks and '()+_,-./:=? are legal"),
        1..=70 if boundary.ends_with(' ') => Err("ends with a blank"),
        1..=70 => Ok(()),
        _ => Err("1 to 70 characters are legal"),
    }
}

/// The boundary as a parameter of `Content-Type`: quoted where it is not a token (RFC 9110 §5.6.6).
pub(super) fn parameter(boundary: &str) -> String {
    // None of the legal characters needs an escape inside quotes.
    let token = crate::wire::grammar::is_token(boundary.as_bytes());
    if token { format!("boundary={boundary}") } else { format!("boundary=\"{boundary}\"") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_a7_c253_random_ones_differ_and_are_legal() {
        let all: std::collections::HashSet<_> = (0..1000).map(|_| random().unwrap()).collect();
        assert_eq!(all.len(), 1000);
        assert!(all.iter().all(|one| one.len() == 32 && check(one).is_ok()));
        // Every hexadecimal digit carries 4 bits: over 1000 of them each place takes all 16 values.
        for at in 0..32 {
            assert_eq!(all.iter().map(|one| one.as_bytes()[at]).collect::<std::collections::HashSet<_>>().len(), 16);
        }
    }

    #[test]
    fn sec_a7_own_ones_by_the_grammar() {
        let long = "x".repeat(70);
        for good in ["a", "custom_boundary", "'()+_,-./:=?", "a b", &long] {
            assert_eq!(choose(Some(good.to_owned()), std::iter::empty()).unwrap(), good);
        }
        let longer = "x".repeat(71);
        for bad in ["", "a ", "a\r\nb", "a\"b", "a;b", "ä", "a\0", "a\\b", "@", &longer] {
            let error = choose(Some(bad.to_owned()), std::iter::empty()).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidRequest, "{bad:?}");
        }
        assert!(choose(Some("abc".into()), [&b"x--abc"[..]].into_iter()).is_err());
    }

    #[test]
    fn quoted_where_it_is_no_token() {
        assert_eq!(parameter("custom_boundary"), "boundary=custom_boundary");
        assert_eq!(parameter("a:b"), "boundary=\"a:b\"");
        assert_eq!(parameter("a b"), "boundary=\"a b\"");
    }
}
