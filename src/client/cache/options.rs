//! How one request uses the cache, and the options for that.

use super::handle::Cache;
use crate::client::policy::Policy;
use crate::client::{ClientBuilder, RequestBuilder};
use crate::error::{Error, Kind, Phase, Result};

/// How a request uses the cache; the modes are those of [fetch](https://fetch.spec.whatwg.org/#concept-request-cache-mode).
///
/// ```
/// use maypole::client::CacheMode;
/// assert_eq!(CacheMode::default(), CacheMode::Default);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheMode {
    /// As RFC 9111 says: what is fresh is used, what is stale is validated. The default.
    #[default]
    Default,
    /// Neither looks nor keeps.
    NoStore,
    /// Asks the server in any case, and keeps its answer.
    Reload,
    /// Has what is kept validated, however fresh it is.
    NoCache,
    /// Uses what is kept, however stale it is; asks the server only if there is nothing.
    ForceCache,
    /// Uses what is kept, however stale it is; never asks the server: without an answer the status is 504.
    OnlyIfCached,
}

impl CacheMode {
    /// What caches on the way are told, unless the caller has told them something (fetch, HTTP-network-or-cache fetch
    /// steps 16 and 17).
    pub(super) fn lines(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::NoStore | Self::Reload => &[("Pragma", "no-cache"), ("Cache-Control", "no-cache")],
            Self::NoCache => &[("Cache-Control", "max-age=0")],
            Self::Default | Self::ForceCache | Self::OnlyIfCached => &[],
        }
    }
}

impl ClientBuilder {
    /// Keeps answers, and answers from what is kept. Default none. See [`Cache`].
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

impl RequestBuilder {
    /// How this request uses the cache. Default the client's.
    ///
    /// Without a cache every mode asks the server, but `OnlyIfCached` is an error of `send`: it must not ask, and has
    /// nothing else.
    pub fn cache(self, mode: CacheMode) -> Self {
        let lost = mode == CacheMode::OnlyIfCached && self.policy().cache.is_none();
        let checked = if lost { Err(no_cache(Kind::InvalidRequest)) } else { Ok(mode) };
        self.with_checked(checked, |policy, mode| policy.cache_mode = mode)
    }

    /// Uses this cache for this request. Default the client's. To be called before [`cache`](Self::cache).
    pub fn cache_in(self, cache: Cache) -> Self {
        self.with_policy(|policy| policy.cache = Some(cache))
    }

    /// Uses no cache for this request, as if the client had none.
    pub fn without_cache(self) -> Self {
        self.with_policy(|policy| policy.cache = None)
    }
}

/// Refuses a mode that has no cache to work on.
pub(in crate::client) fn check(policy: &Policy) -> Result<()> {
    let lost = policy.cache.is_none() && policy.cache_mode != CacheMode::Default;
    if lost { Err(no_cache(Kind::InvalidConfig)) } else { Ok(()) }
}

fn no_cache(kind: Kind) -> Error {
    Error::new(kind, "a cache mode without a cache").with_phase(Phase::Build)
}
