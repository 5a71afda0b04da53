//! What is kept of an answer beside its body.

use super::clock::Moment;
use super::digest::Digest;
use super::directives::Directives;
use crate::wire::h1::Head;

/// Head and times of an answer, and which requests it answers.
#[derive(Clone, Debug)]
pub(super) struct Meta {
    /// As received, without the lines that belonged to the connection.
    pub(super) head: Head,
    /// When its request was sent, or the one that validated it last.
    pub(super) asked: Moment,
    /// When it came, or was validated last.
    pub(super) came: Moment,
    /// The request lines that its `Vary` names, as they were.
    pub(super) variant: Digest,
}

impl Meta {
    /// A fresh answer. RFC 9111 §3.1: what belongs to one connection is not kept.
    pub(super) fn new(head: &Head, asked: Moment, came: Moment, variant: Digest) -> Self {
        let mut head = head.clone();
        for name in of_connection(&head) {
            head.headers.remove(&name);
        }
        Self { head, asked, came, variant }
    }

    pub(super) fn directives(&self) -> Directives {
        Directives::of(&self.head.headers)
    }

    /// The only value of a line that must stand once, as text.
    pub(super) fn line(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)
    }

    /// About how much memory it takes.
    pub(super) fn size(&self) -> u64 {
        const OVERHEAD: u64 = 256;
        const PER_LINE: u64 = 32;
        let lines = self.head.headers.iter().map(|(name, value)| (name.len() + value.len()) as u64 + PER_LINE);
        OVERHEAD + lines.sum::<u64>()
    }
}

/// The names of lines that say something about the connection (RFC 9110 §7.6.1, RFC 9111 §3.1).
pub(super) fn of_connection(head: &Head) -> Vec<String> {
    const KNOWN: [&str; 9] = [
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Transfer-Encoding",
        "Upgrade",
    ];
    // What the cache itself goes by stays, whatever a server lists: without its `Vary` an answer would be another one.
    const KEPT: [&str; 8] =
        ["Vary", "Cache-Control", "Expires", "Age", "Date", "ETag", "Last-Modified", "Content-Encoding"];
    let listed = head.headers.get_all("Connection").flat_map(|line| line.split(',')).map(str::trim);
    let listed = listed.filter(|name| !name.is_empty() && !KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(name)));
    KNOWN.into_iter().chain(listed).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Headers, Version};

    #[test]
    fn rfc9111_3_1_lines_of_the_connection_are_not_kept() {
        let lines = [
            ("Connection", "close, X-Hop, Vary"),
            ("X-Hop", "1"),
            ("Transfer-Encoding", "chunked"),
            ("Vary", "Accept"),
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
        ];
        let head = Head { version: Version::Http11, status: 200, headers: Headers::try_from(lines).unwrap() };
        let now = Moment::from_millis(0);
        let meta = Meta::new(&head, now, now, Digest::of([]));
        assert_eq!(meta.head.headers.to_string(), "Vary: Accept\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
    }
}
