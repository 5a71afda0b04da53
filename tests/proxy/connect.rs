//! Tunnels by `CONNECT`.

use std::error::Error as _;
use std::time::Duration;

use maypole::error::{Error, Kind, Phase};
use maypole::net::{DialTimeouts, Network, Proxy, ProxyReply, Route, Target};

use crate::peer::*;
use crate::relay::{Asked, Relay, connect_to, read_head};
use crate::{proxy, quiet, text, through};

fn origin(script: Conn) -> Peer {
    Peer::tls(&Tls::default(), [script], None)
}

#[test]
fn c295_c303_connect_then_tls_and_no_credentials_for_the_origin() {
    on_both(|| {
        let origin = origin(conn([request("GET /x HTTP/1.1\r\n"), reply(ok("a")), any_request(), reply(ok("b"))]));
        let relay = Relay::start(connect_to(origin.address()));
        let proxy = proxy(relay.url("http", "me:pw@")).header("X-Proxy", "1").unwrap();
        let client = quiet().proxy(proxy).build().unwrap();
        let response = client.get("https://h.maypole.test/x").send().unwrap();
        let info = response.connection().clone();
        assert!(!info.forwarding && info.tls.is_some() && info.peer == Some(relay.address));
        assert_eq!(response.text().unwrap(), "a");
        assert_eq!(text(client.get("https://h.maypole.test/y").send()), "b");
        assert_eq!(
            relay.said(),
            ["CONNECT h.maypole.test:443 HTTP/1.1\r\nHost: h.maypole.test:443\r\n\
              Proxy-Authorization: Basic bWU6cHc=\r\nX-Proxy: 1\r\n\r\n"]
        );
        let seen = origin.finish();
        assert_eq!(seen.connections[0].tls.as_ref().unwrap().server_name.as_deref(), Some("h.maypole.test"));
        for request in seen.requests() {
            assert!(!request.head_text().to_ascii_lowercase().contains("proxy"), "{}", request.head_text());
        }
    });
}

#[test]
fn a_tunnel_for_plain_text_is_asked_for_with_port_80() {
    on_both(|| {
        let origin = Peer::start([conn([request("GET /x HTTP/1.1\r\n"), reply(ok("a"))])]);
        let relay = Relay::start(connect_to(origin.address()));
        let client = quiet().proxy(proxy(relay.url("http", "")).tunnel(true)).build().unwrap();
        assert_eq!(text(client.get("http://h.test/x").send()), "a");
        assert!(relay.said()[0].starts_with("CONNECT h.test:80 HTTP/1.1\r\nHost: h.test:80\r\n"));
    });
}

#[test]
fn an_ipv6_address_stands_in_brackets() {
    on_both(|| {
        let origin = origin(conn([any_request(), reply(ok("a"))]));
        let relay = Relay::start(connect_to(origin.address()));
        assert_eq!(text(through(relay.url("http", "")).get("https://[::1]:8443/").send()), "a");
        assert!(relay.said()[0].starts_with("CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n"));
    });
}

const DIGEST: &str = "HTTP/1.1 407 Proxy Authentication Required\r\n\
    Proxy-Authenticate: Basic realm=\"p\", Digest realm=\"p\", qop=\"auth\", nonce=\"1f\", algorithm=SHA-256\r\n";

/// Asks for a digest once, with this reply, and relays once it is answered, here or on the next connection.
fn challenger(refusal: String, to: std::net::SocketAddr) -> Relay {
    Relay::start(move |wire| {
        let mut said = read_head(wire)?;
        if !said.contains("Proxy-Authorization: Digest") {
            wire.write_all(refusal.as_bytes())?;
            if refusal.contains("close") {
                return Ok(Asked { said, to: None });
            }
            said += &read_head(wire)?;
        }
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")?;
        Ok(Asked { said, to: Some(to) })
    })
}

