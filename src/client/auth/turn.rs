//! One URL, and the tries that it takes.

use std::sync::Arc;

use super::authenticate::Authenticate;
use super::decide::{Last, Reply, Shown, reply};
use super::login::Login;
use super::scheme::Mode;
use super::store::{Known, Place, Show, Store};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Request, Url};
use crate::net::Proxy;
use crate::wire::Violation;
use crate::wire::auth::{Challenge, Digest, challenges};

/// One URL, however many tries it takes: what its origin is shown, or the proxy that it is handed to.
#[derive(Clone)]
pub(super) struct Turn {
    pub(super) url: Url,
    pub(super) who: Who,
    /// Where what is learnt belongs.
    place: Option<Place>,
    names: &'static Names,
    pub(super) shown: Shown,
    /// What the last try showed, if it came from a challenge.
    pub(super) known: Option<Known>,
    /// What answers the challenge.
    pub(super) answer: Option<Known>,
    /// A hook's answer.
    pub(super) given: Option<String>,
    pub(super) sent: Option<String>,
    /// What the cache has looked up with, for the first try to send: a hook is asked once.
    pub(super) ahead: Option<Option<String>>,
}

#[derive(Clone)]
pub(super) enum Who {
    Nobody,
    Login(Arc<Login>, Mode),
    Value(Arc<str>),
    Custom(Arc<dyn Authenticate>),
}

/// The headers of the two who may ask (RFC 9110 §11.6 and §11.7).
struct Names {
    asks: &'static str,
    notes: &'static str,
}

const ORIGIN: Names = Names { asks: "www-authenticate", notes: "authentication-info" };
const PROXY: Names = Names { asks: "proxy-authenticate", notes: "proxy-authentication-info" };

impl Turn {
    pub(super) fn new(url: &Url, who: Who) -> Self {
        let place = match &who {
            Who::Login(login, _) => Some(Place::new(url, login.user())),
            _ => None,
        };
        Self::at(url, who, place, &ORIGIN)
    }

    /// A proxy takes what it was configured with: the password at once, unless only a digest may be shown.
    pub(super) fn of_proxy(url: &Url, proxy: &Proxy) -> Self {
        let Some((user, password)) = proxy.user_and_password() else { return Self::at(url, Who::Nobody, None, &PROXY) };
        let mode = if proxy.authorization().is_some() { Mode::Found } else { Mode::Digest };
        let place = Some(Place::of_proxy(proxy, user));
        Self::at(url, Who::Login(Arc::new(Login::new(user, password)), mode), place, &PROXY)
    }

    fn at(url: &Url, who: Who, place: Option<Place>, names: &'static Names) -> Self {
        let shown = Shown::default();
        Self {
            url: url.clone(),
            who,
            place,
            names,
            shown,
            known: None,
            answer: None,
            given: None,
            sent: None,
            ahead: None,
        }
    }

    /// The value for a name and password: Basic, or a digest if a nonce is known.
    pub(super) fn login(
        &mut self,
        show: Show<'_>,
        login: &Login,
        mode: Mode,
        request: &Request,
        target: &str,
    ) -> Result<Option<String>> {
        let known = match &self.place {
            Some(place) if mode != Mode::Basic => show.known(place, cnonce)?.or_else(|| self.answer.clone()),
            _ => None,
        };
        let body = request.body.shared();
        let user = login.user_text();
        if let Some(Known::Digest(digest)) = &known
            && let Some(user) = user.filter(|_| body.is_some() || !digest.covers_body())
        {
            let mut digest = digest.clone();
            let method = request.method.as_str();
            let value = digest.answer(user, login.password(), method, target, body.as_deref(), &cnonce()?);
            (self.shown.last, self.known) = (Last::Digest, Some(Known::Digest(digest)));
            return Ok(Some(value));
        }
        if matches!(mode, Mode::Basic | Mode::Found) || known == Some(Known::Basic) {
            (self.shown.last, self.known) = (Last::Basic, known);
            return login.basic().map(Some).map_err(|rule| wrong("user name or password", &rule));
        }
        (self.shown.last, self.known) = (Last::Nothing, None);
        Ok(None)
    }

    pub(super) fn answer(&mut self, store: &Store, request: &Request, headers: &Headers) -> bool {
        let (Who::Login(login, mode), Some(place)) = (&self.who, &self.place) else { return false };
        let (has_body, has_name) = (request.body.shared().is_some(), login.user_text().is_some());
        let possible = |digest: &Digest| has_name && (has_body || !digest.covers_body());
        let known = match reply(*mode, self.shown, &self.challenges(headers), possible) {
            Reply::GiveUp => {
                if let Some(refused) = &self.known {
                    store.forget(place, refused);
                }
                return false;
            }
            Reply::Basic => Known::Basic,
            Reply::Digest(digest) => Known::Digest(digest),
        };
        store.learn(place, known.clone());
        self.shown.renewed = self.shown.answers > 0;
        self.shown.answers += 1;
        self.answer = Some(known);
        true
    }

    /// RFC 7616 §3.5: the server may name the next nonce, which spares the next request a round trip.
    pub(super) fn accepted(&self, store: &Store, headers: &Headers) {
        if let (Some(place), Some(Known::Digest(digest))) = (&self.place, &self.known)
            && let Some(info) = headers.get(self.names.notes)
        {
            store.renew(place, digest, info);
        }
    }

    /// Bytes that are not UTF-8 are replaced: the scheme counts, even if the realm is in Latin-1.
    pub(super) fn challenges(&self, headers: &Headers) -> Vec<Challenge> {
        let lines: Vec<_> = headers.get_all_bytes(self.names.asks).map(String::from_utf8_lossy).collect();
        challenges(lines.iter().map(|line| &**line))
    }
}

pub(super) fn wrong(what: &str, rule: &Violation) -> Error {
    Error::new(Kind::InvalidRequest, format!("{what}: {rule}")).with_phase(Phase::Build)
}

/// 128 random bits, so that no two answers of anybody are alike (RFC 7616 §5.8).
fn cnonce() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(Kind::Io, "the system gives no random bytes").with_source(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
