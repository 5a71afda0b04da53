//! Tunnels: `CONNECT` with headers through a scripted proxy, then the request, plain or inside TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use maypole::compat::httplib::{HttpConnection, HttpsConnection, Kind, NO_HEADERS};
use maypole::error::{Kind as Why, Phase};
use maypole::net::{ProxyReply, Roots, TlsConfig};

use crate::peer::*;
use crate::{fails, get, ms};

/// A proxy that says this to whoever asks, and then relays to `to`; what it was asked comes out at the other end.
fn proxy(to: SocketAddr, answer: &'static str) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (asked, question) = channel();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let asked = asked.clone();
            std::thread::spawn(move || {
                let mut said = Vec::new();
                while !said.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    (&client).read_exact(&mut byte).ok()?;
                    said.push(byte[0]);
                }
                asked.send(String::from_utf8(said).unwrap()).ok()?;
                (&client).write_all(answer.as_bytes()).ok()?;
                let host = TcpStream::connect(to).ok()?;
                let (from, into) = (host.try_clone().ok()?, client.try_clone().ok()?);
                std::thread::spawn(move || std::io::copy(&mut &from, &mut &into));
                std::io::copy(&mut &client, &mut &host).ok()
            });
        }
    });
    (port, question)
}

const THROUGH: &str = "HTTP/1.1 200 Established\r\nVia: scripted\r\n\r\n";

#[test]
fn c350_connect_first_then_the_request_through_the_tunnel() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("behind"))])]);
        let (port, asked) = proxy(peer.address(), THROUGH);
        let mut conn = HttpConnection::new("127.0.0.1", port).unwrap();
        conn.set_timeout(ms(5000));
        conn.set_tunnel("origin.test", 8080, [("Proxy-Authorization", "Basic bWU6cHc="), ("X-One", "1")]).unwrap();
        assert_eq!(get(&mut conn, "/1"), b"behind");
        assert_eq!(get(&mut conn, "/2"), b"behind");
        assert_eq!(
            asked.recv().unwrap(),
            "CONNECT origin.test:8080 HTTP/1.1\r\nHost: origin.test:8080\r\n\
             Proxy-Authorization: Basic bWU6cHc=\r\nX-One: 1\r\n\r\n"
        );
        assert!(asked.try_recv().is_err(), "one tunnel for both");
        assert_eq!(conn.tunnel_headers().unwrap().get("via"), Some("scripted"));
        fails(conn.set_tunnel("other.test", None, NO_HEADERS), Kind::AlreadyConnected);
        drop(conn);
        let seen = peer.finish();
        let requests = seen.requests();
        assert_eq!(requests[0].header("host"), Some("origin.test:8080"), "the host behind the tunnel");
        assert_eq!((requests[0].target.as_str(), requests[0].header("proxy-authorization")), ("/1", None));
    });
}

#[test]
fn c350_tls_is_spoken_with_the_host_behind_the_tunnel() {
    on_both(|| {
        let wrong = conn([Act::Refused("certificate")]);
        let peer = Peer::tls(&Tls::default(), [conn([serve(ok("behind"))]), wrong], None);
        let (port, asked) = proxy(peer.address(), THROUGH);
        let mut conn = HttpsConnection::new("127.0.0.1", port).unwrap();
        conn.set_timeout(ms(5000));
        conn.set_tls_config(TlsConfig::builder().roots(Roots::Only(authority().0.pem())).build().unwrap());
        conn.set_tunnel("x.maypole.test", None, NO_HEADERS).unwrap();
        let mut response = crate::ask(&mut conn, "/");
        assert_eq!(response.url(), "https://x.maypole.test/");
        assert_eq!(response.read_all().unwrap(), b"behind");
        assert!(asked.recv().unwrap().starts_with("CONNECT x.maypole.test:443 HTTP/1.1\r\n"));
        assert_eq!(peer.so_far().requests()[0].header("host"), Some("x.maypole.test"));

        // Another host than the one whose certificate it is; and a new tunnel on the same object.
        conn.close();
        conn.set_tunnel("x.elsewhere.test", None, NO_HEADERS).unwrap();
        assert_eq!(fails(conn.connect(), Kind::Network).cause().kind(), Why::Certificate);
        drop(conn);
        peer.finish();
    });
}

#[test]
fn a_proxy_that_refuses_says_why() {
    on_both(|| {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let (port, _asked) = proxy(nowhere, "HTTP/1.1 407 Who\r\nContent-Length: 4\r\n\r\nyou?");
        let mut conn = HttpsConnection::new("127.0.0.1", port).unwrap();
        conn.set_tunnel("origin.test", None, NO_HEADERS).unwrap();
        let error = fails(conn.request("GET", "/", (), NO_HEADERS), Kind::Network);
        assert_eq!((error.cause().kind(), error.phase()), (Why::Proxy, Some(Phase::Proxy)));
        assert!(error.to_string().contains("407 Who"), "{error}");
        let reply = std::error::Error::source(error.cause()).and_then(|source| source.downcast_ref::<ProxyReply>());
        assert_eq!(reply.map(|reply| (reply.status, reply.text.as_str())), Some((407, "you?")));
        assert!(!conn.is_connected());

        let (port, _asked) = proxy(nowhere, "");
        let mut conn = HttpConnection::new("127.0.0.1", port).unwrap();
        conn.set_tunnel("origin.test", 1, NO_HEADERS).unwrap();
        fails(conn.connect(), Kind::Network);
    });
}
