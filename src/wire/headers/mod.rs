//! Header lines in one buffer, in order, in their own case.

mod compare;
mod text;

use std::sync::Arc;

use super::{Violation, grammar};

/// The header lines of a message: order, case and repetition as they are on the wire, lookup without regard to case.
///
/// ```
/// use maypole::wire::Headers;
///
/// let mut headers = Headers::try_from([("Accept", "text/html"), ("Cookie", "a=1")])?;
/// headers.append("accept", "text/plain")?;
/// assert_eq!(headers.get("ACCEPT"), Some("text/html"));
/// assert_eq!(headers.get_all("Accept").collect::<Vec<_>>(), ["text/html", "text/plain"]);
/// headers.set("accept", "*/*")?;
/// assert_eq!(headers.to_string(), "accept: */*\r\nCookie: a=1\r\n");
/// # Ok::<(), maypole::wire::Violation>(())
/// ```
///
/// Names are tokens and values hold no control character but HTAB, whoever sets them: what would end a line or a head
/// (RFC 9110 §5.5) is refused here, before anything is sent. Values are bytes, since real ones are not always UTF-8;
/// the methods that give `&str` pass over those that are not.
///
/// A head from the wire costs two allocations, whatever its number of lines: the bytes, copied at once, and the index.
/// `Debug` hides the values of `Authorization`, `Proxy-Authorization`, `Cookie`, `Set-Cookie` and of what a client was told
/// is sensitive; `Display` does not.
#[derive(Clone, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    lines: Vec<Line>,
    /// Length of the part at the front of `bytes` that is no line: a response keeps its reason phrase there.
    preamble: usize,
    /// Bytes that belonged to lines since removed.
    waste: usize,
    /// Names whose values are secrets of the caller's.
    secret: Option<Arc<[Box<str>]>>,
}

/// Where a line's name and value stand in the buffer.
#[derive(Clone, Copy)]
struct Line {
    name_at: usize,
    name_len: usize,
    value_at: usize,
    value_len: usize,
}

/// Below this many wasted bytes, rewriting the buffer costs more than it frees.
const WASTE_BYTES: usize = 1024;

