//! Credentials belong to the origin that they were given for: every change of scheme, host or port drops them.

use maypole::client::{Auth, AuthContext, Authenticate, ClientBuilder};
use maypole::{HttpClient, Result};

use crate::peer::*;
use crate::{builder, client, shown, unauthorized};

/// What makes a client show somebody.
type With = fn(ClientBuilder) -> ClientBuilder;

const UP: &str = "Basic dTpw";

fn redirect(status: u16, location: &str) -> String {
    format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
}

fn one() -> Peer {
    Peer::start([conn([any_request(), reply(ok("x"))])])
}

struct Always;

impl Authenticate for Always {
    fn authorize(&self, _: &AuthContext) -> Result<Option<String>> {
        Ok(Some("Own secret".into()))
    }
}

/// The first peer redirects to `to`; its request's `Authorization`, and that of the one who comes next.
fn hop(client: &HttpClient, status: u16, tls: bool, host: &str, login: &str, next: Peer, to: &str) -> (String, String) {
    let script = conn([any_request(), reply(redirect(status, to))]);
    let first = if tls { Peer::tls(&Tls::default(), [script], None) } else { Peer::start([script]) };
    let url = first.url_at(&format!("{login}{host}"), "/");
    assert_eq!(client.get(url).send().unwrap().status(), 200);
    (shown(&first.finish()).remove(0), shown(&next.finish()).remove(0))
}

#[test]
fn sec_d3_sec_d4_no_credentials_of_any_kind_reach_another_origin() {
    on_both(|| {
        let kinds: [(&str, With, &str); 4] = [
            ("Basic", |builder| builder.basic_auth("u", "p"), ""),
            ("Bearer", |builder| builder.bearer_auth("t"), ""),
            ("Own", |builder| builder.auth(Auth::custom(Always)), ""),
            ("Basic", |builder| builder, "u:p@"),
        ];
        for (name, with, login) in kinds {
            let client = with(builder()).build().unwrap();
            for status in [301, 302, 303, 307, 308] {
                // Another port, another name for the same machine, another scheme.
                for (tls, from, to) in [
                    (false, "127.0.0.1", "127.0.0.1"),
                    (false, "127.0.0.1", "localhost"),
                    (true, "localhost", "localhost"),
                ] {
                    let next = one();
                    let target = next.url_at(to, "/");
                    let (first, second) = hop(&client, status, tls, from, login, next, &target);
                    assert!(first.starts_with(name), "{name} {status} {first}");
                    assert_eq!(second, "-", "{name} {status} {from} {to}");
                }
            }
        }
    });
}

#[test]
fn c205_they_stay_within_the_origin() {
    on_both(|| {
        let kinds: [(With, &str); 3] = [
            (|builder| builder.basic_auth("u", "p"), ""),
            (|builder| builder.auth(Auth::basic("u", "p")), ""),
            (|builder| builder, "u:p@"),
        ];
        for (with, login) in kinds {
            for absolute in [false, true] {
                let server = Server::start(|request, responder| match request.target.as_str() {
                    "/rel" => responder.reply(redirect(302, "/end")),
                    "/abs" => {
                        responder.reply(redirect(302, &format!("http://{}/end", request.header("host").unwrap())))
                    }
                    _ => responder.reply(ok(request.header("authorization").unwrap_or("-"))),
                });
                let client = with(builder()).build().unwrap();
                let url =
                    server.url(if absolute { "/abs" } else { "/rel" }).replace("http://", &format!("http://{login}"));
                assert_eq!(client.get(url).send().unwrap().text().unwrap(), UP, "{login} {absolute}");
            }
        }
    });
}

#[test]
fn sec_d5_what_was_dropped_does_not_come_back() {
    on_both(|| {
        for login in ["", "u:p@"] {
            let home = Server::start(|request, responder| match request.target.split_once('?') {
                Some((_, to)) => responder.reply(redirect(302, to)),
                None => responder.reply(ok(request.header("authorization").unwrap_or("-"))),
            });
            let away = Peer::start([conn([any_request(), reply(redirect(302, &home.url("/back")))])]);
            let client = if login.is_empty() { builder().basic_auth("u", "p").build().unwrap() } else { client() };
            let url = home.url(&format!("/go?{}", away.url("/"))).replacen("http://", &format!("http://{login}"), 1);
            assert_eq!(client.get(url).send().unwrap().text().unwrap(), "-");
            assert_eq!(shown(&away.finish()), ["-"]);
        }
    });
}

