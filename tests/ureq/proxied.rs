//! ureq's proxy settings, spoken to by this crate.

use ::ureq::config::ConfigBuilder;
use ::ureq::typestate::AgentScope;
use ::ureq::{Agent, Proxy, ProxyProtocol};

use crate::both::{alike, config, named, ours, told};
use crate::children::Real;
use crate::peer::{Peer, Tls, any_request, conn, ok, on_both, reply, request};
use crate::secured::native;

fn by(proxy: &str) -> ConfigBuilder<AgentScope> {
    config().proxy(Some(Proxy::new(proxy).unwrap())).tls_config(native().build())
}

/// Plain and secured, over one connection each.
fn reaches(agent: impl Fn() -> Agent) {
    let script = || conn([any_request(), reply(ok("one")), any_request(), reply(ok("two"))]);
    for peer in [Peer::start([script()]), Peer::tls(&Tls::default(), [script()], None)] {
        let agent = agent();
        for _ in 0..2 {
            let outcome = told(agent.get(peer.url("/")).call());
            assert!(outcome.starts_with("200"), "{outcome}");
        }
        drop(agent);
        assert_eq!(peer.finish().shape(), [2]);
    }
}

#[test]
fn real_http_proxies() {
    let Some(proxy) = Real::tinyproxy(true) else { return };
    let at = format!("127.0.0.1:{}", proxy.port);
    alike(move |make| {
        reaches(|| make(by(&format!("http://me:secret@{at}")).build()));
        let wrong = make(by(&format!("http://me:wrong@{at}")).build());
        let error = named(&wrong.get("http://127.0.0.1:1/").call().unwrap_err());
        error.split('(').next().unwrap().to_owned()
    });
}

#[test]
fn an_https_proxy() {
    let Some(proxy) = Real::squid(false) else { return };
    let at = format!("https://localhost:{}", proxy.secure);
    alike(move |make| reaches(|| make(by(&at).build())));
}

/// Without ureq's feature for it, with which ureq's own agents would panic.
#[test]
fn real_socks_proxies() {
    let Some(proxy) = Real::microsocks(true) else { return };
    let port = proxy.port;
    on_both(move || {
        for scheme in ["socks5", "socks5h"] {
            reaches(|| ours(by(&format!("{scheme}://me:secret@127.0.0.1:{port}")).build()));
        }
        let wrong = ours(by(&format!("socks5://me:wrong@127.0.0.1:{port}")).build());
        assert!(named(&wrong.get("http://127.0.0.1:1/").call().unwrap_err()).starts_with("Io("));
    });
    let Some(proxy) = Real::dante() else { return };
    let port = proxy.port;
    on_both(move || {
        for scheme in ["socks4", "socks4a", "socks5"] {
            reaches(|| ours(by(&format!("{scheme}://127.0.0.1:{port}")).build()));
        }
    });
}

/// The proxy's name is looked up by the agent's resolver, the host's by the proxy unless ureq is told otherwise.
#[test]
fn what_a_proxy_is_asked_for() {
    let asked = |resolve: bool| {
        alike(move |make| {
            let tunnel = [request("CONNECT "), reply("HTTP/1.1 200 Fine\r\n\r\n"), request("GET /x "), reply(ok("x"))];
            let peer = Peer::start([conn(tunnel)]);
            let proxy = Proxy::builder(ProxyProtocol::Http).host("localhost").port(peer.port()).resolve_target(resolve);
            let agent = make(config().proxy(Some(proxy.build().unwrap())).user_agent("me/1").build());
            let outcome = told(agent.get("http://127.0.0.1:9/x").call());
            drop(agent);
            let seen = peer.finish();
            let connect = seen.requests()[0];
            let sent = ["user-agent", "proxy-connection"].map(|name| connect.header(name).map(str::to_owned));
            (outcome, sent, seen.shape())
        })
    };
    assert!(asked(false).0.starts_with("200"));
    assert!(asked(true).0.starts_with("200"));
}

#[test]
fn a_proxy_that_refuses() {
    let outcome = alike(|make| {
        let peer = Peer::start([conn([any_request(), reply("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")])]);
        let agent = make(config().proxy(Some(Proxy::new(&peer.url("")).unwrap())).build());
        let error = named(&agent.get("http://host.test/").call().unwrap_err());
        drop(agent);
        peer.finish();
        error.split('(').next().unwrap().to_owned()
    });
    assert_eq!(outcome, "ConnectProxyFailed");
}

#[test]
fn hosts_that_go_without_one() {
    alike(|make| {
        let peer = Peer::start([conn([any_request(), reply(ok("direct"))])]);
        let proxy = Proxy::builder(ProxyProtocol::Http).host("127.0.0.1").port(1).no_proxy("127.0.0.1");
        let agent = make(config().proxy(Some(proxy.build().unwrap())).build());
        let outcome = told(agent.get(peer.url("/")).call());
        drop(agent);
        peer.finish();
        outcome
    });
}
