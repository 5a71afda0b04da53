//! Sizes as flags have them.

/// Bytes, with the units of curl and aria2: K, M and G are powers of 1,024.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        unit => return Err(format!("{unit:?} is no unit of bytes; K, M and G are")),
    };
    let number: u64 = digits.parse().map_err(|_| "it is not a number of bytes".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "it is out of range".to_owned())
}

/// As [`bytes`], more than nothing.
pub(crate) fn some_bytes(text: &str) -> Result<u64, String> {
    match bytes(text) {
        Ok(0) => Err("it must be more than nothing".into()),
        bytes => bytes,
    }
}
