//! Two requests that differ in anything that changes whom they talk to never share a connection, sec-G1; c59.
//!
//! A pool belongs to a client, and so do most of these settings. What one client can change from request to request is
//! tested on one client; the rest on clients beside each other, which must not share anything behind their backs.

use maypole::HttpClient;
use maypole::error::Kind;
use maypole::net::{Roots, TlsConfig, TlsVersion};

use super::of_size;
use crate::ms;
use crate::peer::*;
use crate::tls::{trusting, trusting_tls};

fn always() -> Peer {
    Peer::always(conn([serve(ok("x"))]))
}

fn always_tls() -> Peer {
    Peer::tls(&Tls::default(), [], Some(conn([serve(ok("x"))])))
}

#[track_caller]
fn reused(client: &HttpClient, url: &str) -> bool {
    let response = client.get(url).send().unwrap();
    let reused = response.is_reused();
    assert_eq!(response.text().unwrap(), "x");
    reused
}

#[test]
fn sec_g1_nothing_differs() {
    on_both(|| {
        let (peer, client) = (always(), of_size(3));
        assert!(!reused(&client, &peer.url("/a")));
        // Neither path, query, fragment, credentials nor the case of the host change whom we talk to.
        for same in [peer.url("/b?c#d"), peer.url("/").replace("http://", "http://user:pass@")] {
            assert!(reused(&client, &same), "{same}");
        }
        let client = HttpClient::builder().resolve("h.test", 0, [peer.address().ip()]).build().unwrap();
        assert!(!reused(&client, &peer.url_at("h.test", "/")));
        assert!(reused(&client, &peer.url_at("H.Test", "/")));
    });
}

#[test]
fn sec_g1_scheme_host_and_port() {
    on_both(|| {
        let (peer, other) = (always(), always());
        let here = [peer.address().ip()];
        let client = HttpClient::builder().resolve("a.test", 0, here).resolve("b.test", 0, here).build().unwrap();
        let urls = [peer.url("/"), other.url("/"), peer.url_at("a.test", "/"), peer.url_at("b.test", "/")];
        for url in &urls {
            assert!(!reused(&client, url), "{url}: the same address, another origin");
        }
        for url in &urls {
            assert!(reused(&client, url), "{url}");
        }
    });
}

#[test]
fn sec_g1_host_header_is_not_the_host() {
    on_both(|| {
        let (peer, client) = (always(), of_size(3));
        assert!(!reused(&client, &peer.url("/")));
        let response = client.get(peer.url("/")).header("Host", "other.test").send().unwrap();
        assert!(response.is_reused(), "the same connection leads to the same server");
    });
}

/// Each of these clients connects for itself, in any order and again.
fn each_its_own(peer: &Peer, clients: &[HttpClient]) {
    for round in 0..2 {
        for (n, client) in clients.iter().enumerate() {
            assert_eq!(reused(client, &peer.url_at("localhost", "/")), round == 1, "client {n}, round {round}");
        }
    }
    assert_eq!(peer.connections(), clients.len());
}

#[test]
fn c59_sec_g1_sec_f5_tls_settings() {
    on_both(|| {
        let peer = always_tls();
        let identity = |name| authority().sign(name, &[], 0..30);
        let (one, two) = (identity("one"), identity("two"));
        let pem = authority().0.pem();
        let clients = [
            trusting_tls(),
            TlsConfig::builder().add_root_pem(pem.clone()),
            TlsConfig::builder().roots(Roots::Only([pem.clone(), pem].concat())),
            trusting_tls().danger_accept_invalid_certs(true),
            trusting_tls().danger_accept_invalid_hostnames(true),
            trusting_tls().identity_pem(one.pem(), one.key_pem()),
            trusting_tls().identity_pem(two.pem(), two.key_pem()),
            trusting_tls().min_version(TlsVersion::Tls13),
            trusting_tls().max_version(TlsVersion::Tls12),
            trusting_tls().alpn(Vec::<String>::new()),
            trusting_tls().server_name("a.maypole.test"),
            trusting_tls().sni(false),
        ]
        .map(|tls| HttpClient::builder().timeout(ms(5000)).tls(tls.build().unwrap()).build().unwrap());
        each_its_own(&peer, &clients);
    });
}

#[test]
fn sec_g1_verification_switched_off_does_not_vouch_for_the_next_client() {
    on_both(|| {
        let leaf = Authority::new("unknown").sign("localhost", &["localhost"], 0..30);
        let peer = Peer::tls(&Tls::leaf(leaf), [conn([serve(ok("x"))]), conn([Act::Refused("unknown ca")])], None);
        let careless = HttpClient::builder()
            .tls(trusting_tls().danger_accept_invalid_certs(true).build().unwrap())
            .build()
            .unwrap();
        assert!(!reused(&careless, &peer.url("/")));
        assert_eq!(trusting().build().unwrap().get(peer.url("/")).send().unwrap_err().kind(), Kind::Certificate);
        assert!(reused(&careless, &peer.url("/")));
    });
}

#[test]
fn sec_g1_local_address_and_address_override() {
    on_both(|| {
        let peer = always();
        let to = |address: &str| HttpClient::builder().resolve("localhost", peer.port(), [address.parse().unwrap()]);
        let from = |address: &str| to("127.0.0.1").local_address(address.parse().unwrap());
        let clients = [to("127.0.0.1"), from("127.0.0.2"), from("127.0.0.3")].map(|b| b.build().unwrap());
        each_its_own(&peer, &clients);
        let froms: Vec<_> =
            peer.so_far().connections.iter().map(|c| c.from.split(':').next().unwrap().to_owned()).collect();
        assert_eq!(froms, ["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
        // Nobody listens there: an override of one client is not remembered for another one.
        let elsewhere = to("127.0.0.9").build().unwrap();
        assert_eq!(elsewhere.get(peer.url_at("localhost", "/")).send().unwrap_err().kind(), Kind::Connect);
    });
}

#[test]
fn sec_g1_unix_sockets() {
    on_both(|| {
        let peers = [(); 2].map(|()| Peer::unix(None, [conn([serve(ok("x"))])]));
        let clients = [&peers[0], &peers[1]].map(|p| HttpClient::builder().unix_socket(p.path()).build().unwrap());
        for round in 0..2 {
            for client in &clients {
                assert_eq!(reused(client, "http://localhost/"), round == 1);
            }
        }
        for peer in peers {
            assert_eq!(peer.finish().shape(), [2]);
        }
    });
}
