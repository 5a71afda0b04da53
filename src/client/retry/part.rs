//! Going on with a body that broke: what can be asked for, and whether the answer continues the same version.

use std::time::{Duration, SystemTime};

use crate::message::{Headers, Method};
use crate::wire::h1::{Head, content_length};

/// What is known of the representation whose body is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    validator: Validator,
    /// The answer's first byte within the representation.
    first: u64,
    /// The answer's last byte, if its length is known.
    last: Option<u64>,
    /// The length of the whole representation.
    total: Option<u64>,
    /// A part of it is only comparable in the same coding.
    coding: Option<Box<[u8]>>,
}

/// By what a server recognises the version.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Validator {
    Tag(Box<str>),
    Date(Box<str>),
}

/// How an answer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onward {
    /// Its body is what was missing, so many bytes.
    Here(u64),
    /// Its body is the same version from the start: so many bytes of it are known already.
    Behind(u64),
}

impl Known {
    /// Of an answer whose body could be continued, should it break.
    pub(super) fn of(method: &Method, head: &Head, wall: SystemTime) -> Option<Self> {
        let headers = &head.headers;
        let refuses = headers.has_token("accept-ranges", "none");
        if *method != Method::GET || refuses {
            return None;
        }
        let validator = Validator::of(headers, wall)?;
        let coding = headers.get_bytes("content-encoding").map(Box::from);
        let length = content_length(headers).ok().flatten().filter(|_| !headers.contains("transfer-encoding"));
        match head.status {
            200 => {
                let last = length.map(|length| length.checked_sub(1));
                // Nothing is missing of an empty body.
                let last = if let Some(last) = last { Some(last?) } else { None };
                Some(Self { validator, first: 0, last, total: length, coding })
            }
            206 => {
                let range = ContentRange::of(headers)?;
                Some(Self { validator, first: range.first, last: Some(range.last), total: range.total, coding })
            }
            _ => None,
        }
    }

    /// `Range` and `If-Range` that ask for what comes behind the first `received` bytes.
    pub(super) fn ask(&self, received: u64) -> Option<(String, &str)> {
        let from = self.first.checked_add(received)?;
        let range = match self.last {
            Some(last) if from > last => return None,
            // A 200 is asked for to its end, as it was at first; a part up to its own.
            Some(last) if self.total.is_none_or(|total| last < total - 1) => format!("bytes={from}-{last}"),
            _ => format!("bytes={from}-"),
        };
        let (Validator::Tag(text) | Validator::Date(text)) = &self.validator;
        Some((range, text))
    }

    /// Whether `head` goes on with the same version behind `received` bytes; else what speaks against it.
    ///
    /// RFC 9110 §14.4 and §15.3.7: a part says where it belongs, and carries the `ETag` that the whole would have had.
    pub(super) fn goes_on(&self, head: &Head, received: u64) -> Result<Onward, &'static str> {
        let headers = &head.headers;
        match head.status {
            206 => {
                self.is_same(headers, false)?;
                let range = ContentRange::of(headers).ok_or("it does not say which part it is")?;
                if Some(range.first) != self.first.checked_add(received) {
                    return Err("it starts at another byte than asked for");
                }
                if self.last.is_some_and(|last| last != range.last) || self.last.is_none() && !range.is_rest() {
                    return Err("it ends at another byte than asked for");
                }
                if matches!((self.total, range.total), (Some(before), Some(now)) if before != now) {
                    return Err("the length is another one now");
                }
                let length = range.last - range.first + 1;
                match content_length(headers) {
                    Ok(declared) if declared.is_none_or(|declared| declared == length) => Ok(Onward::Here(length)),
                    _ => Err("its length is not that of its range"),
                }
            }
            // The same strong tag is the same bytes (RFC 9110 §8.8.1); a date cannot promise that.
            200 if self.first == 0 && matches!(self.validator, Validator::Tag(_)) => {
                self.is_same(headers, true)?;
                let length = content_length(headers).ok().flatten();
                if matches!((self.total, length), (Some(before), Some(now)) if before != now) {
                    return Err("the length is another one now");
                }
                Ok(Onward::Behind(received))
            }
            200 => Err("it is another version, or the server has no parts"),
            412 | 416 => Err("the server has no such part any more"),
            _ => Err("the server answered with another status"),
        }
    }

    /// How many bytes the whole answer has, if that is known.
    pub(super) fn length(&self) -> Option<u64> {
        Some(self.last? - self.first + 1)
    }

    fn is_same(&self, headers: &Headers, whole: bool) -> Result<(), &'static str> {
        let same = match &self.validator {
            Validator::Tag(tag) => headers.get("etag") == Some(tag),
            // With `If-Range` the server has compared it, and need not repeat it.
            Validator::Date(date) => headers.get("last-modified").is_none_or(|now| now == &**date),
        };
        let coding = headers.get_bytes("content-encoding");
        // A part need not repeat its coding either; a whole body must be coded as the first one was.
        let same_coding = coding.is_none() && !whole || coding == self.coding.as_deref();
        if same && same_coding { Ok(()) } else { Err("it is another version") }
    }
}

impl Validator {
    /// RFC 9110 §13.1.5: only a strong validator may stand in `If-Range`. A date is one if it lay at least a second back
    /// when the answer was made (§8.8.2.2).
    fn of(headers: &Headers, wall: SystemTime) -> Option<Self> {
        if let Some(tag) = headers.get("etag") {
            let strong = tag.len() >= 2 && tag.starts_with('"') && tag.ends_with('"');
            return strong.then(|| Self::Tag(tag.into()));
        }
        let text = headers.get("last-modified")?;
        let modified = httpdate::parse_http_date(text).ok()?;
        let made = headers.get("date").map_or(Some(wall), |date| httpdate::parse_http_date(date).ok())?;
        let settled = made.duration_since(modified).is_ok_and(|age| age >= Duration::from_secs(1));
        settled.then(|| Self::Date(text.into()))
    }
}

/// `Content-Range: bytes 5-9/10`, or `…/*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ContentRange {
    first: u64,
    last: u64,
    total: Option<u64>,
}

impl ContentRange {
    fn of(headers: &Headers) -> Option<Self> {
        let mut lines = headers.get_all("content-range");
        let (unit, rest) = lines.next()?.split_once(' ')?;
        let (range, total) = rest.trim().split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let total = if total == "*" { None } else { Some(number(total)?) };
        let range = Self { first: number(first)?, last: number(last)?, total };
        // RFC 9110 §14.4: a recipient MUST NOT use a range that ends before it begins or behind its total.
        let valid = range.first <= range.last && range.last < i64::MAX as u64;
        let valid = valid && range.total.is_none_or(|total| range.last < total);
        (valid && unit.eq_ignore_ascii_case("bytes") && lines.next().is_none()).then_some(range)
    }

    /// Whether it goes to the end. A part may be shorter than asked for (RFC 9110 §15.3.7): without a total nobody knows.
    fn is_rest(self) -> bool {
        self.total.is_some_and(|total| self.last == total - 1)
    }
}

fn number(digits: &str) -> Option<u64> {
    // `parse` would take a plus sign.
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
