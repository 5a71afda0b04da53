//! Flag values that are more than text.

use std::time::Duration;

pub(super) use crate::sizes::some_bytes as bytes;

/// Seconds, with decimals.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time.is_zero() => Err("it must be more than nothing".into()),
        Ok(time) => Ok(time),
        Err(_) => Err("it is out of range".into()),
    }
}

/// `Name: value`.
pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "write it as `Name: value`".to_owned())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_times_and_headers() {
        assert_eq!([bytes("7"), bytes("2K"), bytes("3m"), bytes("1G")], [Ok(7), Ok(2 << 10), Ok(3 << 20), Ok(1 << 30)]);
        assert!(["", "0", "1T", "x", "99999999999G"].iter().all(|bad| bytes(bad).is_err()));
        assert!(["0", "-1", "x", "inf"].iter().all(|bad| seconds(bad).is_err()));
        assert_eq!(header("A: b: c"), Ok(("A".into(), "b: c".into())));
        assert!(header("no colon").is_err());
    }
}
