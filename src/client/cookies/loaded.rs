//! What became of the cookies of a file.

use std::time::SystemTime;

use super::cookie::Cookie;
use super::jar::CookieJar;
use super::scope;

/// How many cookies of a file were taken; the numbers add up to what it held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// In the jar now, unless its bounds let others push them out.
    pub taken: usize,
    /// Passed over, since their life was over.
    pub expired: usize,
    /// Passed over, since they could not be read or broke a rule.
    pub refused: usize,
}

/// One cookie of a file, as far as it could be read.
pub(super) enum Entry {
    Cookie(Cookie),
    Malformed,
}

impl CookieJar {
    pub(super) fn take_in(&self, entries: Vec<Entry>) -> Loaded {
        let (mut loaded, now) = (Loaded::default(), SystemTime::now());
        for entry in entries {
            let taken = match entry {
                Entry::Cookie(cookie) => self.put_loaded(narrowed(cookie), now),
                Entry::Malformed => None,
            };
            match taken {
                Some(true) => loaded.taken += 1,
                Some(false) => loaded.expired += 1,
                None => loaded.refused += 1,
            }
        }
        loaded
    }
}

/// Other programs know other suffix lists, or none: what may not be for all hosts below a name is for the name alone.
fn narrowed(mut cookie: Cookie) -> Cookie {
    cookie.domain = scope::bare(&cookie.domain).to_ascii_lowercase();
    cookie.host_only |= scope::is_address(&cookie.domain) || scope::is_public_suffix(&cookie.domain);
    cookie
}
