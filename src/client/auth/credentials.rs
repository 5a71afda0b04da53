//! What one request shows, over all its hops and tries.

use std::sync::Arc;

use super::authenticate::{AuthContext, Authenticate, ask};
use super::decide::Last;
use super::login::Login;
use super::scheme::{Auth, Mode, Scheme};
use super::turn::{Turn, Who, wrong};
use crate::client::http_client::HttpClient;
use crate::client::policy::Policy;
use crate::deadline::Until;
use crate::error::Result;
use crate::message::{Headers, Request, Url};
use crate::net::{Proxy, Route};
use crate::rt::CancelToken;

/// How often a hook may answer for one URL: schemes with several rounds have two or three.
const ANSWERS: u32 = 3;

/// What one request may show and has shown so far; one for all its hops and tries.
#[derive(Clone)]
pub(in crate::client) struct Credentials {
    until: Until,
    token: Option<CancelToken>,
    /// User and password of a URL, for its origin: a relative redirect does not repeat them.
    of_url: Option<Box<(Url, Arc<Login>)>>,
    /// Whether the request began where the client's own credentials belong.
    at_home: Option<bool>,
    was_secure: bool,
    /// The lines are only looked up with.
    looks_up: bool,
    turn: Option<Box<Turn>>,
    /// The same for a proxy that forwards; one that tunnels is spoken to while connecting.
    proxy: Option<Box<(Proxy, Turn)>>,
}

impl Credentials {
    /// Hooks are asked within the request's own bounds.
    pub(in crate::client) fn within(until: Until, token: Option<CancelToken>) -> Self {
        Self { until, token, of_url: None, at_home: None, was_secure: false, looks_up: false, turn: None, proxy: None }
    }

    /// The `Authorization` line of the next try. `trusted`: the request has never left its first origin, so that the
    /// client's and the request's own credentials may go.
    pub(in crate::client) fn authorize(
        &mut self,
        client: &HttpClient,
        policy: &Policy,
        request: &Request,
        trusted: bool,
    ) -> Result<Option<String>> {
        self.was_secure |= request.url.is_secure();
        let is_bare = policy.auth.is_none() && policy.netrc.is_none() && self.of_url.is_none();
        if (is_bare && !request.url.has_userinfo()) || is_callers(client, request, trusted) {
            self.turn = None;
            return Ok(None);
        }
        self.value(client, policy, request, trusted)
    }

    /// The next lines are only looked up with: a nonce counts what is sent.
    pub(in crate::client) fn look_up(&mut self) {
        self.looks_up = true;
    }

    /// `lines` were only looked up with: the first try sends the same `Authorization`, but for a digest.
    pub(in crate::client) fn looked_up(&mut self, lines: &Headers) {
        self.looks_up = false;
        if let Some(turn) = self.turn.as_mut().filter(|turn| turn.shown.last != Last::Digest) {
            turn.ahead = Some(lines.get("Authorization").map(str::to_owned));
        }
    }

