//! Time left, per phase: values only. The clock is read by the caller and passed in.

use std::time::{Duration, Instant};

/// How long each phase of a request may take. `None` means that only [`total`](Self::total) bounds it.
///
/// ```
/// use maypole::deadline::Timeouts;
/// use std::time::Duration;
/// let patient = Timeouts { idle: Some(Duration::from_secs(60)), ..Timeouts::default() };
/// assert_eq!(patient.connect, Some(Duration::from_secs(5)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup. Default 5 s: a resolver's own first retry comes at 5 s.
    pub resolve: Option<Duration>,
    /// Connecting, over all addresses of the name. Default 5 s, geventhttpclient's.
    pub connect: Option<Duration>,
    /// TLS handshake. Default 5 s.
    pub tls: Option<Duration>,
    /// Waiting for a free connection of the pool. Default 30 s, so that a program which holds all connections itself
    /// gets an error that says so instead of a deadlock.
    pub checkout: Option<Duration>,
    /// Sending without any progress, head or body. Default 30 s: an upload to a busy disk may well pause.
    pub send: Option<Duration>,
    /// From the end of the request to the end of the response head. Default 30 s.
    pub head: Option<Duration>,
    /// Between two reads of the body that bring data. Default 30 s.
    pub idle: Option<Duration>,
    /// How long `Expect: 100-continue` waits before the body is sent anyway (RFC 9110 §10.1.1). Default 1 s, curl's.
    pub expect_continue: Duration,
    /// The least speed of a body, in either direction: [`Kind::TooSlow`](crate::error::Kind::TooSlow) below it. The
    /// time that the program itself takes, to read on or to give more, does not count. Default none: an event stream
    /// may well be silent for hours.
    pub min_speed: Option<MinSpeed>,
    /// Everything together, from `send()` to the last byte of the body. Default none: a download of any length is legal.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        let s = |n| Some(Duration::from_secs(n));
        Self {
            resolve: s(5),
            connect: s(5),
            tls: s(5),
            checkout: s(30),
            send: s(30),
            head: s(30),
            idle: s(30),
            expect_continue: Duration::from_secs(1),
            min_speed: None,
            total: None,
        }
    }
}

/// So many bytes on average, over any such time: curl's `--speed-limit` and `--speed-time`.
///
/// ```
/// use maypole::deadline::MinSpeed;
/// use std::time::Duration;
/// let least = MinSpeed { bytes_per_second: 1_000, over: Duration::from_secs(30) };
/// assert_eq!(least.bytes(), 30_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinSpeed {
    /// Bytes per second.
    pub bytes_per_second: u64,
    /// How long a slower stretch may last; a pause ends a transfer after this time.
    pub over: Duration,
}

impl MinSpeed {
    /// The bytes that each stretch of [`over`](Self::over) must bring, one at least.
    pub fn bytes(&self) -> u64 {
        let bytes = u128::from(self.bytes_per_second) * self.over.as_millis() / 1000;
        u64::try_from(bytes).unwrap_or(u64::MAX).max(1)
    }
}

/// When a wait must end, and which limit that is.
///
/// ```
/// use maypole::deadline::Until;
/// use std::time::{Duration, Instant};
/// let now = Instant::now();
/// let total = Until::after(now, Some(Duration::from_secs(10)));
/// let head = total.or_sooner(now, Some(Duration::from_secs(3)));
/// assert_eq!(head.limit(), Some(Duration::from_secs(3)));
/// assert!(!head.is_over(now));
/// assert_eq!(Until::never().at(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    end: Option<(Instant, Duration)>,
}

impl Until {
    /// No limit at all.
    pub const fn never() -> Self {
        Self { end: None }
    }

    /// `limit` from `start` on; `None` is [`never`](Self::never).
    pub fn after(start: Instant, limit: Option<Duration>) -> Self {
        // A limit beyond the clock's range is no limit.
        Self { end: limit.and_then(|limit| Some((start.checked_add(limit)?, limit))) }
    }

    /// The sooner of this and `limit` from `start` on.
    #[must_use]
    pub fn or_sooner(self, start: Instant, limit: Option<Duration>) -> Self {
        self.min(Self::after(start, limit))
    }

    /// The sooner of the two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        match (self.end, other.end) {
            (Some((a, _)), Some((b, _))) if b < a => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// The instant itself.
    pub fn at(&self) -> Option<Instant> {
        self.end.map(|(at, _)| at)
    }

    /// The limit that this came from, for messages.
    pub fn limit(&self) -> Option<Duration> {
        self.end.map(|(_, limit)| limit)
    }

    /// Whether it lies at or before `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        self.end.is_some_and(|(at, _)| at <= now)
    }
}
