//! Which redirects are followed.

use std::fmt;
use std::sync::Arc;

use super::history::Visited;
use crate::error::Error;
use crate::message::{Headers, Request, Url};

/// Which redirects a client or request follows.
///
/// ```
/// use maypole::HttpClient;
/// use maypole::client::Redirects;
/// let client = HttpClient::builder().redirects(Redirects::limited(3).https_only()).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Default: up to 10, as most clients do (browsers 20, curl 50): a chain of honest redirects has two or three.
#[derive(Clone)]
pub struct Redirects {
    pub(super) limit: u32,
    pub(super) https_only: bool,
    pub(super) refuse_downgrade: bool,
    pub(super) referer: bool,
    pub(super) keep_credentials: bool,
    pub(super) keep_method: [bool; 3],
    pub(super) decide: Option<Arc<Decide>>,
}

type Decide = dyn Fn(&mut Hop<'_>) -> Decision + Send + Sync;

/// What a callback of [`Redirects::decide`] wants.
#[derive(Debug)]
#[non_exhaustive]
pub enum Decision {
    /// Go on, with [`Hop::next`] as it is now.
    Follow,
    /// Give the redirect response to the caller.
    Stop,
    /// Fail the request with this error.
    Fail(Error),
}

/// A redirect that is about to be followed.
pub struct Hop<'a> {
    /// Its status.
    pub status: u16,
    /// Its header lines.
    pub headers: &'a Headers,
    /// The URL that answered with it.
    pub from: &'a Url,
    /// The responses before this one.
    pub history: &'a [Visited],
    /// The request that comes next: its URL, method and lines may be changed. Credentials have been removed if the
    /// origin is another one, and are if the URL is led to another one here; what is added here is sent.
    pub next: &'a mut Request,
}

impl Redirects {
    /// Follows none: the 3xx is the response.
    pub fn none() -> Self {
        Self::limited(0)
    }

    /// Follows up to `hops`; one more is an error that holds the last response. 0 follows none, and is no error.
    pub fn limited(hops: u32) -> Self {
        Self {
            limit: hops,
            https_only: false,
            refuse_downgrade: false,
            referer: false,
            keep_credentials: false,
            keep_method: [false; 3],
            decide: None,
        }
    }

    /// Fails at a redirect to anything but `https`. Default: `http` and `https`, never another scheme.
    #[must_use]
    pub fn https_only(mut self) -> Self {
        self.https_only = true;
        self
    }

    /// Fails at a redirect from `https` to `http`. Default off: it is followed without credentials, as browsers do.
    #[must_use]
    pub fn refuse_downgrade(mut self) -> Self {
        self.refuse_downgrade = true;
        self
    }

    /// Sends the URL that redirected as `Referer`, without user name, password and fragment, and never from `https` to
    /// `http`. Default off: it tells one site about another, and few servers ask.
    #[must_use]
    pub fn referer(mut self) -> Self {
        self.referer = true;
        self
    }

    /// Keeps credentials and marked headers when the origin changes: curl's `--location-trusted`. Whoever can redirect
    /// then gets them. Default off.
    #[must_use]
    pub fn danger_keep_credentials(mut self) -> Self {
        self.keep_credentials = true;
        self
    }

    /// Keeps `POST` and its body at this status, one of 301, 302 and 303: curl's `--post301` and so on. Default: `GET`,
    /// as every browser does.
    ///
    /// # Panics
    /// For another status.
    #[must_use]
    pub fn keep_post(mut self, status: u16) -> Self {
        assert!((301..=303).contains(&status), "keep_post is for 301, 302 and 303, not {status}");
        self.keep_method[usize::from(status - 301)] = true;
        self
    }

    /// Asks `f` at each redirect that the other options allow. Default: it is followed.
    ///
    /// ```
    /// use maypole::client::{Decision, Redirects};
    /// let same_host = Redirects::limited(5).decide(|hop| {
    ///     if hop.next.url.host() == hop.from.host() { Decision::Follow } else { Decision::Stop }
    /// });
    /// ```
    #[must_use]
    pub fn decide(mut self, f: impl Fn(&mut Hop<'_>) -> Decision + Send + Sync + 'static) -> Self {
        self.decide = Some(Arc::new(f));
        self
    }

    /// Asks `f`, too, at each redirect that would be followed.
    pub(super) fn then(self, f: impl Fn(&mut Hop<'_>) -> Decision + Send + Sync + 'static) -> Self {
        let before = self.decide.clone();
        self.decide(move |hop| match before.as_ref().map_or(Decision::Follow, |before| before(hop)) {
            Decision::Follow => f(hop),
            otherwise => otherwise,
        })
    }
}

impl Default for Redirects {
    fn default() -> Self {
        Self::limited(10)
    }
}

impl fmt::Debug for Redirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirects")
            .field("limit", &self.limit)
            .field("https_only", &self.https_only)
            .field("refuse_downgrade", &self.refuse_downgrade)
            .field("referer", &self.referer)
            .field("decide", &self.decide.is_some())
            .finish_non_exhaustive()
    }
}
