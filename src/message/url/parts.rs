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
mod tests {
    use super::super::Url;
    use super::*;

    const HOSTS: [&str; 34] = [
        "h",
        "a.b",
        "127.0.0.1",
        "0.0.0.0",
        "1.2.3",
        "0x7f.1",
        "127.0.0.01",
        "256.1.1.1",
        "1.2.3.4.",
        "a.1",
        "a.0x1",
        "1.a",
        "a.",
        ".a",
        "a..b",
        "-a-",
        "a--b",
        "ab--c",
        "xn--a",
        "xn--bcher-kva",
        "a.xn--",
        "H",
        "a_b",
        "[::1]",
        "[::1]:8",
        "é",
        "a%62",
        "u@h",
        "u:p@h",
        "@h",
        "h\\x",
        "a b",
        "h\u{ad}",
        "aa-.b",
    ];
    const PORTS: [&str; 12] = ["", ":", ":1", ":80", ":443", ":08", ":0", ":65535", ":65536", ":+1", ":8x", ":8:8"];

    /// What it knows is what the parser says, in each byte; and it does not know by chance.
    fn compared(text: &str) -> bool {
        let Some(parts) = Parts::of_plain(text) else { return false };
        let parsed = url::Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(parsed.as_str(), text);
        assert_eq!(Parts::of(&parsed), parts, "{text}");
        true
    }

    #[test]
    fn what_is_plain_is_what_the_parser_makes_of_it() {
        let mut known = 0;
        for scheme in ["http://", "https://", "HTTP://", "http:/", "http:///", "ftp://", "", "http:\\\\"] {
            for (host, port) in HOSTS.iter().flat_map(|host| PORTS.iter().map(move |port| (host, port))) {
                for target in
                    ["", "/", "/a/b.c", "/a?b=c/../d?e", "?q", "/?", "/#f", "/../x", "/a/./b", "/.a", "//x", "/\\x"]
                {
                    known += usize::from(compared(&format!("{scheme}{host}{port}{target}")));
                }
            }
        }
        assert!(known > 300, "{known}");
    }

    #[test]
    fn what_was_parsed_reads_again_as_the_same_in_each_part() {
        let logins = ["", "u@", "u:p@", ":p@", "u:@", ":@", "@", "a:b:c@", "a%40:@b@", "ü:ß@"];
        let ends = ["", "/", "/p?", "/p?#", "/p#", "?q", "#f", "/a?b?c#d#e", "/é?ü#ß", "/%zz?%#%", "/a'b?a'b#a`b"];
        for (login, host) in logins.iter().flat_map(|login| HOSTS.iter().map(move |host| (login, host))) {
            for end in ends {
                let text = format!("http://{login}{host}{end}");
                let (Ok(parsed), Ok(url)) = (url::Url::parse(&text), Url::parse(&text)) else { continue };
                assert_eq!(url.full(), Ok(parsed.clone()), "{text}");
                assert_eq!((url.as_str(), url.path()), (parsed.as_str(), parsed.path()));
                assert_eq!((url.query(), url.fragment()), (parsed.query(), parsed.fragment()), "{text}");
                assert_eq!((url.username(), url.password()), (parsed.username(), parsed.password()), "{text}");
                assert_eq!((url.scheme(), url.port()), (parsed.scheme(), parsed.port()), "{text}");
                assert_eq!(Some(&url.as_str()[url.parts.host()]), parsed.host_str(), "{text}");
                assert_eq!(url.join("/x?y").unwrap().as_str(), parsed.join("/x?y").unwrap().as_str(), "{text}");
            }
        }
    }

    #[test]
    fn each_byte_in_each_place_is_as_the_parser_says() {
        for byte in 0..=0x7Fu8 {
            let c = byte as char;
            for text in [
                format!("http://{c}h/"),
                format!("http://h{c}/"),
                format!("http://h{c}a/"),
                format!("http://h/{c}"),
                format!("http://h/a{c}b"),
                format!("http://h/{c}{c}x"),
                format!("http://h/?{c}"),
                format!("http://h/?a{c}b"),
                format!("http://h/{c}2e/x"),
                format!("http://h:1{c}/"),
                format!("{c}http://h/"),
                format!("http{c}://h/"),
                format!("http://h/%{c}"),
                format!("http://h/x{c}"),
                format!("http://1.1.1.{c}/"),
                format!("http://h/a/.{c}"),
            ] {
                compared(&text);
            }
        }
        assert!(compared("http://127.0.0.1:8080/a-b_c~d/e;f=g,h@i:(j)*k+l!$&.x?q=%zz&r=/?"));
    }
}
