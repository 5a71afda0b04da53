//! `Auth`: how a request shows who it is for.

use std::fmt;
use std::sync::Arc;

use super::authenticate::Authenticate;
use super::login::Login;
use super::refresh::{Refreshing, Token};
use crate::error::Result;
use crate::wire::{Violation, auth::bearer};

/// How a request shows who it is for.
///
/// ```
/// use maypole::{HttpClient, client::Auth};
/// let client = HttpClient::builder().base_url("https://api.example/").auth(Auth::bearer("token")).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// | made by | is sent at once | answers a 401 |
/// |---|---|---|
/// | [`basic`](Self::basic) | the password | no |
/// | [`bearer`](Self::bearer) | the token | no |
/// | [`digest`](Self::digest) | a digest, once the origin has given a nonce | with a digest |
/// | [`any`](Self::any) | what that origin took last time | with the strongest that is offered |
/// | [`refreshing`](Self::refreshing) | the token | with a new token |
/// | [`custom`](Self::custom) | what your code says | what your code says |
///
/// It belongs to the origin (scheme, host and port) of the first URL of a request and is dropped for good where a
/// redirect leaves that. An `Authorization` header of the caller's wins over it. A challenge is answered once, and once
/// more where a Digest server says that its nonce was too old; then the 401 is the response. A body that cannot be sent
/// twice makes the 401 the response, too.
///
/// What was wrong with a name or token (a colon in the user name of Basic, a control character) is the error of
/// [`build`](crate::ClientBuilder::build) or [`send`](crate::RequestBuilder::send). NTLM and Negotiate are not built in:
/// they bind a login to a connection, which a shared pool cannot promise; [`custom`](Self::custom) can speak others.
#[derive(Clone)]
pub struct Auth {
    pub(super) scheme: Scheme,
    /// Set on the request, not on the client: it wins over the user name in the URL.
    pub(super) of_request: bool,
}

#[derive(Clone)]
pub(super) enum Scheme {
    /// `without_auth`.
    Off,
    Login(Arc<Login>, Mode),
    /// The whole header value.
    Value(Arc<str>),
    Custom(Arc<dyn Authenticate>),
    Wrong(Arc<Violation>),
}

/// With what a name and a password may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Basic,
    Digest,
    /// The strongest that is offered; nothing before that.
    Any,
    /// Basic at once, and Digest where that is refused: names of URLs and netrc files.
    Found,
}

impl Auth {
    /// User name and password with every request (RFC 7617): without TLS anybody on the way can read them.
    pub fn basic(user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        Self::login(Login::new(user, password), Mode::Basic)
    }

    /// A token with every request (RFC 6750).
    pub fn bearer(token: &str) -> Self {
        Self::of(match bearer(token) {
            Ok(value) => Scheme::Value(value.into()),
            Err(violation) => Scheme::Wrong(Arc::new(violation)),
        })
    }

    /// A proof of the password, never the password itself (RFC 7616): SHA-512-256, SHA-256 or MD5, each with `-sess`,
    /// `auth` and `auth-int`, hashed user names, and the form without `qop` of RFC 2069. The first request costs a
    /// second try; later ones use the nonce again until the server wants another.
    ///
    /// `auth-int` alone, which covers the body, is answered if the body lies in memory.
    pub fn digest(user: &str, password: &str) -> Self {
        Self::login(Login::new(user, password), Mode::Digest)
    }

    /// The strongest that the server offers: Digest by SHA-512-256, SHA-256, MD5, then Basic. Nothing is sent before
    /// it has offered something. curl's `--anyauth`.
    pub fn any(user: &str, password: &str) -> Self {
        Self::login(Login::new(user, password), Mode::Any)
    }

    /// Code of one's own.
    pub fn custom(authenticate: impl Authenticate) -> Self {
        Self::of(Scheme::Custom(Arc::new(authenticate)))
    }