/// Documented use: it is for exactly that origin, and what was there before does not go along.
#[test]
fn sec_d6_user_and_password_in_a_location_are_for_that_origin() {
    on_both(|| {
        let third = one();
        let second = Peer::start([conn([
            any_request(),
            reply(redirect(302, "/again")),
            any_request(),
            reply(redirect(302, &third.url("/"))),
        ])]);
        let to = second.url("/").replace("http://", "http://v:q@");
        let first = Peer::start([conn([any_request(), reply(redirect(302, &to))])]);
        let response = client().get(first.url("/")).basic_auth("u", "p").send().unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(shown(&first.finish()), [UP]);
        assert_eq!(shown(&second.finish()), ["Basic djpx", "Basic djpx"]);
        let third = third.finish();
        assert_eq!(shown(&third), ["-"]);
        assert_eq!(third.requests()[0].header("referer"), None);
    });
}

#[test]
fn the_clients_own_belong_to_its_base_url() {
    on_both(|| {
        let (base, other) = (Peer::start([conn([serve(ok("x"))])]), Peer::start([conn([serve(ok("x"))])]));
        let client = builder().base_url(base.url("/api/")).basic_auth("u", "p").build().unwrap();
        for url in ["users".to_owned(), base.url("/elsewhere"), other.url("/")] {
            assert_eq!(client.get(url).send().unwrap().text().unwrap(), "x");
        }
        assert_eq!(client.get(other.url("/")).bearer_auth("t").send().unwrap().text().unwrap(), "x");
        assert_eq!(shown(&base.finish()), [UP, UP]);
        assert_eq!(shown(&other.finish()), ["-", "Bearer t"]);
        // Without a base URL they are for the first URL of each request.
        let (one, two) = (one(), one());
        let client = builder().basic_auth("u", "p").build().unwrap();
        for peer in [&one, &two] {
            assert_eq!(client.get(peer.url("/")).send().unwrap().status(), 200);
        }
        assert_eq!((shown(&one.finish()), shown(&two.finish())), (vec![UP.into()], vec![UP.into()]));
    });
}

#[test]
fn sec_d13_the_nonce_of_one_origin_is_never_shown_to_another() {
    on_both(|| {
        let digest = unauthorized(&["Digest realm=\"r\", nonce=\"of-a\", qop=auth"]);
        let script = || conn([any_request(), reply(digest.clone()), serve(ok("x"))]);
        let (a, b) = (Peer::start([script()]), Peer::start([conn([serve(ok("x"))])]));
        let client = builder().auth(Auth::digest("u", "p")).build().unwrap();
        for peer in [&a, &b, &a] {
            assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "x");
        }
        // Nor does another user of the same client get it.
        assert_eq!(client.get(a.url("/")).digest_auth("v", "p").send().unwrap().text().unwrap(), "x");
        let shown_a = shown(&a.finish());
        assert!(shown_a[1].contains("nc=00000001") && shown_a[2].contains("nc=00000002"), "{shown_a:?}");
        assert_eq!((shown_a[0].as_str(), shown_a[3].as_str()), ("-", "-"));
        assert_eq!(shown(&b.finish()), ["-"]);
    });
}

/// A 401 after a redirect is not answered with what was given for the first origin.
#[test]
fn sec_d13_a_challenge_of_another_origin_is_not_answered() {
    on_both(|| {
        for challenge in ["Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"n\", qop=auth"] {
            let away = Peer::start([conn([any_request(), reply(unauthorized(&[challenge]))])]);
            let home = Peer::start([conn([any_request(), reply(redirect(302, &away.url("/")))])]);
            let client = builder().auth(Auth::any("u", "p")).build().unwrap();
            assert_eq!(client.get(home.url("/")).send().unwrap().status(), 401);
            home.finish();
            assert_eq!(shown(&away.finish()), ["-"]);
        }
    });
}
