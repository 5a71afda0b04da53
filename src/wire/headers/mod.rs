//! Header lines in one buffer, in order, in their own case.
//!
//! ```text
//!   preamble │ 4, 3, "Host" "a.b" │ 6, 3, "Accept" "*/*" │ …       lengths of name and value, then both
//! ```

mod compare;
mod text;

use std::sync::Arc;

use super::{Rule, Violation, grammar};

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
/// A head from the wire costs one allocation, whatever its number of lines.
/// `Debug` hides the values of `Authorization`, `Proxy-Authorization`, `Cookie`, `Set-Cookie` and of what a client was told
/// is sensitive; `Display` does not.
#[derive(Clone, Default)]
pub struct Headers {
    /// The preamble, then one record per line.
    bytes: Vec<u8>,
    lines: usize,
    /// Length of the part at the front of `bytes` that is no line: a response keeps its reason phrase there.
    preamble: usize,
    /// A bit for each name that was ever there; see [`mark`].
    marks: u64,
    /// Names whose values are secrets of the caller's.
    secret: Option<Arc<[Box<str>]>>,
}

/// What a line takes besides its name and its value: their lengths.
const LENGTHS: usize = size_of::<u64>();

impl Headers {
    /// No lines, and no allocation until the first.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), lines: 0, preamble: 0, marks: 0, secret: None }
    }

    /// No lines, and room for so many of so many bytes together.
    pub fn with_capacity(lines: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(lines * LENGTHS + bytes), ..Self::default() }
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

    /// Parsed fields of so many bytes together, with bytes kept apart.
    pub(super) fn from_parsed(preamble: &[u8], fields: &[httparse::Header<'_>], bytes: usize) -> Self {
        let mut headers = Self::with_capacity(fields.len(), preamble.len() + bytes);
        headers.bytes.extend_from_slice(preamble);
        headers.preamble = preamble.len();
        for field in fields {
            headers.store(field.name.as_bytes(), field.value);
        }
        headers
    }

    /// These lines with bytes kept apart, as [`from_parsed`](Self::from_parsed) does.
    pub(super) fn with_preamble(&self, preamble: &[u8]) -> Self {
        let mut headers = Self::from_parsed(preamble, &[], self.bytes.len());
        headers.extend(self);
        headers
    }

    /// The bytes that [`from_parsed`](Self::from_parsed) kept apart.
    pub(super) fn preamble(&self) -> &[u8] {
        &self.bytes[..self.preamble]
    }

    /// The number of lines; a name that stands twice counts twice.
    pub fn len(&self) -> usize {
        self.lines
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
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
        let may_be_there = self.marks & mark(name.as_bytes()) != 0;
        let records = if may_be_there { self.records() } else { &[] };
        Records(records).filter(move |line| is_named(*line, name)).map(|(_, value)| value)
    }

    /// Whether a line has this name.
    pub fn contains(&self, name: &str) -> bool {
        self.get_bytes(name).is_some()
    }

    /// Whether the comma-separated lists of all lines with this name hold `token`, without regard to case, as in
    /// `Connection: keep-alive, Upgrade`.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        let is_token = |member: &[u8]| member.eq_ignore_ascii_case(token.as_bytes());
        // Not flattened: that costs ten times the look for the line.
        self.get_all_bytes(name).any(|value| grammar::list(value).any(is_token))
    }

    /// Makes this the only line with its name, in the case given here and at the place of the first one it replaces.
    ///
    /// # Errors
    /// [`Rule::HeaderName`](super::Rule) and [`Rule::HeaderValue`](super::Rule); the headers are then unchanged.
    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Violation> {
        let value = checked(name, value.as_ref())?;
        let rest = self.split_off(name);
        self.store(name.as_bytes(), value);
        self.restore(&rest, name);
        Ok(())
    }

    /// Adds a line, whatever lines there are.
    ///
    /// # Errors
    /// [`Rule::HeaderName`](super::Rule) and [`Rule::HeaderValue`](super::Rule); the headers are then unchanged.
    pub fn append(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Violation> {
        let value = checked(name, value.as_ref())?;
        self.store(name.as_bytes(), value);
        Ok(())
    }

    /// Removes all lines with this name and gives the value of the first.
    ///
    /// A name that is no token is never there, so removing it gives `None`.
    #[doc(alias = "discard")]
    pub fn remove(&mut self, name: &str) -> Option<Vec<u8>> {
        let first = self.get_bytes(name)?.to_vec();
        let rest = self.split_off(name);
        self.restore(&rest, name);
        Some(first)
    }

    /// Removes all lines.
    pub fn clear(&mut self) {
        (self.lines, self.marks) = (0, 0);
        self.bytes.truncate(self.preamble);
    }

    /// Appends all lines of `other`.
    pub fn extend(&mut self, other: &Headers) {
        self.bytes.extend_from_slice(other.records());
        self.lines += other.lines;
        self.marks |= other.marks;
    }

    /// Appends those lines of `other` whose names are such.
    pub(crate) fn extend_where(&mut self, other: &Headers, which: impl Fn(&[u8]) -> bool) {
        for (name, value) in other.iter_bytes().filter(|(name, _)| which(name)) {
            self.store(name, value);
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
        Iter { records: Records(self.records()), left: self.lines }
    }

    /// The same without the names' way to `&str`, for the writer of requests.
    pub(super) fn iter_bytes(&self) -> Records<'_> {
        Records(self.records())
    }

    fn records(&self) -> &[u8] {
        &self.bytes[self.preamble..]
    }

    fn store(&mut self, name: &[u8], value: &[u8]) {
        // Neither is longer than 32 bits tell: `checked` and the limits of a head see to that.
        let lengths = (value.len() as u64) << 32 | name.len() as u64;
        self.bytes.reserve(LENGTHS + name.len() + value.len());
        self.bytes.extend_from_slice(&lengths.to_ne_bytes());
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        self.lines += 1;
        self.marks |= mark(name);
    }

    /// Takes out the first line of this name and all behind it; nothing if there is none.
    fn split_off(&mut self, name: &str) -> Vec<u8> {
        let mut records = self.iter_bytes();
        let (mut at, mut before) = (self.preamble, 0);
        while records.next().is_some_and(|line| !is_named(line, name)) {
            at = self.bytes.len() - records.0.len();
            before += 1;
        }
        self.lines = before;
        self.bytes.split_off(at)
    }

    /// Puts back the lines that [`split_off`](Self::split_off) has taken out, but for those of this name.
    fn restore(&mut self, rest: &[u8], but: &str) {
        for line in Records(rest).filter(|line| !is_named(*line, but)) {
            self.store(line.0, line.1);
        }
    }
}