    /// Whether a hook is asked about a 401, which may make requests before it answers.
    pub(in crate::client) fn asks(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| matches!(turn.who, Who::Custom(_)))
    }

    /// The `Proxy-Authorization` line of the next try, where the request is handed to a proxy. `lines` are those that it
    /// has already: the caller's own wins.
    pub(in crate::client) fn authorize_proxy(
        &mut self,
        client: &HttpClient,
        route: Option<&Route>,
        request: &Request,
        lines: &Headers,
    ) -> Result<Option<String>> {
        let forwarding = route.filter(|route| route.forwards(request.url.is_secure()));
        let proxy = forwarding.and_then(|route| route.proxy.as_ref());
        let wanted = |proxy: &&Proxy| proxy.user_and_password().is_some() && !lines.contains("Proxy-Authorization");
        let Some(proxy) = proxy.filter(wanted) else {
            self.proxy = None;
            return Ok(None);
        };
        self.proxy_value(client, proxy, request)
    }

    #[inline(never)]
    fn proxy_value(&mut self, client: &HttpClient, proxy: &Proxy, request: &Request) -> Result<Option<String>> {
        let same = |kept: &(Proxy, Turn)| kept.0 == *proxy && kept.1.url.as_str() == request.url.as_str();
        let kept = self.proxy.take().filter(|kept| same(kept));
        let mut kept = kept.unwrap_or_else(|| Box::new((proxy.clone(), Turn::of_proxy(&request.url, proxy))));
        let value = match kept.1.who.clone() {
            // RFC 7616 §3.4: as in the request line, which is the whole URL (RFC 9112 §3.2.2).
            Who::Login(login, mode) => {
                let show = client.0.auth.counted();
                kept.1.login(show, &login, mode, request, &request.url.without_userinfo())?
            }
            _ => None,
        };
        self.proxy = Some(kept);
        Ok(value)
    }

    /// Whether a response asks for what can be shown, so that another try is worth it; any other status is noted.
    pub(in crate::client) fn answer(
        &mut self,
        client: &HttpClient,
        request: &Request,
        status: u16,
        headers: &Headers,
    ) -> Result<bool> {
        let store = &client.0.auth;
        if let Some(proxy) = &mut self.proxy {
            if status == 407 {
                return Ok(proxy.1.answer(store, request, headers));
            }
            proxy.1.accepted(store, headers);
        }
        let Some(mut turn) = self.turn.take() else { return Ok(false) };
        let again = match (&turn.who, status) {
            (Who::Custom(hook), 401) => {
                let hook = hook.clone();
                self.ask_again(&mut turn, &hook, request, headers)?
            }
            (Who::Login(..), 401) => turn.answer(store, request, headers),
            _ => {
                turn.accepted(store, headers);
                false
            }
        };
        self.turn = Some(turn);
        Ok(again)
    }

    // Outlined: few requests have any of this, and their stack should not pay for it.
    #[inline(never)]
    fn value(
        &mut self,
        client: &HttpClient,
        policy: &Policy,
        request: &Request,
        trusted: bool,
    ) -> Result<Option<String>> {
        let url = &request.url;
        let at_home =
            *self.at_home.get_or_insert_with(|| client.0.base.as_ref().is_none_or(|base| base.same_origin(url)));
        let mut turn = match self.turn.take().filter(|turn| turn.url.as_str() == url.as_str()) {
            Some(turn) => turn,
            None => Box::new(Turn::new(url, self.who(policy, url, trusted, at_home)?)),
        };
        if let Some(value) = turn.ahead.take() {
            self.turn = Some(turn);
            return Ok(value);
        }
        let value = match turn.who.clone() {
            Who::Nobody => None,
            Who::Value(value) => Some(value.to_string()),
            Who::Login(login, mode) => {
                let show = if self.looks_up { client.0.auth.uncounted() } else { client.0.auth.counted() };
                turn.login(show, &login, mode, request, &request.target())?
            }
            Who::Custom(hook) => {
                let value = match turn.given.clone() {
                    None => ask(&hook, self.context(&turn, request), None)?,
                    given => given,
                };
                turn.sent.clone_from(&value);
                value
            }
        };
        self.turn = Some(turn);
        Ok(value)
    }

    /// Whose credentials go to this URL: what stands nearest to the request wins.
    fn who(&mut self, policy: &Policy, url: &Url, trusted: bool, at_home: bool) -> Result<Who> {
        let auth = policy.auth.as_ref().filter(|auth| trusted && (at_home || auth.of_request));
        if policy.auth.as_ref().is_some_and(|auth| matches!(auth.scheme, Scheme::Off)) {
            return Ok(Who::Nobody);
        }
        if let Some(auth) = auth.filter(|auth| auth.of_request) {
            return of_auth(auth);
        }
        // What went over TLS once does not follow a redirect to where anybody can read it.
        let netrc = policy.netrc.as_deref().filter(|_| url.is_secure() || !self.was_secure);
        if let Some((user, password)) = url.credentials() {
            let listed = netrc.filter(|_| url.password().is_none());
            let listed = listed.and_then(|netrc| netrc.login(url.host(), Some(&user), trusted));
            let login = Arc::new(listed.unwrap_or_else(|| Login::new(user, password)));
            self.of_url = Some(Box::new((url.clone(), login)));
        }
        // Gone for good with the first hop elsewhere, as all that was given for one origin.
        self.of_url = self.of_url.take().filter(|known| trusted || known.0.same_origin(url));
        if let Some(known) = &self.of_url {
            return found(&known.1, "the user name or password of the URL");
        }
        if let Some(auth) = auth {
            return of_auth(auth);
        }
        match netrc.and_then(|netrc| netrc.login(url.host(), None, trusted)) {
            Some(login) => found(&Arc::new(login), "the netrc entry of the host"),
            None => Ok(Who::Nobody),
        }
    }

    #[inline(never)]
    fn ask_again(
        &self,
        turn: &mut Turn,
        hook: &Arc<dyn Authenticate>,
        request: &Request,
        headers: &Headers,
    ) -> Result<bool> {
        if turn.shown.answers >= ANSWERS {
            return Ok(false);
        }
        let value = ask(hook, self.context(turn, request), Some(turn.challenges(headers)))?;
        let fresh = value.filter(|value| turn.sent.as_ref() != Some(value));
        turn.shown.answers += 1;
        turn.given = fresh;
        Ok(turn.given.is_some())
    }

    fn context(&self, turn: &Turn, request: &Request) -> AuthContext {
        AuthContext {
            url: request.url.clone(),
            method: request.method.clone(),
            headers: request.headers.clone(),
            body: request.body.shared(),
            answers: turn.shown.answers,
            sent: turn.sent.clone(),
            until: self.until,
            token: self.token.clone(),
        }
    }
}

fn of_auth(auth: &Auth) -> Result<Who> {
    Ok(match &auth.scheme {
        Scheme::Off => Who::Nobody,
        Scheme::Login(login, mode) => Who::Login(login.clone(), *mode),
        Scheme::Value(value) => Who::Value(value.clone()),
        Scheme::Custom(hook) => Who::Custom(hook.clone()),
        Scheme::Wrong(rule) => return Err(wrong("auth", rule)),
    })
}

/// A login that nobody has checked yet.
fn found(login: &Arc<Login>, whose: &str) -> Result<Who> {
    match login.basic() {
        Ok(_) => Ok(Who::Login(login.clone(), Mode::Found)),
        Err(rule) => Err(wrong(whose, &rule)),
    }
}

/// Whether the caller sends a line of its own, or wants none.
fn is_callers(client: &HttpClient, request: &Request, trusted: bool) -> bool {
    let name = "Authorization";
    // A redirect to another origin removes the line, too.
    let removed = request.is_removed(name);
    request.headers.contains(name) || (trusted && removed) || (!removed && client.0.defaults.contains(name))
}
