//! Flag values that are more than text.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use maypole::Method;
use maypole::queue::{Order, PrefixLimiter};

use crate::say;
pub(super) use crate::sizes::{bytes, some_bytes};

/// One `--limit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PrefixLimit {
    pub(super) prefix: String,
    pub(super) at_once: usize,
}

/// Where `--cache` keeps answers, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CacheFor {
    /// Everything for this long, in memory.
    Time(Duration),
    /// As RFC 9111 allows.
    Memory,
    Disk(PathBuf),
}

/// One `-H`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Header {
    Set(String, String),
    Leave(String),
}

/// `PREFIX=N`; the prefix may have a `=` of its own.
pub(super) fn prefix_limit(text: &str) -> Result<PrefixLimit, String> {
    let (prefix, number) = text.rsplit_once('=').ok_or("write it as PREFIX=N")?;
    match number.parse() {
        Ok(0) => Err("with 0 at once none would ever go".into()),
        Ok(at_once) => {
            // What the limiter would say, with the flag that it is about.
            PrefixLimiter::new([(prefix, at_once)]).map_err(|error| say::reason(&error))?;
            Ok(PrefixLimit { prefix: prefix.to_owned(), at_once })
        }
        Err(_) => Err(format!("{number:?} is not a number of fetches")),
    }
}

/// Per second: a bare number, or curl's `N/s`, `N/m`, `N/h`, `N/d`.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err(format!("{unit:?} is no unit of time; /s, /m, /h and /d are")),
    };
    let number: f64 = number.parse().map_err(|_| format!("{number:?} is not a number"))?;
    let rate = number / seconds;
    if !rate.is_finite() || rate <= 0.0 {
        return Err("it must be more than nothing".into());
    }
    // Below it the next turn would be further away than a process lives, and above it the clock has no steps.
    if !(1e-6..=1e6).contains(&rate) {
        return Err("it is out of range: from one in 11 days to a million per second".into());
    }
    Ok(rate)
}

pub(super) fn order(text: &str) -> Result<Order, String> {
    match text.split_once(':').unwrap_or((text, "")) {
        ("fair", "") => Ok(Order::Fair),
        ("fifo", "") => Ok(Order::Fifo),
        ("random", "") if !text.ends_with(':') => Ok(Order::Random { seed: seed() }),
        ("random", seed) => {
            seed.parse().map(|seed| Order::Random { seed }).map_err(|_| format!("{seed:?} is not a seed, a number is"))
        }
        _ => Err("it is none of fair, fifo, random and random:SEED".into()),
    }
}

fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}

pub(super) fn cache(text: &str) -> Result<CacheFor, String> {
    if text.is_empty() {
        return Err("it is neither a number of seconds nor a directory".into());
    }
    match (text, f64::from_str(text)) {
        ("memory", _) => Ok(CacheFor::Memory),
        (_, Ok(_)) => seconds(text).map(CacheFor::Time),
        _ => Ok(CacheFor::Disk(text.into())),
    }
}

/// `Name: value`, `Name;` and `Name:`, as curl has them.
pub(super) fn header(text: &str) -> Result<Header, String> {
    let colon = text.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    match (colon, text.trim_end().strip_suffix(';')) {
        (Some((name, "")), _) if !name.is_empty() => Ok(Header::Leave(name.into())),
        (Some((name, value)), _) if !name.is_empty() => Ok(Header::Set(name.into(), value.into())),
        (None, Some(name)) if !name.is_empty() => Ok(Header::Set(name.into(), String::new())),
        _ => Err("write it as `Name: value`, `Name;` or `Name:`".into()),
    }
}

pub(super) fn method(text: &str) -> Result<Method, String> {
    Method::new(text).map_err(|error| say::reason(&error))
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".into()),
        // What one process can have: two memory maps each, of 65,530.
        Ok(number) if number > 30_000 => Err("it is out of range: 30,000 at most".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("it is not a number".into()),
    }
}

/// Redirects: a number, or -1 for no limit.
pub(super) fn hops(text: &str) -> Result<u32, String> {
    match text {
        "-1" => Ok(u32::MAX),
        _ => text.parse().map_err(|_| "it is neither a number nor -1".to_owned()),
    }
}

/// Seconds, with decimals.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match seconds_or_none(text) {
        Ok(time) if time.is_zero() => Err("it must be more than nothing".into()),
        other => other,
    }
}

/// The same, with 0 for none.
pub(super) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is not a number of seconds".to_owned())?;
    // Ten years: what is added to a clock must not leave it.
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time <= Duration::from_secs(315_360_000) => Ok(time),
        _ => Err("it is out of range".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_a_prefix_and_a_number() {
        let of = |text: &str| prefix_limit(text).map(|limit| (limit.prefix, limit.at_once));
        assert_eq!(of("http://h/?a=b=3"), Ok(("http://h/?a=b".into(), 3)));
        for bad in ["", "http://h/", "=3", "http://h/=", "http://h/=x", "http://h/=-1", "http://h/=0", "::=1"] {
            assert!(prefix_limit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_have_units() {
        assert_eq!([rate("5"), rate("0.5"), rate("30/m"), rate("36/h")], [Ok(5.0), Ok(0.5), Ok(0.5), Ok(0.01)]);
        for bad in ["", "0", "-1", "x", "1/w", "inf", "NaN", "1e9", "1e-9"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn orders_have_names_and_a_seed() {
        assert_eq!(
            [order("fair"), order("fifo"), order("random:7")],
            [Ok(Order::Fair), Ok(Order::Fifo), Ok(Order::Random { seed: 7 })]
        );
        assert!(order("random").is_ok());
        assert!(["", "lifo", "random:", "random:x", "fair:1"].iter().all(|bad| order(bad).is_err()));
    }

    #[test]
    fn caches_are_times_and_places() {
        assert_eq!(cache("1.5"), Ok(CacheFor::Time(Duration::from_millis(1_500))));
        assert_eq!((cache("memory"), cache("./30")), (Ok(CacheFor::Memory), Ok(CacheFor::Disk("./30".into()))));
        assert!(["", "0", "-1", "NaN"].iter().all(|bad| cache(bad).is_err()));
    }

    #[test]
    fn headers_sizes_and_times() {
        assert_eq!(header("A: b: c"), Ok(Header::Set("A".into(), "b: c".into())));
        assert_eq!(
            (header("A:"), header("A;")),
            (Ok(Header::Leave("A".into())), Ok(Header::Set("A".into(), "".into())))
        );
        assert!(["", ":", "no colon", ": x"].iter().all(|bad| header(bad).is_err()));
        assert_eq!((bytes("2K"), bytes("0")), (Ok(2_048), Ok(0)));
        assert!(some_bytes("0").is_err() && seconds("0").is_err() && seconds_or_none("0").is_ok());
        assert!(["1T", "x", "99999999999G"].iter().all(|bad| bytes(bad).is_err()));
        assert!(["-1", "inf", "1e300", "x"].iter().all(|bad| seconds(bad).is_err()));
    }
}
