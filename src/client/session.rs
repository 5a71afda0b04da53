//! Client, cookies, headers, credentials and base URL in one: what talks to one service as one user.

use std::ops::Deref;
use std::time::Duration;

use super::auth::Auth;
use super::builder::ClientBuilder;
use super::cookies::CookieJar;
use super::http_client::HttpClient;
use super::redirect::{Decision, Redirects};
use crate::error::Result;
use crate::message::{Headers, Method};

/// As `requests` and geventhttpclient's `Session` have it; a client's default is 10.
const REDIRECTS: u32 = 30;

/// A client that behaves as a user at a browser does: it keeps cookies, follows up to 30 redirects, and shows the same
/// headers and credentials with every request.
///
/// ```
/// # use maypole::client::{Inbound, Outbound, Transport};
/// # struct Site;
/// # impl Transport for Site {
/// #     fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
/// #         Inbound::new(200, [("Set-Cookie", "id=7")], request.headers.get("Cookie").unwrap_or("none").to_owned())
/// #     }
/// # }
/// use maypole::Session;
/// let session = Session::builder().base_url("http://127.0.0.1:8080/app/").default_header("Accept-Language", "de");
/// # let session = session.client(|client| client.transport(Site));
/// let session = session.build()?;
/// session.post("login").form([("name", "ada"), ("password", "…")]).send()?.error_for_status()?;
/// let page = session.get("account").send()?.text()?; // with the cookies of the login
/// # assert_eq!(page, "id=7");
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// It is an [`HttpClient`], with its verbs and everything else, by way of [`Deref`]; only the defaults differ:
///
/// | | `HttpClient` | `Session` | why |
/// |---|---|---|---|
/// | cookies | none | a jar of its own, [`cookie_jar`](HttpClient::cookie_jar) | that is what a session is |
/// | redirects | 10 | 30 | `requests`' and geventhttpclient's |
/// | the redirect of a `HEAD` | followed | returned | theirs, too: who asks for the head of a URL wants that one |
///
/// A status is never an error here either; [`error_for_status`](crate::Response::error_for_status) makes it one. Clones
/// are the same session, cookies included.
#[derive(Clone, Debug)]
pub struct Session(HttpClient);

impl Session {
    /// A session with every default.
    ///
    /// # Errors
    /// A proxy variable of the environment that is no proxy's URL.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// A session with options.
    pub fn builder() -> SessionBuilder {
        let redirects = Redirects::limited(REDIRECTS)
            .decide(|hop| if hop.next.method == Method::HEAD { Decision::Stop } else { Decision::Follow });
        SessionBuilder(HttpClient::builder().redirects(redirects).cookies(true))
    }
}

impl Deref for Session {
    type Target = HttpClient;

    fn deref(&self) -> &HttpClient {
        &self.0
    }
}

/// The session as the client that it is, with the same cookies and connections.
impl From<Session> for HttpClient {
    fn from(session: Session) -> Self {
        session.0
    }
}

/// Options of a [`Session`]; the rest of a client's are reached by [`client`](Self::client).
#[must_use = "nothing is built before `build`"]
pub struct SessionBuilder(ClientBuilder);

impl SessionBuilder {
    /// Resolves the URLs of requests against this one (RFC 3986 §5). Default none.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.client(|client| client.base_url(url))
    }

    /// Adds a header line to every request that does not set the same name itself. Default `User-Agent` alone.
    pub fn default_header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.client(|client| client.default_header(name, value))
    }

    /// Adds several default header lines. Default `User-Agent` alone.
    pub fn default_headers(self, headers: &Headers) -> Self {
        self.client(|client| client.default_headers(headers))
    }

    /// Keeps the cookies in this jar, which may be shared or loaded from a file. Default a jar of its own.
    pub fn cookie_jar(self, jar: CookieJar) -> Self {
        self.client(|client| client.cookie_jar(jar))
    }

    /// Shows who the requests are for, at the base URL's origin. Default nobody.
    pub fn auth(self, auth: Auth) -> Self {
        self.client(|client| client.auth(auth))
    }

    /// From `send()` to the last byte of the body. Default none.
    pub fn timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.client(|client| client.timeout(limit))
    }

    /// Sets any option of a client. Default: those of the table at [`Session`], and else a client's.
    ///
    /// ```
    /// use maypole::{Session, client::Retry};
    /// let session = Session::builder().client(|client| client.max_per_host(4).retry(Retry::standard())).build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn client(self, set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self(set(self.0))
    }

    /// The session.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`]: the first option that is wrong, by name.
    pub fn build(self) -> Result<Session> {
        self.0.build().map(Session)
    }
}