    /// A bearer token that is fetched when there is none, when it is about to expire, and when the server refuses it.
    ///
    /// `fetch` gets the token that no longer counts, and may make requests. It runs on a coroutine of its own, one call
    /// at a time: when a hundred coroutines get a 401 together, one call is made and all hundred wait for it, each as
    /// long as its own deadline allows. Its error is that of every request that waited; the next request tries again.
    /// Clones share the token.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         let shown = request.headers.get("Authorization").unwrap_or("token");
    /// #         Inbound::new(200, [], shown.to_owned())
    /// #     }
    /// # }
    /// # let login = maypole::HttpClient::builder().transport(Site).build()?;
    /// use maypole::{HttpClient, client::{Auth, Token}};
    /// use std::time::Duration;
    /// let auth = Auth::refreshing(move |_old| {
    ///     let response = login.post("https://id.example/token").body("grant_type=client_credentials").send()?;
    ///     Ok(Token::new(response.error_for_status()?.text()?).expires_in(Duration::from_secs(3600)))
    /// });
    /// let client = HttpClient::builder().base_url("https://api.example/").auth(auth);
    /// # let client = client.transport(Site).build()?;
    /// # assert_eq!(client.get("/").send()?.text()?, "Bearer token");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn refreshing(fetch: impl Fn(Option<&str>) -> Result<Token> + Send + Sync + 'static) -> Self {
        Self::custom(Refreshing::new(fetch))
    }

    pub(super) fn off() -> Self {
        Self::of(Scheme::Off)
    }

    pub(super) fn login(login: Login, mode: Mode) -> Self {
        // A colon in the name is wrong for Basic alone, and `any` may become that.
        let checked = if mode == Mode::Digest { login.check() } else { login.basic().map(drop) };
        Self::of(match checked {
            Ok(()) => Scheme::Login(Arc::new(login), mode),
            Err(violation) => Scheme::Wrong(Arc::new(violation)),
        })
    }

    fn of(scheme: Scheme) -> Self {
        Self { scheme, of_request: false }
    }

    /// What is wrong with it, found before anything is sent.
    pub(super) fn checked(self) -> Result<Self, Violation> {
        match &self.scheme {
            Scheme::Wrong(violation) => Err(Violation::clone(violation)),
            _ => Ok(self),
        }
    }
}

/// The scheme alone.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.scheme {
            Scheme::Off => "Auth(off)",
            Scheme::Login(_, Mode::Basic) => "Auth(basic)",
            Scheme::Login(_, Mode::Digest) => "Auth(digest)",
            Scheme::Login(_, Mode::Any | Mode::Found) => "Auth(any)",
            Scheme::Value(_) => "Auth(bearer)",
            Scheme::Custom(_) => "Auth(custom)",
            Scheme::Wrong(_) => "Auth(invalid)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Rule;

    #[test]
    fn sec_a6_what_cannot_be_sent_is_known_at_once() {
        let rule = |auth: Auth| auth.checked().map(|_| ()).map_err(|violation| violation.rule());
        assert_eq!(rule(Auth::basic("a:b", "p")), Err(Rule::BasicUser));
        assert_eq!(rule(Auth::any("a:b", "p")), Err(Rule::BasicUser));
        assert_eq!(rule(Auth::digest("a:b", "p")), Ok(()));
        assert_eq!(rule(Auth::digest("a", "p\n")), Err(Rule::Credentials));
        assert_eq!(rule(Auth::basic("a\r\nX", "p")), Err(Rule::Credentials));
        assert_eq!(rule(Auth::bearer("a b")), Err(Rule::Bearer));
        assert_eq!(rule(Auth::bearer("a.b")), Ok(()));
    }

    #[test]
    fn sec_j6_debug_shows_the_scheme_alone() {
        let secrets = [
            Auth::basic("hunter1", "hunter2"),
            Auth::digest("hunter1", "hunter2"),
            Auth::any("hunter1", "hunter2"),
            Auth::bearer("hunter2"),
            Auth::bearer("hunter2\n"),
            Auth::off(),
        ];
        let shown = format!("{secrets:?}");
        assert_eq!(shown, "[Auth(basic), Auth(digest), Auth(any), Auth(bearer), Auth(invalid), Auth(off)]");
        assert_eq!(format!("{:?}", Login::new("hunter1", "hunter2")), "Login(hidden)");
    }
}
