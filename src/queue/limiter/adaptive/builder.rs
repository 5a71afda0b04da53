//! Options of an adaptive limiter.

use std::sync::Arc;
use std::time::Duration;

use super::limiter::AdaptiveLimiter;
use super::pace::Settings;
use crate::error::{Error, Kind, Phase, Result};

/// Options of an [`AdaptiveLimiter`]. Defaults are those of Scrapy's AutoThrottle where it has the option.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct AdaptiveLimiterBuilder(Settings);

impl AdaptiveLimiterBuilder {
    fn new() -> Self {
        Self(Settings {
            start_delay: Duration::from_secs(5),
            min_delay: Duration::ZERO,
            max_delay: Duration::from_secs(60),
            target: 1.0,
            most: 8,
            jitter: 0.5,
            refused_delay: Duration::from_secs(1),
            max_pause: Duration::from_secs(600),
        })
    }

    /// Time between two requests to a host that has not answered yet. Default 5 s.
    #[doc(alias = "AUTOTHROTTLE_START_DELAY")]
    pub fn start_delay(mut self, delay: Duration) -> Self {
        self.0.start_delay = delay;
        self
    }

    /// It never gets shorter than this. Default 0.
    #[doc(alias = "DOWNLOAD_DELAY")]
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.0.min_delay = delay;
        self
    }

    /// It never gets longer than this, but for what `Retry-After` asks for. Default 60 s.
    #[doc(alias = "AUTOTHROTTLE_MAX_DELAY")]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.0.max_delay = delay;
        self
    }

    /// How many requests a host should have to answer at a time, on average: the delay aims at latency by this. Default 1.
    #[doc(alias = "AUTOTHROTTLE_TARGET_CONCURRENCY")]
    pub fn target_concurrency(mut self, requests: f64) -> Self {
        self.0.target = requests;
        self
    }

    /// How many requests a host has at once at most. A refusal halves it, then it grows back one by one. Default 8.
    #[doc(alias = "CONCURRENT_REQUESTS_PER_DOMAIN")]
    pub fn max_concurrency(mut self, requests: usize) -> Self {
        self.0.most = requests;
        self
    }

    /// By which part of it each delay varies at random, from 0 to 1. Default 0.5: from half of it to one and a half.
    #[doc(alias = "RANDOMIZE_DOWNLOAD_DELAY")]
    pub fn jitter(mut self, part: f64) -> Self {
        self.0.jitter = part;
        self
    }

    /// After a refusal (429, 503) the delay is twice what it was, and at least this. Default 1 s.
    pub fn refused_delay(mut self, delay: Duration) -> Self {
        self.0.refused_delay = delay;
        self
    }

    /// `Retry-After` is obeyed up to this. Default 10 minutes: a server that says a year would hold its requests for ever.
    pub fn max_pause(mut self, pause: Duration) -> Self {
        self.0.max_pause = pause;
        self
    }

    /// The limiter.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`] for a concurrency that is not above 0, a jitter that is not from 0 to 1, and a `min_delay`
    /// above `max_delay`.
    pub fn build(self) -> Result<AdaptiveLimiter> {
        let Settings { target, most, jitter, min_delay, max_delay, .. } = self.0;
        let refused = |what: String| Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
        if !(target.is_finite() && target > 0.0) || most == 0 {
            let what = format!("a target_concurrency of {target} and a max_concurrency of {most}");
            return refused(format!("{what}; both must be above 0"));
        }
        if !(0.0..=1.0).contains(&jitter) {
            return refused(format!("a jitter of {jitter}; it is a part of the delay, from 0 to 1"));
        }
        if min_delay > max_delay {
            return refused(format!("a min_delay of {min_delay:?} above the max_delay of {max_delay:?}"));
        }
        Ok(AdaptiveLimiter::with(Arc::new(self.0)))
    }
}

impl AdaptiveLimiter {
    /// A limiter with every default: 5 s between the first requests to a host, then what it can do with one at a time.
    ///
    /// # Errors
    /// None with the defaults; those of [`AdaptiveLimiterBuilder::build`].
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// A limiter with options.
    pub fn builder() -> AdaptiveLimiterBuilder {
        AdaptiveLimiterBuilder::new()
    }
}
