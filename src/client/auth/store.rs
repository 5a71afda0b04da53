//! What a client has learnt about origins and proxies: which scheme they took, and their nonce.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use crate::error::Result;
use crate::message::Url;
use crate::net::{Proxy, ProxyScheme};
use crate::wire::auth::Digest;

/// More than a program has accounts for. A crawl with a netrc file must not grow without bound.
const ORIGINS: usize = 1_000;

/// By origin or proxy, and user: what one of them has learnt is never offered to another one.
#[derive(Default)]
pub(in crate::client) struct Store(Mutex<State>);

#[derive(Default)]
struct State {
    known: HashMap<Place, Seen>,
    /// Counts uses, so that the one not used for longest can go.
    clock: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    proxy: bool,
    secure: bool,
    host: Box<str>,
    port: u16,
    user: Box<[u8]>,
}

struct Seen {
    known: Known,
    used: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Basic,
    Digest(Box<Digest>),
}

impl Place {
    pub(super) fn new(url: &Url, user: &[u8]) -> Self {
        let (secure, host, port) = (url.is_secure(), url.host().into(), url.port_or_default());
        Self { proxy: false, secure, host, port, user: user.into() }
    }

    pub(super) fn of_proxy(proxy: &Proxy, user: &[u8]) -> Self {
        let secure = proxy.scheme() == ProxyScheme::Https;
        Self { proxy: true, secure, host: proxy.host().into(), port: proxy.port(), user: user.into() }
    }
}

/// How something is taken out of the store.
#[derive(Clone, Copy)]
pub(super) struct Show<'a> {
    store: &'a Store,
    counts: bool,
}

impl Show<'_> {
    /// What to show without being asked. A digest comes with a count of its own, so that it can be computed without the
    /// lock; `cnonce` is asked for a client nonce only then.
    pub(super) fn known(self, place: &Place, cnonce: impl FnOnce() -> Result<String>) -> Result<Option<Known>> {
        let mut state = self.store.lock();
        state.clock += 1;
        let used = state.clock;
        let Some(seen) = state.known.get_mut(place) else { return Ok(None) };
        seen.used = used;
        Ok(Some(match &mut seen.known {
            Known::Basic => Known::Basic,
            Known::Digest(digest) if self.counts => Known::Digest(Box::new(digest.reserve(&cnonce()?))),
            Known::Digest(digest) => Known::Digest(digest.clone()),
        }))
    }
}

