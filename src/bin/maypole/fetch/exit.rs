//! Exit codes: curl's, for what happened to a whole list.

use std::collections::BTreeMap;

use maypole::error::{Error, Kind, Phase};

/// The list for `--help`.
pub(super) const HELP: &str = "\
Exit codes, curl's:
  0 all fetched            23 results, files or state not written
  2 usage                  26 input not read
  3 malformed line or URL  28 timeout
  6 host name not found    47 too many redirects
  7 could not connect      56 could not receive
  9 robots.txt says no     60 certificate not trusted
  18 body cut short        63 over --max-body
  22 --fail, status >= 400 130 Ctrl-C
Those of `get` come, too.
Of several kinds of failure it is the most frequent one's. A run that ends by
--max-count, --max-time-total or --max-bytes did what it was told to.";

pub(super) const DONE: u8 = 0;
pub(super) const USAGE: u8 = 2;
pub(super) const MALFORMED: u8 = 3;
pub(super) const STATUS: u8 = 22;
pub(super) const WRITE: u8 = 23;
pub(super) const READ: u8 = 26;
/// curl's for servers that do not let one in.
const DENIED: u8 = 9;
const FILE_SIZE: u8 = 63;
pub(super) const INTERRUPTED: u8 = 130;

/// The code of one failed fetch.
pub(super) fn code(error: &Error) -> u8 {
    match (error.kind(), error.phase()) {
        (Kind::TooLarge, Some(Phase::Body | Phase::Decode)) => FILE_SIZE,
        (Kind::Status, _) => STATUS,
        // An address guard, which is another one who says no, has a phase.
        (Kind::Blocked, None) => DENIED,
        _ => crate::get::exit_code(error),
    }
}

/// How often which code came.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes(BTreeMap<u8, u64>);

impl Codes {
    pub(super) fn add(&mut self, code: u8) {
        self.add_many(code, 1);
    }

    pub(super) fn add_many(&mut self, code: u8, times: u64) {
        *self.0.entry(code).or_default() += times;
    }

    /// The most frequent one, of equals the lowest; 0 without any.
    pub(super) fn main(&self) -> u8 {
        self.0
            .iter()
            .rev()
            .filter(|(_, times)| **times > 0)
            .max_by_key(|(_, times)| **times)
            .map_or(DONE, |(code, _)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_failure_counts() {
        let of = |list: &[u8]| {
            let mut codes = Codes::default();
            list.iter().for_each(|&code| codes.add(code));
            codes.main()
        };
        assert_eq!([of(&[]), of(&[28]), of(&[28, 7, 28]), of(&[28, 7])], [0, 28, 28, 7]);
    }

    #[test]
    fn a_body_that_is_too_long_is_63_and_a_head_is_100() {
        let of = |phase| code(&Error::new(Kind::TooLarge, "x").with_phase(phase));
        assert_eq!((of(Phase::Body), of(Phase::Head)), (63, 100));
    }
}
