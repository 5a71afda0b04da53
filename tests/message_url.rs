//! URLs: parsing, parts, joining, queries, hiding.

use maypole::error::Kind;
use maypole::limits::Limits;
use maypole::message::Url;
use std::time::{Duration, Instant};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn refused(text: &str) -> String {
    let error = Url::parse(text).expect_err(text);
    assert_eq!(error.kind(), Kind::InvalidUrl, "{text:?}: {error}");
    error.to_string()
}

#[test]
fn c2_c3_c14_c15_c17_c18_c19_targets_of_a_bound_client() {
    let base = Url::from_parts("http", "h", None).unwrap();
    let cases = [
        ("/tp/", "/tp/"),
        ("tp/", "/tp/"),
        ("http://h/tp/", "/tp/"),
        ("", "/"),
        ("?a=b", "/?a=b"),
        ("httpfoo/bar", "/httpfoo/bar"),
        ("http://h/p;x=1?q", "/p;x=1?q"),
        ("/p?q#frag", "/p?q"),
        ("#frag", "/"),
    ];
    for (reference, target) in cases {
        assert_eq!(base.join(reference).unwrap().request_target(), target, "{reference}");
    }
}

#[test]
fn c4_c16_same_origin() {
    let base = url("http://h");
    for same in ["http://h", "http://h:80/x", "http://H/x", "http://u:p@h/"] {
        assert!(base.same_origin(&url(same)), "{same}");
    }
    for other in ["http://other/", "https://h/", "http://h:81/", "https://h:80/", "http://h.x/"] {
        assert!(!base.same_origin(&url(other)), "{other}");
    }
}

#[test]
fn c5_c6_c7_c8_c9_host_header_of_a_bound_client() {
    let cases = [
        ("localhost", None, "localhost"),
        ("localhost", Some(1234), "localhost:1234"),
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", Some(1234), "127.0.0.1:1234"),
        ("::1", None, "[::1]"),
        ("::1", Some(1234), "[::1]:1234"),
        ("[::1]", None, "[::1]"),
        ("[::1]", Some(1234), "[::1]:1234"),
    ];
    for (host, port, header) in cases {
        let url = Url::from_parts("http", host, port).unwrap();
        assert_eq!((url.host_header(), url.request_target()), (header, "/"));
        assert_eq!(url.host(), host.trim_matches(['[', ']']));
    }
    for junk in ["", "h/x", "h@x", "h:1", "a b", "h?q", "h#f", "h\\x", "[::1]x", "h\r\nX: y", "::g", "%2F"] {
        assert_eq!(Url::from_parts("http", junk, None).unwrap_err().kind(), Kind::InvalidUrl, "{junk:?}");
    }
}

#[test]
fn c10_c11_c12_c13_ports() {
    let parts = |text| {
        let url = url(text);
        (url.host().to_owned(), url.port_or_default(), url.is_secure(), url.host_header().to_owned())
    };
    let is = |host: &str, port, secure, header: &str| (host.to_owned(), port, secure, header.to_owned());
    assert_eq!(parts("http://python.example"), is("python.example", 80, false, "python.example"));
    assert_eq!(parts("http://python.example:333"), is("python.example", 333, false, "python.example:333"));
    assert_eq!(parts("https://python.example"), is("python.example", 443, true, "python.example"));
    assert_eq!(parts("http://h:443/"), is("h", 443, false, "h:443"));
    assert_eq!(parts("https://h:80/"), is("h", 80, true, "h:80"));
    assert_eq!(parts("https://h:443/"), is("h", 443, true, "h"));
}

#[test]
fn c25_sec_a4_line_ends_and_nul_are_refused_and_their_escapes_stay() {
    for raw in ["http://h/a\rb", "http://h/a\nb", "http://h/\r\nX: y", "http://h\0/", "http://h/?a\0b", "http://h/\n"] {
        assert!(refused(raw).contains("line end or NUL"), "{raw:?}");
        assert!(url("http://h/").join(raw).is_err());
    }
    assert_eq!(url("http://h/a%0d%0ab?%0D%0A").request_target(), "/a%0d%0ab?%0D%0A");
}

