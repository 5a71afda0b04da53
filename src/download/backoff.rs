//! When a failed request is worth another try, and after how long.

use std::time::{Duration, SystemTime};

use crate::error::{Error, Kind};
use crate::message::Headers;

/// The longest wait between two tries, also where a server asks for a longer one.
const LONGEST: Duration = Duration::from_secs(60);

/// Between nothing and `first` doubled with every failure: "full jitter", which keeps the connections of one download,
/// and the clients of one server, from coming back all at once.
pub(super) fn wait(failures: u32, first: Duration) -> Duration {
    let most = first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    most.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// Whether the network or the server may do better next time. A request for a file is safe to repeat.
pub(super) fn is_passing(error: &Error) -> bool {
    use Kind::*;
    matches!(
        error.kind(),
        Resolve
            | Connect
            | Tls
            | Timeout
            | TooSlow
            | Protocol
            | ClosedBeforeResponse
            | Incomplete
            | ConnectionLost
            | Exhausted
    )
}

/// Statuses that say "not now".
pub(super) fn is_passing_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3), a minute at most.
pub(super) fn retry_after(headers: &Headers, now: SystemTime) -> Option<Duration> {
    let text = headers.get("retry-after")?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_minute() {
        let first = Duration::from_millis(500);
        for (failures, most) in [(0, 500), (1, 500), (2, 1_000), (4, 4_000), (30, 60_000)] {
            assert!((0..100).all(|_| wait(failures, first) <= Duration::from_millis(most)));
        }
        assert_eq!(wait(9, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_server_may_say_when() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let after = |text| retry_after(&Headers::from_pairs([("Retry-After", text)]).unwrap(), now);
        assert_eq!(after("3"), Some(Duration::from_secs(3)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        assert_eq!(after("99999"), Some(LONGEST));
        assert_eq!(after("soon"), None);
    }
}
