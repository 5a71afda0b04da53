//! Flag values that are more than text.

use std::time::Duration;

/// Bytes, with aria2's units: K and M are powers of 1,024; G as well.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        unit => return Err(format!("{unit:?} is no unit of bytes; K, M and G are")),
    };
    let number: u64 = digits.parse().map_err(|_| "it is not a number of bytes".to_owned())?;
    let bytes = number.checked_mul(1 << shift).ok_or_else(|| "it is out of range".to_owned())?;
    if bytes == 0 { Err("it must be more than nothing".into()) } else { Ok(bytes) }
}

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
