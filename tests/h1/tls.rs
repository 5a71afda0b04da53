//! TLS as the client's interface shows it: whom it trusts, what it shows, what it offers, cases 278 to 292.

use maypole::deadline::Timeouts;
use maypole::error::{Kind, Phase};
use maypole::net::{Roots, TlsConfig, TlsConfigBuilder, TlsVersion};
use maypole::{ClientBuilder, HttpClient};

use crate::peer::*;
use crate::{ms, quick};

/// A client whose only root is the test authority.
pub(crate) fn trusting() -> ClientBuilder {
    with(trusting_tls())
}

pub(crate) fn trusting_tls() -> TlsConfigBuilder {
    TlsConfig::builder().roots(Roots::Only(authority().0.pem()))
}

fn with(tls: TlsConfigBuilder) -> ClientBuilder {
    HttpClient::builder().timeout(ms(5000)).tls(tls.build().unwrap())
}

/// A peer that shows this certificate and answers once.
fn showing(leaf: Leaf) -> Peer {
    Peer::tls(&Tls::leaf(leaf), [conn([any_request(), reply(ok("x"))])], None)
}

/// A peer whose certificate must be refused, with this alert.
fn refusing(leaf: Leaf, alert: &'static str) -> Peer {
    Peer::tls(&Tls::leaf(leaf), [conn([Act::Refused(alert)])], None)
}

/// Signed by somebody whom nobody knows.
fn unknown() -> Leaf {
    Authority::new("nobody").sign("localhost", &["localhost"], 0..30)
}

fn accepted(client: &HttpClient, url: &str) {
    assert_eq!(client.get(url).send().unwrap().text().unwrap(), "x");
}

#[track_caller]
fn refused(client: &HttpClient, peer: Peer, host: &str) -> String {
    let e = client.get(peer.url_at(host, "/")).send().unwrap_err();
    assert_eq!((e.kind(), e.phase()), (Kind::Certificate, Some(Phase::Tls)), "{e:?}");
    assert!(!e.is_retryable(), "it will be no other one the next time");
    let seen = peer.finish();
    assert_eq!(seen.connections.len(), 1, "one attempt");
    assert!(seen.requests().is_empty(), "no request byte was sent");
    format!("{e:?}")
}

#[test]
fn c278_the_certificate_itself_as_the_only_root() {
    on_both(|| {
        let own = Leaf::self_signed();
        let peer = showing(own.clone());
        accepted(&with(TlsConfig::builder().roots(Roots::Only(own.pem()))).build().unwrap(), &peer.url("/"));
        peer.finish();
    });
}

#[test]
fn c279_c280_sec_f1_unknown_authority() {
    on_both(|| {
        let default = HttpClient::builder().timeout(ms(5000)).build().unwrap();
        refused(&default, refusing(leaf().clone(), "unknown ca"), "localhost");
        let text = refused(&trusting().build().unwrap(), refusing(unknown(), "unknown ca"), "localhost");
        assert!(text.contains("localhost"), "names the subject: {text}");
    });
}

#[test]
fn sec_f1_expired_and_not_yet_valid() {
    on_both(|| {
        for days in [-30..-1, 1..30] {
            let text = refused(
                &trusting().build().unwrap(),
                refusing(authority().sign("localhost", &["localhost"], days), "certificate"),
                "localhost",
            );
            assert!(text.contains("expired") || text.contains("not yet valid"), "{text}");
        }
    });
}

#[test]
fn c281_sec_f2_the_host_of_the_url_is_asked_for_and_verified() {
    on_both(|| {
        let peer = showing(leaf().clone());
        accepted(&trusting().build().unwrap(), &peer.url_at("localhost", "/"));
        let seen = peer.finish();
        assert_eq!(seen.connections[0].tls.as_ref().unwrap().server_name.as_deref(), Some("localhost"));
        let peer = showing(leaf().clone());
        accepted(&trusting().build().unwrap(), &peer.url("/"));
        assert_eq!(peer.finish().connections[0].tls.as_ref().unwrap().server_name, None, "an address is no name");
    });
}

#[test]
fn c286_sec_f2_wrong_names() {
    on_both(|| {
        for (names, host) in [
            (vec!["other.test"], "localhost"),
            (vec!["*"], "localhost"),
            (vec!["127.0.0.1"], "127.0.0.1"),
            (vec!["*.maypole.test"], "a.b.maypole.test"),
            (vec!["*.maypole.test"], "maypole.test"),
            (vec!["a*.maypole.test"], "ab.c.maypole.test"),
        ] {
            let peer = refusing(authority().sign("localhost", &names, 0..30), "certificate");
            let client = trusting().resolve(host, 0, [peer.address().ip()]).build().unwrap();
            refused(&client, peer, host);
        }
        let peer = showing(leaf().clone());
        let client = trusting().resolve("a.maypole.test", 0, [peer.address().ip()]).build().unwrap();
        accepted(&client, &peer.url_at("a.maypole.test", "/"));
    });
}

