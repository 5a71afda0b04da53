//! Digest against a server that computes by itself, and beside curl.

use std::collections::HashSet;
use std::io::Cursor;
use std::process::Command;

use maypole::client::{Auth, Cache};
use maypole::rt::Group;
use maypole::{Body, HttpClient};

use crate::peer::*;
use crate::verifier::{Demands, Verifier};
use crate::{builder, client, shown, unauthorized};

fn table() -> Vec<Demands> {
    let plain = Demands::default;
    let mut all = Vec::new();
    for algorithm in ["", "MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess", "SHA-512-256-sess"] {
        for qop in ["", "auth", "auth,auth-int", "auth-int"] {
            all.push(Demands { algorithm, qop, ..plain() });
        }
    }
    let name = "J\u{E4}s\u{F8}n Doe";
    for extra in
        [", charset=UTF-8, userhash=true", ", charset=UTF-8", "", ", userhash=true", ", domain=\"/ http://x/\""]
    {
        all.push(Demands { algorithm: "SHA-256", extra, user: name, password: "Secret, or not? \u{20AC}", ..plain() });
    }
    all.push(Demands { user: "a\"b\\c:d", password: "", ..plain() });
    all
}

fn digest_client(demands: &Demands) -> HttpClient {
    builder().auth(Auth::digest(demands.user, demands.password)).build().unwrap()
}

#[test]
fn c390_every_form_is_what_the_server_computes_and_the_nonce_serves_again() {
    on_both(|| {
        for demands in table() {
            let verifier = Verifier::start(demands.clone());
            let client = digest_client(&demands);
            let what = format!("{} {} {}", demands.algorithm, demands.qop, demands.extra);
            assert_eq!(client.get(verifier.url("/dir/a?b=c%20d")).send().unwrap().text().unwrap(), "ok", "{what}");
            assert_eq!(client.post(verifier.url("/x")).body("the body").send().unwrap().status(), 200, "{what}");
            assert_eq!(client.put(verifier.url("/")).body("").send().unwrap().status(), 200, "{what}");
            assert_eq!(verifier.log(), ["none", "ok", "ok", "ok"], "{what}");
        }
    });
}

#[test]
fn c390_the_same_server_is_content_with_curl() {
    if Command::new("curl").arg("--version").output().is_err() {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "curl is not installed");
        eprintln!("SKIPPED: curl is not installed");
        return;
    }
    for demands in table() {
        // curl knows no `auth-int`, no SHA-512-256 with this OpenSSL, no session without `qop`, and no `username*`.
        let session = demands.algorithm.ends_with("-sess") && demands.qop.is_empty();
        let unknown = demands.qop == "auth-int" || demands.algorithm.starts_with("SHA-512");
        // Its own option takes what is behind the first colon for the password.
        if session || unknown || demands.extra == ", charset=UTF-8" || demands.user.contains(':') {
            continue;
        }
        let verifier = Verifier::start(demands.clone());
        let user = format!("{}:{}", demands.user, demands.password);
        let output = Command::new("curl")
            .args(["--silent", "--max-time", "10", "--digest", "--user", &user, &verifier.url("/dir/a?b=c%20d")])
            .output()
            .unwrap();
        let what = format!("{} {} {}", demands.algorithm, demands.qop, demands.extra);
        assert_eq!(
            (output.stdout.as_slice(), verifier.log()),
            (&b"ok"[..], vec!["none".into(), "ok".into()]),
            "{what}"
        );
    }
}

