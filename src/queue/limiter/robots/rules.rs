//! Which paths rules allow (RFC 9309 §2.2.2 and §2.2.3): the longest pattern that matches counts.

use std::fmt;
use std::time::Duration;

/// Most bytes of a pattern in an error.
const SHOWN: usize = 200;

#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) allow: bool,
    /// `*` stands for anything, `$` at the end for the end.
    pub(super) pattern: Box<[u8]>,
    /// Where it stands.
    pub(super) line: u32,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.allow { "Allow" } else { "Disallow" };
        // A site must not make each refusal half a megabyte long. All of it is ASCII.
        let shown = &self.pattern[..self.pattern.len().min(SHOWN)];
        let more = if shown.len() < self.pattern.len() { "…" } else { "" };
        write!(f, "`{name}: {}{more}`, line {}", String::from_utf8_lossy(shown), self.line)
    }
}

#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Longest first, and of the same length what allows: then the first that matches counts.
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

impl Rules {
    pub(super) fn new(mut rules: Vec<Rule>, crawl_delay: Option<Duration>) -> Self {
        rules.sort_by_key(|rule| (std::cmp::Reverse(rule.pattern.len()), !rule.allow));
        rules.shrink_to_fit();
        Self { rules, crawl_delay }
    }

    /// The rule that forbids it; `target` is path and query.
    pub(super) fn forbids(&self, target: &str) -> Option<&Rule> {
        let target = normal(target.as_bytes());
        self.rules.iter().find(|rule| matches(&rule.pattern, &target)).filter(|rule| !rule.allow)
    }

    pub(super) fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }

    /// Memory that it takes, about.
    pub(super) fn weight(&self) -> usize {
        self.rules.iter().map(|rule| size_of::<Rule>() + rule.pattern.len()).sum()
    }
}

/// Whether a target begins with the pattern, or is it up to the end with a `$`. What follows each `*` is looked for once,
/// at its first place: a later one would leave less for the rest.
fn matches(pattern: &[u8], target: &[u8]) -> bool {
    let (pattern, to_end) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = parts.next().and_then(|first| target.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !to_end || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if to_end && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = memchr::memmem::find(rest, part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

/// The one way to write it: escapes of unreserved characters are undone, the others in capitals, and what is not ASCII is
/// escaped (§2.2.2).
pub(super) fn normal(text: &[u8]) -> Box<[u8]> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'%', [high, low, behind @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = behind;
                let escaped = digit(*high) << 4 | digit(*low);
                if escaped.is_ascii_alphanumeric() || matches!(escaped, b'-' | b'.' | b'_' | b'~') {
                    out.push(escaped);
                } else {
                    out.extend([b'%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]);
                }
            }
            (0..=b' ' | 0x7F.., _) => out.extend(format!("%{byte:02X}").bytes()),
            _ => out.push(byte),
        }
    }
    out.into()
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => (hex | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, target: &str) -> bool {
        matches(&normal(pattern.as_bytes()), &normal(target.as_bytes()))
    }

    #[test]
    fn patterns() {
        for (pattern, target, expected) in [
            ("/", "/anything", true),
            ("/fish", "/fish", true),
            ("/fish", "/fishheads/yummy.html", true),
            ("/fish", "/fish.php?id=anything", true),
            ("/fish", "/Fish.asp", false),
            ("/fish", "/catfish", false),
            ("/fish*", "/fish", true),
            ("/fish/", "/fish", false),
            ("/fish/", "/fish/?id=1", true),
            ("/*.php", "/folder/filename.php?parameters", true),
            ("/*.php", "/windows.PHP", false),
            ("/*.php$", "/folder/filename.php", true),
            ("/*.php$", "/filename.php?parameters", false),
            ("/*.php$", "/a.php.php", true),
            ("/fish*.php", "/fishheads/catfish.php?x", true),
            ("/fish*.php", "/Fish.PHP", false),
            ("/a$", "/a", true),
            ("/a$", "/ab", false),
            ("/a$b", "/a$b", true),
            ("/*/b*c", "/a/b/b/x/c", true),
            ("/*aa*aa$", "/aaa", false),
            ("/*aa*aa$", "/aaaa", true),
            ("*", "/", true),
            ("$", "/", false),
            ("fish", "/fish", false),
        ] {
            assert_eq!(is_match(pattern, target), expected, "{pattern} {target}");
        }
    }

    #[test]
    fn escapes_are_compared_as_what_they_mean() {
        for (pattern, target, expected) in [
            ("/foo/bar?baz=http://foo.bar", "/foo/bar?baz=http://foo.bar", true),
            ("/foo/bar/\u{30C4}", "/foo/bar/%E3%83%84", true),
            ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84", true),
            ("/foo/bar/%62%61%7A", "/foo/bar/baz", true),
            ("/foo/bar/baz", "/foo/bar/%62%61%7a", true),
            ("/a%2Fb", "/a/b", false),
            ("/a%2ab", "/axb", false),
            ("/a%2ab", "/a%2Ab", true),
            ("/100%", "/100%", true),
        ] {
            assert_eq!(is_match(pattern, target), expected, "{pattern} {target}");
        }
    }

    #[test]
    fn the_longest_counts_and_of_two_as_long_what_allows() {
        let rule = |allow, pattern: &str, line| Rule { allow, pattern: normal(pattern.as_bytes()), line };
        let rules = Rules::new(
            vec![
                rule(false, "/x", 1),
                rule(true, "/x/page", 2),
                rule(false, "/*.html", 3),
                rule(false, "/x/page/private", 4),
                rule(true, "/y", 5),
                rule(false, "/y", 6),
            ],
            None,
        );
        let line = |target: &str| rules.forbids(target).map(|rule| rule.line);
        assert_eq!([line("/x/other"), line("/x/page"), line("/x/page.html")], [Some(1), None, None]);
        assert_eq!([line("/x/page/private"), line("/y"), line("/z"), line("/z.html")], [Some(4), None, None, Some(3)]);
    }

    #[test]
    fn hostile_patterns_cost_no_more_than_their_length() {
        let target = format!("/{}", "a".repeat(60_000));
        let pattern = format!("/{}b", "*a".repeat(250_000));
        assert!(!is_match(&pattern, &target));
    }
}
