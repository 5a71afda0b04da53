use super::*;
use crate::wire::auth::challenges;

fn digest(challenge: &str) -> Digest {
    Digest::strongest(&challenges([challenge])).expect(challenge)
}

/// RFC 7616 §3.9.1, both challenges.
const MUFASA: &str = r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#;

#[test]
fn c390_rfc_7616_section_3_9_1_byte_for_byte() {
    let table = [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ];
    for (algorithm, response) in table {
        let challenge = MUFASA.replace("SHA-256", algorithm).replace("\n    ", " ");
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let value = digest(&challenge).answer("Mufasa", "Circle of Life", "GET", "/dir/index.html", None, cnonce);
        let expected = format!(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
             algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
             cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        assert_eq!(value, expected);
    }
}

/// With the hashes of erratum 4897: those printed in the RFC are of SHA-512 cut short, which SHA-512/256 is not.
#[test]
fn c390_rfc_7616_section_3_9_2_byte_for_byte() {
    let challenge = r#"Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true"#;
    let cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
    let answer = |challenge: &str| {
        digest(challenge).answer("J\u{E4}s\u{F8}n Doe", "Secret, or not?", "GET", "/doe.json", None, cnonce)
    };
    let rest = "realm=\"api@example.org\", uri=\"/doe.json\", algorithm=SHA-512-256, \
                nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", nc=00000001, \
                cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v\", qop=auth, \
                response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\", \
                opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\"";
    let user = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b";
    assert_eq!(answer(challenge), format!("Digest username=\"{user}\", {rest}, userhash=true"));
    let plain = challenge.replace(", userhash=true", "");
    assert_eq!(answer(&plain), format!("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, {rest}"));
    let silent = plain.replace(", charset=UTF-8", "");
    assert_eq!(answer(&silent), format!("Digest username=\"J\u{E4}s\u{F8}n Doe\", {rest}"));
}

/// RFC 2617 §3.5, and the same without `qop` as RFC 2069 has it.
#[test]
fn c390_the_older_forms() {
    let challenge =
        r#"Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093""#;
    let answer = |challenge: &str| {
        digest(challenge).answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html", None, "0a4f113b")
    };
    assert!(answer(challenge).ends_with(r#"qop=auth, response="6629fae49393a05397450978507c4ef1""#));
    assert!(!answer(challenge).contains("algorithm"));
    for legacy in [challenge.replace("qop=\"auth,auth-int\", ", ""), challenge.replace("auth,auth-int", " ")] {
        let value = answer(&legacy);
        assert!(value.ends_with(r#", response="670fd8c2df070c60b045671b8b24ff02""#), "{value}");
        assert!(!value.contains("nc=") && !value.contains("cnonce") && !value.contains("qop"), "{value}");
    }
}

/// Computed with Python's `hashlib`.
#[test]
fn c390_sessions_and_bodies() {
    let base = r#"Digest realm="r", nonce="n", "#;
    let table = [
        ("qop=auth-int", Some(&b"hello"[..]), "9f4e354afb1ee977b2654d956e3f6e35"),
        ("qop=auth-int", None, "225fe0255f27e33d15dce2318e820a8f"),
        ("qop=auth, algorithm=MD5-sess", None, "a2c9204ed7988a47b0676b32f6f89b86"),
        (
            "qop=\"auth-int\", algorithm=SHA-256-sess",
            Some(b"hello"),
            "9be79e9cfda9d0f80c90665d3cf95b202bd45a782b8fb204a259dca91120e4f1",
        ),
        ("algorithm=MD5-sess", None, "424dea17ea6edfcb86b4428927348c5d"),
    ];
    for (rest, body, response) in table {
        let value = digest(&format!("{base}{rest}")).answer("u", "p", "POST", "/x", body, "c");
        assert!(value.contains(&format!("response=\"{response}\"")), "{rest}: {value}");
    }
    let value = digest(&format!("{base}algorithm=MD5-sess")).answer("u", "p", "POST", "/x", None, "c");
    assert!(value.contains("cnonce=\"c\""), "the server cannot compute the session key without: {value}");
}

#[test]
fn each_answer_counts_and_a_session_keeps_its_client_nonce() {
    let mut plain = digest(r#"Digest realm="r", nonce="n", qop=auth"#);
    assert!(plain.answer("u", "p", "GET", "/", None, "c1").contains("nc=00000001, cnonce=\"c1\""));
    assert!(plain.answer("u", "p", "GET", "/", None, "c2").contains("nc=00000002, cnonce=\"c2\""));
    let mut session = digest(r#"Digest realm="r", nonce="n", qop=auth, algorithm=MD5-sess"#);
    assert!(session.answer("u", "p", "GET", "/", None, "c1").contains("nc=00000001, cnonce=\"c1\""));
    assert!(session.answer("u", "p", "GET", "/", None, "c2").contains("nc=00000002, cnonce=\"c1\""));
    session.renew("qop=auth, nextnonce=\"m\"");
    let next = session.answer("u", "p", "GET", "/", None, "c3");
    assert!(next.contains("nonce=\"m\", nc=00000001, cnonce=\"c3\""), "{next}");
    session.renew("rspauth=\"00\"");
    session.renew("nextnonce=\"\"");
    assert!(session.answer("u", "p", "GET", "/", None, "c4").contains("nonce=\"m\", nc=00000002"));
}

#[test]
fn the_strongest_is_chosen_and_what_is_not_understood_passed_over() {
    let strongest = |line: &str| Digest::strongest(&challenges([line])).map(|digest| (digest.realm, digest.algorithm));
    let list = r#"Basic realm="b", Digest realm="1", nonce="n", algorithm=MD5, Digest realm="2", nonce="n",
        algorithm=SHA-256, Digest realm="3", nonce="n", algorithm=SHA-256-sess, Digest realm="4", nonce="n",
        algorithm=SHA-999"#
        .replace('\n', " ");
    assert_eq!(strongest(&list), Some(("2".into(), Algorithm::Sha256)));
    let refused = [
        r#"Basic realm="r", nonce="n""#,
        r#"Digest realm="r""#,
        r#"Digest nonce="n""#,
        r#"Digest realm="r", nonce="""#,
        r#"Digest realm="r", nonce="n", algorithm=token"#,
        r#"Digest realm="r", nonce="n", qop="auth-conf""#,
        r#"Digest realm="r", nonce="n", NONCE="m""#,
        r#"Digest realm="r", nonce="n", algorithm=MD5, algorithm=SHA-256"#,
    ];
    for line in refused {
        assert_eq!(strongest(line), None, "{line}");
    }
    assert_eq!(strongest(&format!("Digest realm=\"r\", nonce=\"{}\"", "n".repeat(5_000))), None);
}

#[test]
fn staleness_is_what_the_server_says() {
    let stale = |line: &str| Digest::is_stale(&challenges([line])[0]);
    assert!(stale(r#"Digest realm="r", nonce="n", stale=TRUE"#));
    assert!(stale(r#"digest realm="r", nonce="n", stale="true""#));
    assert!(!stale(r#"Digest realm="r", nonce="n", stale=false"#));
    assert!(!stale(r#"Digest realm="r", nonce="n""#));
    assert!(!stale(r#"Basic realm="r", stale=true"#));
}

#[test]
fn sec_a6_nothing_in_a_name_ends_the_line_or_the_quotes() {
    let mut digest = digest(r#"Digest realm="a\"b\\", nonce="n""#);
    let value = digest.answer("x\r\nEvil: 1", "p\r\n", "GET", "/\"", None, "c");
    assert!(value.starts_with(r#"Digest username*=UTF-8''x%0D%0AEvil%3A%201, realm="a\"b\\", uri="/\"", "#), "{value}");
    let value = digest.answer("a\"b\\", "p", "GET", "/\r\nX: y", None, "c");
    assert!(value.starts_with(r#"Digest username="a\"b\\", "#) && !value.contains(['\r', '\n']), "{value}");
}

#[test]
fn sec_j6_debug_shows_no_nonce() {
    let shown = format!("{:?}", digest(r#"Digest realm="r", nonce="secret-nonce", opaque="secret-opaque""#));
    assert!(!shown.contains("secret"), "{shown}");
}
