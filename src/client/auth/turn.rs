//! One URL, and the tries that it takes.

use std::sync::Arc;

use super::auth::Mode;
use super::authenticate::Authenticate;
use super::decide::{Last, Reply, Shown, reply};
use super::login::Login;
use super::store::{Known, Place, Store};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Request, Url};
use crate::wire::Violation;
use crate::wire::auth::{Challenge, Digest, challenges};

/// One URL, however many tries it takes.
pub(super) struct Turn {
    pub(super) url: Url,
    pub(super) who: Who,
    pub(super) shown: Shown,
    /// What the last try showed, if it came from a challenge.
    pub(super) known: Option<Known>,
    /// What answers the challenge.
    pub(super) answer: Option<Known>,
    /// A hook's answer.
    pub(super) given: Option<String>,
    pub(super) sent: Option<String>,
}

#[derive(Clone)]
pub(super) enum Who {
    Nobody,
    Login(Arc<Login>, Mode),
    Value(Arc<str>),
    Custom(Arc<dyn Authenticate>),
}

impl Turn {
    pub(super) fn new(url: &Url, who: Who) -> Self {
        let shown = Shown::default();
        Self { url: url.clone(), who, shown, known: None, answer: None, given: None, sent: None }
    }

    /// The value for a name and password: Basic, or a digest if a nonce is known.
    pub(super) fn login(
        &mut self,
        store: &Store,
        login: &Login,
        mode: Mode,
        request: &Request,
    ) -> Result<Option<String>> {
        let known = match mode {
            Mode::Basic => None,
            _ => store.show(&Place::new(&self.url, login.user()), cnonce)?.or_else(|| self.answer.clone()),
        };
        let body = request.body.as_bytes();
        let user = login.user_text();
        if let Some(Known::Digest(digest)) = &known
            && let Some(user) = user.filter(|_| body.is_some() || !digest.covers_body())
        {
            let mut digest = digest.clone();
            let (method, target) = (request.method.as_str(), request.target());
            let value = digest.answer(user, login.password(), method, &target, body, &cnonce()?);
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
        let Who::Login(login, mode) = &self.who else { return false };
        let place = Place::new(&self.url, login.user());
        let (has_body, has_name) = (request.body.as_bytes().is_some(), login.user_text().is_some());
        let possible = |digest: &Digest| has_name && (has_body || !digest.covers_body());
        let known = match reply(*mode, self.shown, &listed(headers), possible) {
            Reply::GiveUp => {
                if let Some(refused) = &self.known {
                    store.forget(&place, refused);
                }
                return false;
            }
            Reply::Basic => Known::Basic,
            Reply::Digest(digest) => Known::Digest(digest),
        };
        store.learn(&place, known.clone());
        self.shown.renewed = self.shown.answers > 0;
        self.shown.answers += 1;
        self.answer = Some(known);
        true
    }

    /// RFC 7616 §3.5: the server may name the next nonce, which spares the next request a round trip.
    pub(super) fn accepted(&self, store: &Store, headers: &Headers) {
        if let (Who::Login(login, _), Some(Known::Digest(digest))) = (&self.who, &self.known)
            && let Some(info) = headers.get("authentication-info")
        {
            store.renew(&Place::new(&self.url, login.user()), digest, info);
        }
    }
}

pub(super) fn wrong(what: &str, rule: &Violation) -> Error {
    Error::new(Kind::InvalidRequest, format!("{what}: {rule}")).with_phase(Phase::Build)
}

/// Bytes that are not UTF-8 are replaced: the scheme counts, even if the realm is in Latin-1.
pub(super) fn listed(headers: &Headers) -> Vec<Challenge> {
    let lines: Vec<_> = headers.get_all_bytes("www-authenticate").map(String::from_utf8_lossy).collect();
    challenges(lines.iter().map(|line| &**line))
}

/// 128 random bits, so that no two answers of anybody are alike (RFC 7616 §5.8).
fn cnonce() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(Kind::Io, "the system gives no random bytes").with_source(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
