//! Two clients, or a client and a session, have nothing in common.

use maypole::client::Auth;
use maypole::error::Kind;
use maypole::net::Roots;
use maypole::{CookieJar, HttpClient, Session, TlsConfig};

use crate::builder;
use crate::in_coroutine;
use crate::peer::{Authority, on_thread};
use crate::setup::*;
use crate::world::World;

/// Clients that differ in each thing that a client can have, and what each of its requests must look like.
fn kinds() -> Vec<Setup> {
    let mut all = vec![Setup([0; 10])];
    for at in [PROXY, TLS, IDENTITY, AUTH, COOKIES, LOCAL] {
        let values = (1..VALUES[at]).filter(|value| at != COOKIES || *value == 2);
        all.extend(values.map(|value| Setup([0; 10]).with(at, value)));
    }
    all.extend([1, 2].map(|login| Setup([0; 10]).with(PROXY, 1).with(LOGIN, login)));
    all.push(Setup([0, 0, 0, 2, 2, 1, 1, 1, 2, 1]));
    all
}

#[test]
fn c59_sec_g1_f5_every_two_clients_by_turns_share_no_connection_and_nothing_else() {
    in_coroutine(|| {
        let form = Form::Tunnel;
        let world = World::start(MACHINES);
        let kinds: Vec<Setup> = kinds().into_iter().map(|kind| kind.with(SCHEME, 1)).collect();
        let make = |kind: &Setup| kind.on_client(builder(), &world, form).build().unwrap();
        for (one, other) in
            kinds.iter().enumerate().flat_map(|(n, one)| kinds[n..].iter().map(move |other| (one, other)))
        {
            let clients = [(make(one), one), (make(other), other)];
            let mut connections = Vec::new();
            for (client, kind) in clients.iter().chain(&clients) {
                let response = client.get(kind.url(&world, "/x")).send().unwrap();
                let seen = world.seen(&response.text().unwrap());
                assert_eq!(Facts::of(&seen), kind.expected(&world, form, "/x"), "{one:?} and {other:?}");
                connections.push(seen.connection);
            }
            assert_eq!(connections[..2], connections[2..], "each its own");
            assert_ne!(connections[0], connections[1], "{one:?} and {other:?}");
        }
    });
}

#[test]
fn sec_f4_f5_whom_one_client_or_request_trusts_is_not_whom_the_next_one_does() {
    on_thread(|| {
        let world = World::start(1);
        let url = format!("https://other.test:{}/x", world.port(0));
        let right = format!("https://a.maypole.test:{}/x", world.port(0));
        let blind = || TlsConfig::builder().danger_accept_invalid_certs(true).build().unwrap();
        let client = builder().build().unwrap();
        let ok = |response: maypole::Result<maypole::Response>| {
            let response = response.unwrap();
            let reused = response.is_reused();
            response.bytes().unwrap();
            reused
        };
        let refused = |response: maypole::Result<maypole::Response>| {
            assert_eq!(response.map(drop).unwrap_err().kind(), Kind::Certificate);
        };
        // The certificate is another host's.
        refused(client.get(&*url).send());
        assert!(!ok(client.get(&*url).tls(blind()).send()));
        refused(client.get(&*url).send());
        assert!(ok(client.get(&*url).tls(blind()).send()));
        // Roots: of a request, of another client, and none of both.
        let stranger = Roots::Only(Authority::new("somebody else").0.pem());
        let strange = || TlsConfig::builder().roots(stranger.clone()).build().unwrap();
        let other = builder().tls(strange()).build().unwrap();
        for _ in 0..2 {
            ok(client.get(&*right).send());
            refused(client.get(&*right).tls(strange()).send());
            refused(other.get(&*right).send());
            ok(other.get(&*right).tls(blind()).send());
            refused(other.get(&*right).send());
        }
    });
}

#[test]
fn sec_d13_e5_state_of_one_client_or_session_is_not_anothers() {
    on_thread(|| {
        let world = World::start(1);
        let base = format!("http://a.maypole.test:{}/", world.port(0));
        world.on("/login", 200, &["Set-Cookie: id=1; Path=/".to_owned()]);
        let session = || {
            let builder = Session::builder().base_url(&base).auth(Auth::digest("ada", "p"));
            builder.client(|_| builder_with_jar().base_url(&base).auth(Auth::digest("ada", "p"))).build().unwrap()
        };
        let (one, other) = (session(), session());
        let bare = builder().build().unwrap();
        let line = |client: &HttpClient, path: &str, name: &str| {
            let response = client.get(format!("{base}{path}")).send().unwrap();
            let body = response.text().unwrap();
            world.seen(&body).line(name)
        };
        assert!(line(&one, "digest", "authorization").is_some());
        line(&one, "login", "cookie");
        assert_eq!(line(&one, "x", "cookie").as_deref(), Some("id=1"));
        assert!(line(&one, "x", "authorization").is_some(), "the nonce is known");
        for client in [&*other, &bare] {
            assert_eq!(line(client, "x", "cookie"), None);
            assert_eq!(line(client, "x", "authorization"), None, "no nonce is known");
        }
        // The module's own client keeps nothing of anybody's.
        let response = maypole::get(format!("http://127.0.0.1:{}/x", world.port(0))).no_proxy().send().unwrap();
        let seen = world.seen(&response.text().unwrap());
        assert_eq!((seen.line("cookie"), seen.line("authorization")), (None, None));
    });
}

fn builder_with_jar() -> maypole::ClientBuilder {
    builder().cookies(true)
}

#[test]
fn sec_e5_a_jar_serves_all_who_were_given_it_and_nobody_else() {
    on_thread(|| {
        let world = World::start(1);
        let base = format!("http://a.maypole.test:{}", world.port(0));
        world.on("/login", 200, &["Set-Cookie: id=1; Path=/".to_owned()]);
        let jar = CookieJar::new();
        let sharing = [(); 2].map(|()| builder().cookie_jar(jar.clone()).build().unwrap());
        let alone = builder_with_jar().build().unwrap();
        let cookie = |client: &HttpClient, path: &str| {
            let response = client.get(format!("{base}{path}")).send().unwrap();
            world.seen(&response.text().unwrap()).line("cookie")
        };
        cookie(&sharing[0], "/login");
        assert_eq!(sharing.each_ref().map(|client| cookie(client, "/x")), [Some("id=1".into()), Some("id=1".into())]);
        assert_eq!(cookie(&alone, "/x"), None);
        let request = sharing[1].get(format!("{base}/x")).without_cookie_jar().send().unwrap();
        assert_eq!(world.seen(&request.text().unwrap()).line("cookie"), None);
        jar.clear();
        assert_eq!(sharing.each_ref().map(|client| cookie(client, "/x")), [None, None]);
    });
}
