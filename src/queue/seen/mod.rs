//! What has been seen: fingerprints of requests, all of them or in a filter of fixed size.

mod bloom;
mod exact;
mod fingerprint;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use self::bloom::Bloom;
use self::exact::Exact;
use self::fingerprint::Canonical;
use crate::error::Result;
use crate::message::{Method, Url};

pub use fingerprint::Fingerprint;

/// Which requests have been seen before, by their [`Fingerprint`].
///
/// ```
/// use maypole::{Method, Url, queue::Seen};
/// let seen = Seen::exact();
/// assert!(seen.is_new(&Method::GET, &Url::parse("http://example.com/a#top")?, b""));
/// assert!(!seen.is_new(&Method::GET, &Url::parse("HTTP://EXAMPLE.com:80/a")?, b""));
/// assert!(seen.is_new(&Method::HEAD, &Url::parse("http://example.com/a")?, b""));
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// The same request is: the same method, the same body, and the same URL but for the case of scheme and host, the
/// scheme's default port, an empty path, dot segments, the fragment, and escapes of characters that need none (RFC 3986
/// §6.2.2). Headers do not count. [`sorted_query`](Self::sorted_query) and [`normalize`](Self::normalize) let more
/// spellings be the same.
///
/// Clones share one memory; any coroutine or thread may ask, and of several that ask for one request at once a single
/// one is told that it is new. Nothing waits but for a lock of well below a microsecond.
///
/// Follows Scrapy's `RFPDupeFilter` and its request fingerprints; unlike there a query is not sorted unless asked for,
/// since servers may care about the order.
#[doc(alias = "RFPDupeFilter")]
#[doc(alias = "dedupe")]
#[derive(Clone)]
pub struct Seen {
    canonical: Canonical,
    memory: Arc<Memory>,
}

enum Memory {
    Exact(Exact),
    Bounded(Bloom),
}

impl Seen {
    /// Remembers every request, without a mistake: 20 to 39 bytes each, by how full its tables are just then; 36 MB for a
    /// million (measured).
    pub fn exact() -> Self {
        Self::new(Memory::Exact(Exact::new()))
    }

    /// Remembers in a fixed amount of memory, at the price that a new request is taken for an old one, and so left out, at
    /// a rate of `false_positives` once `items` have been seen; more rarely before, more often after. A request that
    /// has been seen is never taken for new.
    ///
    /// ```
    /// let seen = maypole::queue::Seen::bounded(1_000_000, 0.001)?; // one of a thousand is lost at the end
    /// assert_eq!(seen.bytes(), 1_797_200); // 14.4 bits for each
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// Of kind [`InvalidConfig`](crate::error::Kind::InvalidConfig) for no items, a rate outside of 1e-12 to 0.5, or more
    /// memory than there is.
    #[doc(alias = "Bloom filter")]
    pub fn bounded(items: u64, false_positives: f64) -> Result<Self> {
        Ok(Self::new(Memory::Bounded(Bloom::new(items, false_positives)?)))
    }

    fn new(memory: Memory) -> Self {
        Self { canonical: Canonical::default(), memory: Arc::new(memory) }
    }

    /// Whether the order of a query's parts does not count. Default off: a server may care.
    pub fn sorted_query(mut self, on: bool) -> Self {
        self.canonical.is_sorted = on;
        self
    }

    /// Lets `change` take away what does not count, such as session ids, from the URL that is compared; the one that is
    /// requested stays. Default nothing.
    ///
    /// ```
    /// use maypole::{Method, Url, queue::Seen};
    /// let seen = Seen::exact().normalize(|url| url.set_query(None).unwrap_or_default());
    /// assert!(seen.is_new(&Method::GET, &Url::parse("http://example.com/?session=1")?, b""));
    /// assert!(!seen.is_new(&Method::GET, &Url::parse("http://example.com/?session=2")?, b""));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn normalize(mut self, change: impl Fn(&mut Url) + Send + Sync + 'static) -> Self {
        self.canonical.normalize = Some(Arc::new(change));
        self
    }

    /// What this request is remembered by.
    pub fn fingerprint(&self, method: &Method, url: &Url, body: &[u8]) -> Fingerprint {
        self.canonical.fingerprint(method, url, body)
    }

    /// Whether it has not been seen; it has from now on.
    pub fn is_new(&self, method: &Method, url: &Url, body: &[u8]) -> bool {
        self.insert(self.fingerprint(method, url, body))
    }

    /// Remembers it. `false`: it was remembered already.
    pub fn insert(&self, fingerprint: Fingerprint) -> bool {
        match &*self.memory {
            Memory::Exact(exact) => exact.insert(fingerprint),
            Memory::Bounded(bloom) => bloom.insert(fingerprint),
        }
    }

    /// Whether it is remembered.
    pub fn contains(&self, fingerprint: Fingerprint) -> bool {
        match &*self.memory {
            Memory::Exact(exact) => exact.contains(fingerprint),
            Memory::Bounded(bloom) => bloom.contains(fingerprint),
        }
    }

    /// How many requests were new.
    pub fn len(&self) -> u64 {
        match &*self.memory {
            Memory::Exact(exact) => exact.len(),
            Memory::Bounded(bloom) => bloom.len(),
        }
    }

    /// Whether nothing has been seen.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The memory it takes, in bytes.
    pub fn bytes(&self) -> u64 {
        match &*self.memory {
            Memory::Exact(exact) => exact.bytes(),
            Memory::Bounded(bloom) => bloom.bytes(),
        }
    }

    /// How likely the next new request is taken for an old one, by how full the memory is; 0 for an exact one.
    pub fn false_positive_rate(&self) -> f64 {
        match &*self.memory {
            Memory::Exact(_) => 0.0,
            Memory::Bounded(bloom) => bloom.rate(),
        }
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("len", &self.len()).field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}
