//! `HttpsConnection`: whom it trusts, what it says, and that it is the same object inside TLS.

use maypole::compat::httplib::{HttpConnection, HttpsConnection, Kind, NO_HEADERS};
use maypole::error::{Kind as Why, Phase};
use maypole::net::{Roots, TlsConfig};

use crate::peer::*;
use crate::{fails, get, ms};

fn trusting() -> TlsConfig {
    TlsConfig::builder().roots(Roots::Only(authority().0.pem())).build().unwrap()
}

fn secure(host: &str, peer: &Peer) -> HttpsConnection {
    let mut conn = HttpsConnection::new(host, peer.port()).unwrap();
    conn.set_tls_config(trusting());
    conn.set_timeout(ms(5000));
    conn
}

#[test]
fn requests_inside_tls_are_the_same() {
    on_both(|| {
        let large = vec![b'x'; 300_000];
        let peer = Peer::tls(&Tls::default(), [conn([serve(ok(&large))])], None);
        let mut conn = secure("localhost", &peer);
        assert_eq!(get(&mut conn, "/"), large);
        conn.put_request("PUT", "/").unwrap();
        conn.put_header("Content-Length", "300000").unwrap();
        conn.end_headers().unwrap();
        conn.send(&large).unwrap();
        let mut response = conn.get_response().unwrap();
        assert_eq!(response.connection().tls.as_ref().unwrap().alpn.as_deref(), None);
        assert!(response.url().starts_with("https://localhost:"), "{}", response.url());
        assert_eq!(response.read_all().unwrap(), large);
        drop((conn, response));
        let seen = peer.finish();
        assert_eq!(seen.shape(), [2]);
        assert_eq!(seen.connections[0].tls.as_ref().unwrap().server_name.as_deref(), Some("localhost"));
        assert_eq!(seen.requests()[1].body.len(), 300_000);
        assert_eq!(seen.requests()[0].header("host").unwrap(), format!("localhost:{}", seen_port(&seen)));
    });
}

fn seen_port(seen: &Transcript) -> &str {
    seen.requests()[1].header("host").unwrap().rsplit(':').next().unwrap()
}

#[test]
fn certificates_and_names_are_checked() {
    on_both(|| {
        let unknown = Authority::new("nobody").sign("localhost", &["localhost"], 0..30);
        let another = authority().sign("other.test", &["other.test"], 0..30);
        let late = authority().sign("localhost", &["localhost"], -30..-1);
        for (leaf, alert) in [(unknown, "unknown ca"), (another, "certificate"), (late, "certificate")] {
            let peer = Peer::tls(&Tls::leaf(leaf), [conn([Act::Refused(alert)])], None);
            let mut conn = secure("localhost", &peer);
            let error = fails(conn.request("GET", "/", (), NO_HEADERS), Kind::Network);
            assert_eq!((error.cause().kind(), error.phase()), (Why::Certificate, Some(Phase::Tls)), "{error:?}");
            assert!(!conn.is_connected());
            assert!(peer.finish().requests().is_empty());
        }
        // Without a configuration of its own it trusts Mozilla's roots, and nobody else.
        let peer = Peer::tls(&Tls::default(), [conn([Act::Refused("unknown ca")])], None);
        let mut conn = HttpsConnection::new("localhost", peer.port()).unwrap();
        assert_eq!(fails(conn.connect(), Kind::Network).cause().kind(), Why::Certificate);
        peer.finish();
    });
}

#[test]
fn a_server_that_chooses_another_protocol_is_refused() {
    let peer = Peer::tls(&Tls::default().alpn(b"\x02h2\x08http/1.1"), [], Some(conn([serve(ok("x"))])));
    let mut conn = secure("localhost", &peer);
    let both = TlsConfig::builder().roots(Roots::Only(authority().0.pem())).alpn(["h2", "http/1.1"]).build().unwrap();
    conn.set_tls_config(both);
    let error = fails(conn.connect(), Kind::UnknownProtocol);
    assert!(error.to_string().contains("h2"), "{error}");
    conn.set_tls_config(trusting());
    assert_eq!(get(&mut conn, "/"), b"x");
    assert_eq!(conn.connection().unwrap().tls.as_ref().unwrap().alpn.as_deref(), Some("http/1.1"));
}

#[test]
fn a_client_certificate_is_shown_to_who_asks() {
    on_both(|| {
        let own = authority().sign("me", &["me"], 0..30);
        let peer = Peer::tls(&Tls::default().ask_client(), [conn([serve(ok("x"))])], None);
        let mut conn = secure("localhost", &peer);
        let tls = TlsConfig::builder().roots(Roots::Only(authority().0.pem())).identity_pem(own.pem(), own.key_pem());
        conn.set_tls_config(tls.build().unwrap());
        assert_eq!(get(&mut conn, "/"), b"x");
        drop(conn);
        assert_eq!(peer.finish().connections[0].tls.as_ref().unwrap().client_name.as_deref(), Some("me"));
    });
}

#[test]
fn an_end_without_a_close_notify_is_no_end() {
    on_both(|| {
        let cut = [any_request(), reply("HTTP/1.1 200 OK\r\n\r\nhalf"), Act::Sever];
        let peer = Peer::tls(&Tls::default(), [conn(cut)], None);
        let mut conn = secure("localhost", &peer);
        let mut response = crate::ask(&mut conn, "/");
        assert_eq!(fails(response.read_all(), Kind::IncompleteRead).partial(), b"half");
    });
}

#[test]
fn it_is_taken_where_a_plain_one_is() {
    let peer = Peer::tls(&Tls::default(), [conn([serve(ok("x"))])], None);
    let mut all: Vec<HttpConnection> = vec![secure("localhost", &peer).into()];
    assert_eq!(all[0].port(), peer.port());
    assert_eq!(get(&mut all[0], "/"), b"x");
    assert_eq!(HttpsConnection::new("h", None).unwrap().port(), 443);
    assert_eq!(HttpConnection::new("h", None).unwrap().port(), 80);
}
