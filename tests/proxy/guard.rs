//! The address guard: on each address that is connected to, on each hop.

use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::error::Kind;
use maypole::net::AddressGuard;

use crate::peer::*;
use crate::relay::{Relay, connect_to, socks_to};
use crate::{proxy, quiet, text};

fn v4(last: u8) -> IpAddr {
    IpAddr::from([127, 0, 0, last])
}

/// Only 127.0.0.1 is outside.
fn only_one() -> AddressGuard {
    AddressGuard::nothing().allow("127.0.0.1").unwrap()
}

#[test]
fn c372_sec_i2_what_leads_inside_is_never_dialled() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = quiet().address_guard(AddressGuard::public_only()).build().unwrap();
        for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"] {
            let error = client.get(format!("http://{host}:{port}/")).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Blocked, "{host}: {error}");
            assert!(error.to_string().contains("not a public address"), "{error}");
        }
        assert!(listener.accept().is_err(), "nobody came");
        // With the guard of one request alone.
        let client = quiet().build().unwrap();
        let request = client.get(format!("http://127.0.0.1:{port}/")).address_guard(AddressGuard::public_only());
        assert_eq!(request.send().unwrap_err().kind(), Kind::Blocked);
    });
}

/// A listener at 127.0.0.2, and its port at 127.0.0.1 bound by one that does not listen, so that nobody else does.
fn inside_and_held() -> (TcpListener, socket2::Socket, u16) {
    loop {
        let inside = TcpListener::bind((v4(2), 0)).unwrap();
        inside.set_nonblocking(true).unwrap();
        let port = inside.local_addr().unwrap().port();
        let held = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        if held.bind(&std::net::SocketAddr::new(v4(1), port).into()).is_ok() {
            return (inside, held, port);
        }
    }
}

#[test]
fn c392_of_a_mixed_name_only_the_public_addresses_are_dialled() {
    on_both(|| {
        let (inside, _held, port) = inside_and_held();
        // Nothing listens at 127.0.0.1 there: a client that fell back would be seen.
        let client = quiet().resolve("mixed.test", 0, [v4(2), v4(1), v4(3)]).address_guard(only_one());
        let error = client.build().unwrap().get(format!("http://mixed.test:{port}/")).send().unwrap_err();
        assert_eq!((error.kind(), error.addresses()), (Kind::Connect, &[format!("127.0.0.1:{port}")][..]), "{error}");
        assert!(inside.accept().is_err(), "nobody came");

        let peer = Peer::always(conn([serve(ok("x"))]));
        let client = quiet().resolve("mixed.test", 0, [v4(2), v4(1)]).address_guard(only_one()).build().unwrap();
        let response = client.get(peer.url_at("mixed.test", "/")).send().unwrap();
        assert_eq!(response.connection().peer, Some(peer.address()));
        assert_eq!(response.text().unwrap(), "x");
    });
}

#[test]
fn sec_i2_a_name_that_changes_its_address_is_checked_each_time() {
    on_both(|| {
        let peer =
            Peer::always(conn([request("GET /"), reply("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nx"), Act::Close]));
        let turn = Arc::new(AtomicUsize::new(0));
        let rebinding = move |_: &str| Ok(vec![if turn.fetch_add(1, SeqCst) == 0 { v4(1) } else { v4(2) }]);
        let client = quiet().resolver(rebinding).remember_names(std::time::Duration::ZERO).address_guard(only_one());
        let client = client.build().unwrap();
        let url = peer.url_at("rebinding.test", "/");
        assert_eq!(text(client.get(&url).send()), "x");
        let error = client.get(&url).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Blocked);
        assert!(error.to_string().contains("127.0.0.2"), "{error}");
    });
}

#[test]
fn c372_sec_i2_on_every_hop_of_a_redirect() {
    on_both(|| {
        for to in [
            "http://127.0.0.2:1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::ffff:127.0.0.2]:1/",
            "http://in.test/",
        ] {
            let away = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            let peer = Peer::start([conn([any_request(), reply(away)])]);
            let client = quiet().resolve("in.test", 0, [v4(9)]).address_guard(only_one()).build().unwrap();
            let error = client.get(peer.url("/")).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Blocked, "{to}: {error}");
        }
    });
}

#[test]
fn c372_hosts_are_refused_before_they_are_looked_up() {
    on_both(|| {
        let lookups = Arc::new(AtomicUsize::new(0));
        let counting = lookups.clone();
        let guard = AddressGuard::everything().deny_host(".in.test").unwrap();
        let client = quiet().address_guard(guard).resolver(move |_: &str| {
            counting.fetch_add(1, SeqCst);
            Ok(vec![v4(1)])
        });
        let client = client.build().unwrap();
        let error = client.get("http://www.IN.test./").send().unwrap_err();
        assert_eq!((error.kind(), lookups.load(SeqCst)), (Kind::Blocked, 0), "{error}");
        assert!(error.to_string().contains("the rule `.in.test` denies it"), "{error}");
    });
}

#[test]
fn an_override_is_checked_where_it_leads() {
    on_both(|| {
        let client = quiet().resolve("h.test", 0, [v4(2)]).connect_to("c.test::127.0.0.2:1").address_guard(only_one());
        let client = client.build().unwrap();
        for url in ["http://h.test/", "http://c.test/"] {
            assert_eq!(client.get(url).send().unwrap_err().kind(), Kind::Blocked, "{url}");
        }
        let error = client.get("http://h.test/").unix_socket("/none").send().unwrap_err();
        assert_eq!(error.kind(), Kind::Blocked, "{error}");
    });
}

#[test]
fn through_proxies_only_what_is_known_here_may_pass() {
    on_both(|| {
        let origin = Peer::always(conn([serve(ok("x"))]));
        let (http, socks) = (Relay::start(connect_to(origin.address())), Relay::start(socks_to(origin.address())));
        let outside = IpAddr::from([1, 1, 1, 1]);
        let send = |url: &str, by: String, guard: AddressGuard| {
            let names = quiet().resolve("out.test", 0, [v4(9), outside]).resolve("in.test", 0, [v4(9)]);
            let client = names.proxy(proxy(by).tunnel(true)).address_guard(guard).build().unwrap();
            client.get(url).send()
        };
        let blocked = |url: &str, by: String| {
            let error = send(url, by, AddressGuard::public_only()).unwrap_err();
            assert_eq!(error.kind(), Kind::Blocked, "{url}: {error}");
        };
        for by in [http.url("http", ""), socks.url("socks5h", ""), socks.url("socks4a", "")] {
            blocked("http://name.test/", by.clone());
            blocked("http://127.0.0.1/", by.clone());
            blocked("http://169.254.169.254/", by.clone());
            let allowing = AddressGuard::public_only().allow_remote_lookup(true);
            assert_eq!(text(send("http://name.test/", by.clone(), allowing.clone())), "x");
            assert_eq!(send("http://10.0.0.1/", by, allowing).unwrap_err().kind(), Kind::Blocked);
        }
        blocked("http://in.test/", socks.url("socks5", ""));
        assert_eq!(text(send("http://out.test/", socks.url("socks5", ""), AddressGuard::public_only())), "x");
        assert_eq!(socks.said().last().unwrap(), "5 1.1.1.1 80", "the address outside");
        // A proxy that forwards looks names up as well.
        let client = quiet().proxy(proxy(http.url("http", ""))).address_guard(AddressGuard::public_only());
        assert_eq!(client.build().unwrap().get("http://name.test/").send().unwrap_err().kind(), Kind::Blocked);
    });
}
