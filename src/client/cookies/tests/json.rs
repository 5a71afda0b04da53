//! JSON.

use super::*;
use crate::error::Kind;

#[test]
fn c225_sec_e6_json_keeps_everything() {
    let (jar, h) = (CookieJar::new(), url("https://www.example.com/shop/cart"));
    for line in [
        "host=1; SameSite=Lax",
        "all=2; Domain=example.com; Path=/; Secure; HttpOnly; Max-Age=3600; SameSite=None",
        "empty=; Max-Age=60; SameSite=Strict",
        "=nameless",
        "quote=\"a\\b\"",
        "tab\tname=a\tb",
        "ü=ö; Path=/ä",
    ] {
        jar.set(&h, line).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jar.json");
    jar.save_json_to(&path).unwrap();
    let again = CookieJar::new();
    let loaded = again.load_json_from(&path).unwrap();
    assert_eq!((loaded.taken, loaded.expired, loaded.refused), (7, 0, 0));
    assert_eq!(again.cookies(), jar.cookies());
    assert_eq!(again.header_for(&h), jar.header_for(&h), "also in the same order");
}

#[test]
fn expired_ones_are_skipped_and_bad_ones_refused() {
    let record = |name: &str, domain: &str, rest: &str| {
        format!(
            r#"{{"name":"{name}","value":"1","domain":"{domain}","host_only":false,"path":"/","secure":false,"http_only":false{rest}}}"#
        )
    };
    let records = [
        record("good", "Example.com", ""),
        record("newer", "example.com", r#","same_site":"Odd","more":[[1]]"#),
        record("old", "example.com", r#","expires":5"#),
        record("odd", "example.com", r#","expires":-9223372036854775808"#),
        record("far", "example.com", r#","expires":9223372036854775807"#),
        record("dot", "com.", ""),
        record("__Host-a", "example.com", ""),
        record("a=b", "example.com", ""),
        record("a", "example.com", r#","same_site":"None""#),
        record("a\\r\\nX: y", "example.com", ""),
    ];
    let text = format!(r#"{{"version":1,"cookies":[{}]}}"#, records.join(","));
    let jar = CookieJar::new();
    let loaded = jar.load_json(text.as_bytes()).unwrap();
    assert_eq!(loaded.refused + loaded.expired, 10 - loaded.taken);
    assert!(loaded.expired >= 1, "{loaded:?}");
    let line = jar.header_for(&url("http://www.example.com/")).unwrap();
    assert!(line.starts_with("good=1; newer=1"), "{line}");
    assert!(jar.cookies().iter().all(|cookie| {
        cookie.expires().is_none_or(|end| end < SystemTime::now() + Duration::from_secs(401 * 86_400))
    }));
}

#[test]
fn what_is_not_such_a_file_changes_nothing_and_shows_no_value() {
    let nested = format!(r#"{{"version":1,"more":{}"#, "[".repeat(100_000));
    for text in [
        "",
        "[]",
        "{}",
        "null",
        r#"{"version":2,"cookies":[]}"#,
        r#"{"version":1,"cookies":[{"name":"a"}]}"#,
        r#"{"version":1,"cookies":[{"name":"a","value":"v","domain":"h","path":"/","secure":"sesame"}]}"#,
        &nested,
    ] {
        let jar = CookieJar::new();
        let error = jar.load_json(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), Kind::Decode, "{error}");
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error:?}");
        assert!(jar.is_empty());
    }
    let missing = CookieJar::new().load_json_from("/nowhere/jar.json").unwrap_err();
    let source = std::error::Error::source(&missing).unwrap().downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn nested_fields_that_nobody_knows_are_read_over_in_a_coroutine() {
    let nested = format!(r#"{{"version":1,"more":{}{},"cookies":[]}}"#, "[".repeat(100), "]".repeat(100));
    let read = crate::rt::spawn(move || CookieJar::new().load_json(nested.as_bytes()).unwrap());
    assert_eq!(read.unwrap().join().unwrap(), Loaded::default());
}
