//! How one request uses the cache.

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
