//! Heads and moments for the tables of tests.

use std::time::Duration;

use super::clock::Moment;
use super::digest::Digest;
use super::meta::Meta;
use crate::message::Headers;
use crate::wire::Version;
use crate::wire::h1::Head;

/// So many seconds after Sun, 06 Nov 1994 08:49:37 GMT.
pub(super) fn at(seconds: u64) -> Moment {
    Moment::parse("Sun, 06 Nov 1994 08:49:37 GMT").unwrap().plus(Duration::from_secs(seconds))
}

pub(super) fn headers(lines: &[(&str, &str)]) -> Headers {
    Headers::from_pairs(lines.iter().copied()).unwrap()
}

pub(super) fn head(status: u16, lines: &[(&str, &str)]) -> Head {
    Head { version: Version::Http11, status, headers: headers(lines) }
}

/// A 200 that was asked for and came at second 0.
pub(super) fn meta(lines: &[(&str, &str)]) -> Meta {
    Meta { head: head(200, lines), asked: at(0), came: at(0), variant: Digest::of([]) }
}
