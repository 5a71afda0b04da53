//! Which connections are used again, cases 34 to 38, 49 to 58 and 63.

use std::fs::File;

use maypole::HttpClient;
use maypole::error::Kind;
use maypole::pool::IdleOrder;
use maypole::rt;

use super::of_size;
use crate::peer::*;
use crate::{ms, quick};

fn fetch(client: &HttpClient, peer: &Peer, path: &str) -> (bool, String) {
    let response = client.get(peer.url(path)).send().unwrap();
    (response.is_reused(), response.text().unwrap())
}

#[test]
fn c33_c36_fifty_requests_on_one_connection() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = quick();
        for n in 0..50 {
            assert_eq!(fetch(&client, &peer, "/"), (n > 0, "x".into()));
        }
        assert_eq!(client_sockets(peer.port()), 1);
        drop(client);
        peer.wait_released();
        assert_eq!(peer.finish().shape(), [50]);
    });
}

#[test]
fn c34_a_connection_that_the_peer_closed_while_idle() {
    on_both(|| {
        for (end, tls) in
            [(Act::Close, false), (Act::Reset, false), (Act::HalfClose, false), (Act::Close, true), (Act::Sever, true)]
        {
            let half = Gate::new();
            let first = conn([any_request(), reply(ok("a")), end, open(&half)]);
            let rest = conn([request("POST"), reply(ok("b"))]);
            let (peer, client) = match tls {
                true => (Peer::tls(&Tls::default(), [first, rest], None), crate::tls_client()),
                false => (Peer::start([first, rest]), quick()),
            };
            assert_eq!(fetch(&client, &peer, "/"), (false, "a".into()));
            wait_until("the end", || peer.so_far().connections[0].end.is_some() || half.is_open());
            // A POST is never repeated: this passes only if the dead connection was not tried.
            let second = client.post(peer.url("/")).body("x").send().unwrap();
            assert!(!second.is_reused());
            assert_eq!(second.text().unwrap(), "b");
            peer.finish();
        }
    });
}

#[test]
fn c35_stray_bytes_while_idle() {
    on_both(|| {
        let (go, sent) = (Gate::new(), Gate::new());
        let first = conn([any_request(), reply(ok("a")), hold(&go), reply("junk"), open(&sent), Act::Closed]);
        let peer = Peer::start([first, conn([any_request(), reply(ok("b"))])]);
        let client = quick();
        fetch(&client, &peer, "/");
        go.open();
        sent.wait();
        assert_eq!(fetch(&client, &peer, "/"), (false, "b".into()));
        peer.wait_end(0);
        peer.finish();
    });
}

#[test]
fn c37_the_last_one_returned_is_the_first_one_used() {
    on_both(|| {
        for (order, used) in [(IdleOrder::Lifo, "/c"), (IdleOrder::Fifo, "/b")] {
            let peer = Peer::always(conn([serve(ok("x"))]));
            let client = HttpClient::builder().idle_order(order).build().unwrap();
            let [a, b, c] = ["/a", "/b", "/c"].map(|path| client.get(peer.url(path)).send().unwrap());
            for response in [b, a, c] {
                response.text().unwrap();
            }
            let again = client.get(peer.url("/again")).send().unwrap();
            assert!(again.is_reused());
            let seen = peer.so_far();
            let of = |path| seen.connections.iter().position(|c| c.requests.iter().any(|r| r.target == path)).unwrap();
            assert_eq!(of("/again"), of(used), "{order:?}");
            again.text().unwrap();
            peer.finish();
        }
    });
}

#[test]
fn c38_descriptors_above_1024() {
    on_both(|| {
        let _open: Vec<File> = (0..1100).map(|_| File::open("/dev/null").unwrap()).collect();
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = quick();
        for n in 0..5 {
            assert_eq!(fetch(&client, &peer, "/").0, n > 0);
        }
    });
}

