//! Options of a prefix limiter.

use std::fmt;

use super::limiter::PrefixLimiter;
use super::options::Options;
use crate::error::Result;

/// Options of a [`PrefixLimiter`].
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct PrefixLimiterBuilder {
    rules: Vec<(String, usize)>,
    options: Options,
}

impl PrefixLimiterBuilder {
    /// At most `limit` requests at once to URLs below `prefix`. Rules are looked through in order, and the first one counts.
    pub fn rule(mut self, prefix: impl Into<String>, limit: usize) -> Self {
        self.rules.push((prefix.into(), limit));
        self
    }

    /// Several [`rule`](Self::rule)s.
    pub fn rules<P: Into<String>>(mut self, rules: impl IntoIterator<Item = (P, usize)>) -> Self {
        self.rules.extend(rules.into_iter().map(|(prefix, limit)| (prefix.into(), limit)));
        self
    }

    /// Prefixes are text, as octopus has them: `http://a` stands for `http://a.evil.com/` too. The text compared is that of
    /// the parsed URL: scheme and host in lower case, no default port. Default off.
    pub fn raw(mut self, on: bool) -> Self {
        self.options.raw = on;
        self
    }

    /// Refuses requests whose limit is 0 at once, instead of letting them wait for other rules. Default off, as octopus.
    pub fn reject_zero(mut self, on: bool) -> Self {
        self.options.reject_zero = on;
        self
    }

    /// The limiter.
    ///
    /// # Errors
    /// [`Kind::InvalidConfig`](crate::error::Kind::InvalidConfig) for a prefix that is no URL, or that stands in the list
    /// twice: the second would do nothing.
    pub fn build(self) -> Result<PrefixLimiter> {
        let bounds = self.options.bounds(self.rules)?;
        Ok(PrefixLimiter::with(bounds, self.options))
    }
}

impl PrefixLimiter {
    /// A limiter with these rules, looked through in order.
    ///
    /// # Errors
    /// As [`PrefixLimiterBuilder::build`].
    pub fn new<P: Into<String>>(rules: impl IntoIterator<Item = (P, usize)>) -> Result<Self> {
        Self::builder().rules(rules).build()
    }

    /// A limiter with options.
    pub fn builder() -> PrefixLimiterBuilder {
        PrefixLimiterBuilder::default()
    }
}

impl fmt::Debug for PrefixLimiterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<_> =
            self.rules.iter().map(|(prefix, limit)| (crate::message::unparsed(prefix), *limit)).collect();
        f.debug_struct("PrefixLimiterBuilder").field("rules", &rules).field("options", &self.options).finish()
    }
}
