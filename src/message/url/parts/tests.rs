//! The quick walk against the parser.

use super::super::Url;
use super::*;
use crate::error::Result;

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
            let root = Url::parse(&format!("http://{}/", url.host_header())).unwrap();
            assert_eq!((url.to_root().as_str(), url.to_root().parts), (root.as_str(), root.parts), "{text}");
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

/// Texts from these pieces hold most of what a host, a port, a path and a query may be taken for.
const HOST: [&str; 36] = [
    "a",
    "b-",
    "h.test",
    "0",
    "1",
    "7f",
    "0x",
    "0X",
    "08",
    "255",
    "256",
    "127.1",
    "127.0.0.1",
    "1.2.3",
    "4294967295",
    ".",
    "..",
    "-",
    "--",
    "xn--",
    "ab--c",
    "_",
    "~",
    "%61",
    "A",
    "é",
    "ß",
    "\u{ad}",
    "\u{3002}",
    "[::1]",
    "[",
    "]",
    "@",
    "u:p@",
    " ",
    "\t",
];
const REST: [&str; 38] = [
    "a",
    "b.c",
    "/",
    "?",
    ":",
    "~",
    "!$&()*+,;=",
    "@",
    "//",
    ".",
    "..",
    "/./",
    "/../",
    "/.",
    "%2e",
    "%2E",
    "%zz",
    "%41",
    "%",
    "#",
    "\\",
    "'",
    "\"",
    "`",
    "{",
    "|",
    "^",
    "<",
    " ",
    "\t",
    "\n",
    "é",
    "[",
    "]",
    "\0",
    "\u{7f}",
    "B",
    "http://x/",
];

/// Always the same ones: xorshift64 (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }

    fn pieces(&mut self, most: usize, of: &[&'static str]) -> String {
        (0..self.below(most + 1)).map(|_| of[self.below(of.len())]).collect()
    }

    fn url(&mut self) -> String {
        let scheme = ["http://", "https://", "http://", "HTTP://", "http:/", "ftp://"][self.below(6)];
        let port = ["", "", ":", ":80", ":443", ":0", ":08", ":8080", ":65535", ":65536", ":+1"][self.below(11)];
        // Half of them may well be plain.
        let (hosts, rest) = if self.below(2) == 0 { (&HOST[..5], &REST[..8]) } else { (&HOST[..], &REST[..]) };
        let slash = if self.below(8) > 0 { "/" } else { "" };
        [scheme, &self.pieces(3, hosts), port, slash, &self.pieces(4, rest)].concat()
    }
}

/// What both have made of one text, which must be the same.
fn both(url: Result<Url>, parsed: Result<url::Url, url::ParseError>) -> Option<(Url, url::Url)> {
    let parsed = parsed.ok().filter(|parsed| matches!(parsed.scheme(), "http" | "https"));
    let is = url.as_ref().map(|url| (url.as_str(), url.parts)).ok();
    assert_eq!(is, parsed.as_ref().map(|parsed| (parsed.as_str(), Parts::of(parsed))));
    url.ok().zip(parsed)
}

#[test]
fn random_texts_and_references_are_what_the_parser_makes_of_them() {
    let (mut random, mut known, mut joined) = (Random(20_230_917), 0, 0);
    for _ in 0..if cfg!(debug_assertions) { 30_000 } else { 1_000_000 } {
        let text = random.url();
        known += usize::from(compared(&text));
        let plain = random.below(2) == 0;
        let reference = if plain { format!("/{}", random.pieces(4, &REST[..8])) } else { random.pieces(4, &REST) };
        if text.contains(['\n', '\0']) || reference.contains(['\n', '\0']) {
            continue;
        }
        let Some((url, parsed)) = both(Url::parse(&text), url::Url::parse(&text)) else { continue };
        if both(url.join(&reference), parsed.join(&reference)).is_some() {
            joined += usize::from(plain_target(&reference).is_some());
        }
    }
    assert!(known > 1000 && joined > 1000, "{known} {joined}");
}
