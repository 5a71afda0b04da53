//! Numbers as people write them; how they read them is the library's.

use std::time::Duration;

pub(crate) use maypole::load::export::units::{as_micros, bytes, count, micros, rate};

/// A length of time on the command line: `10s`, `500ms`, `1.5m`, `2h`; a bare number is seconds.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is no unit of time; us, ms, s, m and h are")),
    };
    let number: f64 = number.parse().map_err(|_| "it does not start with a number".to_owned())?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(time) if time.is_zero() => Err("it must be more than nothing".into()),
        Ok(time) => Ok(time),
        Err(_) => Err("it is too long".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_bad_ones_a_reason() {
        assert_eq!(parse_duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(parse_duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!([parse_duration("50us"), parse_duration("50µs")], [(); 2].map(|()| Ok(Duration::from_micros(50))));
        for bad in ["", "s", "0", "-1", "3d", "1..2", "1e3"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
