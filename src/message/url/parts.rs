//! Where the parts of a URL begin and end.
//!
//! ```text
//!   https://user:password@host:port/path?query#fragment
//!                         │   │    │    │     │
//!                host_start   │    │    │     query_end
//!                      host_end    │    path_end
//!                                  path_start
//! ```

use std::net::Ipv4Addr;
use std::ops::Range;
use url::Position;

/// Offsets into the text of a URL. What is not there is empty, and has no delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    host_start: u32,
    host_end: u32,
    path_start: u32,
    path_end: u32,
    query_end: u32,
    pub(super) port: Option<u16>,
}

impl Parts {
    /// As the parser has found them. It refuses what is longer than 4 GiB.
    pub(super) fn of(url: &url::Url) -> Self {
        let at = |position: Position| url[..position].len() as u32;
        Self {
            host_start: at(Position::BeforeHost),
            host_end: at(Position::AfterHost),
            path_start: at(Position::BeforePath),
            path_end: at(Position::AfterPath),
            query_end: at(Position::AfterQuery),
            port: url.port(),
        }
    }

    /// The parts of a text that the parser would leave as it is, found without it: most of parsing is the host (IDNA, the
    /// number forms of IPv4), and 2,000 instructions become 300. `None` for all that could be read in more than one way,
    /// be it legal or not: a login, an escape in the path, a dot segment, a capital letter in the host.
    pub(super) fn of_plain(text: &str) -> Option<Self> {
        let (default_port, host_start) = if text.starts_with("https://") { (443, 8) } else { (80, 7) };
        if default_port == 80 && !text.starts_with("http://") {
            return None;
        }
        let authority = &text.as_bytes()[host_start..];
        let host_end = host_start + authority.iter().position(|byte| matches!(byte, b'/' | b':'))?;
        let (path_start, port) = match text[host_end..].strip_prefix(':') {
            Some(rest) => {
                let digits = rest.bytes().position(|byte| byte == b'/')?;
                let port = plain_port(&rest[..digits]).filter(|port| *port != default_port)?;
                (host_end + 1 + digits, Some(port))
            }
            None => (host_end, None),
        };
        let host = &text[host_start..host_end];
        let path_end = plain_target(&text[path_start..]).filter(|_| is_plain_host(host))?;
        let offset = |at: usize| u32::try_from(at).ok();
        Some(Self {
            host_start: offset(host_start)?,
            host_end: offset(host_end)?,
            path_start: offset(path_start)?,
            path_end: offset(path_start + path_end)?,
            query_end: offset(text.len())?,
            port,
        })
    }

    /// The same with another path and query, which [`plain_target`] has found to be plain.
    pub(super) fn with_target(self, path_end: usize, length: usize) -> Option<Self> {
        let offset = |at: usize| u32::try_from(self.path_start as usize + at).ok();
        Some(Self { path_end: offset(path_end)?, query_end: offset(length)?, ..self })
    }

    /// The same host and port behind another `host_start`, and a slash as the path, which is all that follows.
    pub(super) fn of_root(self, host_start: usize) -> Self {
        let host_start = host_start as u32;
        let moved = |at: u32| at - self.host_start + host_start;
        let end = moved(self.path_start) + 1;
        let (host_end, path_start) = (moved(self.host_end), moved(self.path_start));
        Self { host_start, host_end, path_start, path_end: end, query_end: end, port: self.port }
    }

    pub(super) fn host(&self) -> Range<usize> {
        self.host_start as usize..self.host_end as usize
    }

    pub(super) fn path(&self) -> Range<usize> {
        self.path_start as usize..self.path_end as usize
    }

    pub(super) fn query_end(&self) -> usize {
        self.query_end as usize
    }
}

/// Where the path of `target` ends, if the parser would change nothing about path and query and there is no fragment.
pub(super) fn plain_target(target: &str) -> Option<usize> {
    let bytes = target.as_bytes();
    let path_end = bytes.iter().position(|&byte| byte == b'?').unwrap_or(bytes.len());
    let (path, query) = bytes.split_at(path_end);
    // `.` and `..` are resolved, `%2e` too.
    let plain_path = path.iter().all(|&byte| IS_PLAIN[usize::from(byte)] && byte != b'%')
        && path.starts_with(b"/")
        && !path.windows(2).any(|two| two == b"/.");
    (plain_path && query.iter().all(|&byte| IS_PLAIN[usize::from(byte)])).then_some(path_end)
}

/// What may stand in a path and a query and is never escaped: unreserved, sub-delims but for the quote, and delimiters
/// (RFC 3986 §2).
const IS_PLAIN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'(' | b')' | b'*' | b'+' | b',')
            || matches!(byte as u8, b';' | b'=' | b':' | b'@' | b'/' | b'?' | b'%');
        byte += 1;
    }
    table
};

fn plain_port(port: &str) -> Option<u16> {
    port.starts_with(|first: char| matches!(first, '1'..='9')).then(|| port.parse().ok())?
}

/// A name in lower case without punycode, or an IPv4 address in its usual form. A name whose last label begins with a
/// digit could be another form of one.
fn is_plain_host(host: &str) -> bool {
    let plain_label = |label: &[u8]| {
        !label.is_empty()
            && !label.starts_with(b"xn--")
            && label.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let last = host.bytes().rposition(|byte| byte == b'.').map_or(0, |dot| dot + 1);
    match host.as_bytes().get(last) {
        Some(b'a'..=b'z') => host.as_bytes().split(|&byte| byte == b'.').all(plain_label),
        // Strict: four numbers without leading zeros.
        Some(b'0'..=b'9') => host.parse::<Ipv4Addr>().is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