/// One of 64 bits for a name, the same whatever its case. A request is a score of looks for lines that nearly always are
/// not there, and a walk over them for each is a tenth of its instructions. The names that are looked for and those that
/// servers send share no bit with this factor.
const fn mark(name: &[u8]) -> u64 {
    let first = if name.is_empty() { 0 } else { name[0] | 0x20 };
    1 << ((first as usize + 7 * name.len()) % 64)
}

fn is_named((name, _): (&[u8], &[u8]), wanted: &str) -> bool {
    grammar::is_same_name(name, wanted.as_bytes())
}

/// A value as it is stored, if that and its name are legal.
fn checked<'v>(name: &str, value: &'v [u8]) -> Result<&'v [u8], Violation> {
    let value = grammar::trim(value);
    grammar::check_name(name.as_bytes())?;
    grammar::check_value(name.as_bytes(), value)?;
    if name.len().max(value.len()) > u32::MAX as usize {
        return Err(Violation::with(Rule::HeaderValue, name.as_bytes()));
    }
    Ok(value)
}

/// Lines as they lie in the buffer.
#[derive(Clone)]
pub(super) struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (lengths, rest) = self.0.split_first_chunk()?;
        let lengths = u64::from_ne_bytes(*lengths);
        let (name, value) = (lengths as u32 as usize, (lengths >> 32) as usize);
        let (line, rest) = rest.split_at_checked(name + value)?;
        self.0 = rest;
        line.split_at_checked(name)
    }
}

/// The lines of [`Headers`], in order.
#[derive(Clone)]
pub struct Iter<'a> {
    records: Records<'a>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.records.next()?;
        self.left -= 1;
        // Names are tokens, hence ASCII, however they came in.
        Some((str::from_utf8(name).unwrap_or_default(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
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
