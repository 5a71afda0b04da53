//! What never leaves the first origin.

use maypole::HttpClient;
use maypole::client::{Decision, Redirects};
use maypole::net::{Roots, TlsConfig};

use crate::peer::{Peer, Request, Server, Tls, any_request, authority, conn, ok, on_both, reply};
use crate::{Site, builder, client, redirect};

/// What an origin may get; `Proxy-Authorization` is for proxies alone and reaches none (sec-D12).
const SECRETS: [&str; 3] = ["authorization", "cookie", "x-api-key"];

/// `Proxy-Authorization` is for proxies that forward: no origin ever sees it.
const FOR_ORIGINS: [&str; 3] = ["authorization", "cookie", "x-api-key"];

fn secrets_in(request: &Request) -> Vec<&'static str> {
    assert_eq!(request.header("proxy-authorization"), None);
    SECRETS.into_iter().filter(|name| request.header(name).is_some()).collect()
}

fn with_secrets(client: &HttpClient, url: &str) -> maypole::RequestBuilder {
    client
        .get(url)
        .header("Authorization", "Basic c2VjcmV0")
        .header("Cookie", "a=secret")
        .header("Proxy-Authorization", "Basic c2VjcmV0")
        .sensitive_header("X-API-Key", "secret")
        .header("X-Plain", "1")
}

#[test]
fn c205_the_same_origin_keeps_them() {
    on_both(|| {
        let site = Site::start();
        with_secrets(&client(), &site.url("/302//to")).send().unwrap();
        assert_eq!(secrets_in(&site.last()), FOR_ORIGINS);
    });
}

#[test]
fn c206_sec_d3_another_host_or_port_gets_none_by_any_status() {
    on_both(|| {
        let (site, elsewhere) = (Site::start(), Site::start());
        for status in [301, 302, 303, 307, 308] {
            for (to, there) in [(site.other("/to"), &site), (elsewhere.url("/to"), &elsewhere)] {
                with_secrets(&client(), &site.url(&format!("/{status}/{to}"))).send().unwrap();
                let last = there.last();
                assert_eq!((secrets_in(&last), last.target.as_str()), (vec![], "/to"), "{status}");
                assert_eq!(last.header("x-plain"), Some("1"));
            }
        }
    });
}

#[test]
fn sec_d3_defaults_of_the_client_stay_with_the_first_origin_too() {
    let site = Site::start();
    let client = builder()
        .default_header("Authorization", "Bearer secret")
        .default_header("Cookie", "a=secret")
        .default_header("X-API-Key", "secret")
        .sensitive_headers(["x-api-key"])
        .build()
        .unwrap();
    client.get(site.url("/302//to")).send().unwrap();
    assert_eq!(secrets_in(&site.last()), FOR_ORIGINS);
    client.get(site.url(&format!("/302/{}", site.other("/to")))).send().unwrap();
    assert_eq!(secrets_in(&site.last()), [""; 0]);
    client.get(site.other("/fresh")).send().unwrap();
    assert_eq!(secrets_in(&site.last()).len(), 3, "a request of its own");
}

#[test]
fn sec_d5_what_was_dropped_does_not_come_back() {
    on_both(|| {
        let site = Site::start();
        let there_and_back = format!("/302/{}", site.other(&format!("/302/{}", site.url("/home"))));
        with_secrets(&client(), &site.url(&there_and_back)).send().unwrap();
        let seen = site.seen();
        assert_eq!(seen.iter().map(secrets_in).map(|names| names.len()).collect::<Vec<_>>(), [3, 0, 0]);
        assert_eq!(seen[2].target, "/home");
    });
}

#[test]
fn they_go_along_only_when_told_so() {
    let site = Site::start();
    let policy = Redirects::default().danger_keep_credentials();
    with_secrets(&client(), &site.url(&format!("/302/{}", site.other("/to")))).redirects(policy).send().unwrap();
    assert_eq!(secrets_in(&site.last()), FOR_ORIGINS);
}