#[test]
fn c26_blanks_and_non_ascii_are_escaped() {
    let target = url("http://h/ä b?ö\u{1} ü").request_target().to_owned();
    assert_eq!(target, "/%C3%A4%20b?%C3%B6%01%20%C3%BC");
}

#[test]
fn c170_c178_parts() {
    let url = url("http://getgauss.com/subdir/file.py?param=value&other=true#frag");
    assert_eq!(url.scheme(), "http");
    assert_eq!((url.host(), url.port(), url.port_or_default()), ("getgauss.com", None, 80));
    assert_eq!(url.path(), "/subdir/file.py");
    assert_eq!(url.query(), Some("param=value&other=true"));
    assert_eq!(url.fragment(), Some("frag"));
}

#[test]
fn c171_c179_relative_and_empty_urls_are_refused() {
    assert!(refused("/subdir/file.py").contains("http://"));
    assert!(refused("").contains("http://"));
    assert!(refused("http://").contains("empty host"));
    assert!(refused("localhost:8080/x").contains("scheme `localhost` is not supported"));
    for other in ["ftp://h/", "file:///etc/passwd", "data:x", "javascript:x", "ws://h/", "unix:/x"] {
        assert!(refused(other).contains("not supported"), "{other}");
    }
}

#[test]
fn c172_c173_c174_c175_c176_c355_query_parameters() {
    let with = |text, name, value: &dyn maypole::message::form::Value| {
        let mut url = url(text);
        url.query_append(name, value);
        url.to_string()
    };
    assert_eq!(with("http://h/p?a=1", "b", &"2"), "http://h/p?a=1&b=2");
    assert_eq!(with("http://h/p", "a/b", &"c/d"), "http://h/p?a%2Fb=c%2Fd");
    assert_eq!(with("http://h/p", "n", &7), "http://h/p?n=7");
    assert_eq!(with("http://h/p", "none", &None::<&str>), "http://h/p");
    assert_eq!(with("http://h/p", "k", &["x", "y"]), "http://h/p?k=x&k=y");
    assert_eq!(with("http://h/p?", "k", &"a b"), "http://h/p?k=a%20b");
    assert_eq!(with("http://h/?a/b", "path", &"/"), "http://h/?a/b&path=%2F");
    assert_eq!(with("http://h/", "q", &"é&=+%"), "http://h/?q=%C3%A9%26%3D%2B%25");
    assert_eq!(url("http://h/p?a b").request_target(), "/p?a%20b");
}

#[test]
fn c177_non_ascii_path() {
    let url = url("http://h/ы?ы#ы");
    assert_eq!((url.path(), url.request_target()), ("/%D1%8B", "/%D1%8B?%D1%8B"));
    assert_eq!(url.to_string(), "http://h/%D1%8B?%D1%8B#%D1%8B");
}

#[test]
fn c180_empty_path_is_a_slash() {
    assert_eq!(url("http://h").request_target(), "/");
    assert_eq!(url("http://h?q").request_target(), "/?q");
    assert_eq!(url("http://h").to_string(), "http://h/");
}

#[test]
fn c181_c187_the_printed_form_parses_to_the_same() {
    for text in ["http://u:p@h:1/a%2Fb?q=%zz#f", "https://[::1]:8/", "http://xn--bcher-kva.example/", "http://h/?"] {
        assert_eq!(url(url(text).as_str()), url(text));
    }
    assert_ne!(url("http://h/"), url("https://h/"));
}