#[test]
fn c50_a_response_without_body_holds_nothing_after_its_head() {
    on_both(|| {
        let peer = Peer::start([conn([serve("HTTP/1.1 204 No Content\r\n\r\n")])]);
        let client = of_size(1);
        let first = client.get(peer.url("/")).send().unwrap();
        assert_eq!(client.stats().in_use, 0);
        let second = client.get(peer.url("/")).send().unwrap();
        assert_eq!((first.status(), second.is_reused()), (204, true));
    });
}

#[test]
fn c51_a_body_that_was_read_gives_its_connection_back_before_the_drop() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let client = of_size(1);
        let mut first = client.get(peer.url("/")).send().unwrap();
        std::io::Read::read_to_end(&mut first, &mut Vec::new()).unwrap();
        assert_eq!(client.stats().in_use, 0);
        assert!(client.get(peer.url("/")).send().unwrap().is_reused());
        assert_eq!(first.status(), 200);
        // The last byte is enough: nobody reads the end of a body whose length is known.
        let mut third = client.get(peer.url("/")).send().unwrap();
        std::io::Read::read_exact(&mut third, &mut [0]).unwrap();
        assert!(client.get(peer.url("/")).send().unwrap().is_reused());
    });
}

#[test]
fn c52_connection_close() {
    on_both(|| {
        for line in [
            "Connection: close",
            "connection: Close",
            "Connection: x, close",
            "Connection: keep-alive\r\nConnection: close",
        ] {
            let head = format!("HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 1\r\n\r\na");
            let peer = Peer::start([conn([any_request(), reply(head), Act::Closed]), conn([serve(ok("b"))])]);
            let client = quick();
            assert_eq!(fetch(&client, &peer, "/"), (false, "a".into()));
            peer.wait_end(0);
            assert_eq!(fetch(&client, &peer, "/"), (false, "b".into()), "{line}");
            peer.finish();
        }
        let peer = Peer::start([conn([any_request(), reply(ok("a")), Act::Closed]), conn([serve(ok("b"))])]);
        let client = quick();
        client.get(peer.url("/")).header("Connection", "close").send().unwrap().text().unwrap();
        peer.wait_end(0);
        assert_eq!(fetch(&client, &peer, "/"), (false, "b".into()), "asked for by the request");
    });
}

#[test]
fn c53_idle_timeout() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("a")), Act::Closed]), conn([serve(ok("b"))])]);
        let client = HttpClient::builder().pool_idle_timeout(ms(50)).build().unwrap();
        fetch(&client, &peer, "/");
        rt::sleep(ms(80));
        assert_eq!(fetch(&client, &peer, "/"), (false, "b".into()));
        peer.wait_end(0);
    });
}

#[test]
fn c54_keep_alive_timeout_of_the_server() {
    on_thread(|| {
        let head = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 1\r\n\r\na";
        let peer = Peer::start([conn([any_request(), reply(head), Act::Closed]), conn([serve(ok("b"))])]);
        let client = quick();
        fetch(&client, &peer, "/");
        rt::sleep(ms(600));
        assert_eq!(fetch(&client, &peer, "/"), (false, "b".into()));
    });
}

#[test]
fn c54_c55_promises_that_make_no_sense() {
    on_both(|| {
        for line in [
            "timeout=99999999999999999999",
            "timeout=-1",
            "timeout=x, max=y",
            "max=-1",
            "=",
            ",",
            "timeout",
            "timeout=18446744073709551615",
        ] {
            let head = format!("HTTP/1.1 200 OK\r\nKeep-Alive: {line}\r\nContent-Length: 1\r\n\r\na");
            let peer = Peer::always(conn([serve(head)]));
            let client = quick();
            for _ in 0..2 {
                assert_eq!(fetch(&client, &peer, "/").1, "a", "{line}");
            }
        }
    });
}