impl Store {
    /// For what is sent.
    pub(super) fn counted(&self) -> Show<'_> {
        Show { store: self, counts: true }
    }

    /// For what is only computed: who counts what never came would see requests missing (RFC 7616 §3.4).
    pub(super) fn uncounted(&self) -> Show<'_> {
        Show { store: self, counts: false }
    }

    /// Keeps what answers a challenge. With a nonce that is known its count goes on: a server may give the same one to
    /// all who ask, and takes each count once.
    pub(super) fn learn(&self, place: &Place, known: Known) {
        let mut state = self.lock();
        state.clock += 1;
        let used = state.clock;
        if let (Known::Digest(new), Some(Seen { known: Known::Digest(old), .. })) = (&known, state.known.get(place))
            && new.same_nonce(old)
        {
            return;
        }
        if state.known.len() >= ORIGINS && !state.known.contains_key(place) {
            let oldest = state.known.iter().min_by_key(|(_, seen)| seen.used).map(|(place, _)| place.clone());
            oldest.and_then(|oldest| state.known.remove(&oldest));
        }
        state.known.insert(place.clone(), Seen { known, used });
    }

    /// Drops what was refused, unless another request has learnt something newer.
    pub(super) fn forget(&self, place: &Place, refused: &Known) {
        let mut state = self.lock();
        let same = state.known.get(place).is_some_and(|seen| match (&seen.known, refused) {
            (Known::Basic, Known::Basic) => true,
            (Known::Digest(digest), Known::Digest(refused)) => digest.same_nonce(refused),
            _ => false,
        });
        if same {
            state.known.remove(place);
        }
    }

    /// The server names the nonce for the next request, in answer to this one.
    pub(super) fn renew(&self, place: &Place, answered: &Digest, info: &str) {
        if let Some(Seen { known: Known::Digest(digest), .. }) = self.lock().known.get_mut(place)
            && digest.same_nonce(answered)
        {
            digest.renew(info);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::auth::challenges;

    fn digest(nonce: &str) -> Known {
        let line = format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=auth");
        Known::Digest(Box::new(Digest::strongest(&challenges([line.as_str()])).unwrap()))
    }

    fn place(url: &str, user: &str) -> Place {
        Place::new(&Url::parse(url).unwrap(), user.as_bytes())
    }

    fn shown(store: &Store, place: &Place) -> Option<Known> {
        store.counted().known(place, || Ok("c".into())).unwrap()
    }

    fn next(store: &Store, place: &Place) -> String {
        let Some(Known::Digest(mut digest)) = shown(store, place) else { return "-".into() };
        let value = digest.answer("u", "p", "GET", "/", None, "c");
        let part =
            |name: &str| value.split(name).nth(1).unwrap().split(',').next().unwrap().trim_matches('"').to_owned();
        format!("{} {}", part(" nonce="), part(" nc="))
    }

    #[test]
    fn counts_go_on_while_the_nonce_stays_the_same() {
        let (store, place) = (Store::default(), place("http://h/", "u"));
        assert_eq!(next(&store, &place), "-");
        store.learn(&place, digest("n"));
        assert_eq!((next(&store, &place), next(&store, &place)), ("n 00000001".into(), "n 00000002".into()));
        store.learn(&place, digest("n"));
        assert_eq!(next(&store, &place), "n 00000003");
        store.learn(&place, digest("m"));
        assert_eq!(next(&store, &place), "m 00000001");
        store.forget(&place, &digest("n"));
        assert_eq!(next(&store, &place), "m 00000002", "another request had learnt a newer one");
        let Known::Digest(answered) = digest("m") else { unreachable!() };
        store.renew(&place, &answered, "nextnonce=\"o\"");
        assert_eq!(next(&store, &place), "o 00000001");
        store.renew(&place, &answered, "nextnonce=\"late\"");
        assert_eq!(next(&store, &place), "o 00000002");
        store.forget(&place, &digest("o"));
        assert_eq!(next(&store, &place), "-");
    }

    #[test]
    fn sec_d13_what_one_origin_or_user_has_is_never_anothers() {
        let store = Store::default();
        store.learn(&place("http://h/a?b", "u"), digest("n"));
        for (url, user) in
            [("https://h/", "u"), ("http://h:81/", "u"), ("http://g/", "u"), ("http://h/", "v"), ("http://h.g/", "u")]
        {
            assert_eq!(next(&store, &place(url, user)), "-", "{url} {user}");
        }
        assert_eq!(next(&store, &place("http://h:80/c", "u")), "n 00000001");
    }

    #[test]
    fn sec_d13_a_proxy_is_not_the_origin_of_the_same_name() {
        let store = Store::default();
        store.learn(&place("http://h:3128/", "u"), digest("n"));
        let proxy = |text: &str| Place::of_proxy(&Proxy::parse(text).unwrap(), b"u");
        assert_eq!(next(&store, &proxy("http://h:3128")), "-");
        store.learn(&proxy("http://h:3128"), digest("p"));
        assert_eq!(next(&store, &proxy("https://h:3128")), "-");
        assert_eq!(next(&store, &proxy("http://h:3128")), "p 00000001");
        assert_eq!(next(&store, &place("http://h:3128/", "u")), "n 00000001");
    }

    #[test]
    fn it_holds_a_thousand_and_drops_the_one_not_used_for_longest() {
        let store = Store::default();
        let nth = |n: usize| place(&format!("http://h{n}/"), "u");
        (0..ORIGINS).for_each(|n| store.learn(&nth(n), Known::Basic));
        assert_eq!(shown(&store, &nth(0)), Some(Known::Basic));
        store.learn(&nth(ORIGINS), digest("n"));
        assert_eq!(store.lock().known.len(), ORIGINS);
        assert_eq!(shown(&store, &nth(1)), None);
        assert_eq!(shown(&store, &nth(0)), Some(Known::Basic));
        store.forget(&nth(0), &Known::Basic);
        assert_eq!(shown(&store, &nth(0)), None);
    }
}
