//! Basic and Bearer: sent at once, and refused when they would mean something else.

use maypole::HttpClient;
use maypole::client::{Auth, CookieJar};
use maypole::error::{Kind, Phase};

use crate::peer::*;
use crate::{builder, client, shown, unauthorized};

const UP: &str = "Basic dTpw";

fn one() -> Peer {
    Peer::start([conn([any_request(), reply(ok("x"))])])
}

#[track_caller]
fn sends(client: &HttpClient, change: impl FnOnce(maypole::RequestBuilder) -> maypole::RequestBuilder, expected: &str) {
    let peer = one();
    assert_eq!(change(client.get(peer.url("/"))).send().unwrap().status(), 200);
    assert_eq!(shown(&peer.finish()), [expected]);
}

#[test]
fn c360_of_the_client_of_the_request_and_of_neither() {
    on_both(|| {
        let basic = builder().basic_auth("u", "p").build().unwrap();
        sends(&basic, |request| request, UP);
        sends(&basic, |request| request.bearer_auth("t"), "Bearer t");
        sends(&basic, |request| request.without_auth(), "-");
        sends(&basic, |request| request.digest_auth("u", "p"), "-");
        sends(&basic, |request| request, UP);
        let bearer = builder().bearer_auth("abc").build().unwrap();
        sends(&bearer, |request| request, "Bearer abc");
        sends(&bearer, |request| request.basic_auth("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        sends(&client(), |request| request, "-");
        sends(&client(), |request| request.auth(Auth::basic("u", b"\xFF")), "Basic dTr/");
    });
}

#[test]
fn the_callers_own_line_wins() {
    on_both(|| {
        let basic = builder().basic_auth("u", "p").build().unwrap();
        sends(&basic, |request| request.header("authorization", "Own x"), "Own x");
        sends(&basic, |request| request.bearer_auth("t").header("Authorization", "Own x"), "Own x");
        sends(&basic, |request| request.without_header("Authorization"), "-");
        let default = builder().default_header("Authorization", "Default x").basic_auth("u", "p").build().unwrap();
        sends(&default, |request| request, "Default x");
        sends(&default, |request| request.without_auth(), "Default x");

        let peer = Peer::start([conn([any_request(), reply(unauthorized(&["Digest realm=\"r\", nonce=\"n\""]))])]);
        let own = client().get(peer.url("/")).header("Authorization", "Own x").digest_auth("u", "p").send().unwrap();
        assert_eq!(own.status(), 401, "nobody but the caller answers for the caller's line");
        peer.finish();
    });
}

#[test]
fn c359_user_and_password_of_the_url() {
    on_both(|| {
        let table = [
            ("u:p@", UP),
            ("u@", "Basic dTo="),
            (":p@", "Basic OnA="),
            ("a%40b:c%3Ad%2F@", "Basic YUBiOmM6ZC8="),
            ("J%C3%A4s:%E2%82%AC@", "Basic SsOkczrigqw="),
            ("u:%FF@", "Basic dTr/"),
            ("@", "-"),
        ];
        for (login, expected) in table {
            let peer = one();
            let url = peer.url("/").replace("http://", &format!("http://{login}"));
            assert_eq!(client().get(&url).send().unwrap().status(), 200);
            assert_eq!(shown(&peer.finish()), [expected], "{login}");
        }
        let with = |client: &HttpClient, own: bool| {
            let peer = one();
            let request = client.get(peer.url("/").replace("http://", "http://url:pw@"));
            let request = if own { request.basic_auth("u", "p") } else { request };
            assert_eq!(request.send().unwrap().status(), 200);
            shown(&peer.finish()).remove(0)
        };
        let bearer = builder().bearer_auth("t").build().unwrap();
        assert_eq!(with(&bearer, false), "Basic dXJsOnB3", "the URL is nearer than the client");
        assert_eq!(with(&bearer, true), UP, "the request's own option is nearer than the URL");
    });
}

#[test]
fn a_user_of_the_url_answers_with_a_digest_where_basic_is_refused() {
    on_both(|| {
        let digest = unauthorized(&["Digest realm=\"r\", nonce=\"n\", qop=auth"]);
        let peer = Peer::start([conn([any_request(), reply(digest), serve(ok("x"))])]);
        let (client, url) = (client(), peer.url("/").replace("http://", "http://u:p@"));
        for _ in 0..2 {
            assert_eq!(client.get(&url).send().unwrap().text().unwrap(), "x");
        }
        let shown = shown(&peer.finish());
        assert_eq!(shown[0], UP);
        assert!(shown[1].contains("nc=00000001") && shown[2].contains("nc=00000002"), "{shown:?}");
        // And only once.
        let peer = Peer::start([conn([any_request(), reply(unauthorized(&["Basic realm=\"r\""]))])]);
        let url = peer.url("/").replace("http://", "http://u:p@");
        assert_eq!(client.get(&url).send().unwrap().status(), 401);
        peer.finish();
    });
}

#[test]
fn sec_a6_sec_j6_bad_names_and_tokens_are_refused_before_anything_is_sent() {
    on_both(|| {
        let bad = || {
            [
                Auth::basic("hunter2:", "x"),
                Auth::basic("u", "hunter2\r\nX: y"),
                Auth::basic("hunter2\0", "x"),
                Auth::digest("hunter2\n", "x"),
                Auth::any("u", "hunter2\x7F"),
                Auth::bearer("hunter2\r\nX: y"),
                Auth::bearer("hunter2 x"),
                Auth::bearer(""),
            ]
        };
        let peer = Peer::start([]);
        for auth in bad() {
            let error = client().get(peer.url("/")).auth(auth).send().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::InvalidRequest, Some(Phase::Build)), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        for auth in bad() {
            let error = builder().auth(auth).build().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::InvalidConfig, Some(Phase::Build)), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        for login in ["hunter2%0D%0AX:y@", "u:hunter2%00@", "hunter2%3Ax:y@"] {
            let error = client().get(peer.url("/").replace("http://", &format!("http://{login}"))).send().unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidRequest, "{error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        assert_eq!(peer.connections(), 0);
        peer.finish();
        let client = builder().basic_auth("hunter1", "hunter2").build().unwrap();
        assert!(!format!("{client:?}").contains("hunter"), "{client:?}");
    });
}

#[test]
fn c220_cookies_of_a_401_are_kept_and_sent_with_the_answer() {
    on_both(|| {
        let challenge = "Digest realm=\"r\", nonce=\"n\", qop=auth\r\nSet-Cookie: a=1";
        let peer = Peer::always(conn([serve(unauthorized(&[challenge]))]));
        let client = builder().cookie_jar(CookieJar::new()).build().unwrap();
        let response = client.get(peer.url("/")).digest_auth("u", "p").send().unwrap();
        let error = response.error_for_status().unwrap_err();
        assert_eq!(error.kind(), Kind::Status);
        client.get(peer.url("/")).send().unwrap();
        let seen = peer.finish();
        let cookies: Vec<_> = seen.requests().iter().map(|request| request.header("cookie")).collect();
        assert_eq!(cookies, [None, Some("a=1"), Some("a=1")]);
    });
}

/// The status as an error keeps the response; basic credentials are not sent a second time.
#[test]
fn c220_a_401_is_the_response_once() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(unauthorized(&["Basic realm=\"r\""]))])]);
        let response = client().get(peer.url("/")).basic_auth("u", "wrong").send().unwrap();
        assert_eq!(response.status(), 401);
        let error = response.error_for_status().unwrap_err();
        assert_eq!(error.kind(), Kind::Status);
        assert_eq!(peer.finish().shape(), [1]);
    });
}