#[test]
fn c182_c183_c184_c185_c186_c193_join() {
    let base = url("http://h:1/subdir/file.py?param=value#frag");
    let cases = [
        ("/test.html", "http://h:1/test.html"),
        ("test.html?key=val", "http://h:1/subdir/test.html?key=val"),
        ("folder/test.html?k=v", "http://h:1/subdir/folder/test.html?k=v"),
        ("../c.html", "http://h:1/c.html"),
        ("../../../c.html", "http://h:1/c.html"),
        ("./x/../y", "http://h:1/subdir/y"),
        ("?q=1", "http://h:1/subdir/file.py?q=1"),
        ("#f", "http://h:1/subdir/file.py?param=value#f"),
        ("", "http://h:1/subdir/file.py?param=value"),
        ("//other/x", "http://other/x"),
        ("https://new:2/y", "https://new:2/y"),
    ];
    for (reference, result) in cases {
        assert_eq!(base.join(reference).unwrap().as_str(), result, "{reference}");
    }
    assert_eq!(url("http://h/a/./b/../c").path(), "/a/c");
    assert_eq!(base.join("ftp://x/").unwrap_err().kind(), Kind::InvalidUrl);
}

#[test]
fn c188_c191_ports() {
    assert_eq!(url("http://h").port_or_default(), 80);
    assert_eq!(url("https://h").port_or_default(), 443);
    for bad in ["http://h:70000/", "http://h:abc/", "http://h:-1/", "http://h:1 2/"] {
        assert!(refused(bad).contains("port"), "{bad}");
    }
}

#[test]
fn c189_userinfo() {
    for text in ["http://me:p%40ss@h:8080/x", "http://me:p%40ss@h/x"] {
        let url = url(text);
        assert_eq!((url.host(), url.username(), url.password()), ("h", "me", Some("p%40ss")));
        assert_eq!(url.credentials(), Some((b"me".to_vec(), b"p@ss".to_vec())));
        assert!(!url.host_header().contains('@') && !url.request_target().contains('@'));
    }
    assert_eq!(url("http://h/").credentials(), None);
    assert_eq!(url("http://me@h/").credentials(), Some((b"me".to_vec(), Vec::new())));
    assert_eq!(url("http://:x%zz@h/").credentials(), Some((Vec::new(), b"x%zz".to_vec())));
}

#[test]
fn c190_sec_i3_ipv6_literal() {
    let url1 = url("http://[2001:DB8::1]/");
    assert_eq!(
        (url1.host(), url1.host_header(), url1.authority()),
        ("2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".into())
    );
    let url2 = url("https://[2001:db8::1]:8443/");
    assert_eq!((url2.host(), url2.port(), url2.host_header()), ("2001:db8::1", Some(8443), "[2001:db8::1]:8443"));
    for junk in ["http://[::1].evil/", "http://[not-ip]/", "http://[v1.x]/", "http://[fe80::1%25eth0]/", "http://[::1/"]
    {
        refused(junk);
    }
}

#[test]
fn c192_international_host() {
    let url = url("http://BÜCHER.example:81/");
    assert_eq!((url.host(), url.host_header()), ("xn--bcher-kva.example", "xn--bcher-kva.example:81"));
    assert_eq!(url.host_unicode(), "bücher.example");
    assert_eq!(Url::parse("http://[::1]:1/").unwrap().host_unicode(), "::1");
}

#[test]
fn c194_escapes_stay_as_they_are() {
    assert_eq!(url("http://h/a%2Fb%zz?%zz%2f").request_target(), "/a%2Fb%zz?%zz%2f");
    assert_eq!(url("http://h/a%2525").join("").unwrap().path(), "/a%2525");
}

#[test]
fn c195_query_set_get_append_keep_order_and_foreign_bytes() {
    let mut url = url("http://h/?b=1&a=%7e&b=2&c");
    assert_eq!(url.query_get("b").as_deref(), Some("1"));
    assert_eq!(url.query_get("a").as_deref(), Some("~"));
    assert_eq!(url.query_get("c").as_deref(), Some(""));
    assert_eq!(url.query_get("d"), None);
    url.query_set("b", "x y");
    assert_eq!(url.query(), Some("b=x%20y&a=%7e&c"));
    url.query_append("b", "z");
    assert_eq!(url.query(), Some("b=x%20y&a=%7e&c&b=z"));
    let pairs: Vec<_> = url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(pairs, ["b=x y", "a=~", "c=", "b=z"]);
    for name in ["a", "b", "c"] {
        url.query_set(name, None::<&str>);
    }
    assert_eq!(url.to_string(), "http://h/");
    url.query_set("new", [1, 2]);
    assert_eq!(url.query(), Some("new=1&new=2"));
}

