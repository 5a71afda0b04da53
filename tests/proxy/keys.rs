//! What changes the way to a host changes the connection, sec-G1; what does not, does not.

use std::collections::HashSet;
use std::net::IpAddr;

use maypole::net::{AddressGuard, IpFamily, Proxy, Roots, Route, TlsConfig, TlsVersion};

use crate::peer::*;
use crate::relay::{Relay, connect_to};
use crate::{proxy, quiet};

/// Each differs from every other one in one thing.
fn proxies() -> Vec<Proxy> {
    let p = || proxy("http://p.test:1");
    vec![
        p(),
        proxy("http://p.test:2"),
        proxy("http://q.test:1"),
        proxy("https://p.test:1"),
        proxy("https://p.test:1").tls(TlsConfig::builder().danger_accept_invalid_certs(true).build().unwrap()),
        proxy("socks4://p.test:1"),
        proxy("socks4a://p.test:1"),
        proxy("socks5://p.test:1"),
        proxy("socks5h://p.test:1"),
        proxy("http://u:1@p.test:1"),
        proxy("http://u:2@p.test:1"),
        proxy("http://v:1@p.test:1"),
        p().header("X", "1").unwrap(),
        p().header("X", "2").unwrap(),
        p().header("Y", "1").unwrap(),
        p().tunnel(true),
        p().digest_only(true),
        p().through(proxy("socks5://s.test")).unwrap(),
        p().through(proxy("socks5://u:1@s.test")).unwrap(),
    ]
}

fn configurations() -> Vec<TlsConfig> {
    let new = TlsConfig::builder;
    let pin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let mine = authority().sign("me", &["me.test"], 0..30);
    let again = authority().sign("me", &["me.test"], 0..30);
    [
        new(),
        new().roots(Roots::System),
        new().add_root_pem(authority().0.pem()),
        new().identity_pem(mine.pem(), mine.key_pem()),
        new().identity_pem(again.pem(), again.key_pem()),
        new().min_version(TlsVersion::Tls13),
        new().max_version(TlsVersion::Tls12),
        new().alpn(["h2", "http/1.1"]),
        new().server_name("a"),
        new().sni(false),
        new().pinned_public_key(pin),
        new().danger_accept_invalid_certs(true),
        new().danger_accept_invalid_hostnames(true),
    ]
    .map(|builder| builder.build().unwrap())
    .into()
}

/// Every field that a route has; a new one does not compile until it stands here.
fn routes() -> Vec<Route> {
    let plain = Route::default();
    let Route { proxy, tls, local_address, local_ports, interface, unix, connect_to, server_name, family, guard } =
        plain.clone();
    assert!(proxy.is_none() && tls.is_none() && local_address.is_none() && local_ports.is_none());
    assert!(interface.is_none() && unix.is_none() && connect_to.is_none() && server_name.is_none());
    assert!(family.is_none() && guard.is_none() && plain.is_plain());
    let with = |change: &dyn Fn(&mut Route)| {
        let mut route = Route::default();
        change(&mut route);
        route
    };
    let mut all = vec![plain];
    all.extend(proxies().into_iter().map(|proxy| with(&|route| route.proxy = Some(proxy.clone()))));
    all.extend(configurations().into_iter().map(|tls| with(&|route| route.tls = Some(tls.clone()))));
    for n in [1, 2] {
        all.push(with(&|route| route.local_address = Some(IpAddr::from([127, 0, 0, n]))));
        all.push(with(&|route| route.local_ports = Some(n.into()..=9)));
        all.push(with(&|route| route.interface = Some(format!("eth{n}"))));
        all.push(with(&|route| route.unix = Some(format!("/{n}").into())));
        all.push(with(&|route| route.connect_to = Some((format!("h{n}"), 1))));
        all.push(with(&|route| route.connect_to = Some(("h".into(), n.into()))));
        all.push(with(&|route| route.server_name = Some(format!("h{n}"))));
    }
    all.push(with(&|route| route.family = Some(IpFamily::Any)));
    all.push(with(&|route| route.family = Some(IpFamily::V4)));
    all.push(with(&|route| route.family = Some(IpFamily::V6)));
    for guard in
        [AddressGuard::public_only(), AddressGuard::nothing(), AddressGuard::nothing().allow("1.1.1.1").unwrap()]
    {
        all.push(with(&|route| route.guard = Some(guard.clone())));
    }
    all
}

