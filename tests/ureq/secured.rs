//! TLS: ureq's configuration over this crate's handshakes.

use ::ureq::Error;
use ::ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsConfigBuilder, TlsProvider};
use maypole::compat::ureq::{Connector, Resolver};
use maypole::error::Kind;

use crate::both::{alike, config, named, ours, told};
use crate::peer::{Act, Authority, Leaf, Peer, Tls, any_request, authority, conn, ok, on_both, reply};

/// What ureq's own agent needs to compare with; ours takes any provider.
pub(crate) fn native() -> TlsConfigBuilder {
    TlsConfig::builder().provider(TlsProvider::NativeTls).root_certs(roots(&authority().0.pem()))
}

fn roots(pem: &[u8]) -> RootCerts {
    RootCerts::new_with_certs(&[Certificate::from_pem(pem).unwrap()])
}

fn twice() -> Vec<Act> {
    vec![any_request(), reply(ok("one")), any_request(), reply(ok("x".repeat(100_000)))]
}

#[test]
fn a_trusted_certificate() {
    let outcomes = alike(|make| {
        let peer = Peer::tls(&Tls::default(), [twice()], None);
        let agent = make(config().tls_config(native().build()).https_only(true).build());
        let outcomes = [0, 1].map(|_| told(agent.get(peer.url_at("localhost", "/")).call()));
        let plain = named(&agent.get("http://127.0.0.1:1/").call().unwrap_err());
        drop(agent);
        let seen = peer.finish().connections[0].tls.clone().unwrap();
        (outcomes, plain, seen.server_name, seen.alpn)
    });
    assert!(outcomes.0[1].contains("100000 bytes"));
    assert_eq!((outcomes.2.as_deref(), outcomes.3), (Some("localhost"), None));
}

#[test]
fn the_default_provider_needs_nothing_of_ureqs() {
    on_both(|| {
        let peer = Peer::tls(&Tls::default(), [twice()], None);
        let tls = TlsConfig::builder().root_certs(roots(&authority().0.pem())).build();
        let agent = ours(config().tls_config(tls).build());
        for _ in 0..2 {
            assert_eq!(agent.get(peer.url("/")).call().unwrap().body_mut().read_to_vec().unwrap()[0..1].len(), 1);
        }
        drop(agent);
        assert_eq!(peer.finish().shape(), [2]);
    });
}

/// ureq's variant for it cannot be made outside of ureq; the reason is inside.
#[test]
fn a_certificate_that_must_not_be_trusted() {
    on_both(|| {
        let elsewhere = authority().sign("elsewhere", &["elsewhere.test"], 0..30);
        let expired = authority().sign("localhost", &["localhost"], -20..-10);
        for (leaf, why) in [(elsewhere, "mismatch"), (expired, "expired"), (Leaf::self_signed(), "self-signed")] {
            let peer = Peer::tls(&Tls::leaf(leaf), [conn([Act::Refused("")])], None);
            let agent = ours(config().tls_config(native().build()).build());
            let error = agent.get(peer.url_at("localhost", "/")).call().unwrap_err();
            let Error::Other(cause) = &error else { panic!("{error:?}") };
            let cause = cause.downcast_ref::<maypole::Error>().unwrap();
            assert_eq!(cause.kind(), Kind::Certificate);
            assert!(error.to_string().contains(why), "{error}");
        }
    });
}

#[test]
fn verification_switched_off() {
    alike(|make| {
        let other = Authority::new("another").sign("elsewhere", &["elsewhere.test"], -20..-10);
        let peer = Peer::tls(&Tls::leaf(other), [twice()], None);
        let tls = TlsConfig::builder().provider(TlsProvider::NativeTls).disable_verification(true);
        let agent = make(config().tls_config(tls.use_sni(false).build()).build());
        let outcome = told(agent.get(peer.url_at("localhost", "/")).call());
        assert!(outcome.starts_with("200"), "{outcome}");
        told(agent.get(peer.url_at("localhost", "/")).call());
        drop(agent);
        let seen = peer.finish().connections[0].tls.clone().unwrap();
        (outcome, seen.server_name)
    });
}

#[test]
fn a_client_certificate_with_a_key_of_any_kind() {
    let client = authority().sign("me", &["me.test"], 0..30);
    let sec1 = client.key.ec_key().unwrap().private_key_to_pem().unwrap();
    on_both(move || {
        for key in [client.key_pem(), sec1.clone()] {
            let identity = ClientCert::new_with_certs(
                &[Certificate::from_pem(&client.pem()).unwrap()],
                PrivateKey::from_pem(&key).unwrap(),
            );
            let peer = Peer::tls(&Tls::default().ask_client(), [twice()], None);
            let agent = ours(config().tls_config(native().client_cert(Some(identity)).build()).build());
            let outcomes = [0, 1].map(|_| told(agent.get(peer.url("/")).call()));
            assert!(outcomes[1].starts_with("200"), "{outcomes:?}");
            drop(agent);
            let seen = peer.finish();
            assert_eq!(seen.shape(), [2]);
            assert_eq!(seen.connections[0].tls.as_ref().unwrap().client_name.as_deref(), Some("me"));
        }
    });
}

/// A request's own configuration neither uses nor fills the pool of its agent.
#[test]
fn a_requests_own_configuration() {
    let outcomes = alike(|make| {
        let (refused, once) = (|| conn([Act::Refused("")]), || conn([any_request(), reply(ok("x"))]));
        let peer = Peer::tls(&Tls::leaf(Leaf::self_signed()), [refused(), once(), once(), refused()], None);
        let agent = make(config().tls_config(native().build()).build());
        let lax = || native().disable_verification(true).build();
        let url = peer.url("/");
        let call = || told(agent.get(&url).config().tls_config(lax()).build().call()).starts_with("200");
        let outcomes = [agent.get(&url).call().is_err(), call(), call(), agent.get(&url).call().is_err()];
        drop(agent);
        (outcomes, peer.finish().connections.len())
    });
    assert_eq!(outcomes, ([true; 4], 4));
}

#[test]
fn what_ureq_cannot_say_the_connector_can() {
    on_both(|| {
        let peer = Peer::tls(&Tls::default().alpn(b"\x08http/1.1"), [twice()], None);
        let tls = maypole::TlsConfig::builder().add_root_pem(authority().0.pem()).build().unwrap();
        let connector = Connector::default().tls(tls);
        let agent = ::ureq::Agent::with_parts(config().build(), connector, Resolver::default());
        (0..2).for_each(|_| assert!(told(agent.get(peer.url("/")).call()).starts_with("200")));
        drop(agent);
        assert_eq!(peer.finish().connections[0].tls.as_ref().unwrap().alpn.as_deref(), Some("http/1.1"));
    });
}

#[test]
fn a_chain_that_goes_on_after_the_connector_finds_nothing_to_do() {
    use ::ureq::unversioned::transport::{Connector as _, NativeTlsConnector, TcpConnector};
    on_both(|| {
        let peer = Peer::tls(&Tls::default(), [twice()], None);
        let chain = ().chain(Connector::default()).chain(TcpConnector::default()).chain(NativeTlsConnector::default());
        let config = config().tls_config(native().build()).build();
        let agent = ::ureq::Agent::with_parts(config, chain, Resolver::default());
        (0..2).for_each(|_| assert!(told(agent.get(peer.url("/")).call()).starts_with("200")));
        drop(agent);
        assert_eq!(peer.finish().shape(), [2]);
    });
}