#[test]
fn c55_keep_alive_max_of_the_server() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nKeep-Alive: max=2\r\nContent-Length: 1\r\n\r\na";
        let peer =
            Peer::start([conn([any_request(), reply(head), any_request(), reply(head)]), conn([serve(ok("b"))])]);
        let client = quick();
        let seen: Vec<_> = (0..3).map(|_| fetch(&client, &peer, "/")).collect();
        assert_eq!(seen, [(false, "a".into()), (true, "a".into()), (false, "b".to_string())]);
    });
}

#[test]
fn c56_max_lifetime_ends_a_connection_between_requests_only() {
    on_both(|| {
        let go = Gate::new();
        let slow =
            [any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"), hold(&go), reply("b"), Act::Closed];
        let peer = Peer::start([conn(slow), conn([serve(ok("c"))])]);
        let client = HttpClient::builder().max_lifetime(ms(50)).build().unwrap();
        let first = client.get(peer.url("/")).send().unwrap();
        rt::sleep(ms(80));
        go.open();
        assert_eq!(first.text().unwrap(), "ab");
        assert_eq!(fetch(&client, &peer, "/"), (false, "c".into()));
        peer.wait_end(0);
    });
}

#[test]
fn c56_max_requests() {
    on_both(|| {
        let three =
            [any_request(), reply(ok("a")), any_request(), reply(ok("a")), any_request(), reply(ok("a")), Act::Closed];
        let peer = Peer::start([conn(three), conn([serve(ok("b"))])]);
        let client = HttpClient::builder().max_requests(3).build().unwrap();
        let texts: Vec<_> = (0..4).map(|_| fetch(&client, &peer, "/").1).collect();
        assert_eq!(texts, ["a", "a", "a", "b"]);
        peer.wait_end(0);
    });
}

#[test]
fn c57_many_hosts_stay_under_the_total_of_idle_connections() {
    on_thread(|| {
        let server = Server::start(|_, to| to.reply(ok("x")));
        let at = server.address();
        let hosts = (0..100).fold(HttpClient::builder(), |b, n| b.resolve(&format!("h{n}.test"), 0, [at.ip()]));
        let client = hosts.max_idle_total(20).build().unwrap();
        let get = |n: usize| client.get(format!("http://h{n}.test:{}/", at.port())).send().unwrap();
        for n in 0..100 {
            get(n).text().unwrap();
            assert!(client.stats().idle <= 20);
        }
        server.wait_open(20);
        assert!(get(99).is_reused(), "the newest is kept");
        assert!(!get(0).is_reused(), "the oldest was closed");
    });
}

#[test]
fn c57_a_total_of_none() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let client = HttpClient::builder().max_idle_total(0).build().unwrap();
        for _ in 0..3 {
            assert!(!fetch(&client, &peer, "/").0);
        }
        peer.wait_released();
    });
}

#[test]
fn c58_same_port_http_then_https() {
    on_both(|| {
        // 0x16 begins a TLS record with a handshake in it.
        let peer = Peer::start([conn([serve(ok("x"))]), conn([expect([0x16]), Act::Sever])]);
        let client = quick();
        fetch(&client, &peer, "/");
        let e = client.get(peer.url("/").replace("http", "https")).send().unwrap_err();
        assert!(matches!(e.kind(), Kind::Tls | Kind::ConnectionLost | Kind::Incomplete), "{e:?}");
        assert!(fetch(&client, &peer, "/").0);
    });
}

#[test]
fn c63_a_response_read_to_its_end_elsewhere_than_it_began() {
    on_thread(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let client = of_size(1);
        let on_a_thread = rt::spawn({
            let (client, url) = (client.clone(), peer.url("/"));
            move || client.get(url).send().unwrap()
        });
        let response = on_a_thread.unwrap().join().unwrap();
        assert_eq!(std::thread::spawn(move || response.text().unwrap()).join().unwrap(), "x");
        let response = client.get(peer.url("/")).send().unwrap();
        assert!(response.is_reused());
        assert_eq!(rt::spawn(move || response.text().unwrap()).unwrap().join().unwrap(), "x");
        assert!(client.get(peer.url("/")).send().unwrap().is_reused());
    });
}