#[test]
#[allow(clippy::mutable_key_type, reason = "what changes in a TLS configuration is its context, which is not compared")]
fn sec_g1_every_two_routes_that_differ_in_anything_are_two_keys() {
    let all = routes();
    let key = |route: &Route| maypole::exchange::Key {
        url: maypole::Url::parse("https://h/").unwrap(),
        route: (!route.is_plain()).then(|| std::sync::Arc::new(route.clone())),
    };
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate() {
            assert_eq!(key(a) == key(b), i == j, "{a:?}\n{b:?}");
        }
    }
    let hashed: HashSet<_> = all.iter().map(key).collect();
    assert_eq!(hashed.len(), all.len());
    assert!(all.iter().all(|route| hashed.contains(&key(&route.clone()))));
}

#[test]
fn sec_j6_no_route_prints_a_secret() {
    for route in routes() {
        let shown = format!("{route:?}");
        assert!(!shown.contains("u:1") && !shown.contains("PRIVATE KEY"), "{shown}");
    }
    let proxy = proxy("socks5h://zaphod:s3cret@p.test").header("X-Key", "s3cret").unwrap();
    let shown = format!("{proxy} {proxy:?} {:?}", maypole::client::Proxies::all(proxy.clone()));
    assert!(!shown.contains("s3cret") && !shown.contains("zaphod"), "{shown}");
}

#[test]
fn c302_sec_g1_requests_that_go_another_way_never_share_a_connection() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let relays = [Relay::start(connect_to(peer.address())), Relay::start(connect_to(peer.address()))];
        let tunnel = |n: usize, user: &str| Some(proxy(relays[n].url("http", user)).tunnel(true));
        let client = quiet().build().unwrap();
        let ways: Vec<Option<Proxy>> =
            vec![None, tunnel(0, ""), tunnel(0, "u:1@"), tunnel(0, "u:2@"), tunnel(1, ""), Some(proxy(peer.url("")))];
        for round in 0..3 {
            for (n, way) in ways.iter().enumerate() {
                let request = client.get(peer.url("/"));
                let request = match way {
                    None => request,
                    Some(proxy) => request.proxy(proxy.clone()),
                };
                let response = request.send().unwrap();
                assert_eq!(response.is_reused(), round > 0, "way {n}, round {round}");
                assert_eq!(response.text().unwrap(), "x");
            }
        }
        assert_eq!((peer.connections(), relays[0].said().len(), relays[1].said().len()), (6, 3, 1));
        // What a request sets for itself is compared by value.
        for reused in [false, true] {
            let response = client.get(peer.url("/")).local_address(IpAddr::from([127, 0, 0, 5])).send().unwrap();
            assert_eq!(response.is_reused(), reused);
            assert_eq!(response.connection().local.unwrap().ip(), IpAddr::from([127, 0, 0, 5]));
            response.bytes().unwrap();
        }
    });
}

#[test]
fn sec_g1_tls_of_a_request_is_part_of_its_connection() {
    on_both(|| {
        let peer = Peer::tls(&Tls::default(), [], Some(conn([serve(ok("x"))])));
        let client = quiet().build().unwrap();
        let blind = || TlsConfig::builder().danger_accept_invalid_certs(true).build().unwrap();
        let reused = |request: maypole::RequestBuilder| {
            let response = request.send().unwrap();
            let reused = response.is_reused();
            response.bytes().unwrap();
            reused
        };
        assert!(!reused(client.get(peer.url("/")).tls(blind())), "first");
        assert!(!reused(client.get(peer.url("/"))), "a connection without checks never serves a request with them");
        assert!(reused(client.get(peer.url("/")).tls(blind())));
        assert!(reused(client.get(peer.url("/"))));
    });
}