#[test]
fn sec_f2_the_common_name_is_no_name() {
    on_both(|| {
        // Found out by ourselves after the handshake, so that there is no alert.
        let leaf = authority().sign("localhost", &[], 0..30);
        let peer = Peer::tls(&Tls::leaf(leaf), [conn([Act::Closed])], None);
        refused(&trusting().build().unwrap(), peer, "localhost");
    });
}

#[test]
fn c283_an_explicit_server_name_wins() {
    on_both(|| {
        let only = authority().sign("x", &["real.maypole.test"], 0..30);
        let peer = showing(only.clone());
        let client = with(trusting_tls().server_name("real.maypole.test")).build().unwrap();
        accepted(&client, &peer.url("/"));
        let seen = peer.finish();
        assert_eq!(seen.connections[0].tls.as_ref().unwrap().server_name.as_deref(), Some("real.maypole.test"));
        assert!(seen.requests()[0].header("host").unwrap().starts_with("127.0.0.1:"));
        let client = with(trusting_tls().server_name("other.maypole.test")).build().unwrap();
        refused(&client, refusing(only, "certificate"), "localhost");
    });
}

#[test]
fn c282_a_default_host_header_is_asked_for() {
    on_both(|| {
        let peer = showing(authority().sign("x", &["real.maypole.test"], 0..30));
        let client = trusting().default_header("Host", "real.maypole.test:1234").build().unwrap();
        accepted(&client, &peer.url_at("localhost", "/"));
        let seen = peer.finish();
        assert_eq!(seen.connections[0].tls.as_ref().unwrap().server_name.as_deref(), Some("real.maypole.test"));
        assert_eq!(seen.requests()[0].all("host"), ["real.maypole.test:1234"]);
    });
}

#[test]
fn c284_a_client_certificate() {
    on_both(|| {
        let own = authority().sign("client one", &[], 0..30);
        let asking = Tls::default().ask_client();
        let peer = Peer::tls(&asking, [conn([any_request(), reply(ok("x"))])], None);
        let client = with(trusting_tls().identity_pem(own.pem(), own.key_pem())).build().unwrap();
        accepted(&client, &peer.url("/"));
        assert_eq!(peer.finish().connections[0].tls.as_ref().unwrap().client_name.as_deref(), Some("client one"));

        // Without one: with TLS 1.3 the server's refusal may come only after our request.
        let peer = Peer::tls(&asking, [conn([Act::Refused("certificate")])], None);
        let e = trusting().build().unwrap().get(peer.url("/")).send().unwrap_err();
        assert!(matches!(e.kind(), Kind::Tls | Kind::Certificate | Kind::ConnectionLost), "{e:?}");
        peer.finish();
    });
}

#[test]
fn c285_a_certificate_without_its_key() {
    let (one, other) = (authority().sign("one", &[], 0..30), authority().sign("other", &[], 0..30));
    for key in [Vec::new(), other.key_pem(), b"no key".to_vec()] {
        let e = trusting_tls().identity_pem(one.pem(), key).build().unwrap_err();
        assert_eq!(e.kind(), Kind::InvalidConfig, "{e:?}");
    }
}

#[test]
fn c287_sec_f4_switches_that_trust_less_strictly() {
    on_both(|| {
        let wrong = || authority().sign("other", &["other.test"], 0..30);
        let peer = showing(Leaf::self_signed());
        accepted(&with(trusting_tls().danger_accept_invalid_certs(true)).build().unwrap(), &peer.url("/"));
        let peer = showing(wrong());
        accepted(&with(trusting_tls().danger_accept_invalid_certs(true)).build().unwrap(), &peer.url("/"));
        let peer = showing(wrong());
        let any_name = with(trusting_tls().danger_accept_invalid_hostnames(true)).build().unwrap();
        accepted(&any_name, &peer.url("/"));
        refused(&any_name, refusing(unknown(), "unknown ca"), "localhost");
    });
}

#[test]
fn c289_tls_settings_alone_do_not_switch_tls_on() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("x"))])]);
        accepted(&trusting().build().unwrap(), &peer.url("/"));
        peer.finish();
    });
}

#[test]
fn c290_alpn() {
    on_both(|| {
        let tls = Tls::default().alpn(b"\x08http/1.1");
        let peer = Peer::tls(&tls, [conn([any_request(), reply(ok("x"))])], None);
        let response = trusting().build().unwrap().get(peer.url("/")).send().unwrap();
        assert_eq!(response.connection().tls.as_ref().unwrap().alpn.as_deref(), Some("http/1.1"));
        assert_eq!(peer.finish().connections[0].tls.as_ref().unwrap().alpn.as_deref(), Some("http/1.1"));
    });
}