#[test]
fn c206_c207_sec_d4_from_https_to_http_and_back() {
    on_both(|| {
        let plain = Site::start();
        let to = plain.url("/to");
        let secure = Peer::tls(&Tls::default(), [conn([any_request(), reply(redirect("302", &to))])], None);
        let roots = Roots::Only(authority().0.pem());
        let tls = TlsConfig::builder().roots(roots).build().unwrap();
        let client = builder().tls(tls).build().unwrap();
        with_secrets(&client, &secure.url_at("localhost", "/")).send().unwrap();
        assert_eq!(secrets_in(&plain.last()), [""; 0]);
        secure.finish();

        let secure = Peer::tls(&Tls::default(), [conn([any_request(), reply(redirect("302", &to))])], None);
        let refusing = Redirects::default().refuse_downgrade();
        let error = client.get(secure.url_at("localhost", "/")).redirects(refusing).send().unwrap_err();
        assert!(error.to_string().contains("from https"), "{error}");
        secure.finish();

        let secure = Peer::tls(&Tls::default(), [conn([any_request(), reply(ok(""))])], None);
        let to = secure.url_at("localhost", "/");
        let from = Server::start(move |_, responder| responder.reply(redirect("302", &to)));
        with_secrets(&client, &from.url("/")).send().unwrap();
        assert_eq!(secrets_in(secure.finish().requests()[0]), [""; 0]);
    });
}

#[test]
fn sec_d8_a_host_header_is_for_the_first_origin() {
    let (site, elsewhere) = (Site::start(), Site::start());
    let client = builder().default_header("Host", "given.test").build().unwrap();
    client.get(site.url("/302//to")).send().unwrap();
    assert_eq!(site.last().header("host"), Some("given.test"));
    client.get(site.url(&format!("/302/{}", elsewhere.url("/to")))).send().unwrap();
    assert_eq!(elsewhere.last().header("host"), Some(elsewhere.server.address().to_string().as_str()));
}

#[test]
fn sec_d6_referer_is_off_and_tells_no_secret_when_on() {
    let site = Site::start();
    client().get(site.url("/302//to")).send().unwrap();
    assert_eq!(site.last().header("referer"), None);
    let from = site.url("/302//to#part").replace("http://", "http://user:secret@");
    client().get(&from).redirects(Redirects::default().referer()).send().unwrap();
    assert_eq!(site.last().header("referer"), Some(site.url("/302//to").as_str()));
}

#[test]
fn sec_d6_nothing_of_a_password_is_printed() {
    let server = Server::start(|_, responder| responder.reply(redirect("302", "http://u:secret@127.0.0.1:9/x")));
    let error = client().get(server.url("/")).send().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    let looping = Server::start(|_, responder| responder.reply(redirect("302", "/x")));
    let url = looping.url("/").replace("http://", "http://u:secret@");
    let error = client().get(&url).send().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[test]
fn sec_d3_a_callback_that_chooses_another_origin_leaves_them_behind() {
    on_both(|| {
        let (site, elsewhere) = (Site::start(), Site::start());
        let to = elsewhere.url("/to");
        let own = |hop: &mut maypole::client::Hop<'_>| hop.next.set_header("Cookie", "for=you").unwrap();
        for adds in [false, true] {
            let to = to.clone();
            let rule = Redirects::limited(3).decide(move |hop| {
                hop.next.url = to.parse().unwrap();
                if adds {
                    own(hop);
                }
                Decision::Follow
            });
            let client = builder().redirects(rule).build().unwrap();
            with_secrets(&client, &site.url("/302//near")).header("Host", "own.test").send().unwrap();
            let last = elsewhere.last();
            assert_eq!(secrets_in(&last), if adds { vec!["cookie"] } else { vec![] });
            assert_eq!(last.header("host"), Some(&*elsewhere.server.address().to_string()));
        }
        let to = to.clone();
        let rule = Redirects::limited(3).decide(move |hop| {
            hop.next.url = to.parse().unwrap();
            Decision::Follow
        });
        let bound = builder().base_url(site.url("/")).only_origin(true).redirects(rule).build().unwrap();
        assert_eq!(bound.get("302//near").send().unwrap_err().kind(), maypole::error::Kind::WrongOrigin);
    });
}
