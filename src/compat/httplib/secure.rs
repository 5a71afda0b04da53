//! The same inside TLS.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::connection::HttpConnection;
use super::error::Result;
use super::way::Way;
use crate::net::TlsConfig;

/// An [`HttpConnection`] inside TLS: `http.client.HTTPSConnection`. It has all of its methods, and code that takes an
/// `&mut HttpConnection` takes one of these.
///
/// The server's certificate and name are verified, against Mozilla's roots unless
/// [`set_tls_config`](Self::set_tls_config) says otherwise.
///
/// ```no_run
/// use maypole::compat::httplib::{HttpConnection, HttpsConnection, NO_HEADERS};
///
/// fn status(conn: &mut HttpConnection) -> maypole::compat::httplib::Result<u16> {
///     conn.request("GET", "/", (), NO_HEADERS)?;
///     Ok(conn.get_response()?.status())
/// }
/// let mut conn = HttpsConnection::new("example.com", None)?;
/// conn.set_timeout(std::time::Duration::from_secs(10));
/// assert_eq!(status(&mut conn)?, 200);
/// # Ok::<(), maypole::compat::httplib::Error>(())
/// ```
#[doc(alias = "HTTPSConnection")]
pub struct HttpsConnection(HttpConnection);

impl HttpsConnection {
    /// As [`HttpConnection::new`], with the default port 443.
    ///
    /// # Errors
    /// As [`HttpConnection::new`].
    pub fn new(host: &str, port: impl Into<Option<u16>>) -> Result<Self> {
        Way::new(host, port.into(), true).map(|way| Self(HttpConnection::on(way)))
    }

    /// Whom to trust and what to show: roots, client certificate, versions. Counts from the next connection on. Default
    /// [`TlsConfig::default`].
    #[doc(alias = "context")]
    pub fn set_tls_config(&mut self, config: TlsConfig) {
        self.0.way.tls = Some(config);
    }
}

impl Deref for HttpsConnection {
    type Target = HttpConnection;

    fn deref(&self) -> &HttpConnection {
        &self.0
    }
}

impl DerefMut for HttpsConnection {
    fn deref_mut(&mut self) -> &mut HttpConnection {
        &mut self.0
    }
}

/// For collections that hold both.
impl From<HttpsConnection> for HttpConnection {
    fn from(connection: HttpsConnection) -> Self {
        connection.0
    }
}

impl fmt::Debug for HttpsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