#[test]
fn c296_a_digest_is_answered_once_here_or_on_a_new_connection() {
    for (end, connections) in [
        ("Content-Length: 4\r\n\r\nwhat", 1),
        ("Transfer-Encoding: chunked\r\n\r\n4\r\nwhat\r\n0\r\n\r\n", 1),
        ("Content-Length: 4\r\nConnection: close\r\n\r\nwhat", 2),
        ("Content-Length: 4\r\nProxy-Connection: close\r\n\r\nwhat", 2),
    ] {
        for digest_only in [false, true] {
            on_both(move || {
                let origin = origin(conn([any_request(), reply(ok("a"))]));
                let relay = challenger(format!("{DIGEST}{end}"), origin.address());
                let proxy = proxy(relay.url("http", "me:pw@")).digest_only(digest_only);
                let client = quiet().proxy(proxy).build().unwrap();
                assert_eq!(text(client.get("https://h.maypole.test/").send()), "a");
                assert_eq!(relay.said().len(), connections, "{end}");
                let said = relay.said().concat();
                let wanted = r#"Digest username="me", realm="p", uri="h.maypole.test:443", algorithm=SHA-256"#;
                assert!(said.contains(wanted), "{said}");
                assert_eq!(said.contains("Basic "), !digest_only, "{said}");
            });
        }
    }
}

#[test]
fn c296_a_407_without_the_right_credentials_says_which_are_missing() {
    on_both(|| {
        let basic = "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n".to_owned();
        for (user, refusal, text) in [
            ("", basic.clone(), "the proxy wants Basic, and none are set"),
            ("me:pw@", basic, "the proxy wants Basic, and those that are set were not accepted"),
            ("", format!("{DIGEST}Content-Length: 0\r\n\r\n"), "the proxy wants Basic or Digest, and none are set"),
        ] {
            let refused = Peer::always(conn([request("CONNECT"), reply(refusal), Act::Closed]));
            let url = refused.url("").replace("http://", &format!("http://{user}"));
            let error = through(url).get("https://h.test/").send().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Proxy, Some(Phase::Proxy)));
            assert!(error.to_string().contains(text), "{error}");
            assert!(!error.to_string().contains("pw"), "{error}");
        }
        // A digest that is not accepted either is not answered for ever.
        let never = conn([
            request("CONNECT"),
            reply(format!("{DIGEST}Content-Length: 0\r\n\r\n")),
            request("CONNECT"),
            reply(format!("{DIGEST}Content-Length: 0\r\n\r\n")),
            Act::Closed,
        ]);
        let peer = Peer::start([never]);
        let url = peer.url("").replace("http://", "http://me:pw@");
        assert_eq!(through(url).get("https://h.test/").send().unwrap_err().kind(), Kind::Proxy);
    });
}

fn reply_of(error: &Error) -> &ProxyReply {
    error.source().and_then(|source| source.downcast_ref()).expect("a reply")
}

#[test]
fn c297_a_refusal_has_status_and_text_without_terminal_codes() {
    for (answer, text) in [
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 10\r\n\r\nno \x1b[2Jway", "no \x1b[2Jway"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\nuntil the end", "until the end"),
        ("HTTP/1.0 502 Bad Gateway\r\nContent-Length: 99\r\n\r\ncut", "cut"),
        ("HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", "no"),
    ] {
        on_both(move || {
            let peer = Peer::start([conn([request("CONNECT h.test:443"), reply(answer), Act::Close])]);
            let error = through(peer.url("")).get("https://h.test/").send().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Proxy, Some(Phase::Proxy)));
            assert!(error.to_string().contains("CONNECT h.test:443 refused: 502 Bad Gateway"), "{error}");
            let reply = reply_of(&error);
            assert_eq!((reply.status, reply.text.as_str()), (502, text));
            assert!(!reply.to_string().contains('\x1b'), "{reply}");
        });
    }
    // The rest of an endless page is not read.
    on_both(|| {
        let peer = Peer::start([conn([request("CONNECT"), reply("HTTP/1.1 403 No\r\n\r\n"), flood("x".repeat(1000))])]);
        let error = through(peer.url("")).get("https://h.test/").send().unwrap_err();
        assert_eq!(reply_of(&error).text.len(), 4 << 10);
    });
}

