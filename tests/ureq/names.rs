//! Names and addresses: what cannot be found or reached, and what is remembered.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use ::ureq::config::IpFamily;
use ::ureq::{Agent, Error, Timeout};
use maypole::compat::ureq::{Connector, Resolver};
use maypole::net::Network;
use maypole::rt::Group;

use crate::both::{alike, config, named, told};
use crate::peer::{Gate, Peer, Refused, any_request, conn, ok, on_both, reply, serve};

#[test]
fn refused_unknown_and_malformed() {
    let outcomes = alike(|make| {
        let (agent, refused) = (make(config().build()), Refused::start());
        let port = refused.address().port();
        let at = |url: String| named(&agent.get(url).call().unwrap_err());
        [
            at(format!("http://127.0.0.1:{port}/")),
            at(format!("http://localhost:{port}/")),
            at("http://no-such-host.invalid/".into()).split('(').next().unwrap().to_owned(),
            at("ftp://127.0.0.1/".into()),
            at("/path".into()),
        ]
    });
    assert_eq!(outcomes[..3], ["Io(ConnectionRefused)", "Io(ConnectionRefused)", "Io"]);
}

#[test]
fn the_text_of_an_error_says_what_was_looked_for() {
    let agent = crate::both::ours(config().build());
    let unknown = agent.get("http://no-such-host.invalid/").call().unwrap_err().to_string();
    assert!(unknown.contains("no-such-host.invalid not found"), "{unknown}");
    let refused = Refused::start();
    let error = agent.get(format!("http://{}/", refused.address())).call().unwrap_err().to_string();
    assert!(error.contains("refused") && error.contains(&refused.address().to_string()), "{error}");
}

#[test]
fn the_family_counts() {
    alike(|make| {
        let peer = Peer::start([conn([any_request(), reply(ok("four"))])]);
        let agent = make(config().ip_family(IpFamily::Ipv4Only).build());
        let four = told(agent.get(peer.url_at("localhost", "/")).call());
        let agent = make(config().ip_family(IpFamily::Ipv6Only).build());
        let six = named(&agent.get("http://127.0.0.1:1/").call().unwrap_err());
        assert_eq!(six, "HostNotFound");
        drop(peer.finish());
        four
    });
}

/// A network whose name server answers for `a.test` when the gate opens.
fn network(asked: Arc<AtomicUsize>, gate: Option<Gate>) -> Network {
    let resolve = move |_: &str| {
        asked.fetch_add(1, SeqCst);
        gate.iter().for_each(Gate::wait);
        Ok(vec![IpAddr::from([127, 0, 0, 1])])
    };
    Network::builder().resolver(resolve).build()
}

fn agent(network: Network, config: ::ureq::config::Config) -> Agent {
    Agent::with_parts(config, Connector::new(network.clone()), Resolver::new(network))
}

#[test]
fn a_crowd_asks_for_a_name_once() {
    let (asked, gate) = (Arc::new(AtomicUsize::new(0)), Gate::new());
    let peer = Peer::always(conn([serve(ok("x"))]));
    let agent = agent(network(asked.clone(), Some(gate.clone())), config().build());
    let url = peer.url_at("a.test", "/");
    let opening = gate.clone();
    let seen = asked.clone();
    std::thread::spawn(move || {
        crate::peer::wait_until("a lookup", || seen.load(SeqCst) > 0);
        opening.open();
    });
    let all = Group::new(200).map(0..200, move |_| agent.get(&url).call().map(|r| r.status().as_u16())).unwrap();
    assert!(all.into_iter().all(|status| status.unwrap() == 200));
    assert_eq!(asked.load(SeqCst), 1);
}

#[test]
fn a_lookup_that_takes_too_long_is_ureqs_timeout() {
    on_both(|| {
        let gate = Gate::new();
        let limit = Some(Duration::from_millis(30));
        for (config, expected) in [
            (config().timeout_resolve(limit), Timeout::Resolve),
            (config().timeout_global(limit), Timeout::Global),
            (config().timeout_per_call(limit), Timeout::PerCall),
        ] {
            let agent = agent(network(Arc::default(), Some(gate.clone())), config.build());
            match agent.get("http://a.test/").call() {
                Err(Error::Timeout(reason)) => assert_eq!(reason, expected),
                other => panic!("{other:?}"),
            }
        }
        gate.open();
    });
}

/// A resolver of the program's own, as ureq allows it, which sends the host elsewhere.
#[test]
fn addresses_and_port_are_the_resolvers() {
    #[derive(Debug)]
    struct Elsewhere(std::net::SocketAddr);
    impl ::ureq::unversioned::resolver::Resolver for Elsewhere {
        fn resolve(
            &self,
            _: &::ureq::http::Uri,
            _: &::ureq::config::Config,
            _: ::ureq::unversioned::transport::NextTimeout,
        ) -> Result<::ureq::unversioned::resolver::ResolvedSocketAddrs, Error> {
            let mut all = self.empty();
            all.push(self.0);
            Ok(all)
        }
    }
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("x"))])]);
        let agent = Agent::with_parts(config().build(), Connector::default(), Elsewhere(peer.address()));
        assert_eq!(agent.get("http://far.test:81/").call().unwrap().status(), 200);
        drop(agent);
        assert_eq!(peer.finish().requests()[0].header("host"), Some("far.test:81"));
    });
}
