//! Replacing parts. What is not legal in its place is refused or escaped; the rest of the URL stays as it was.

use super::{Url, check_length, check_text, refused};
use crate::error::Result;
use crate::limits::Limits;

impl Url {
    /// Replaces the scheme, by `http` or `https`. A port that was the old scheme's default becomes the new one's.
    ///
    /// ```
    /// use maypole::Url;
    /// let mut url = Url::parse("http://h:8080/p")?;
    /// url.set_scheme("https")?;
    /// assert_eq!(url, "https://h:8080/p");
    /// assert!(url.set_scheme("ftp").is_err());
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`](crate::error::Kind::InvalidUrl) for any other; the URL is then unchanged.
    pub fn set_scheme(&mut self, scheme: &str) -> Result<()> {
        let known = ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known));
        let set = known.map(|known| self.change(|url| url.set_scheme(known)));
        if set == Some(Ok(Ok(()))) { Ok(()) } else { Err(refused(scheme, "the scheme must be http or https")) }
    }

    /// Replaces the host, and nothing else: an IPv6 address may come with or without brackets.
    ///
    /// ```
    /// use maypole::Url;
    /// let mut url = Url::parse("http://h:8080/p")?;
    /// url.set_host("::1")?;
    /// assert_eq!(url, "http://[::1]:8080/p");
    /// assert!(url.set_host("evil/path").is_err());
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`](crate::error::Kind::InvalidUrl) for what is no host; the URL is then unchanged.
    pub fn set_host(&mut self, host: &str) -> Result<()> {
        let checked = Self::from_parts(self.scheme(), host, None)?;
        let bracketed = &checked.text[checked.parts.host()];
        self.change(|url| url.set_host(Some(bracketed)))
            .and_then(|set| set)
            .map_err(|error| refused(host, &error.to_string()))
    }

    /// Replaces the port; `None`, and the scheme's default, take it away.
    ///
    /// ```
    /// use maypole::Url;
    /// let mut url = Url::parse("http://h/p")?;
    /// url.set_port(8080);
    /// assert_eq!(url, "http://h:8080/p");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn set_port(&mut self, port: impl Into<Option<u16>>) {
        // Fails only on URLs without a host, which this type never holds.
        let _ = self.change(|url| url.set_port(port.into()));
    }

    /// Replaces the path. What must not stand in one is escaped, `?` and `#` too; dot segments are resolved, and an empty
    /// path is `/`. Escapes that are there stay.
    ///
    /// ```
    /// use maypole::Url;
    /// let mut url = Url::parse("http://h/old?q=1")?;
    /// url.set_path("/new path/x?")?;
    /// assert_eq!(url, "http://h/new%20path/x%3F?q=1");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`](crate::error::Kind::InvalidUrl) for a line end or NUL; the URL is then unchanged.
    pub fn set_path(&mut self, path: &str) -> Result<()> {
        check_length(path, &Limits::default())?;
        check_text(path)?;
        self.change(|url| url.set_path(path)).map_err(|error| refused(path, &error.to_string()))
    }

    /// Replaces the query, which is written as it is but for blanks, quotes, `#` and what is not ASCII; `None` removes it.
    /// Names and values go through [`query_set`](Self::query_set).
    ///
    /// ```
    /// use maypole::Url;
    /// let mut url = Url::parse("http://h/p?old")?;
    /// url.set_query(Some("a=1&b=x y"))?;
    /// assert_eq!(url, "http://h/p?a=1&b=x%20y");
    /// url.set_query(None)?;
    /// assert_eq!(url, "http://h/p");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidUrl`](crate::error::Kind::InvalidUrl) for a line end or NUL; the URL is then unchanged.
    pub fn set_query(&mut self, query: Option<&str>) -> Result<()> {
        check_length(query.unwrap_or_default(), &Limits::default())?;
        check_text(query.unwrap_or_default())?;
        self.put_query(query);
        Ok(())
    }

    pub(super) fn put_query(&mut self, query: Option<&str>) {
        let _ = self.change(|url| url.set_query(query));
    }

    /// Replaces user name and password, which are escaped; two empty ones are none. A request to the URL shows them to its
    /// origin, unless it has credentials of another kind.
    ///
    /// ```
    /// use maypole::Url;
    /// let mut url = Url::parse("http://h/")?;
    /// url.set_credentials("ada", "p@ss");
    /// assert_eq!(url, "http://ada:p%40ss@h/");
    /// assert_eq!(url.credentials().unwrap().1, b"p@ss");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn set_credentials(&mut self, user: &str, password: &str) {
        // Both fail only on URLs without a host, which this type never holds.
        let _ = self.change(|url| {
            let _ = url.set_username(user);
            url.set_password(Some(password).filter(|password| !password.is_empty()))
        });
    }
}
