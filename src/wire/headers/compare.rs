//! Lines brought together by name: equality and the merged form.

use std::borrow::Cow;

use super::Headers;

impl Headers {
    /// One item per name, values joined with `, ` in order (RFC 9110 §5.3); the name in the case of its first line.
    ///
    /// `Set-Cookie` is given line by line, as its values hold commas of their own, and `Cookie` joins with `; `.
    ///
    /// ```
    /// # use maypole::wire::Headers;
    /// let headers = Headers::try_from([("E", "d"), ("Set-Cookie", "a=1"), ("e", "f"), ("Set-Cookie", "b=2")])?;
    /// let merged: Vec<_> = headers.iter_merged().map(|(name, value)| (name, value.into_owned())).collect();
    /// assert_eq!(merged[0], ("E", b"d, f".to_vec()));
    /// assert_eq!(merged.len(), 3);
    /// # Ok::<(), maypole::wire::Violation>(())
    /// ```
    pub fn iter_merged(&self) -> impl Iterator<Item = (&str, Cow<'_, [u8]>)> {
        let mut merged: Vec<(usize, &str, Cow<'_, [u8]>)> = Vec::with_capacity(self.len());
        for (place, name, value) in self.by_name() {
            match merged.last_mut() {
                Some((_, first, joined)) if first.eq_ignore_ascii_case(name) && !is("Set-Cookie", name) => {
                    let joined = joined.to_mut();
                    joined.extend_from_slice(if is("Cookie", name) { b"; " } else { b", " });
                    joined.extend_from_slice(value);
                }
                _ => merged.push((place, name, Cow::Borrowed(value))),
            }
        }
        merged.sort_unstable_by_key(|(place, ..)| *place);
        merged.into_iter().map(|(_, name, value)| (name, value))
    }

    /// All lines with their places, equal names side by side and in order. Sorting keeps it from being quadratic.
    fn by_name(&self) -> Vec<(usize, &str, &[u8])> {
        let mut lines: Vec<_> = self.iter().enumerate().map(|(place, (name, value))| (place, name, value)).collect();
        let folded = |name: &str| name.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>();
        lines.sort_by_cached_key(|(place, name, _)| (folded(name), *place));
        lines
    }
}

/// The same names without regard to case, each with the same values in the same order. The order among different
/// names means nothing (RFC 9110 §5.3), so it is not compared.
impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.by_name().iter().zip(other.by_name()).all(|((_, name, value), (_, other_name, other_value))| {
                name.eq_ignore_ascii_case(other_name) && *value == other_value
            })
    }
}

impl Eq for Headers {}

fn is(known: &str, name: &str) -> bool {
    known.eq_ignore_ascii_case(name)
}