/// The same challenge, the same answer but for the client's nonce: header by header beside curl.
#[test]
fn c390_the_header_has_curls_fields() {
    let challenge = "Digest realm=\"r\", nonce=\"n\", opaque=\"o\", qop=\"auth\", algorithm=SHA-256";
    let script =
        || Peer::start([conn([any_request(), reply(unauthorized(&[challenge])), any_request(), reply(ok("x"))])]);
    let names = |value: &str| -> HashSet<String> {
        let fields = value.strip_prefix("Digest ").unwrap().split(", ");
        fields.map(|field| field.split('=').next().unwrap().to_owned()).collect()
    };
    let peer = script();
    let auth = Auth::digest("u", "p");
    assert_eq!(client().get(peer.url("/")).auth(auth).send().unwrap().status(), 200);
    let ours = shown(&peer.finish());
    let peer = script();
    let curl = Command::new("curl").args(["-s", "--digest", "-u", "u:p", &peer.url("/")]).output();
    if curl.is_err() {
        drop(std::panic::catch_unwind(|| drop(peer)));
        return;
    }
    let theirs = shown(&peer.finish());
    assert_eq!((ours[0].as_str(), theirs[0].as_str()), ("-", "-"));
    assert_eq!(names(&ours[1]), names(&theirs[1]), "{ours:?} {theirs:?}");
}

#[test]
fn a_stale_nonce_is_answered_once_more() {
    on_both(|| {
        let demands = Demands { uses: 2, ..Demands::default() };
        let verifier = Verifier::start(demands.clone());
        let client = digest_client(&demands);
        for _ in 0..4 {
            assert_eq!(client.get(verifier.url("/")).send().unwrap().status(), 200);
        }
        assert_eq!(verifier.log(), ["none", "ok", "ok", "stale", "ok", "ok"]);
    });
}

#[test]
fn the_next_nonce_spares_the_round_trip() {
    on_both(|| {
        let demands = Demands { uses: 1, next_nonce: true, algorithm: "SHA-256-sess", ..Demands::default() };
        let verifier = Verifier::start(demands.clone());
        let client = digest_client(&demands);
        for _ in 0..4 {
            assert_eq!(client.get(verifier.url("/")).send().unwrap().status(), 200);
        }
        assert_eq!(verifier.log(), ["none", "ok", "ok", "ok", "ok"]);
    });
}

#[test]
fn many_at_once_share_one_nonce_and_no_count_comes_twice() {
    for algorithm in ["MD5", "SHA-256-sess"] {
        let demands = Demands { algorithm, ..Demands::default() };
        let verifier = Verifier::start(demands.clone());
        let client = digest_client(&demands);
        assert_eq!(client.get(verifier.url("/")).send().unwrap().status(), 200);
        let url = verifier.url("/many");
        let statuses = Group::new(50).map(0..300, move |_| client.get(&url).send().unwrap().status()).unwrap();
        assert!(statuses.iter().all(|&status| status == 200), "{algorithm}");
        let log = verifier.log();
        assert_eq!((log.len(), log.iter().filter(|line| *line == "ok").count()), (302, 301), "{algorithm}");
    }
}

#[test]
fn sec_d13_an_endless_401_is_answered_once_or_with_stale_twice() {
    on_both(|| {
        let table = [
            ("Digest realm=\"r\", nonce=\"n\", qop=auth", 2),
            ("Digest realm=\"r\", nonce=\"n\", qop=auth, stale=true", 3),
            ("Digest realm=\"r\", nonce=\"n\", algorithm=unheard-of", 1),
            ("Basic realm=\"r\"", 1),
            ("", 1),
        ];
        for (challenge, tries) in table {
            let peer = Peer::always(conn([serve(unauthorized(&[challenge]))]));
            let client = client();
            for _ in 0..2 {
                let before = peer.so_far().requests().len();
                let response = client.get(peer.url("/")).digest_auth("u", "p").send().unwrap();
                assert_eq!((response.status(), response.text().unwrap().as_str()), (401, "nope"), "{challenge}");
                // Nothing that was refused is sent unasked the next time.
                let seen = peer.so_far();
                assert_eq!(
                    (seen.requests().len() - before, shown(&seen)[before].as_str()),
                    (tries, "-"),
                    "{challenge}"
                );
            }
        }
    });
}

#[test]
fn a_body_that_cannot_be_sent_twice_leaves_the_401() {
    on_both(|| {
        let verifier = Verifier::start(Demands::default());
        let client = digest_client(&Demands::default());
        let stream = || Body::sized(Cursor::new(b"once".to_vec()), 4);
        assert_eq!(client.post(verifier.url("/")).body(stream()).send().unwrap().status(), 401);
        // The nonce of that 401 is known now.
        assert_eq!(client.post(verifier.url("/")).body(stream()).send().unwrap().status(), 200);
        assert_eq!(verifier.log(), ["none", "ok"]);
    });
}

