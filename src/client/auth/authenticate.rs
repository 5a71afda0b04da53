//! The hook for a scheme of one's own.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::client::within::within;
use crate::deadline::Until;
use crate::error::Result;
use crate::message::{Headers, Method, Url};
use crate::rt::{self, CancelToken};
use crate::wire::auth::Challenge;

/// A scheme of one's own: what to send as `Authorization`, and what to do about a 401.
///
/// ```
/// use maypole::{HttpClient, Result, client::{Auth, AuthContext, Authenticate}};
///
/// struct Signed(String);
///
/// impl Authenticate for Signed {
///     fn authorize(&self, request: &AuthContext) -> Result<Option<String>> {
///         let signature = format!("{}-{}-{}", self.0, request.method(), request.url().request_target()); // a MAC, say
///         Ok(Some(format!("Signature {signature}")))
///     }
/// }
///
/// let client = HttpClient::builder().auth(Auth::custom(Signed("key".into()))).build()?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Both calls may make requests, sleep and lock. They run where there is room on the stack, within the deadline and the
/// cancel token of the request that they are for: requests that they make end with it. An error of theirs is the error of
/// that request. What they return is checked as every header value is.
pub trait Authenticate: Send + Sync + 'static {
    /// The value of `Authorization` for a try that is about to be sent; `None` sends none.
    ///
    /// # Errors
    /// Any; it is the error of the request.
    fn authorize(&self, request: &AuthContext) -> Result<Option<String>>;

    /// The server has answered 401, with these challenges if any: the value for another try, or `None` to give the 401
    /// to the caller. The value that was just refused counts as `None`, and a request asks three times at most. The
    /// value is used for all further tries of the same URL.
    ///
    /// # Errors
    /// Any; it is the error of the request.
    fn challenged(&self, request: &AuthContext, challenges: &[Challenge]) -> Result<Option<String>> {
        let _ = (request, challenges);
        Ok(None)
    }
}

/// The request that an [`Authenticate`] is asked about.
#[derive(Clone)]
pub struct AuthContext {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: Headers,
    pub(super) body: Option<Bytes>,
    pub(super) answers: u32,
    pub(super) sent: Option<String>,
    pub(super) until: Until,
    pub(super) token: Option<CancelToken>,
}

impl AuthContext {
    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Its method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The lines that the caller has set.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Its body, if it lies in memory.
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }

    /// How often a 401 has been answered for this URL.
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// The value that was refused.
    pub fn sent(&self) -> Option<&str> {
        self.sent.as_deref()
    }

    /// When the request must have ended.
    pub fn until(&self) -> Until {
        self.until
    }

    pub(super) fn token(&self) -> Option<&CancelToken> {
        self.token.as_ref()
    }
}

/// Without body and credentials.
impl fmt::Debug for AuthContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthContext")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}

/// Asks the hook, on a roomy stack and within the request's own bounds.
pub(super) fn ask(
    hook: &Arc<dyn Authenticate>,
    context: AuthContext,
    challenges: Option<Vec<Challenge>>,
) -> Result<Option<String>> {
    let hook = hook.clone();
    rt::roomy(move || {
        let asked = || match &challenges {
            Some(challenges) => hook.challenged(&context, challenges),
            None => hook.authorize(&context),
        };
        // Scopes do not come along to another coroutine by themselves.
        within(context.until, context.token.as_ref(), asked)
    })?
}
