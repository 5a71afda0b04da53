//! What holds for every line, however odd: lines put together at random from the parts that matter.

use super::*;
use crate::client::cookies::accept::check;
use crate::client::cookies::scope;

/// Always the same numbers, so that what fails once fails again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn pick<'a>(&mut self, parts: &[&'a [u8]]) -> &'a [u8] {
        parts[self.roll(parts.len())]
    }

    fn line(&mut self, parts: &[&[u8]], most: usize) -> Vec<u8> {
        (0..self.roll(most)).flat_map(|_| self.pick(parts).to_vec()).collect()
    }
}

const PARTS: &[&[u8]] = &[
    b"=",
    b"=",
    b";",
    b"; ",
    b" ",
    b"\t",
    b"\"",
    b",",
    b"a",
    b"session",
    b"__Host-",
    b"__secure-",
    b"\xC3\xA4",
    b"\xFF",
    b"\0",
    b"\x7F",
    b"Domain=",
    b"domain=.",
    b"example.com",
    b"www.example.com",
    b"com",
    b"co.uk",
    b".",
    b"..",
    b"127.0.0.1",
    b"[::1]",
    b"localhost",
    b"github.io",
    b"Path=",
    b"/",
    b"/a",
    b"/a/b",
    b"Secure",
    b"; Secure",
    b"HttpOnly",
    b"Max-Age=",
    b"-",
    b"0",
    b"1",
    b"99999999999999999999",
    b"Expires=",
    b"Fri, 01 Jan 2100 00:00:00 GMT",
    b"1-Feb-70 1:2:3",
    b":",
    b"SameSite=",
    b"None",
    b"Lax",
    b"TRUE",
    b"FALSE",
    b"#HttpOnly_",
    b"\n",
    b"\r\n",
];

const URLS: &[&str] = &[
    "http://www.example.com/",
    "https://www.example.com/a/b",
    "http://example.com/a",
    "https://a.b.co.uk/a/",
    "http://127.0.0.1/",
    "https://[::1]/a",
    "http://localhost/",
    "https://me.github.io/",
    "https://github.io/",
    "http://www.example.com./a",
];

#[test]
fn sec_e1_sec_e7_whatever_is_taken_keeps_the_rules() {
    let (mut dice, caps, now) = (Dice(7), Caps::default(), SystemTime::now());
    let urls: Vec<_> = URLS.iter().map(|text| url(text)).collect();
    let (jar, mut taken) = (CookieJar::new(), 0);
    for _ in 0..60_000 {
        let line = dice.line(PARTS, 16);
        let from = &urls[dice.roll(urls.len())];
        let place = Place::of(from, &caps);
        let Ok(cookie) = accept(&line, place, now, &caps) else { continue };
        taken += 1;
        let shown = String::from_utf8_lossy(&line);
        assert_eq!(check(&cookie, &caps), Ok(()), "{shown:?}");
        assert!(scope::domain_matches(place.host, cookie.domain()), "{shown:?} {cookie:?}");
        assert!(cookie.is_host_only() || !scope::is_public_suffix(cookie.domain()), "{shown:?} {cookie:?}");
        assert!(place.secure || !cookie.is_secure(), "{shown:?} {cookie:?}");
        assert!(cookie.expires().is_none_or(|end| end <= now + Duration::from_secs(400 * 86_400 + 1)), "{shown:?}");
        jar.store(from, &Headers::from_pairs([("Set-Cookie", &line[..])]).unwrap());
    }
    assert!(taken > 3_000, "{taken}");
    assert!(jar.len() > 100, "{}", jar.len());
    for to in &urls {
        let line = jar.header_for(to).unwrap_or_default();
        assert!(line.len() <= 8_190 && crate::wire::grammar::is_text(line.as_bytes()));
    }
    let mut text = Vec::new();
    jar.save_netscape(&mut text).unwrap();
    let again = CookieJar::new();
    let loaded = again.load_netscape(&text[..]).unwrap();
    assert_eq!((loaded.expired, loaded.refused), (0, 0));
    let kept = jar.cookies().into_iter().filter(|cookie| !format!("{}{}", cookie.name, cookie.path).contains('\t'));
    let plain = |cookie: Cookie| Cookie { same_site: None, ..cookie };
    assert!(kept.map(plain).eq(again.cookies()));
}

#[test]
fn no_file_makes_a_jar_panic_or_hold_what_it_must_not() {
    let (mut dice, caps) = (Dice(11), Caps::default());
    let parts: Vec<&[u8]> = PARTS.iter().copied().chain([&b"\t"[..]; 20]).collect();
    let jar = CookieJar::new();
    for _ in 0..3_000 {
        let text = dice.line(&parts, 200);
        jar.load_netscape(&text[..]).unwrap();
    }
    assert!(jar.cookies().iter().all(|cookie| check(cookie, &caps).is_ok()));
    for length in 0..2_000 {
        let parsed = super::super::date::parse(&dice.line(PARTS, 1 + length % 40));
        assert!(parsed.is_none_or(|date| date < SystemTime::UNIX_EPOCH + Duration::from_secs(300_000_000_000)));
    }
}