#[test]
fn c298_sec_f11_the_answer_cut_at_each_byte_and_bytes_behind_it() {
    const ANSWER: &[u8] = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 p\r\n\r\n";
    on_both(|| {
        let network = Network::builder().build();
        let dial = |peer: &Peer| {
            let route = Route { proxy: Some(proxy(peer.url("")).tunnel(true)), ..Route::default() };
            network.connect(&Target::new("h.test", 80, false).by(route), &DialTimeouts::default(), None)
        };
        for at in 1..ANSWER.len() {
            let peer = Peer::start([conn([request("CONNECT"), Act::Cut(ANSWER.into(), at), expect("x")])]);
            dial(&peer).unwrap().write_all(b"x", None).unwrap();
        }
        let peer = Peer::start([conn([request("CONNECT"), reply("HTTP/1.1 100 Wait\r\n\r\n"), reply(ANSWER)])]);
        dial(&peer).unwrap();
        for (answer, text) in [
            ([ANSWER, b"\x16"].concat(), "1 bytes follow the proxy's answer"),
            (b"HTTP/1.1 200".to_vec(), "closed the connection before its answer"),
            (b"SSH-2.0\r\n\r\n".to_vec(), "does not begin with HTTP/1.0"),
            ("HTTP/1.1 103 Early\r\n\r\n".repeat(9).into(), "more than 8 interim"),
            ([b"HTTP/1.1 200 OK\r\nX: ", &b"x".repeat(300_000)[..]].concat(), "head_bytes"),
        ] {
            let peer = Peer::start([conn([request("CONNECT"), reply(answer), Act::Close])]);
            let error = dial(&peer).unwrap_err();
            assert!(matches!(error.kind(), Kind::Proxy) && error.to_string().contains(text), "{error}");
        }
    });
}

#[test]
fn sec_a6_a_target_that_would_end_the_line_is_refused_before_anything_is_sent() {
    on_both(|| {
        let network = Network::builder().build();
        for host in ["h.test\r\nX: y", "h.test x", "h.test/x", "u@h.test", "h.test\0", "h#t", ""] {
            let peer = Peer::always(conn([Act::Closed]));
            let route = Route { proxy: Some(proxy(peer.url(""))), ..Route::default() };
            let target = Target::new(host, 443, true).by(route);
            let error = network.connect(&target, &DialTimeouts::default(), None).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidRequest, "{host:?} {error}");
        }
    });
}

#[test]
fn headers_of_a_proxy_are_checked_when_they_are_set() {
    let p = || proxy("http://p.test:1");
    for (name, value) in [("X\r\nY", "1"), ("X", "1\r\nY: 2"), ("Host", "x"), ("content-length", "1"), ("", "x")] {
        assert_eq!(p().header(name, value).unwrap_err().kind(), Kind::InvalidConfig, "{name:?}");
    }
    assert_eq!(p().credentials("a:b", "c").unwrap_err().kind(), Kind::InvalidConfig);
    assert_eq!(p().credentials("a", "c\r\n").unwrap_err().kind(), Kind::InvalidConfig);
    assert!(p().credentials("a", "c d:e").is_ok());
}

#[test]
fn sec_g10_a_request_for_b_never_travels_as_tunnel() {
    on_both(|| {
        let origins = ["a", "b"].map(|body| Peer::tls(&Tls::default(), [], Some(conn([serve(ok(body))]))));
        let addresses = [origins[0].address(), origins[1].address()];
        let relay = Relay::start(move |wire| {
            let said = read_head(wire)?;
            wire.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            let to = addresses[usize::from(said.starts_with("CONNECT b."))];
            Ok(Asked { said, to: Some(to) })
        });
        let client = through(relay.url("http", ""));
        for round in 0..3 {
            for host in ["a", "b"] {
                let response = client.get(format!("https://{host}.maypole.test/")).send().unwrap();
                assert_eq!(response.is_reused(), round > 0);
                assert_eq!(response.text().unwrap(), host);
            }
        }
        assert_eq!(relay.said().len(), 2);
        // Later waits must not find a socket of this test.
        drop(client);
        std::thread::sleep(Duration::from_millis(1));
    });
}

#[test]
fn two_logins_for_one_proxy_are_refused_by_name() {
    let login = |proxy: Proxy| proxy.header("proxy-authorization", "Bearer x");
    let with_user = || Proxy::parse("http://me:pw@h:1").unwrap();
    let without = || Proxy::parse("http://h:1").unwrap();
    let both = [
        login(with_user()),
        login(with_user().digest_only(true)),
        login(without()).unwrap().credentials("me", "pw"),
        login(login(without()).unwrap()),
    ];
    for refused in both {
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::InvalidConfig, Some(Phase::Build)));
        assert!(error.to_string().contains("proxy header `Proxy-Authorization`"), "{error}");
    }
    login(without()).unwrap();
}
