//! URLs as they may stand in errors and logs: without user name and password.

use super::Url;
use std::borrow::Cow;
use std::fmt;

// Long enough to recognise a URL by, short enough for a line of a log.
const SHOWN: usize = 200;

impl Url {
    /// The text for errors and logs: without user name and password, and without the fragment, which is the client's own.
    ///
    /// ```
    /// use maypole::message::Url;
    /// let url = Url::parse("http://me:secret@h/p?q#f")?;
    /// assert_eq!(url.without_userinfo(), "http://h/p?q");
    /// assert_eq!(format!("{url:?}"), "Url(http://***@h/p?q#f)");
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    pub fn without_userinfo(&self) -> Cow<'_, str> {
        if !self.has_userinfo() {
            return Cow::Borrowed(&self.text[..self.parts.query_end()]);
        }
        let (scheme, rest) = self.around_userinfo();
        Cow::Owned([scheme, rest.split('#').next().unwrap_or(rest)].concat())
    }

    /// Removes user name and password, for a URL that is handed on, as in `Referer`.
    pub fn remove_userinfo(&mut self) {
        if self.has_userinfo() {
            self.set_credentials("", "");
        }
    }

    /// Whether there is a user name or a password.
    pub(crate) fn has_userinfo(&self) -> bool {
        !self.userinfo().is_empty()
    }

    fn around_userinfo(&self) -> (&str, &str) {
        (&self.text[..self.scheme().len() + "://".len()], &self.text[self.parts.host().start..])
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.around_userinfo();
        let hidden = if self.has_userinfo() { "***@" } else { "" };
        write!(f, "Url({scheme}{hidden}{rest})")
    }
}

// Nobody knows which part of a text that is not a URL is the password, so that everything before the last `@` goes.
pub(crate) fn unparsed(text: &str) -> String {
    let shown = match text.rsplit_once('@') {
        None => Cow::Borrowed(text),
        Some((before, after)) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://***@{after}").into(),
            None => format!("***@{after}").into(),
        },
    };
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown.into_owned(),
    }
}
