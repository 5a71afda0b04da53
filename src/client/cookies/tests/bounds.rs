//! What servers cannot make a jar hold or send.

use super::*;

#[test]
fn sec_e4_ten_thousand_cookies() {
    let mut one_site = Clocked::default();
    for n in 0..10_000 {
        one_site.set(&format!("http://h{}.example.com/", n % 7), &format!("c{n}=1; Domain=example.com")).unwrap();
    }
    assert_eq!(one_site.len(), 180);
    assert_eq!(one_site.names()[0], "c9820", "the oldest went");

    let mut many = Clocked::default();
    for n in 0..10_000 {
        many.set(&format!("http://h{}.example/", n % 2_000), &format!("c{n}=1")).unwrap();
    }
    // The oldest sixteenth goes at once when there is one too many.
    let (held, names) = (many.len(), many.names());
    assert!((2_800..=3_000).contains(&held), "{held}");
    assert!((10_000 - held..10_000).map(|n| format!("c{n}")).eq(names));
}

#[test]
fn sec_e4_at_most_150_cookies_and_8190_bytes_are_sent() {
    let mut jar = Clocked::default();
    let h = "http://h.example/";
    for n in 0..180 {
        jar.set(h, &format!("n{n}=1")).unwrap();
    }
    assert_eq!(jar.line(h).split("; ").count(), 150);

    let mut jar = Clocked::default();
    jar.set(h, &format!("a={}", "v".repeat(4_000))).unwrap();
    jar.set(h, &format!("b={}", "v".repeat(4_000))).unwrap();
    jar.set(h, &format!("c={}", "v".repeat(4_000))).unwrap();
    jar.set(h, "d=1").unwrap();
    let line = jar.line(h);
    assert!("Cookie: ".len() + line.len() <= 8_190);
    let names: Vec<_> = line.split("; ").map(|pair| &pair[..1]).collect();
    assert_eq!(names, ["a", "b", "d"], "one that does not fit is left out, a smaller one still goes");
    jar.set(h, &format!("e={}", "v".repeat(8_190 - 8 - line.len() - 2 - 2))).unwrap();
    assert_eq!(jar.line(h).len(), 8_190 - 8);
}

#[test]
fn sec_e4_lines_of_one_response() {
    let (jar, url) = (CookieJar::new(), url("http://h.example/"));
    let lines: Vec<_> = (0..60).map(|n| format!("n{n}=1")).collect();
    jar.store(&url, &headers(&lines.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(jar.len(), 50);
    assert_eq!(jar.cookies()[49].name(), "n49");
}

#[test]
fn what_was_used_last_stays_and_what_is_over_goes_first() {
    let mut jar = Clocked::with(Caps { per_site: 3, total: 4, ..Caps::default() });
    let h = "http://h.example/";
    for line in ["a=1; Path=/x", "b=1; Path=/y", "c=1; Path=/z"] {
        jar.set(h, line).unwrap();
    }
    jar.line("http://h.example/x");
    jar.set(h, "d=1").unwrap();
    assert_eq!(jar.names(), ["a", "c", "d"], "b was used the longest ago");

    jar.set("http://i.example/", "i=1; Max-Age=5").unwrap();
    jar.at(5).set("http://j.example/", "j=1").unwrap();
    assert_eq!(jar.names(), ["a", "c", "d", "j"], "i was over");
    jar.set("http://k.example/", "k=1").unwrap();
    assert_eq!(jar.names(), ["a", "d", "j", "k"], "c was used the longest ago");
}

#[test]
fn sec_e3_plain_cookies_cannot_push_out_secure_ones_of_their_site() {
    let mut jar = Clocked::default();
    jar.set("https://www.example.com/", "login=1; Secure").unwrap();
    for n in 0..1_000 {
        jar.set("http://evil.example.com/", &format!("c{n}=1; Domain=example.com")).unwrap();
    }
    assert_eq!(jar.line("https://www.example.com/").split("; ").next(), Some("login=1"));
}

#[test]
fn a_jar_of_nothing_holds_nothing() {
    let jar = CookieJar::builder().max_cookies(0).build();
    let url = url("http://h.example/");
    jar.set(&url, "a=1").unwrap();
    assert_eq!((jar.len(), jar.header_for(&url)), (0, None));
    let none = CookieJar::builder().max_per_site(0).build();
    none.set(&url, "a=1").unwrap();
    assert!(none.is_empty());
    let mute = CookieJar::builder().max_sent(0).build();
    mute.set(&url, "a=1").unwrap();
    assert_eq!((mute.len(), mute.header_for(&url)), (1, None));
}
