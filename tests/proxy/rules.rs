//! Which request goes which way: rules, exceptions, the environment, other hosts to connect to.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::HttpClient;
use maypole::client::{Proxies, ProxyChoice};
use maypole::error::Kind;

use crate::peer::*;
use crate::{proxy, quiet, text};

const HERE: [IpAddr; 1] = [IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)];

fn serving(body: &str) -> Peer {
    Peer::always(conn([serve(ok(body))]))
}

#[test]
fn c300_variables_and_exceptions_are_applied_and_can_be_switched_off() {
    on_both(|| {
        let (by_proxy, direct) = (serving("proxy"), serving("direct"));
        let url = by_proxy.url("");
        let variables = move |name: &str| match name {
            "http_proxy" => Some(url.clone()),
            "no_proxy" => Some("localhost, .in.test".into()),
            _ => None,
        };
        let proxies = Proxies::from_variables(variables).unwrap();
        let client = quiet().proxies(proxies).resolve("h.in.test", 0, HERE).build().unwrap();
        let get = |host: &str| client.get(direct.url_at(host, "/"));
        assert_eq!(text(get("h.test").send()), "proxy");
        assert_eq!(text(get("127.0.0.1").send()), "proxy");
        assert_eq!(text(get("h.in.test").send()), "direct");
        assert_eq!(text(get("localhost").send()), "direct");
        assert_eq!(text(get("127.0.0.1").no_proxy().send()), "direct");
    });
}

#[test]
fn c302_a_request_overrides_its_clients_proxy() {
    on_both(|| {
        let (a, b, direct) = (serving("a"), serving("b"), serving("direct"));
        let client = quiet().proxy(proxy(a.url(""))).build().unwrap();
        let get = || client.get(direct.url("/"));
        assert_eq!(text(get().send()), "a");
        assert_eq!(text(get().proxy(proxy(b.url(""))).send()), "b");
        assert_eq!(text(get().no_proxy().send()), "direct");
        assert_eq!(text(get().send()), "a");
    });
}

#[test]
fn c399_a_callback_takes_turns() {
    on_both(|| {
        let peers = [serving("a"), serving("b")];
        let all = [proxy(peers[0].url("")), proxy(peers[1].url(""))];
        let turn = AtomicUsize::new(0);
        let rule = move |_: &maypole::Url| ProxyChoice::Through(all[turn.fetch_add(1, SeqCst) % 2].clone());
        let client = quiet().proxies(Proxies::none().rule(rule)).build().unwrap();
        let got: Vec<_> = (0..4).map(|_| text(client.get("http://h.test/").send())).collect();
        assert_eq!(got, ["a", "b", "a", "b"]);
    });
}

#[test]
fn c370_another_host_to_connect_to_and_the_names_stay() {
    on_both(|| {
        let peer = Peer::tls(&Tls::default(), [], Some(conn([serve(ok("x"))])));
        let rule = format!("h.maypole.test:443:127.0.0.1:{}", peer.port());
        let client = quiet().connect_to(&rule).build().unwrap();
        let response = client.get("https://h.maypole.test/").send().unwrap();
        assert_eq!(response.connection().tls.as_ref().unwrap().server_name, "h.maypole.test");
        assert_eq!(response.text().unwrap(), "x");
        // A request's own rule comes first.
        let dead = Refused::start();
        let request = client.get("https://h.maypole.test/").connect_to(&format!("::{}", dead.address()));
        assert_eq!(request.send().unwrap_err().kind(), Kind::Connect);
        let seen = peer.finish();
        assert_eq!(seen.requests()[0].header("host"), Some("h.maypole.test"));
        assert_eq!(client.get("http://h.test/").connect_to("x").send().unwrap_err().kind(), Kind::InvalidConfig);
        assert_eq!(HttpClient::builder().connect_to("x").build().unwrap_err().kind(), Kind::InvalidConfig);
    });
}

#[test]
fn a_tunnel_is_asked_for_the_other_host() {
    on_both(|| {
        let origin = Peer::tls(&Tls::default(), [conn([any_request(), reply(ok("x"))])], None);
        let relay = crate::relay::Relay::start(crate::relay::connect_to(origin.address()));
        let client = quiet().connect_to("h.maypole.test::backend.test:8443").proxy(proxy(relay.url("http", "")));
        assert_eq!(text(client.build().unwrap().get("https://h.maypole.test/").send()), "x");
        assert!(relay.said()[0].starts_with("CONNECT backend.test:8443 "));
        // Plain text too: a proxy that forwards would connect to the URL's host.
        let origin = Peer::start([conn([request("GET /y HTTP/1.1\r\n"), reply(ok("y"))])]);
        let relay = crate::relay::Relay::start(crate::relay::connect_to(origin.address()));
        let client = quiet().connect_to("h.test:80:backend.test:").proxy(proxy(relay.url("http", ""))).build().unwrap();
        assert_eq!(text(client.get("http://h.test/y").send()), "y");
        assert!(relay.said()[0].starts_with("CONNECT backend.test:80 "));
    });
}

#[test]
fn c371_the_local_port_comes_from_a_range() {
    on_both(|| {
        let peer = serving("x");
        // None that the system gives to other tests meanwhile.
        let port = free_ports(2);
        let (_taken, next) = (std::net::TcpListener::bind(("127.0.0.1", port)).unwrap(), port + 1);
        let client = quiet().build().unwrap();
        let request = || client.get(peer.url("/")).local_address(HERE[0]);
        let response = request().local_ports(port..=next).send().unwrap();
        assert_eq!(response.connection().local.unwrap().port(), next);
        let error = request().local_ports(port..=port).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Exhausted, "{error}");
        assert_eq!(request().local_ports(0..=9).send().unwrap_err().kind(), Kind::InvalidConfig);
        let empty = std::ops::RangeInclusive::new(9, 1);
        assert_eq!(HttpClient::builder().local_ports(empty).build().unwrap_err().kind(), Kind::InvalidConfig);
    });
}

#[test]
fn contradictions_are_refused_when_the_client_is_built() {
    let unix = || quiet().unix_socket("/none");
    assert!(unix().build().is_ok());
    assert_eq!(unix().proxy(proxy("p.test")).build().unwrap_err().kind(), Kind::InvalidConfig);
    let guard = maypole::net::AddressGuard::public_only();
    assert_eq!(unix().address_guard(guard).build().unwrap_err().kind(), Kind::InvalidConfig);
}

#[test]
fn a_unix_socket_of_one_request_takes_no_proxy() {
    on_both(|| {
        let peer = Peer::unix(None, [conn([request("GET /x HTTP/1.1\r\n"), reply(ok("x"))])]);
        let client = quiet().proxy(proxy("http://127.0.0.1:1")).build().unwrap();
        assert_eq!(text(client.get("http://h.test/x").unix_socket(peer.path()).send()), "x");
    });
}
