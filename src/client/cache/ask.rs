//! A request as the cache sees it.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::digest::Digest;
use super::directives::Directives;
use super::mode::CacheMode;
use super::vary::Asker;
use crate::message::{Headers, Method, Url};
use crate::net::Route;

/// What is asked for, by lines that are complete: defaults, cookies and credentials included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    /// The way to the server, if it is not the usual one: another way may lead to another server.
    pub(super) route: u64,
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) headers: &'a Headers,
    pub(super) mode: CacheMode,
    pub(super) directives: Directives,
}

/// Whoever sends one of these knows what it has, and gets the server's answer to exactly that. `Range`: parts are not
/// kept, and cutting them out of whole answers is left to servers.
const OWN_CONDITIONS: [&str; 6] =
    ["If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"];

impl<'a> Ask<'a> {
    pub(super) fn new(method: &'a Method, url: &'a Url, headers: &'a Headers, mode: CacheMode) -> Self {
        Self { route: 0, method, url, headers, mode, directives: Directives::of_request(headers) }
    }

    /// Not the proxy, which leads to the same server.
    pub(super) fn on(mut self, route: Option<&Route>, connect_to: Option<(String, u16)>) -> Self {
        if route.is_some() || connect_to.is_some() {
            let mut hash = DefaultHasher::new();
            (route, connect_to).hash(&mut hash);
            self.route = hash.finish();
        }
        self
    }

    pub(super) fn asker(&self) -> Asker<'a> {
        Asker { lines: self.headers, route: self.route }
    }

    /// Whether the cache stands aside: nothing is looked up and nothing is kept.
    pub(super) fn bypasses(&self) -> bool {
        let cacheable = matches!(self.method.as_str(), "GET" | "HEAD");
        let has = |name: &&str| self.headers.contains(name);
        !cacheable
            || self.mode == CacheMode::NoStore
            || OWN_CONDITIONS.iter().any(has)
            // A body would be part of the question, and an upgrade is no answer.
            || ["Content-Length", "Transfer-Encoding", "Upgrade"].iter().any(has)
    }

    /// Whether only what is there will do.
    pub(super) fn only_if_cached(&self) -> bool {
        self.mode == CacheMode::OnlyIfCached || self.directives.only_if_cached
    }

    pub(super) fn is_head(&self) -> bool {
        *self.method == Method::HEAD
    }

    /// Whether the answer to a request that was sent before this one will do.
    pub(super) fn may_follow(&self) -> bool {
        let fresh = matches!(self.mode, CacheMode::Reload | CacheMode::NoCache) || self.directives.no_cache;
        !(self.is_head() || fresh || self.directives.no_store)
    }

    /// What requests have in common that get the same answer without a doubt: every line. Who asks after a `change` of
    /// the resource gets no answer to a question from before.
    pub(super) fn flight(&self, key: &Digest, change: u64) -> Digest {
        let lines = self.headers.iter().flat_map(|(name, value)| [name.as_bytes(), value]);
        let (route, change) = (self.route.to_le_bytes(), change.to_le_bytes());
        Digest::of([&key.0[..], self.method.as_str().as_bytes(), &route, &change].into_iter().chain(lines))
    }
}

/// What answers to a request are kept under: space, method, scheme, host and port, path and query.
///
/// Not the fragment, which is never sent, and not the user name and password of the URL: they come as `Authorization`
/// and then tell answers apart as [`vary`](super::vary) says.
pub(super) fn key(space: &str, method: &Method, url: &Url) -> Digest {
    let (authority, target) = (url.authority(), url.request_target());
    Digest::of([space, method.as_str(), url.scheme(), &authority, target].map(str::as_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Digest {
        key("", &Method::GET, &Url::parse(url).unwrap())
    }

    #[test]
    fn q15_one_entry_for_all_ways_to_write_a_url() {
        let one = of("http://h/?a=b");
        for same in ["HTTP://H/?a=b", "http://h:80/?a=b#x", "http://h?a=b", "http://h/x/../?a=b", "http://u:p@h/?a=b"] {
            assert_eq!(of(same), one, "{same}");
        }
        for other in
            ["https://h/?a=b", "http://h:81/?a=b", "http://h/?a=B", "http://h/?", "http://h//?a=b", "http://i/?a=b"]
        {
            assert_ne!(of(other), one, "{other}");
        }
        assert_ne!(of("http://h/"), of("http://h/?"), "an empty query is one");
    }

    #[test]
    fn sec_j7_what_changes_the_answer_changes_the_key() {
        let url = Url::parse("http://h/").unwrap();
        assert_ne!(key("", &Method::HEAD, &url), of("http://h/"));
        assert_ne!(key("GET", &Method::GET, &url), of("http://h/"));
        assert_ne!(key("G", &Method::new("ET").unwrap(), &url), of("http://h/"));
    }

    #[test]
    fn what_the_caller_asks_for_itself_goes_past_the_cache() {
        let url = Url::parse("http://h/").unwrap();
        let bypasses = |method: Method, lines: &[(&str, &str)], mode| {
            let headers = Headers::from_pairs(lines.iter().copied()).unwrap();
            Ask::new(&method, &url, &headers, mode).bypasses()
        };
        assert!(!bypasses(Method::GET, &[], CacheMode::Default));
        assert!(!bypasses(Method::HEAD, &[], CacheMode::Reload));
        assert!(bypasses(Method::GET, &[], CacheMode::NoStore));
        assert!(bypasses(Method::POST, &[], CacheMode::Default));
        for name in OWN_CONDITIONS.into_iter().chain(["Upgrade", "Content-Length"]) {
            assert!(bypasses(Method::GET, &[(name, "x")], CacheMode::Default), "{name}");
        }
    }
}
