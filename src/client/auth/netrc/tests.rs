use super::*;

fn login(text: &str, host: &str, user: Option<&str>, first: bool) -> Option<String> {
    let netrc = Netrc::parse(text).unwrap();
    let login = netrc.login(host, user.map(str::as_bytes), first)?;
    Some(format!("{}:{}", login.user().escape_ascii(), login.password().escape_ascii()))
}

/// Each checked against curl 7.88.1, which says the same for a URL without a user name.
#[test]
fn c390_the_format_is_curls() {
    let table = [
        ("machine h login u password p", Some("u:p")),
        ("MACHINE H Login u PASSWORD p", Some("u:p")),
        ("machine\nh\nlogin\nu\npassword\np\n", Some("u:p")),
        ("machine h password p login u", Some("u:p")),
        (
            "machine other login o password op\nmachine h # x\n login \"qu\\\"o te\" password \"a\\tb\\\\c\"",
            Some("qu\\\"o te:a\\tb\\\\c"),
        ),
        ("machine h login u password #x", Some("u:")),
        ("machine h login u#v password p#x", Some("u#v:p#x")),
        ("machine h login u password \"#x\"", Some("u:#x")),
        ("machine h login u password p\"q", Some("u:p\\\"q")),
        ("machine h login u", Some("u:")),
        ("machine h password p", Some(":p")),
        ("machine h login \"\" password p", Some(":p")),
        ("machine h login a password ap machine h login b password bp", Some("a:ap")),
        ("machine h account acc login u password p", Some("u:p")),
        ("machine h login machine password default", Some("machine:default")),
        ("macdef init\nmachine h login m password mp\n\nmachine h login u password p\n", Some("u:p")),
        ("macdef init\r\nmachine h login m password mp\r\n\r\nmachine h login u password p\r\n", Some("u:p")),
        ("default login d password dp\nmachine h login u password p", Some("d:dp")),
        ("machine h login u password p\ndefault login d password dp", Some("u:p")),
        ("machine h:80 login u password p", None),
        ("machine hh login u password p", None),
        ("login u password p machine", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(login(text, "h", None, true).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn sec_d11_a_login_in_the_url_picks_its_own_entry_and_no_other() {
    let text = "machine h login a password ap machine h login b password bp default login d password dp";
    assert_eq!(login(text, "h", Some("b"), true).as_deref(), Some("b:bp"));
    assert_eq!(login(text, "h", Some("d"), true).as_deref(), Some("d:dp"));
    // curl 7.88 sends b's password here.
    assert_eq!(login(text, "h", Some("c"), true), None);
    assert_eq!(login(text, "h", Some("A"), true), None, "logins have a case");
}

#[test]
fn sec_d11_the_default_is_for_the_first_host_alone() {
    let text = "machine h login u password p\ndefault login d password dp";
    assert_eq!(login(text, "other", None, true).as_deref(), Some("d:dp"));
    assert_eq!(login(text, "other", None, false), None);
    assert_eq!(login(text, "h", None, false).as_deref(), Some("u:p"));
}

#[test]
fn a_quote_that_does_not_end_is_an_error_that_shows_nothing() {
    for text in ["machine h\nlogin \"secret\n password p", "machine h\nlogin \"secret\\", "\n \"secret\\\""] {
        let error = Netrc::parse(text).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("line 2") && !shown.contains("secret"), "{shown}");
    }
}

#[test]
fn sec_j6_debug_shows_no_entry() {
    let shown = format!("{:?}", Netrc::parse("machine host login user password pass").unwrap());
    assert_eq!(shown, "Netrc { entries: 1, .. }");
}

#[test]
fn files_are_read_within_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("netrc");
    assert!(Netrc::from_file(&path).unwrap_err().to_string().contains("cannot be read"));
    std::fs::write(&path, "machine h login u password p").unwrap();
    assert_eq!(Netrc::from_file(&path).unwrap(), Netrc::parse("machine h login u password p").unwrap());
    std::fs::write(&path, vec![b' '; (1 << 20) + 1]).unwrap();
    assert!(Netrc::from_file(&path).unwrap_err().to_string().contains("limit"));
}
