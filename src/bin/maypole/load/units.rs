//! Numbers as people write them; how they read them is the library's.

use std::ops::RangeInclusive;
use std::time::Duration;

pub(crate) use maypole::load::export::units::{as_micros, bytes, count, micros, rate, shortened};

/// A length of time on the command line: `10s`, `500ms`, `1.5m`, `1h30m`; a bare number is seconds.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let (mut all, mut rest) = (0.0, text);
    loop {
        let (number, behind) = rest.split_at(rest.find(|c| !is_number(c)).unwrap_or(rest.len()));
        let (unit, behind) = behind.split_at(behind.find(is_number).unwrap_or(behind.len()));
        let seconds = match unit {
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" if number == text => 1.0,
            "" => return Err(format!("{number:?} has no unit of time; us, ms, s, m and h are")),
            _ => return Err(format!("{unit:?} is no unit of time; us, ms, s, m and h are")),
        };
        all += seconds * number.parse::<f64>().map_err(|_| "it does not start with a number".to_owned())?;
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    match Duration::try_from_secs_f64(all) {
        Ok(time) if time.is_zero() => Err("it must be more than nothing".into()),
        Ok(time) => Ok(time),
        Err(_) => Err("it is too long".into()),
    }
}

/// A rate on the command line.
pub(super) fn parse_rate(text: &str) -> Result<f64, String> {
    let (number, times) = scaled(text);
    match number.parse::<f64>().map(|rate| rate * times as f64) {
        Ok(rate) if (1e-3..=1e7).contains(&rate) => Ok(rate),
        Ok(_) => Err("it is not between 0.001 and 10,000,000 per second".into()),
        Err(_) => Err("it is not a number of requests per second".into()),
    }
}

/// A whole number on the command line.
pub(super) fn whole<N: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| {
        let (number, times) = scaled(text);
        let n = number.parse().ok().and_then(|n: u64| n.checked_mul(times)).filter(|n| range.contains(n));
        n.and_then(|n| N::try_from(n).ok()).ok_or_else(|| match *range.end() {
            u64::MAX => format!("it is no whole number from {} on", range.start()),
            most => format!("it is no whole number from {} to {}", range.start(), count(most)),
        })
    }
}

/// `10k` is 10,000 and `2m` is 2,000,000, as oha has them.
fn scaled(text: &str) -> (&str, u64) {
    let without = |unit: [char; 2]| text.strip_suffix(unit);
    match (without(['k', 'K']), without(['m', 'M'])) {
        (Some(thousands), _) => (thousands, 1_000),
        (_, Some(millions)) => (millions, 1_000_000),
        _ => (text, 1),
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
        assert_eq!(
            [parse_duration("1h30m"), parse_duration("1m500ms")],
            [5_400_000, 60_500].map(|ms| Ok(Duration::from_millis(ms)))
        );
        for bad in ["", "s", "0", "-1", "3d", "1..2", "1e3", "1m30", "1m-2s", "1s s", "0s0ms"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_whole_and_in_range_or_it_is_said_which_are() {
        let most = |text: &str| whole::<u32>(1..=30_000)(text);
        assert_eq!([most("7"), most("3k"), most("30000")], [Ok(7), Ok(3_000), Ok(30_000)]);
        for bad in ["0", "30001", "31k", "1.5", "x", "", "k", "-1", "18446744073709551616", "18446744073709551615k"] {
            assert_eq!(most(bad), Err("it is no whole number from 1 to 30,000".to_owned()), "{bad}");
        }
        assert_eq!(whole::<u64>(0..=u64::MAX)("-1"), Err("it is no whole number from 0 on".to_owned()));
        assert_eq!([parse_rate("0.5"), parse_rate("5k"), parse_rate("1M")], [Ok(0.5), Ok(5_000.0), Ok(1e6)]);
        for bad in ["0", "-1", "NaN", "inf", "11m", "100/s", ""] {
            assert!(parse_rate(bad).is_err(), "{bad}");
        }
    }
}
