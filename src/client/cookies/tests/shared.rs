//! The handle: many owners, one set of cookies.

use super::*;
use crate::rt;

#[test]
fn c226_storing_at_the_same_time_loses_nothing_and_tears_nothing() {
    let jar = CookieJar::builder().max_cookies(100_000).max_per_site(100_000).max_sent(100_000).build();
    let value = |writer: usize| writer.to_string().repeat(50);
    let store = move |jar: &CookieJar, writer: usize| {
        let url = url(&format!("http://h{}.example.com/", writer % 4));
        for n in 0..50 {
            let line = format!("w{writer}n{n}={}; Domain=example.com", value(writer));
            let shared = format!("shared={}; Domain=example.com", value(writer));
            jar.store(&url, &headers(&[&line, &shared]));
            jar.header_for(&url).unwrap();
        }
    };
    let threads: Vec<_> = (0..8)
        .map(|writer| {
            let jar = jar.clone();
            std::thread::spawn(move || store(&jar, writer))
        })
        .collect();
    let coroutines: Vec<_> = (8..40)
        .map(|writer| {
            let jar = jar.clone();
            rt::spawn(move || store(&jar, writer)).unwrap()
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    coroutines.into_iter().for_each(|coroutine| coroutine.join().unwrap());
    assert_eq!(jar.len(), 40 * 50 + 1);
    for cookie in jar.cookies() {
        let owner = cookie.name().strip_prefix('w').and_then(|name| name.split('n').next()?.parse().ok());
        let whole = match owner {
            Some(writer) => cookie.value() == value(writer),
            None => (0..40).any(|writer| cookie.value() == value(writer)),
        };
        assert!(whole, "{} {}", cookie.name(), cookie.value());
    }
}

#[test]
fn get_remove_and_clear() {
    let (jar, h) = (CookieJar::new(), url("https://www.example.com/a/b"));
    assert!(jar.is_empty() && jar.header_for(&h).is_none());
    jar.set(&h, "a=1").unwrap();
    jar.set(&h, "a=2; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Strict; Max-Age=60").unwrap();
    jar.set(&h, "b=3; Path=/").unwrap();
    assert_eq!(jar.get(&h, "a").unwrap().value(), "1");
    let far = url("https://example.com/");
    let cookie = jar.get(&far, "a").unwrap();
    assert_eq!((cookie.value(), cookie.domain(), cookie.path()), ("2", "example.com", "/"));
    assert!(cookie.is_secure() && cookie.is_http_only() && !cookie.is_host_only());
    assert_eq!(cookie.same_site(), Some(SameSite::Strict));
    assert!(cookie.expires().unwrap() > SystemTime::now());
    assert!(jar.get(&url("http://example.com/"), "a").is_none() && jar.get(&h, "c").is_none());

    let same = jar.clone();
    assert_eq!((same.remove(&far, "a"), same.remove(&far, "a"), jar.len()), (1, 0, 2));
    jar.set(&h, "c=1; Max-Age=60").unwrap();
    jar.clear_session();
    assert_eq!(same.cookies().iter().map(Cookie::name).collect::<Vec<_>>(), ["c"]);
    jar.clear();
    assert!(same.is_empty());
}

#[test]
fn set_says_what_is_wrong_without_the_value() {
    let (jar, h) = (CookieJar::new(), url("http://me:pw@www.example.com/"));
    for (line, why) in [
        ("a=sesame; Secure", "Secure"),
        ("a=sesame; Domain=com", "public suffix"),
        ("a=sesame; Domain=other.com", "domain"),
        ("a=sesame\x01", "control character"),
        ("__Host-a=sesame", "__Host-"),
        ("", "neither"),
    ] {
        let error = jar.set(&h, line).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::InvalidRequest);
        let text = format!("{error} {error:?}");
        assert!(text.contains(why) && !text.contains("sesame") && !text.contains("pw@"), "{text}");
    }
    assert!(jar.is_empty());
}

#[test]
fn sec_j6_debug_hides_values() {
    let (jar, h) = (CookieJar::new(), url("http://h.example/"));
    jar.set(&h, "name=sesame").unwrap();
    let text = format!("{jar:?} {:?}", jar.cookies());
    assert!(text.contains("name") && !text.contains("sesame"), "{text}");
}

#[test]
fn c158_a_long_list_of_lines_with_expired_ones_among_them() {
    let lines: Vec<String> = (0..40)
        .map(|n| match n % 4 {
            0 => format!("n{n}=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/"),
            1 => format!("n{n}=1; Max-Age=0"),
            2 => format!("n{n}=1; Expires=Fri, 31-Dec-2099 23:59:59 GMT"),
            _ => format!("n{n}=1"),
        })
        .collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let jar = CookieJar::new();
    jar.store(&url("http://h.example/"), &headers(&lines));
    assert_eq!((jar.len(), jar.cookies().len()), (20, 20));
    assert_eq!(jar.header_for(&url("http://h.example/")).unwrap().split("; ").count(), 20);
}
