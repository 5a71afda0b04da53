//! Options of a rate limiter.

use std::time::Duration;

use super::bucket::Pace;
use super::limiter::RateLimiter;
use crate::error::{Error, Kind, Phase, Result};

/// So much of a second's requests may go at once, unless `burst` says otherwise: a rate that is waited for with every
/// request loses what the timer is late by, some 0.1 ms each.
const BURST_SECONDS: f64 = 0.05;

/// Options of a [`RateLimiter`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RateLimiterBuilder {
    per_second: Option<f64>,
    for_all: bool,
    burst: Option<u32>,
    jitter: Duration,
}

impl RateLimiterBuilder {
    fn new() -> Self {
        Self { per_second: None, for_all: false, burst: None, jitter: Duration::ZERO }
    }

    /// Requests per second; one in ten seconds is 0.1. No default: `build` refuses a limiter without a rate.
    pub fn per_second(mut self, requests: f64) -> Self {
        self.per_second = Some(requests);
        self
    }

    /// Time from one request to the next: [`per_second`](Self::per_second) the other way round, with a
    /// [`burst`](Self::burst) of 1.
    #[doc(alias = "DOWNLOAD_DELAY")]
    pub fn delay(mut self, between: Duration) -> Self {
        self.burst = Some(1);
        self.per_second(1.0 / between.as_secs_f64())
    }

    /// All requests share the rate. Default off: each host, that is scheme, name and port, has its own.
    pub fn for_all(mut self, on: bool) -> Self {
        self.for_all = on;
        self
    }

    /// How many requests may go at once after a pause that was long enough. Default what comes in 50 ms, at least 1.
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = Some(requests);
        self
    }

    /// After each request the next waits longer, by a random time of up to this, so that many programs do not keep step.
    /// Default none.
    pub fn jitter(mut self, most: Duration) -> Self {
        self.jitter = most;
        self
    }

    /// The limiter.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for a rate that is missing, zero, negative or no number, and for a burst of 0: with them
    /// nothing would ever go.
    pub fn build(self) -> Result<RateLimiter> {
        let refused = |what: String| Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        let Some(per_second) = self.per_second else {
            return refused("a rate limiter without a rate: set `per_second` or `delay`".into());
        };
        // Infinite comes of a delay of zero.
        if !(per_second.is_finite() && per_second > 0.0) {
            return refused(format!("a rate of {per_second} requests per second; it must be above 0, and finite"));
        }
        let burst = match self.burst {
            Some(0) => return refused("a burst of 0 requests; at least 1 must be able to go".into()),
            Some(burst) => f64::from(burst),
            None => (per_second * BURST_SECONDS).floor().max(1.0),
        };
        let pace = Pace { per_second, burst, jitter: self.jitter.as_secs_f64() };
        Ok(RateLimiter::with(pace, self.for_all))
    }
}

impl RateLimiter {
    /// So many requests per second for each host, that is scheme, name and port.
    ///
    /// # Errors
    /// As [`RateLimiterBuilder::build`].
    pub fn per_host(per_second: f64) -> Result<Self> {
        Self::builder().per_second(per_second).build()
    }

    /// So many requests per second for all hosts together.
    ///
    /// # Errors
    /// As [`RateLimiterBuilder::build`].
    pub fn for_all(per_second: f64) -> Result<Self> {
        Self::builder().per_second(per_second).for_all(true).build()
    }

    /// A limiter with options.
    pub fn builder() -> RateLimiterBuilder {
        RateLimiterBuilder::new()
    }
}
