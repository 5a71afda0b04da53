//! Options of a prefix limiter.

use super::limiter::PrefixLimiter;
use super::matching::{Bound, refused};
use crate::error::Result;

/// Options of a [`PrefixLimiter`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct PrefixLimiterBuilder {
    rules: Vec<(String, usize)>,
    pub(super) options: Options,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) raw: bool,
    pub(super) reject_zero: bool,
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

impl Options {
    pub(super) fn bounds<P: Into<String>>(self, rules: impl IntoIterator<Item = (P, usize)>) -> Result<Vec<Bound>> {
        let mut bounds: Vec<Bound> = Vec::new();
        for (prefix, limit) in rules {
            let prefix = prefix.into();
            let bound = Bound::new(&prefix, limit, self.raw)?;
            if let Some(first) = bounds.iter().find(|other| other.key == bound.key) {
                let first = crate::message::unparsed(&first.prefix);
                return Err(refused(&prefix, &format!("`{first}`, which stands before it, is the same")));
            }
            bounds.push(bound);
        }
        Ok(bounds)
    }
}
