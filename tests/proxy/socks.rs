//! SOCKS on the wire; the machine itself is tested beside its code.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use maypole::error::{Kind, Phase};

use crate::peer::*;
use crate::relay::{Relay, socks_to};
use crate::{proxy, quiet, text};

#[test]
fn c301_local_lookup_hands_over_an_address_remote_the_name() {
    for (scheme, host, said) in [
        ("socks4", "h.maypole.test", "4 127.0.0.9 PORT "),
        ("socks4a", "h.maypole.test", "4 name h.maypole.test PORT "),
        ("socks5", "h.maypole.test", "5 127.0.0.9 PORT"),
        ("socks5h", "h.maypole.test", "5 name h.maypole.test PORT"),
        ("socks5h", "127.0.0.8", "5 127.0.0.8 PORT"),
        ("socks5h", "[::1]", "5 ::1 PORT"),
        ("socks4a", "127.0.0.8", "4 127.0.0.8 PORT "),
    ] {
        on_both(move || {
            // 127.0.0.8 is in no certificate.
            for secure in [false, host != "127.0.0.8"] {
                let script = conn([request("GET /x HTTP/1.1\r\n"), reply(ok("a"))]);
                let origin = if secure { Peer::tls(&Tls::default(), [script], None) } else { Peer::start([script]) };
                let relay = Relay::start(socks_to(origin.address()));
                let lookups = Arc::new(AtomicUsize::new(0));
                let counting = lookups.clone();
                let client = quiet()
                    .resolver(move |_: &str| {
                        counting.fetch_add(1, SeqCst);
                        Ok(vec![IpAddr::from([127, 0, 0, 9])])
                    })
                    .proxy(proxy(relay.url(scheme, "")))
                    .tls(crate::trusting());
                // The address of the SOCKS proxy is a literal: whatever is looked up is the host.
                let client = client.build().unwrap();
                let response = client.get(origin.url_at(host, "/x")).send().unwrap();
                assert!(!response.connection().forwarding);
                assert_eq!(response.text().unwrap(), "a");
                assert_eq!(relay.said(), [said.replace("PORT", &origin.port().to_string())]);
                assert_eq!(lookups.load(SeqCst), usize::from(matches!(scheme, "socks4" | "socks5")));
            }
        });
    }
}

#[test]
fn c301_user_and_password() {
    on_both(|| {
        let origin = Peer::always(conn([serve(ok("a"))]));
        for (scheme, user, said) in
            [("socks5h", "me:p%40ss@", "5 name h.test 80 me:p@ss"), ("socks4a", "me:ignored@", "4 name h.test 80 me")]
        {
            let relay = Relay::start(socks_to(origin.address()));
            let client = quiet().proxy(proxy(relay.url(scheme, user))).build().unwrap();
            let response = client.get("http://h.test/").header("X", "1").send().unwrap();
            assert_eq!(response.text().unwrap(), "a");
            assert_eq!(relay.said(), [said]);
        }
        for request in origin.finish().requests() {
            assert!(request.head_text().starts_with("GET / HTTP/1.1\r\n"), "not in absolute form");
            assert_eq!(request.header("proxy-authorization"), None);
        }
    });
}

#[test]
fn every_refusal_arrives_as_an_error_of_the_proxy() {
    on_both(|| {
        for (answer, text) in [
            (&b"\x05\xff"[..], "the proxy wants credentials, and none are set"),
            (b"\x05\x00\x05\x02\x00\x01", "not allowed by the proxy's rules (SOCKS 5 reply 2)"),
            (b"\x05\x00", "closed the connection in the SOCKS handshake"),
            (b"HTTP/1.1 400 Bad\r\n\r\n", "not a SOCKS proxy"),
        ] {
            let peer = Peer::start([conn([expect(b"\x05\x01\x00"), reply(answer), Act::HalfClose, Act::Swallow])]);
            let client = quiet().proxy(proxy(format!("socks5h://{}", peer.address()))).build().unwrap();
            let error = client.get("http://h.test/").send().unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Proxy, Some(Phase::Proxy)), "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
    });
}

#[test]
fn of_several_addresses_the_next_is_tried_when_the_proxy_cannot_reach_one() {
    on_both(|| {
        let refused = [&b"\x05\x01\x00\x01\x7f\x00\x00\x02"[..], b"\x05\x01\x00\x01\x7f\x00\x00\x03"].map(|asked| {
            let asked = [b"\x05\x01\x00", asked, b"\x00\x50"].concat();
            (asked[..3].to_vec(), asked[3..].to_vec())
        });
        let [first, second] = refused;
        let peer = Peer::start([
            conn([
                expect(first.0),
                reply(b"\x05\x00"),
                expect(first.1),
                reply(b"\x05\x05\x00\x01\0\0\0\0\0\0"),
                Act::Closed,
            ]),
            conn([
                expect(second.0),
                reply(b"\x05\x00"),
                expect(second.1),
                reply(b"\x05\x00\x00\x01\0\0\0\0\0\0"),
                any_request(),
                reply(ok("a")),
            ]),
        ]);
        let both = [IpAddr::from([127, 0, 0, 2]), IpAddr::from([127, 0, 0, 3])];
        let client = quiet().resolve("h.test", 0, both).proxy(proxy(format!("socks5://{}", peer.address())));
        assert_eq!(text(client.build().unwrap().get("http://h.test/").send()), "a");
    });
}

#[test]
fn sec_a9_a_name_without_room_is_an_error_and_is_not_looked_up_here() {
    on_both(|| {
        let peer = Peer::always(conn([Act::Closed]));
        let lookups = Arc::new(AtomicUsize::new(0));
        let counting = lookups.clone();
        let client = quiet()
            .resolver(move |_: &str| {
                counting.fetch_add(1, SeqCst);
                Ok(vec![IpAddr::from([127, 0, 0, 9])])
            })
            .proxy(proxy(format!("socks5h://{}", peer.address())))
            .build()
            .unwrap();
        let label = "x".repeat(60);
        let host = [&*label; 5].join(".");
        let error = client.get(format!("http://{host}/")).send().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidRequest, "{error}");
        assert!(error.to_string().contains("255"), "{error}");
        assert_eq!(lookups.load(SeqCst), 0);
    });
}

#[test]
fn sec_a9_credentials_without_room_are_refused_when_they_are_set() {
    let long = "x".repeat(256);
    for wrong in [format!("socks5://{long}:p@h"), format!("socks5://u:{long}@h"), "socks5://:p@h".into()] {
        assert_eq!(maypole::net::Proxy::parse(&wrong).unwrap_err().kind(), Kind::InvalidUrl);
    }
    assert_eq!(proxy("socks5://h").credentials(long, "p").unwrap_err().kind(), Kind::InvalidConfig);
}