#[test]
fn c292_the_peers_certificate() {
    on_both(|| {
        let peer = showing(leaf().clone());
        let response = trusting().build().unwrap().get(peer.url("/")).send().unwrap();
        assert_eq!(response.connection().tls.as_ref().unwrap().peer_certificate, Some(leaf().der()));
    });
}

#[test]
fn sec_f10_old_versions() {
    on_both(|| {
        use openssl::ssl::SslVersion;
        for version in [SslVersion::TLS1, SslVersion::TLS1_1] {
            let peer = Peer::tls(&Tls::default().max(version), [conn([Act::Refused("protocol")])], None);
            let e = trusting().build().unwrap().get(peer.url("/")).send().unwrap_err();
            assert_eq!(e.kind(), Kind::Tls, "{e:?}");
        }
        let peer = Peer::tls(&Tls::default().max(SslVersion::TLS1_2), [conn([any_request(), reply(ok("x"))])], None);
        accepted(&trusting().build().unwrap(), &peer.url("/"));
        let newest = with(trusting_tls().min_version(TlsVersion::Tls13)).build().unwrap();
        let peer = showing(leaf().clone());
        accepted(&newest, &peer.url("/"));
        assert_eq!(peer.finish().connections[0].tls.as_ref().unwrap().version, "TLSv1.3");
    });
}

#[test]
fn sec_f7_alpn_that_was_not_offered() {
    on_both(|| {
        let tls = Tls::default().alpn(b"\x08http/1.1");
        let peer = Peer::tls(&tls, [conn([any_request(), reply(ok("x"))])], None);
        let none = with(trusting_tls().alpn(Vec::<String>::new())).build().unwrap();
        let response = none.get(peer.url("/")).send().unwrap();
        assert_eq!(response.connection().tls.as_ref().unwrap().alpn, None);
    });
}

#[test]
fn sec_f8_a_handshake_that_drips() {
    on_both(|| {
        // The head of a record of 16 KiB, and its content one byte at a time: for 20 s, longer than is waited below.
        let record = [&[0x16, 3, 3, 0x40, 0][..], &[0; 2_000]].concat();
        let peer = Peer::start([conn([pieces(record, 1, ms(10)), Act::Swallow])]);
        let timeouts = Timeouts { tls: Some(ms(100)), ..Timeouts::default() };
        let client = HttpClient::builder().timeouts(timeouts).build().unwrap();
        let watch = Stopwatch::start();
        let e = client.get(peer.url("/").replace("http", "https")).send().unwrap_err();
        assert_eq!((e.kind(), e.phase()), (Kind::Timeout, Some(Phase::Tls)), "{e:?}");
        watch.within(100..350);
        peer.wait_end(0);
    });
}

#[test]
fn sec_f8_close_in_the_handshake() {
    on_both(|| {
        for end in [Act::Close, Act::Reset] {
            let peer = Peer::start([conn([Act::Discard(1), end])]);
            let e = quick().get(peer.url("/").replace("http", "https")).send().unwrap_err();
            assert!(matches!(e.kind(), Kind::Tls | Kind::ConnectionLost | Kind::Incomplete), "{e:?}");
            assert_eq!(e.phase(), Some(Phase::Tls), "{e:?}");
            peer.finish();
        }
    });
}

#[test]
fn sec_f9_many_failing_handshakes_leave_nothing_behind() {
    on_thread(|| {
        let peer = Peer::tls(&Tls::leaf(unknown()), [], Some(conn([Act::Refused("unknown ca")])));
        let client = trusting().build().unwrap();
        for _ in 0..100 {
            assert_eq!(client.get(peer.url("/")).send().unwrap_err().kind(), Kind::Certificate);
        }
        peer.wait_released();
        peer.finish();
    });
}

#[test]
fn sec_f3_who_may_not_sign_vouches_for_nobody_and_a_client_s_certificate_is_no_server_s() {
    on_both(|| {
        // An ordinary leaf that signs another one: trusted itself, and still no authority.
        let leaf = authority().sign("localhost", &["localhost"], 0..30);
        let forged = Authority(leaf.clone()).sign("localhost", &["localhost"], 0..30);
        let roots = [authority().0.pem(), leaf.pem()].concat();
        let client = with(TlsConfig::builder().roots(Roots::Only(roots))).build().unwrap();
        refused(&client, refusing(forged, "unknown ca"), "localhost");
        let other_end = refusing(authority().sign_for_clients(), "unsupported certificate");
        refused(&trusting().build().unwrap(), other_end, "localhost");
    });
}
