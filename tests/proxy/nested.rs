//! TLS to the proxy and to the host, and proxies behind proxies.

use maypole::error::{Kind, Phase};
use maypole::net::{Roots, TlsConfig};

use crate::peer::*;
use crate::relay::{Relay, connect_to, socks_to};
use crate::{proxy, quiet, text, trusting};

const HERE: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn at(name: &str, port: u16) -> String {
    format!("https://{name}:{port}")
}

#[test]
fn c299_sec_f6_two_handshakes_and_two_name_checks() {
    on_both(|| {
        let script = || conn([any_request(), reply(ok("x".repeat(100_000)))]);
        let origin = Peer::tls(&Tls::default(), [script()], None);
        // The proxy's authority is another one: what is trusted for hosts does not count for proxies, nor the reverse.
        let other = Authority::new("the proxy's authority");
        let leaf = other.sign("p", &["p.maypole.test", "localhost"], 0..30);
        let relay = Relay::tls(&leaf, connect_to(origin.address()));
        let trust = || TlsConfig::builder().roots(Roots::Only(other.0.pem())).build().unwrap();
        let asked = |name: &str, proxy_tls: Option<TlsConfig>, host_tls: TlsConfig| {
            let mut proxy = proxy(at(name, relay.address.port()));
            if let Some(tls) = proxy_tls {
                proxy = proxy.tls(tls);
            }
            let client = quiet().tls(host_tls).resolve(name, 0, [HERE]).proxy(proxy).build().unwrap();
            client.get("https://h.maypole.test/").send()
        };
        let response = asked("p.maypole.test", Some(trust()), trusting()).unwrap();
        let info = response.connection();
        assert_eq!(info.proxy_tls.as_ref().unwrap().server_name, "p.maypole.test");
        assert_eq!(info.tls.as_ref().unwrap().server_name, "h.maypole.test");
        assert_eq!(response.text().unwrap().len(), 100_000);

        let refused = |error: maypole::Error, phase, name: &str| {
            assert_eq!((error.kind(), error.phase()), (Kind::Certificate, Some(phase)), "{error}");
            assert!(error.to_string().contains(&format!("certificate of {name} not accepted")), "{error}");
        };
        refused(asked("q.maypole.test", Some(trust()), trusting()).unwrap_err(), Phase::Proxy, "q.maypole.test");
        refused(asked("p.maypole.test", None, trust()).unwrap_err(), Phase::Proxy, "p.maypole.test");
        refused(asked("p.maypole.test", Some(trusting()), trusting()).unwrap_err(), Phase::Proxy, "p.maypole.test");
        drop(origin);

        // Switching checks off for the proxy leaves the host's on.
        let elsewhere = Peer::tls(&Tls::leaf(leaf.clone()), [conn([Act::Refused("unknown ca")])], None);
        let relay = Relay::tls(&leaf, connect_to(elsewhere.address()));
        let blind = TlsConfig::builder().danger_accept_invalid_certs(true).build().unwrap();
        let client = quiet().proxy(proxy(at("127.0.0.1", relay.address.port())).tls(blind)).build().unwrap();
        refused(client.get("https://h.maypole.test/").send().unwrap_err(), Phase::Tls, "h.maypole.test");
    });
}

#[test]
fn a_forwarding_https_proxy_gets_the_request_inside_tls() {
    on_both(|| {
        let peer =
            Peer::tls(&Tls::default(), [conn([request("GET http://h.test/ HTTP/1.1\r\n"), reply(ok("a"))])], None);
        let client = quiet().proxy(proxy(peer.url("")).tls(trusting())).build().unwrap();
        let response = client.get("http://h.test/").send().unwrap();
        let info = response.connection();
        assert!(info.forwarding && info.tls.is_none() && info.proxy_tls.is_some());
        assert_eq!(response.text().unwrap(), "a");
    });
}

#[test]
fn sec_f6_tls_through_socks_checks_the_hosts_name() {
    on_both(|| {
        let origin = Peer::tls(&Tls::default(), [conn([Act::Refused("bad certificate")])], None);
        let relay = Relay::start(socks_to(origin.address()));
        let client = quiet().proxy(proxy(relay.url("socks5h", ""))).build().unwrap();
        let error = client.get("https://other.test/").send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Certificate, Some(Phase::Tls)), "{error}");
    });
}

#[test]
fn proxies_in_a_row_are_asked_for_one_another() {
    on_both(|| {
        let origin = Peer::tls(&Tls::default(), [conn([any_request(), reply(ok("a"))])], None);
        let last = Relay::tls(leaf(), connect_to(origin.address()));
        let middle = Relay::start(connect_to(last.address));
        let first = Relay::start(socks_to(middle.address));
        let chain = proxy(at("last.maypole.test", last.address.port())).tls(trusting());
        let before = proxy("http://m:m@middle.test:3128").through(proxy(first.url("socks5h", "f:f@"))).unwrap();
        let client = quiet().proxy(chain.through(before).unwrap()).build().unwrap();
        assert_eq!(text(client.get("https://h.maypole.test/").send()), "a");
        assert_eq!(first.said(), ["5 name middle.test 3128 f:f"]);
        assert!(middle.said()[0].starts_with(&format!("CONNECT last.maypole.test:{} ", last.address.port())));
        assert!(middle.said()[0].contains("Proxy-Authorization: Basic bTpt\r\n"));
        assert_eq!(last.said(), ["CONNECT h.maypole.test:443 HTTP/1.1\r\nHost: h.maypole.test:443\r\n\r\n"]);
    });
}

#[test]
fn more_than_four_in_a_row_are_refused() {
    let mut chain = proxy("a.test");
    for _ in 0..3 {
        chain = proxy("b.test").through(chain).unwrap();
    }
    assert_eq!(proxy("c.test").through(chain).unwrap_err().kind(), Kind::InvalidConfig);
}

#[test]
fn a_proxy_that_chooses_http_2_is_refused() {
    on_both(|| {
        let peer = Peer::tls(&Tls::default().alpn(b"\x02h2"), [conn([Act::Closed])], None);
        let root = Roots::Only(authority().0.pem());
        let tls = TlsConfig::builder().roots(root).alpn(["h2", "http/1.1"]).build().unwrap();
        let client = quiet().proxy(proxy(peer.url("")).tls(tls)).build().unwrap();
        let error = client.get("https://h.test/").send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Proxy, Some(Phase::Proxy)), "{error}");
    });
}

#[test]
fn c364_what_each_step_took_is_told_apart() {
    on_both(|| {
        let origin = Peer::tls(&Tls::default(), [conn([any_request(), reply(ok("a"))])], None);
        let relay = Relay::start(move |wire| {
            let asked = connect_to(origin.address())(wire);
            std::thread::sleep(std::time::Duration::from_millis(50));
            asked
        });
        let client = quiet().proxy(proxy(relay.url("http", ""))).build().unwrap();
        let response = client.get("https://h.maypole.test/").send().unwrap();
        let (timings, dial) = (response.timings(), response.connection().timings);
        assert!(timings.proxy > std::time::Duration::ZERO && timings.proxy == dial.proxy, "{timings:?}");
        assert!(timings.tls > std::time::Duration::ZERO && timings.connect > std::time::Duration::ZERO);
        let steps = [timings.checkout, timings.resolve, timings.connect, timings.proxy, timings.tls, timings.send];
        assert!(steps.into_iter().sum::<std::time::Duration>() + timings.wait <= timings.total, "{timings:?}");
    });
}
