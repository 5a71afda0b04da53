//! Numbers as people read them, the same in texts, tables and charts.

use std::borrow::Cow;
use std::time::Duration;

/// `1234567` as `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate: whole numbers from 100 on, one or two decimals below.
pub fn rate(per_second: f64) -> String {
    match per_second {
        r if r >= 100.0 => count(r.round() as u64),
        r if r >= 10.0 => format!("{r:.1}"),
        r => format!("{r:.2}"),
    }
}

/// Microseconds with three significant digits: `85 µs`, `1.21 ms`, `2.50 s`.
pub fn micros(us: f64) -> String {
    match us {
        us if us < 999.5 => format!("{us:.0} µs"),
        us if us < 999_500.0 => format!("{} ms", three_digits(us / 1e3)),
        us => format!("{} s", three_digits(us / 1e6)),
    }
}

/// Microseconds, with what is left of them.
pub fn as_micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

/// Bytes in binary units: `612 B`, `240.7 MiB`.
pub fn bytes(n: f64) -> String {
    let mut left = n;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if left < 1023.95 {
            return if unit == "B" { format!("{left:.0} B") } else { format!("{} {unit}", three_digits(left)) };
        }
        left /= 1024.0;
    }
    format!("{} TiB", three_digits(left))
}

/// `text` with so many characters at most, an ellipsis in place of its middle: of a long URL the end tells more.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= most {
        return Cow::Borrowed(text);
    }
    let head: String = text.chars().take(most / 2).collect();
    let tail: String = text.chars().skip(length - most.saturating_sub(1 + most / 2)).collect();
    Cow::Owned(format!("{head}…{tail}"))
}

fn three_digits(n: f64) -> String {
    match n {
        n if n < 9.995 => format!("{n:.2}"),
        n if n < 99.95 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_keeps_both_ends() {
        assert_eq!([shortened("abc", 3), shortened("äbcdefg", 4), shortened("abcdef", 5)], ["abc", "äb…g", "ab…ef"]);
    }

    #[test]
    fn numbers_keep_three_digits_and_change_units_without_rounding_over() {
        assert_eq!([count(0), count(999), count(1_000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [micros(999.4), micros(999.6), micros(1_210.0), micros(2_500_000.0)],
            ["999 µs", "1.00 ms", "1.21 ms", "2.50 s"]
        );
        assert_eq!([bytes(612.0), bytes(1024.0), bytes(252_385_280.0)], ["612 B", "1.00 KiB", "241 MiB"]);
        assert_eq!([rate(41_234.4), rate(12.34), rate(1.0)], ["41,234", "12.3", "1.00"]);
    }
}