impl Headers {
    /// No lines, and no allocation until the first.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), lines: Vec::new(), preamble: 0, waste: 0, secret: None }
    }

    /// No lines, and room for so many of so many bytes together.
    pub fn with_capacity(lines: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), lines: Vec::with_capacity(lines), ..Self::default() }
    }

    /// Lines from pairs: of an array, a `Vec`, a map, or any iterator.
    ///
    /// ```
    /// # use maypole::wire::Headers;
    /// let map = std::collections::BTreeMap::from([("Accept", "*/*"), ("X-Trace", "7")]);
    /// assert_eq!(Headers::from_pairs(&map)?.len(), 2);
    /// # Ok::<(), maypole::wire::Violation>(())
    /// ```
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, Violation>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.append(name.as_ref(), value)?;
        }
        Ok(headers)
    }

    /// The parsed fields of `block`, whose first `preamble` bytes are kept apart. `fields` must borrow from `block`.
    pub(super) fn from_block(block: &[u8], preamble: usize, fields: &[httparse::Header<'_>]) -> Self {
        let base = block.as_ptr().addr();
        let index = |field: &httparse::Header<'_>| Line {
            name_at: field.name.as_ptr().addr() - base,
            name_len: field.name.len(),
            value_at: field.value.as_ptr().addr() - base,
            value_len: field.value.len(),
        };
        Self { bytes: block.to_vec(), lines: fields.iter().map(index).collect(), preamble, waste: 0, secret: None }
    }

    /// These lines with bytes kept apart, as [`from_block`](Self::from_block) does.
    pub(super) fn with_preamble(&self, preamble: &[u8]) -> Self {
        let mut headers = Self::with_capacity(self.len(), preamble.len() + self.bytes.len());
        headers.bytes.extend_from_slice(preamble);
        headers.preamble = preamble.len();
        headers.extend(self);
        headers
    }

    /// The bytes that [`from_block`](Self::from_block) kept apart.
    pub(super) fn preamble(&self) -> &[u8] {
        &self.bytes[..self.preamble]
    }

    /// The number of lines; a name that stands twice counts twice.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The value of the first line with this name; `None` also when that value is not UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_bytes(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// The value of the first line with this name, as bytes.
    pub fn get_bytes(&self, name: &str) -> Option<&[u8]> {
        self.get_all_bytes(name).next()
    }

    /// The values of all lines with this name, in order; values that are not UTF-8 are passed over.
    #[doc(alias = "getheaders")]
    #[doc(alias = "getlist")]
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.get_all_bytes(name).filter_map(|value| str::from_utf8(value).ok())
    }

    /// The values of all lines with this name, in order, as bytes.
    pub fn get_all_bytes(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter(move |line| line.is_named(&self.bytes, name)).map(|line| line.value(&self.bytes))
    }

    /// Whether a line has this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get_bytes(name).is_some()
    }

    /// Whether the comma-separated lists of all lines with this name hold `token`, without regard to case, as in
    /// `Connection: keep-alive, Upgrade`.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        // Most heads have no such line, and a walk through lists costs ten times the look for one.
        self.contains(name)
            && self
                .get_all_bytes(name)
                .flat_map(grammar::list)
                .any(|member| member.eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Makes this the only line with its name, in the case given here and at the place of the first one it replaces.
    ///
    /// # Errors
    /// [`Rule::HeaderName`](super::Rule) and [`Rule::HeaderValue`](super::Rule); the headers are then unchanged.
    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Violation> {
        let line = self.write(name, value.as_ref())?;
        match self.lines.iter().position(|line| line.is_named(&self.bytes, name)) {
            None => self.lines.push(line),
            Some(first) => {
                let mut rest = self.lines.split_off(first);
                rest.retain(|line| !self.discards(*line, name));
                self.lines.push(line);
                self.lines.append(&mut rest);
                self.reclaim();
            }
        }
        Ok(())
    }

    /// Adds a line, whatever lines there are.
    ///
    /// # Errors
    /// [`Rule::HeaderName`](super::Rule) and [`Rule::HeaderValue`](super::Rule); the headers are then unchanged.
    pub fn append(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Violation> {
        let line = self.write(name, value.as_ref())?;
        self.lines.push(line);
        Ok(())
    }

    /// Removes all lines with this name and gives the value of the first.
    ///
    /// A name that is no token is never there, so removing it gives `None`.
    #[doc(alias = "discard")]
    pub fn remove(&mut self, name: &str) -> Option<Vec<u8>> {
        let first = self.get_bytes(name)?.to_vec();
        let mut lines = std::mem::take(&mut self.lines);
        lines.retain(|line| !self.discards(*line, name));
        self.lines = lines;
        self.reclaim();
        Some(first)
    }

    /// Removes all lines.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.bytes.truncate(self.preamble);
        self.waste = 0;
    }

    /// Appends all lines of `other`.
    pub fn extend(&mut self, other: &Headers) {
        self.lines.reserve(other.len());
        for (name, value) in other {
            let line = self.store(name.as_bytes(), value);
            self.lines.push(line);
        }
    }

    /// Lets `other` win: its lines replace all lines of the same names, the rest stays.
    pub fn merge(&mut self, other: &Headers) {
        for (name, _) in other {
            self.remove(name);
        }
        self.extend(other);
    }

    /// Every line in order: name in its own case, value as bytes.
    pub fn iter(&self) -> Iter<'_> {
        Iter { bytes: &self.bytes, lines: self.lines.iter() }
    }

    /// The same without the names' way to `&str`, for the writer of requests.
    pub(super) fn iter_bytes(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.lines.iter().map(|line| (line.name(&self.bytes), line.value(&self.bytes)))
    }

    fn write(&mut self, name: &str, value: &[u8]) -> Result<Line, Violation> {
        let value = grammar::trim(value);
        grammar::check_name(name.as_bytes())?;
        grammar::check_value(name.as_bytes(), value)?;
        Ok(self.store(name.as_bytes(), value))
    }

    fn store(&mut self, name: &[u8], value: &[u8]) -> Line {
        let name_at = self.bytes.len();
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        Line { name_at, name_len: name.len(), value_at: name_at + name.len(), value_len: value.len() }
    }

    /// Whether a line of `name` this is; if so, counts its bytes as waste.
    fn discards(&mut self, line: Line, name: &str) -> bool {
        let named = line.is_named(&self.bytes, name);
        self.waste += if named { line.name_len + line.value_len } else { 0 };
        named
    }

    /// Rewrites the buffer once more than half of it is waste, so that setting a header for ever stays bounded.
    fn reclaim(&mut self) {
        if self.waste < WASTE_BYTES || self.waste < self.bytes.len() / 2 {
            return;
        }
        let old = std::mem::take(self);
        self.bytes.extend_from_slice(old.preamble());
        self.preamble = old.preamble;
        self.extend(&old);
    }
}

impl Line {
    fn name<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.name_at..self.name_at + self.name_len]
    }

    fn value<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.value_at..self.value_at + self.value_len]
    }

    fn is_named(&self, bytes: &[u8], name: &str) -> bool {
        self.name_len == name.len() && self.name(bytes).eq_ignore_ascii_case(name.as_bytes())
    }
}

/// The lines of [`Headers`], in order.
#[derive(Clone)]
pub struct Iter<'a> {
    bytes: &'a [u8],
    lines: std::slice::Iter<'a, Line>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?;
        // Names are tokens, hence ASCII, however they came in.
        let name = str::from_utf8(line.name(self.bytes)).unwrap_or_default();
        Some((name, line.value(self.bytes)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.lines.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, &'a [u8]);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LEN: usize> TryFrom<[(N, V); LEN]> for Headers {
    type Error = Violation;

    fn try_from(pairs: [(N, V); LEN]) -> Result<Self, Violation> {
        Self::from_pairs(pairs)
    }
}
