//! The query as pairs. Pairs that are not touched keep the bytes that they were typed with.

use super::Url;
use crate::message::form::{self, Blank, Pair, Value};
use std::borrow::Cow;
use url::form_urlencoded;

impl Url {
    /// The first value of `name`, decoded.
    pub fn query_get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// All pairs in order, decoded: `+` and `%20` are a blank.
    pub fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.query().unwrap_or_default().as_bytes())
    }

    /// Adds a pair at the end; a list adds one pair for each item, `None` adds nothing. Blanks are sent as `%20`.
    ///
    /// ```
    /// use maypole::message::Url;
    /// let mut url = Url::parse("http://h/?a/b")?;
    /// url.query_append("path", "/");
    /// url.query_append("n", [1, 2]);
    /// assert_eq!(url.query(), Some("a/b&path=%2F&n=1&n=2"));
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    pub fn query_append(&mut self, name: &str, value: impl Value) {
        self.query_extend([(name, value)]);
    }

    /// Adds pairs at the end, see [`query_append`](Self::query_append).
    pub fn query_extend<P: Pair>(&mut self, pairs: impl IntoIterator<Item = P>) {
        let mut query = self.query().unwrap_or_default().to_owned();
        let before = query.len();
        form::encode_into(&mut query, pairs, Blank::Escaped);
        // Nothing added: `http://h/` must not become `http://h/?`.
        if query.len() > before {
            self.put_query(Some(&query));
        }
    }

    /// Replaces every pair called `name`; the new one stands where the first of them stood, else at the end. `None` and
    /// an empty list remove it.
    ///
    /// ```
    /// use maypole::message::Url;
    /// let mut url = Url::parse("http://h/?a=1&page=2&z=%7E&page=3")?;
    /// url.query_set("page", 4);
    /// assert_eq!(url.query(), Some("a=1&page=4&z=%7E"));
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    pub fn query_set(&mut self, name: &str, value: impl Value) {
        let old = self.query().unwrap_or_default();
        let is_it = |pair: &&str| form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| key == name);
        let mut fresh = String::new();
        form::encode_into(&mut fresh, [(name, value)], Blank::Escaped);
        let mut fresh = Some(fresh).filter(|fresh| !fresh.is_empty());
        let mut pairs: Vec<Cow<'_, str>> = Vec::new();
        for pair in old.split('&').filter(|pair| !pair.is_empty()) {
            if is_it(&pair) { pairs.extend(fresh.take().map(Cow::Owned)) } else { pairs.push(pair.into()) }
        }
        pairs.extend(fresh.map(Cow::Owned));
        let query = pairs.join("&");
        self.put_query(Some(query.as_str()).filter(|query| !query.is_empty()));
    }
}

// Escapes that are none stay as they are.
pub(super) fn unescape(text: &str) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| (*byte as char).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
