//! What the cache had to do with an answer.

use std::fmt;

/// What the cache had to do with an answer, in the words of RFC 9211.
///
/// ```
/// use maypole::client::CacheStatus;
/// assert_eq!(CacheStatus::Hit.to_string(), "hit");
/// assert_eq!(CacheStatus::Revalidated.to_string(), "fwd=stale; fwd-status=304");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheStatus {
    /// Kept, and fresh enough.
    Hit,
    /// Kept, and stale: the request or its mode took it so, the server allows it while it is asked, or the server
    /// failed.
    Stale,
    /// Kept; the server was asked and said that it still holds.
    Revalidated,
    /// Another request for the same was on its way, and this is its answer.
    Collapsed,
    /// Nothing was kept that fits.
    Miss,
    /// What was kept would not do; this is the server's new answer.
    Replaced,
    /// The cache stood aside: another method than GET and HEAD, a range, conditions of the caller's own, `NoStore`.
    Bypass,
    /// Nothing was kept, and nothing else was wanted: the 504 is the cache's own.
    Unsatisfied,
}

impl CacheStatus {
    /// Whether the body came from this side.
    pub fn is_from_cache(self) -> bool {
        matches!(self, Self::Hit | Self::Stale | Self::Revalidated | Self::Collapsed)
    }
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hit => "hit",
            Self::Stale => "hit; detail=stale",
            Self::Revalidated => "fwd=stale; fwd-status=304",
            Self::Collapsed => "fwd=miss; collapsed",
            Self::Miss => "fwd=miss",
            Self::Replaced => "fwd=stale",
            Self::Bypass => "fwd=bypass",
            Self::Unsatisfied => "detail=only-if-cached",
        })
    }
}
