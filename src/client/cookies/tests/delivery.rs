//! Which cookies go where, in which order, and for how long.

use super::*;

#[test]
fn c222_domain_path_and_secure_decide() {
    let mut jar = Clocked::default();
    for (from, line) in [
        ("https://www.example.com/a/b", "host=1"),
        ("https://www.example.com/a/b", "all=1; Domain=example.com; Path=/"),
        ("https://www.example.com/a/b", "safe=1; Secure; Path=/"),
        ("https://www.example.com/a/b", "deep=1; Path=/a/b/c; HttpOnly"),
        ("http://example.com/", "bare=1"),
    ] {
        jar.set(from, line).unwrap();
    }
    for (to, expected) in [
        ("https://www.example.com/a", "host=1; all=1; safe=1"),
        ("https://www.example.com/a/b/c/d", "deep=1; host=1; all=1; safe=1"),
        ("https://www.example.com/ab", "all=1; safe=1"),
        ("http://www.example.com/a", "host=1; all=1"),
        // The port makes no difference (RFC 6265bis §8.5).
        ("http://www.example.com:8080/a", "host=1; all=1"),
        ("https://WWW.example.com/", "all=1; safe=1"),
        ("http://example.com/", "all=1; bare=1"),
        ("http://x.www.example.com/a", "all=1"),
        ("http://x.example.com/a", "all=1"),
        ("http://example.com./", ""),
        ("http://ample.com/", ""),
        ("http://notexample.com/", ""),
        ("http://com/", ""),
    ] {
        assert_eq!(jar.line(to), expected, "{to}");
    }
}

#[test]
fn the_longest_path_comes_first_and_then_the_oldest() {
    let mut jar = Clocked::default();
    let from = "http://h.example/a/b/c";
    for line in ["x=1; Path=/", "y=2; Path=/a/b", "z=3; Path=/a", "w=4; Path=/a", "x=5; Path=/a/b"] {
        jar.set(from, line).unwrap();
    }
    assert_eq!(jar.line(from), "y=2; x=5; z=3; w=4; x=1");
    jar.set(from, "z=6; Path=/a").unwrap();
    assert_eq!(jar.line(from), "y=2; x=5; z=6; w=4; x=1", "a new value keeps the place");
}

#[test]
fn sec_e7_a_cookie_goes_until_its_end_and_no_longer() {
    let mut jar = Clocked::default();
    let h = "http://h.example/";
    jar.set(h, "short=1; Max-Age=10").unwrap();
    jar.set(h, "long=1; Max-Age=99999999999999999999").unwrap();
    jar.set(h, "date=1; Expires=Sun, 09 Sep 2001 01:47:00 GMT").unwrap(); // 1,000,000,020
    jar.set(h, "session=1").unwrap();
    assert_eq!(jar.at(9).line(h), "short=1; long=1; date=1; session=1");
    assert_eq!(jar.at(10).line(h), "long=1; date=1; session=1");
    assert_eq!((jar.at(20).line(h).as_str(), jar.len()), ("long=1; session=1", 2));
    let year = 400 * 86_400;
    assert_eq!(jar.at(year - 1).line(h), "long=1; session=1");
    assert_eq!(jar.at(year).line(h), "session=1");
}

#[test]
fn nameless_cookies_go_out_without_an_equals_sign() {
    let mut jar = Clocked::default();
    jar.set("http://h.example/", "=v").unwrap();
    jar.set("http://h.example/", "a=").unwrap();
    jar.set("http://h.example/", "w").unwrap();
    assert_eq!(jar.line("http://h.example/"), "w; a=");
}

#[test]
fn addresses_are_hosts_of_their_own() {
    let mut jar = Clocked::default();
    jar.set("http://127.0.0.1/", "a=1; Domain=127.0.0.1").unwrap();
    jar.set("http://[::1]/", "b=1").unwrap();
    assert_eq!(jar.line("http://127.0.0.1:81/"), "a=1");
    assert_eq!(jar.line("http://[::1]/"), "b=1");
    assert_eq!(jar.line("http://0.0.0.1/"), "");
}