#[test]
fn c196_push_path() {
    for (base, pushed) in [("http://h/x/", "/x/a"), ("http://h/x", "/x/a"), ("http://h", "/a")] {
        let mut url = url(base);
        url.push_path("a");
        assert_eq!(url.path(), pushed, "{base}");
    }
    let mut url = url("http://h/x?q#f");
    url.push_path("a/b c?#");
    url.push_path("..");
    assert_eq!(url.to_string(), "http://h/x/a%2Fb%20c%3F%23?q#f");
}

#[test]
fn c204_fragment_can_be_carried_over() {
    let mut next = url("http://h/next");
    next.set_fragment(url("http://h/#top").fragment());
    assert_eq!(next.as_str(), "http://h/next#top");
}

#[test]
fn sec_i5_one_parser_that_follows_the_url_standard() {
    let hosts = [
        ("http://a@b@c/", "c"),
        ("http:\\\\x\\y", "x"),
        ("http:x", "x"),
        ("http://a.com#@b/", "a.com"),
        ("http://a.com?@b/", "a.com"),
        ("http://a.com\\@b/", "a.com"),
        ("http://0x7f.1/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://127。0。0。1/", "127.0.0.1"),
        ("http://ａ．com/", "a.com"),
        ("http://a\t.com/", "a.com"),
        ("  http://h/  ", "h"),
        ("http://%41.com/", "a.com"),
        ("http://h./", "h."),
    ];
    for (text, host) in hosts {
        assert_eq!(url(text).host(), host, "{text}");
    }
    let junk = "http://a%2Fb/ http://a%00b/ http://a%0ab/ http://a<b/ http://a^b/ http://256.1.1.1/ http://xn--a/ \
                http://0x100000000/ http://a|b/ http://[::1 http://: http:/// http://@/ http://u:p@/ http://a[b]/";
    for text in junk.split_ascii_whitespace() {
        refused(text);
    }
}

#[test]
fn sec_i6_linear_time_and_a_size_cap() {
    let huge = format!("http://h/{}", "a".repeat(1 << 20));
    let error = Url::parse(&huge).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    assert!(error.to_string().len() < 300);
    assert_eq!(url("http://h/").join(&huge[8..]).unwrap_err().kind(), Kind::TooLarge);

    let roomy = Limits { url_bytes: 8 << 20, ..Limits::default() };
    let many = 100_000;
    let start = Instant::now();
    for text in [
        format!("http://{}h/", "@".repeat(many)),
        format!("http://h/{}", "../".repeat(many)),
        format!("http://h/{}{}", "a/".repeat(many), "../".repeat(many)),
        format!("http://h/?{}", "a=b&".repeat(many)),
        format!("http://{}", "@".repeat(many)),
    ] {
        if let Ok(url) = Url::parse_within(&text, &roomy) {
            assert_eq!(url.query_get("missing"), None);
            let mut url = url;
            url.query_set("missing", 1);
        }
    }
    // Quadratic work on 100,000 pieces takes minutes.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn sec_j6_passwords_are_hidden() {
    let secret = url("http://me:hunter2@h/p?q#f");
    assert_eq!(secret.without_userinfo(), "http://h/p?q");
    assert_eq!(format!("{secret:?}"), "Url(http://***@h/p?q#f)");
    assert_eq!(url("http://h/p#f").without_userinfo(), "http://h/p");
    let mut open = secret.clone();
    open.remove_userinfo();
    assert_eq!(open.as_str(), "http://h/p?q#f");
    for bad in ["http://me:hunter2@h:bad/", "me:hunter2@h", "ftp://me:hunter2@h/", "http://me:hun/ter2hunter2@h"] {
        let text = refused(bad);
        assert!(!text.contains("hunter2") && text.contains("***"), "{text}");
    }
}
