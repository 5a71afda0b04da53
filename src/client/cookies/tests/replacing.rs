//! One cookie in place of another, and the ones that must stay.

use super::*;

const SAFE: &str = "https://www.example.com/a/b";
const PLAIN: &str = "http://www.example.com/a/b";

#[test]
fn sec_e3_http_leaves_secure_cookies_alone() {
    for (existing, new, refused) in [
        ("s=1; Secure; Path=/", "s=2; Path=/", true),
        ("s=1; Secure; Path=/", "s=2; Path=/a", true),
        ("s=1; Secure; Path=/", "s=; Max-Age=0; Path=/", true),
        ("s=1; Secure; Path=/; Domain=example.com", "s=2; Path=/", true),
        ("s=1; Secure; Path=/", "s=2; Path=/; Domain=example.com", true),
        ("s=1; Secure; Path=/", "S=2; Path=/", false),
        ("s=1; Secure; Path=/a", "s=2; Path=/", false),
        ("s=1; Path=/", "s=2; Path=/", false),
    ] {
        let mut jar = Clocked::default();
        jar.set(SAFE, existing).unwrap();
        assert_eq!(jar.set(PLAIN, new).err(), refused.then_some(Refused::LeaveSecureAlone), "{existing} {new}");
        assert_eq!(jar.set(PLAIN, "s=3; Secure").err(), Some(Refused::SecureOverHttp));
        assert!(jar.line("https://www.example.com/a").starts_with("s=1") || !refused, "{existing} {new}");
        jar.set(SAFE, new).unwrap();
    }
}

#[test]
fn sec_e3_a_secure_cookie_that_is_over_protects_nothing() {
    let mut jar = Clocked::default();
    jar.set(SAFE, "s=1; Secure; Path=/; Max-Age=5").unwrap();
    assert!(jar.at(4).set(PLAIN, "s=2; Path=/").is_err());
    assert!(jar.at(5).set(PLAIN, "s=2; Path=/").is_ok());
}

#[test]
fn name_domain_and_path_make_a_cookie() {
    let mut jar = Clocked::default();
    for line in
        ["a=1; Path=/", "a=2; Path=/a", "a=3; Path=/; Domain=www.example.com", "a=4; Path=/; Domain=example.com"]
    {
        jar.set(PLAIN, line).unwrap();
    }
    assert_eq!(jar.line(PLAIN), "a=2; a=1; a=3; a=4");
    jar.set(PLAIN, "a=5; Path=/; Domain=example.com").unwrap();
    assert_eq!(jar.line(PLAIN), "a=2; a=1; a=3; a=5");
    jar.set(PLAIN, "a=; Path=/; Max-Age=0").unwrap();
    assert_eq!(jar.line(PLAIN), "a=2; a=3; a=5");
    jar.set(PLAIN, "a=x; Path=/a; Expires=Thu, 01 Jan 1970 00:00:00 GMT").unwrap();
    assert_eq!((jar.line(PLAIN).as_str(), jar.len()), ("a=3; a=5", 2));
    jar.set(PLAIN, "none=; Max-Age=-1").unwrap();
    assert_eq!(jar.len(), 2);
}
