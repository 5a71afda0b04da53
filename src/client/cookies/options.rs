//! The options of cookies, for a client and for a request.

use super::CookieJar;
use super::line::one_off;
use crate::client::{ClientBuilder, HttpClient, RequestBuilder};

impl ClientBuilder {
    /// Keeps cookies in this jar and sends them back, on every hop and try; errors of status 400 and above count too. The
    /// jar can serve other clients at the same time. Default none: a client without a jar never sends a `Cookie` line of
    /// its own, since programs that call services want no state that they did not ask for.
    ///
    /// The last call of this and [`cookies`](Self::cookies) counts.
    ///
    /// ```
    /// use maypole::{CookieJar, HttpClient};
    /// let jar = CookieJar::new();
    /// let client = HttpClient::builder().cookie_jar(jar.clone()).build()?;
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn cookie_jar(mut self, jar: CookieJar) -> Self {
        self.policy.jar = Some(jar);
        self
    }

    /// Whether the client keeps cookies in a jar of its own, which [`HttpClient::cookie_jar`] shows. Default off.
    ///
    /// The last call of this and [`cookie_jar`](Self::cookie_jar) counts.
    pub fn cookies(mut self, on: bool) -> Self {
        self.policy.jar = on.then(CookieJar::new);
        self
    }
}

impl HttpClient {
    /// The jar that requests use unless they have another.
    pub fn cookie_jar(&self) -> Option<&CookieJar> {
        self.0.policy.jar.as_ref()
    }
}

impl<W> RequestBuilder<W> {
    /// Keeps this request's cookies in this jar, on every hop. Default the client's.
    pub fn cookie_jar(self, jar: CookieJar) -> Self {
        self.with_policy(|policy| policy.jar = Some(jar))
    }

    /// Neither sends cookies of the client's jar nor keeps what the answer sets. Default the client's jar, if it has one.
    pub fn without_cookie_jar(self) -> Self {
        self.with_policy(|policy| policy.jar = None)
    }

    /// Sends a cookie with this request, and with redirects as long as they stay on its origin; no jar keeps it. The same
    /// name again replaces it. Default none but those of the jar.
    ///
    /// A request has one `Cookie` line: what a `Cookie` header of the caller's holds, then these, then those of the jar. A
    /// name that stands in an earlier part is left out of the later ones.
    ///
    /// ```
    /// # let client = maypole::HttpClient::new()?;
    /// let request = client.get("http://127.0.0.1:8080/").cookie("theme", "dark").cookie("lang", "de");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`](crate::error::Kind::InvalidRequest) on sending, without a name, for a control character
    /// or a semicolon, or for an equals sign or a blank in the name. The value is sent as it is: what needs escaping is
    /// the server's choice.
    pub fn cookie(self, name: &str, value: &str) -> Self {
        self.with_checked_value(one_off(name, value), |policy, cookie| {
            policy.cookies.retain(|(name, _)| *name != cookie.0);
            policy.cookies.push(cookie);
        })
    }
}
