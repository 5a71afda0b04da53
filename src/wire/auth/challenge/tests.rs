use super::*;

/// `scheme name=value name=value`, or `scheme:token`, one challenge after the other.
fn shown(line: &str) -> String {
    let one = |challenge: &Challenge| {
        let params = challenge.params.iter().map(|(name, value)| format!(" {name}={value}"));
        let token = challenge.token68.iter().map(|token| format!(":{token}"));
        challenge.scheme.clone() + &token.chain(params).collect::<String>()
    };
    challenges([line]).iter().map(one).collect::<Vec<_>>().join(" | ")
}

#[test]
fn challenges_and_parameters_share_their_commas() {
    let table = [
        ("Basic realm=\"a\"", "Basic realm=a"),
        ("basic realm=a", "basic realm=a"),
        ("Basic", "Basic"),
        ("Negotiate, Basic realm=\"a\", NTLM", "Negotiate | Basic realm=a | NTLM"),
        ("Negotiate oYG2MIGz==, Basic realm=x", "Negotiate:oYG2MIGz== | Basic realm=x"),
        (
            "Digest realm=\"a, b\", nonce=\"x=,\\\"y\\\\\", Basic realm=\"\"",
            "Digest realm=a, b nonce=x=,\"y\\ | Basic realm=",
        ),
        // RFC 9110 §11.6.1's own example.
        (
            "Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"",
            "Basic realm=simple | Newauth realm=apps type=1 title=Login to \"apps\"",
        ),
        (", ,Basic realm = \"a\" ,, charset\t=\tUTF-8,,", "Basic realm=a charset=UTF-8"),
        ("Digest nonce=MTIz==, qop=auth", "Digest nonce=MTIz== qop=auth"),
        ("Digest realm=\"\u{E4}\tb\"", "Digest realm=\u{E4}\tb"),
        ("Negotiate , Basic", "Negotiate | Basic"),
        ("X abc=", "X:abc="),
        ("", ""),
        (" , ", ""),
    ];
    for (line, expected) in table {
        assert_eq!(shown(line), expected, "{line}");
    }
}

#[test]
fn half_a_challenge_does_not_count_and_what_stood_before_it_does() {
    let table = [
        ("Basic realm=\"a\", Digest realm=\"b", "Basic realm=a"),
        ("Basic realm=\"a\", Digest realm=\"b\\", "Basic realm=a"),
        ("Basic realm=\"a\" Digest realm=\"b\"", ""),
        ("Basic realm=\"a\"x, Negotiate", ""),
        ("realm=\"a\"", ""),
        ("\"Basic\"", ""),
        ("Basic a b", ""),
        ("Basic realm=\"a\u{1}\"", ""),
        ("NTLM, ={}", "NTLM"),
    ];
    for (line, expected) in table {
        assert_eq!(shown(line), expected, "{line}");
    }
}

#[test]
fn several_lines_are_one_list_and_one_broken_line_does_not_spoil_the_others() {
    let found = challenges(["Digest realm=\"", "Basic realm=\"b\"", "Bearer"]);
    assert_eq!(found.iter().map(|challenge| &*challenge.scheme).collect::<Vec<_>>(), ["Basic", "Bearer"]);
    assert!(found[0].is("BASIC") && found[0].param("REALM") == Some("b") && found[0].param("x").is_none());
}

#[test]
fn a_hostile_list_is_bounded() {
    assert_eq!(challenges(["A, ".repeat(50_000).as_str(), "B"]).len(), 16);
    assert_eq!(challenges([format!("A {}", "x=y, ".repeat(33)).as_str(), "B"]).len(), 1);
    assert_eq!(challenges([format!("A {}", "x=y, ".repeat(32)).as_str()])[0].params.len(), 32);
    let quotes = "A x=\"".to_owned() + &"\\\"".repeat(100_000);
    assert_eq!(challenges([quotes.as_str()]), []);
}

#[test]
fn every_beginning_of_a_list_is_read_without_harm() {
    let line = "Negotiate YQ==, Digest realm=\"a\\\"b\", nonce = x , qop=\"auth,auth-int\", \u{FC}, Basic realm=\u{FC}";
    for (at, _) in line.char_indices() {
        for part in [&line[..at], &line[at..]] {
            assert!(challenges([part]).len() <= 3, "{part}");
            parameters(part);
        }
    }
}

#[test]
fn parameters_stand_alone_in_authentication_info() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(parameters("nextnonce=\"a,b\", qop=auth"), [pair("nextnonce", "a,b"), pair("qop", "auth")]);
    assert_eq!(parameters("nextnonce=\"a"), []);
    assert_eq!(parameters("nextnonce=\"a\", Basic"), []);
}
