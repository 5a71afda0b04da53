//! The handle that clients, requests and programs share.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use super::accept::{Place, accept, check, latest};
use super::caps::Caps;
use super::cookie::Cookie;
use super::store::Store;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Url};

/// Cookies by the rules of RFC 6265bis, with Mozilla's public suffix list compiled in.
///
/// A clone is another handle to the same cookies: one jar can serve many clients, coroutines and threads, and a client
/// can have one jar for all of its requests or another for each. A request looks at the cookies of its own site only.
///
/// ```
/// use maypole::{CookieJar, Url};
/// let jar = CookieJar::new();
/// let url = Url::parse("https://www.example.com/shop/cart")?;
/// jar.set(&url, "session=31d4; Domain=example.com; Path=/; Secure; HttpOnly")?;
/// jar.set(&url, "step=2")?; // for www.example.com and /shop alone
/// assert_eq!(jar.header_for(&url).as_deref(), Some("step=2; session=31d4"));
/// assert_eq!(jar.header_for(&Url::parse("http://www.example.com/")?), None);
/// assert!(jar.set(&url, "a=1; Domain=com").is_err());
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// What servers can make it hold and send is bounded; [`builder`](Self::builder) has the figures. The public suffix list
/// is as old as this build: a suffix that came later is treated as somebody's domain.
#[derive(Clone)]
pub struct CookieJar(Arc<Shared>);

struct Shared {
    caps: Caps,
    /// Held for the length of a lookup, never over a wait.
    store: Mutex<Store>,
}

impl CookieJar {
    /// An empty jar with the default bounds.
    pub fn new() -> Self {
        Self::with(Caps::default())
    }

    pub(super) fn with(caps: Caps) -> Self {
        Self(Arc::new(Shared { caps, store: Mutex::new(Store::default()) }))
    }

    /// Takes the cookies of a response from `url`. A line that breaks a rule is passed over, the others count.
    pub fn store(&self, url: &Url, headers: &Headers) {
        let mut lines = headers.get_all_bytes("Set-Cookie").take(self.caps().per_response).peekable();
        if lines.peek().is_none() {
            return;
        }
        let (from, now) = (Place::of(url, self.caps()), SystemTime::now());
        let cookies: Vec<_> = lines.filter_map(|line| accept(line, from, now, self.caps()).ok()).collect();
        let mut store = self.lock();
        for cookie in cookies {
            // A refusal protects a cookie that is there; servers get no answer to their lines.
            let _ = store.put(cookie, from.secure, now, self.caps());
        }
    }

    /// Sets one cookie as if `url` had answered with this `Set-Cookie` line.
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`] with the rule that it breaks. The message does not show its value.
    pub fn set(&self, url: &Url, line: &str) -> Result<()> {
        let (from, now) = (Place::of(url, self.caps()), SystemTime::now());
        let taken = accept(line.as_bytes(), from, now, self.caps())
            .and_then(|cookie| self.lock().put(cookie, from.secure, now, self.caps()));
        taken.map_err(|why| {
            Error::new(Kind::InvalidRequest, format!("cookie refused: {why}"))
                .with_phase(Phase::Build)
                .with_url(url.without_userinfo())
        })
    }

    /// The value of the `Cookie` line for a request to `url`, longest path first, then oldest first; `None` without a
    /// cookie for it.
    pub fn header_for(&self, url: &Url) -> Option<String> {
        let (to, now) = (Place::of(url, self.caps()), SystemTime::now());
        self.lock().line(to, now, self.caps())
    }

    /// The cookie of this name that a request to `url` would send, the first if there are several.
    pub fn get(&self, url: &Url, name: &str) -> Option<Cookie> {
        let (to, now) = (Place::of(url, self.caps()), SystemTime::now());
        self.lock().matching(to, now).into_iter().find(|cookie| cookie.name() == name).cloned()
    }

    /// All cookies that have not expired, in the order of their creation.
    pub fn cookies(&self) -> Vec<Cookie> {
        self.lock().all(SystemTime::now())
    }

    /// How many cookies there are that have not expired.
    pub fn len(&self) -> usize {
        self.lock().len(SystemTime::now())
    }

    /// Whether there is no cookie that has not expired.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes the cookies of this name that a request to `url` would send, and says how many.
    pub fn remove(&self, url: &Url, name: &str) -> usize {
        let (to, now) = (Place::of(url, self.caps()), SystemTime::now());
        self.lock().forget(to, name, now)
    }

    /// Removes all cookies.
    pub fn clear(&self) {
        self.lock().retain(|_| false);
    }

    /// Removes the cookies without an expiry, as a browser does when it is closed.
    pub fn clear_session(&self) {
        self.lock().retain(|cookie| cookie.expires().is_some());
    }

    /// Puts in what a file held: `None` for one that breaks a rule, `Some(false)` for one that is over.
    pub(super) fn put_loaded(&self, mut cookie: Cookie, now: SystemTime) -> Option<bool> {
        check(&cookie, self.caps()).ok()?;
        if cookie.is_over(now) {
            return Some(false);
        }
        cookie.expires = cookie.expires.map(|end| end.min(latest(now, self.caps().lifetime)));
        // The file is the caller's own, so that nothing in it is hidden by what is there.
        self.lock().put(cookie, true, now, self.caps()).ok().map(|()| true)
    }

    fn caps(&self) -> &Caps {
        &self.0.caps
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Default for CookieJar {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieJar").field("cookies", &self.len()).finish_non_exhaustive()
    }
}
