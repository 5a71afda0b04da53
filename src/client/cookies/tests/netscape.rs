//! `cookies.txt`.

use super::*;

fn text(jar: &CookieJar) -> String {
    let mut out = Vec::new();
    jar.save_netscape(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn c225_sec_e6_the_text_format_keeps_all_that_it_has_a_place_for() {
    let (jar, h) = (CookieJar::new(), url("https://www.example.com/shop/cart"));
    for line in [
        "host=1",
        "all=2; Domain=example.com; Path=/; Secure; HttpOnly; Max-Age=3600",
        "empty=; Max-Age=60",
        "=nameless",
        "spaces= a \"b c\" ; HttpOnly",
        "tab=a\tb",
    ] {
        jar.set(&h, line).unwrap();
    }
    let written = text(&jar);
    assert!(written.starts_with("# Netscape HTTP Cookie File\n"));
    assert!(written.contains("\nwww.example.com\tFALSE\t/shop\tFALSE\t0\thost\t1\n"), "{written}");
    assert!(written.contains("\n#HttpOnly_.example.com\tTRUE\t/\tTRUE\t"), "{written}");
    let again = CookieJar::new();
    let loaded = again.load_netscape(written.as_bytes()).unwrap();
    assert_eq!((loaded.taken, loaded.expired, loaded.refused), (6, 0, 0));
    assert_eq!(again.cookies(), jar.cookies(), "and in the same order");
    assert_eq!(text(&again), written);
}

#[test]
fn what_others_write() {
    let file = "# HTTP Cookie File\r\n\r\n# a comment\r\n\
                .example.com\tTRUE\t/\tFALSE\t\tpython\tsession\r\n\
                example.com\tTRUE\t/\tfalse\t0\tnodot\t1\r\n\
                #HttpOnly_h.example\tFALSE\t/\tTRUE\t4102444800\tfar\t1\r\n\
                h.example\tFALSE\t/\tFALSE\t4102444800\tcut\r\n\
                127.0.0.1\tTRUE\t/\tFALSE\t0\taddress\t1\r\n\
                .co.uk\tTRUE\t/\tFALSE\t0\tsuffix\t1\r\n\
                H.Example\tFALSE\t/\tFALSE\t0\tcase\t1";
    let jar = CookieJar::new();
    let loaded = jar.load_netscape(file.as_bytes()).unwrap();
    assert_eq!((loaded.taken, loaded.expired, loaded.refused), (7, 0, 0));
    let line = |to: &str| jar.header_for(&url(to)).unwrap_or_default();
    assert_eq!(line("http://www.example.com/"), "python=session; nodot=1");
    assert_eq!(line("https://h.example/"), "far=1; cut=; case=1");
    assert_eq!(line("http://127.0.0.1/"), "address=1");
    assert_eq!(line("http://www.example.co.uk/"), "", "a suffix is for its own name alone");
    let far = jar.get(&url("https://h.example/"), "far").unwrap();
    assert!(far.is_http_only() && far.expires().unwrap() < SystemTime::now() + Duration::from_secs(401 * 86_400));
}

#[test]
fn expired_and_malformed_lines_are_counted() {
    let long = format!("h.example\tFALSE\t/\tFALSE\t0\tlong\t{}", "x".repeat(200_000));
    let file = [
        "h.example\tFALSE\t/\tFALSE\t1\told\t1",
        "h.example\tFALSE\t/\tFALSE\t-5\tolder\t1",
        "h.example\tFALSE\t/\tFALSE\t0\tgood\t1",
        "h.example FALSE / FALSE 0 blanks 1",
        "h.example\tFALSE\t/\tFALSE\t0",
        "h.example\tmaybe\t/\tFALSE\t0\ta\t1",
        "h.example\tFALSE\t/\tFALSE\tsoon\ta\t1",
        "h.example\tFALSE\t/\tFALSE\t99999999999999999999\ta\t1",
        "h.example\tFALSE\tx\tFALSE\t0\ta\t1",
        "\tFALSE\t/\tFALSE\t0\ta\t1",
        "h.example\tFALSE\t/\tFALSE\t0\t__Host-a\t1",
        "h.example\tFALSE\t/\tFALSE\t0\ta\t1; b=2",
        "h.example\tFALSE\t/\tFALSE\t0\ta\t1\x01",
        "com.\tTRUE\t/\tFALSE\t0\ta\t1",
        &long,
        "h.example\tFALSE\t/\tFALSE\t0\tlast\t1",
    ]
    .join("\n");
    let jar = CookieJar::new();
    let loaded = jar.load_netscape(file.as_bytes()).unwrap();
    assert_eq!((loaded.taken, loaded.expired, loaded.refused), (2, 2, 12));
    assert_eq!(jar.header_for(&url("https://h.example/")).as_deref(), Some("good=1; last=1"));

    let binary: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    assert_eq!(CookieJar::new().load_netscape(&binary[..]).unwrap().taken, 0);
    assert_eq!(CookieJar::new().load_netscape(&b""[..]).unwrap(), Loaded::default());
}

#[test]
fn a_reader_that_fails_leaves_the_jar_alone() {
    struct Broken(&'static [u8]);
    impl std::io::Read for Broken {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() { Err(std::io::Error::other("gone")) } else { self.0.read(out) }
        }
    }
    let jar = CookieJar::new();
    let broken = std::io::BufReader::new(Broken(b"h.example\tFALSE\t/\tFALSE\t0\ta\t1\n"));
    assert!(jar.load_netscape(broken).unwrap_err().to_string().contains("gone"));
    assert!(jar.is_empty());
}

#[test]
fn loading_replaces_what_is_there_and_keeps_the_rest() {
    let (jar, h) = (CookieJar::new(), url("http://h.example/"));
    jar.set(&h, "a=old").unwrap();
    jar.set(&h, "b=1").unwrap();
    jar.load_netscape(&b"h.example\tFALSE\t/\tFALSE\t0\ta\tnew\n"[..]).unwrap();
    assert_eq!(jar.header_for(&h).as_deref(), Some("a=new; b=1"));
}

#[test]
fn sec_e6_to_a_file_and_back_from_a_coroutine() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cookies.txt");
    let (jar, at) = (CookieJar::new(), path.clone());
    jar.set(&url("http://h.example/"), "a=1").unwrap();
    let again = CookieJar::new();
    let loaded = again.clone();
    crate::rt::spawn(move || {
        jar.save_netscape_to(&at).unwrap();
        assert_eq!(loaded.load_netscape_from(&at).unwrap().taken, 1);
    })
    .unwrap()
    .join()
    .unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