#[test]
fn auth_int_is_not_answered_for_a_body_that_is_not_known() {
    on_both(|| {
        let demands = Demands { qop: "auth-int", ..Demands::default() };
        let verifier = Verifier::start(demands.clone());
        let client = digest_client(&demands);
        let stream = || Body::sized(Cursor::new(b"unknown".to_vec()), 7);
        assert_eq!(client.get(verifier.url("/")).send().unwrap().status(), 200);
        assert_eq!(client.post(verifier.url("/")).body(stream()).send().unwrap().status(), 401);
        assert_eq!(client.post(verifier.url("/")).body("known").send().unwrap().status(), 200);
        assert_eq!(verifier.log(), ["none", "ok", "none", "ok"]);
    });
}

/// The count of each answer, `-` where none was shown.
fn counts(seen: &Transcript) -> Vec<String> {
    let count = |value: &String| value.split("nc=").nth(1).map_or("-".to_owned(), |rest| rest[..8].to_owned());
    shown(seen).iter().map(count).collect()
}

const CHALLENGE: &str = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";

#[test]
fn a_cache_skips_no_count() {
    on_both(|| {
        let acts = [any_request(), reply(unauthorized(&[CHALLENGE])), serve(ok("x"))];
        let peer = Peer::start([conn(acts)]);
        let client = builder().auth(Auth::digest("u", "p")).cache(Cache::memory(1 << 20)).build().unwrap();
        for _ in 0..3 {
            assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "x");
        }
        assert_eq!(counts(&peer.finish()), ["-", "00000001", "00000002", "00000003"]);
    });
}

#[test]
fn the_rest_of_a_body_is_asked_for_with_a_count_of_its_own() {
    on_both(|| {
        let begun = "HTTP/1.1 200 OK\r\nETag: \"v\"\r\nContent-Length: 10\r\n\r\n0123";
        let rest = "HTTP/1.1 206 X\r\nETag: \"v\"\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789";
        let stale = format!("{CHALLENGE}, stale=true").replace("\"n\"", "\"m\"");
        let peer = Peer::start([
            conn([any_request(), reply(unauthorized(&[CHALLENGE])), any_request(), reply(begun), Act::Close]),
            conn([any_request(), reply(unauthorized(&[&stale])), any_request(), reply(rest)]),
        ]);
        let client = builder().auth(Auth::digest("u", "p")).resume(1).build().unwrap();
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "0123456789");
        let seen = peer.finish();
        assert_eq!(counts(&seen), ["-", "00000001", "00000002", "00000001"]);
        assert!(shown(&seen)[3].contains("nonce=\"m\""));
    });
}

#[test]
fn an_answer_out_of_the_cache_takes_no_count() {
    on_both(|| {
        let server = Server::start(|request, responder| {
            let challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
            responder.reply(match request.header("Authorization") {
                Some(line) => {
                    let count = line.split("nc=").nth(1).unwrap();
                    let lines = format!("Cache-Control: public, max-age=60\r\nX-Count: {}", &count[..8]);
                    format!("HTTP/1.1 200 OK\r\n{lines}\r\nContent-Length: 2\r\n\r\nok").into_bytes()
                }
                None => unauthorized(&[challenge]).into_bytes(),
            });
        });
        let client = builder().auth(Auth::digest("me", "pw")).cache(Cache::memory(1 << 20)).build().unwrap();
        let count = |path: &str| {
            let response = client.get(server.url(path)).send().unwrap();
            let count = response.header("X-Count").unwrap().to_owned();
            assert_eq!(response.text().unwrap(), "ok");
            count
        };
        assert_eq!(count("/a"), "00000001");
        assert_eq!((count("/a"), count("/a")), ("00000001".into(), "00000001".into()), "not kept");
        assert_eq!((count("/b"), count("/c")), ("00000002".into(), "00000003".into()));
        assert_eq!(server.requests(), 4);
    });
}
