//! The options of the cache, for a client and for a request.

use super::handle::Cache;
use super::mode::CacheMode;
use crate::client::policy::Policy;
use crate::client::{ClientBuilder, RequestBuilder};
use crate::error::{Error, Kind, Phase, Result};

impl ClientBuilder {
    /// Keeps answers, and answers from what is kept (RFC 9111). Default none: what takes memory or a disk is the program's
    /// to give. See [`Cache`].
    pub fn cache(mut self, cache: Cache) -> Self {
        self.policy.cache = Some(cache);
        self
    }

    /// How requests use the cache. Default [`CacheMode::Default`]. Any other without a cache is an error of `build`.
    pub fn cache_mode(mut self, mode: CacheMode) -> Self {
        self.policy.cache_mode = mode;
        self
    }
}

impl<W> RequestBuilder<W> {
    /// How this request uses the cache. Default the client's.
    ///
    /// Without a cache every mode asks the server, but `OnlyIfCached` is an error of `send`: it must not ask, and has
    /// nothing else.
    pub fn cache_mode(self, mode: CacheMode) -> Self {
        self.with_policy(|policy| policy.cache_mode = mode)
    }

    /// Uses this cache for this request. Default the client's. The last call of this and
    /// [`without_cache`](Self::without_cache) counts.
    pub fn cache(self, cache: Cache) -> Self {
        self.with_policy(|policy| policy.cache = Some(cache))
    }

    /// Uses no cache for this request, as if the client had none. Default the client's.
    pub fn without_cache(self) -> Self {
        self.with_policy(|policy| policy.cache = None)
    }
}

/// Refuses a mode that has no cache to work on, and a cache whose own options exclude each other.
pub(in crate::client) fn check(policy: &Policy) -> Result<()> {
    if let Some(what) = policy.cache.as_ref().and_then(Cache::contradiction) {
        return Err(Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build));
    }
    let lost = policy.cache.is_none() && policy.cache_mode != CacheMode::Default;
    if lost { Err(no_cache(Kind::InvalidConfig)) } else { Ok(()) }
}

/// Refuses to answer from nothing without asking, and the same of a cache.
pub(in crate::client) fn check_request(policy: &Policy) -> Result<()> {
    if let Some(what) = policy.cache.as_ref().and_then(Cache::contradiction) {
        return Err(Error::new(Kind::InvalidRequest, what).with_phase(Phase::Build));
    }
    let lost = policy.cache.is_none() && policy.cache_mode == CacheMode::OnlyIfCached;
    if lost { Err(no_cache(Kind::InvalidRequest)) } else { Ok(()) }
}

fn no_cache(kind: Kind) -> Error {
    Error::new(kind, "cache_mode needs a cache").with_phase(Phase::Build)
}
