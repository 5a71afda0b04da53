//! Which requests want the same answer.

use crate::client::{HttpClient, RequestBuilder};
use crate::message::{Headers, Url};

/// Whose answer depends on what the caller has already, or asks for a part.
const CONDITIONS: [&str; 6] =
    ["Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"];

/// What one user gets another one must not, whether `Vary` says so or not.
const PERSONAL: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// A request as a cache sees it.
pub(in crate::queue::fetch) struct CacheKey {
    /// Method and normalised URL without its fragment.
    pub(super) name: Box<str>,
    /// The request's own lines; the client's are the same for all.
    lines: Headers,
}

/// The lines that select a stored answer, with the values that they had.
pub(super) struct Selects(Vec<(Box<str>, Option<Box<[u8]>>)>);

impl CacheKey {
    pub(super) fn of_url(method: &str, url: &Url) -> Self {
        let url = url.as_str();
        // RFC 3986 §3.5: the fragment is not part of what is asked for.
        let asked = url.split_once('#').map_or(url, |(asked, _)| asked);
        Self { name: [method, " ", asked].concat().into(), lines: Headers::new() }
    }

    /// None for a request whose answer is no other's: another method than `GET` and `HEAD`, options of its own, conditions, a
    /// caller who wants no cache.
    pub(in crate::queue::fetch) fn of(request: &RequestBuilder, client: &HttpClient) -> Option<Self> {
        let (method, lines) = request.method_and_headers()?;
        let is_cached = matches!(method.as_str(), "GET" | "HEAD")
            && request.is_common(client)
            && !CONDITIONS.iter().any(|name| lines.contains(name))
            && !["no-cache", "no-store"].iter().any(|token| lines.has_token("Cache-Control", token));
        is_cached.then(|| {
            let key = Self::of_url(method.as_str(), request.url()?);
            Some(Self { lines: lines.clone(), ..key })
        })?
    }

    /// What a flight goes by: before an answer has come nobody knows what it varies with.
    pub(super) fn flight(&self) -> Box<str> {
        if self.lines.is_empty() {
            return self.name.clone();
        }
        [&*self.name, "\n", &self.lines.to_string()].concat().into()
    }

    fn value(&self, name: &str) -> Option<Box<[u8]>> {
        let values: Vec<_> = self.lines.get_all_bytes(name).collect();
        (!values.is_empty()).then(|| values.join(&b", "[..]).into())
    }

    /// By what an answer with these headers is selected; none if by nothing that is known (`Vary: *`).
    pub(super) fn selects(&self, answer: Option<&Headers>) -> Option<Selects> {
        let vary = answer.into_iter().flat_map(|headers| headers.get_all("Vary")).flat_map(|line| line.split(','));
        let mut names: Vec<_> =
            vary.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect();
        if names.iter().any(|name| name == "*") {
            return None;
        }
        names.extend(PERSONAL.map(str::to_owned));
        names.sort_unstable();
        names.dedup();
        Some(Selects(names.into_iter().map(|name| (name.as_str().into(), self.value(&name))).collect()))
    }
}

impl Selects {
    pub(super) fn fits(&self, key: &CacheKey) -> bool {
        self.0.iter().all(|(name, value)| match value {
            None => !key.lines.contains(name),
            Some(value) => key.value(name).as_ref() == Some(value),
        })
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
