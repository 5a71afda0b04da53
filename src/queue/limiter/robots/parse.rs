//! From the text of a robots.txt to the rules for one crawler (RFC 9309 §2.2). Never fails: what is no line of it is left
//! out.

use std::time::Duration;

use super::rules::{Rule, Rules, normal};

/// Rules for one crawler.
#[derive(Default)]
struct Group {
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

/// `agent` is a product token such as `maypole`, in lower case. Groups that name it count, all of them together; without
/// one those for `*`; without those everything is allowed.
pub(super) fn parse(text: &[u8], agent: &str) -> Rules {
    let (mut own, mut all) = (Group::default(), Group::default());
    // Whether the group that is being read is for us, and for everybody; and whether more names may follow.
    let (mut is_own, mut is_all, mut naming, mut has_own) = (false, false, false, false);
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    for (number, line) in lines(text) {
        let Some((key, value)) = record(line) else { continue };
        if key.eq_ignore_ascii_case(b"user-agent") {
            if !naming {
                (is_own, is_all, naming) = (false, false, true);
            }
            is_all |= value.first() == Some(&b'*');
            is_own |= product_token(value).eq_ignore_ascii_case(agent.as_bytes());
            has_own |= is_own;
            continue;
        }
        let Some(member) = Member::of(key, value, number) else { continue };
        naming = false;
        let groups = [is_own.then_some(&mut own), is_all.then_some(&mut all)];
        groups.into_iter().flatten().for_each(|group| group.take(&member));
    }
    let group = if has_own { own } else { all };
    Rules::new(group.rules, group.crawl_delay)
}

/// A line that belongs to a group.
enum Member {
    Rule(Option<Rule>),
    CrawlDelay(Option<Duration>),
}

impl Member {
    fn of(key: &[u8], value: &[u8], number: u32) -> Option<Self> {
        let is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
        if is("allow") || is("disallow") {
            // An empty one stands for nothing, §2.2.2; it is how everything is allowed.
            let rule = (!value.is_empty()).then(|| Rule { allow: is("allow"), pattern: normal(value), line: number });
            return Some(Self::Rule(rule));
        }
        // No part of the RFC. It ends the list of names as rules do: in `User-agent: *`, `Crawl-delay: 10`,
        // `User-agent: BadBot`, `Disallow: /` the last line is not meant for everybody.
        is("crawl-delay").then(|| Self::CrawlDelay(seconds(value)))
    }
}

impl Group {
    fn take(&mut self, member: &Member) {
        match member {
            Member::Rule(rule) => self.rules.extend(rule.clone()),
            Member::CrawlDelay(delay) => self.crawl_delay = self.crawl_delay.max(*delay),
        }
    }
}

/// Lines, numbered from 1, by CR, LF or both.
fn lines(text: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut number = 0;
    let mut was_cr = false;
    text.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')).map(move |line| {
        // The LF of a CR LF is the empty end of the line before it.
        number += u32::from(!(was_cr && line == b"\n"));
        was_cr = line.ends_with(b"\r");
        (number, line)
    })
}

fn record(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = &line[..memchr::memchr(b'#', line).unwrap_or(line.len())];
    let colon = memchr::memchr(b':', line)?;
    Some((line[..colon].trim_ascii(), line[colon + 1..].trim_ascii()))
}

/// What a name begins with that may stand in one: `maypole` of `maypole/0.1`.
pub(super) fn product_token(name: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
    &name[..name.iter().position(|byte| !is_part(byte)).unwrap_or(name.len())]
}

fn seconds(value: &[u8]) -> Option<Duration> {
    let seconds: f64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(text: &str, agent: &str, path: &str) -> bool {
        parse(text.as_bytes(), agent).forbids(path).is_none()
    }

    #[test]
    fn groups_of_a_name_count_together_and_those_for_all_only_without_one() {
        let text = "User-agent: *\nDisallow: /\n\nUser-agent: MayPole/2.0\nDisallow: /a\n\nUser-agent: other\n\
                    User-agent: maypole\nDisallow: /b\n";
        for (agent, path, expected) in [
            ("maypole", "/a", false),
            ("maypole", "/b", false),
            ("maypole", "/c", true),
            ("other", "/a", true),
            ("other", "/b", false),
            ("third", "/c", false),
            ("may", "/c", false),
        ] {
            assert_eq!(allows(text, agent, path), expected, "{agent} {path}");
        }
        assert!(allows("User-agent: maypole\n\nUser-agent: x\nDisallow: /", "third", "/a"), "no group");
        assert!(
            allows("User-agent: *\nDisallow: /\nUser-agent: maypole\nDisallow:\n", "maypole", "/a"),
            "an empty one"
        );
    }

    #[test]
    fn what_is_no_line_is_left_out_and_other_records_do_not_end_a_list_of_names() {
        let text = "\u{FEFF}# hello\r\nuser-AGENT : maypole # me\rSitemap: http://a/map\nno colon\n\nUser-agent: x\r\n\
                    DISALLOW:/a # not there\nAllow: /a/b\n: \nDisallow\n";
        for (agent, path, expected) in [("maypole", "/a", false), ("x", "/a", false), ("x", "/a/b", true)] {
            assert_eq!(allows(text, agent, path), expected, "{agent} {path}");
        }
        assert!(allows("Disallow: /a\n", "maypole", "/a"), "a rule without a group");
    }

    #[test]
    fn q318_crawl_delay_is_a_number_of_seconds_of_ones_own_group() {
        let delay = |text: &str| parse(text.as_bytes(), "maypole").crawl_delay();
        let ms = |n| Some(Duration::from_millis(n));
        assert_eq!(delay("User-agent: *\nCrawl-delay: 2.5\n"), ms(2500));
        assert_eq!(delay("User-agent: *\nCrawl-delay: 9\nUser-agent: maypole\nCrawl-delay: 1"), ms(1000));
        assert_eq!(delay("User-agent: *\nCrawl-delay: 1\nCrawl-delay: 3"), ms(3000));
        for nonsense in ["", "x", "-1", "nan", "inf", "1e400"] {
            assert_eq!(delay(&format!("User-agent: *\nCrawl-delay: {nonsense}\n")), None, "{nonsense}");
        }
        assert!(allows("User-agent: *\nCrawl-delay: 10\nUser-agent: bad\nDisallow: /\n", "maypole", "/a"));
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let text = "User-agent: *\r\n\r\nDisallow: /a\rDisallow: /b\n\nDisallow: /c";
        let rules = parse(text.as_bytes(), "maypole");
        let line = |path: &str| rules.forbids(path).map(|rule| rule.line);
        assert_eq!((line("/a"), line("/b"), line("/c")), (Some(3), Some(4), Some(6)));
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        const ALPHABET: &[u8] = b"User-agent:*\n\rDisallowCrawl-delay /%2aA$#\xFF\xC3 ";
        let mut state = 1u64;
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..200)
                .map(|_| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    ALPHABET[(state >> 33) as usize % ALPHABET.len()]
                })
                .collect();
            let rules = parse(&[b"User-agent: *\nDisallow: ", &bytes[..]].concat(), "maypole");
            rules.forbids("/a/b?c");
        }
    }
}
