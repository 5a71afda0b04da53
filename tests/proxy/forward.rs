//! `http` URLs by an HTTP proxy: handed over in absolute form.

use maypole::error::Kind;

use crate::peer::*;
use crate::relay::{Asked, Relay, read_head};
use crate::{proxy, quiet, text, through};

#[test]
fn c294_the_request_is_in_absolute_form_with_the_targets_host() {
    on_both(|| {
        let peer = Peer::start([conn([
            request("GET http://h.test:8080/a?b=c HTTP/1.1\r\n"),
            reply(ok("one")),
            request("POST http://h.test:8080/ HTTP/1.1\r\n"),
            reply(ok("two")),
        ])]);
        let client = through(peer.url(""));
        let response = client.get("http://h.test:8080/a?b=c#d").send().unwrap();
        assert!(response.connection().forwarding && response.connection().proxy.is_some());
        assert_eq!(response.connection().peer, Some(peer.address()));
        assert_eq!(response.text().unwrap(), "one");
        assert_eq!(text(client.post("http://h.test:8080/").body("x").send()), "two");
        let seen = peer.finish();
        for request in seen.requests() {
            assert_eq!((request.all("host"), request.header("proxy-authorization")), (vec!["h.test:8080"], None));
        }
    });
}

#[test]
fn c296_credentials_go_at_once_and_proxy_headers_with_them() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("x"))])]);
        let url = peer.url("").replace("http://", "http://me:s%20ecret@");
        let proxy = proxy(url).header("X-Proxy", "1").unwrap();
        let client = quiet().proxy(proxy).build().unwrap();
        assert_eq!(text(client.get("http://h.test/").send()), "x");
        let seen = peer.finish();
        assert_eq!(seen.requests()[0].all("proxy-authorization"), ["Basic bWU6cyBlY3JldA=="]);
        assert_eq!(seen.requests()[0].all("x-proxy"), ["1"]);
    });
}

#[test]
fn a_refusal_of_a_forwarded_request_is_a_response() {
    on_both(|| {
        let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno";
        let peer = Peer::start([conn([any_request(), reply(refusal)])]);
        let response = through(peer.url("")).get("http://h.test/").send().unwrap();
        assert_eq!((response.status(), response.text().unwrap()), (403, "no".into()));
    });
}

#[test]
fn sec_d12_the_callers_own_proxy_authorization_never_reaches_an_origin() {
    on_both(|| {
        let origin = Peer::start([conn([any_request(), reply(ok("direct"))])]);
        let client = quiet().build().unwrap();
        assert_eq!(text(client.get(origin.url("/")).header("Proxy-Authorization", "Basic eHg=").send()), "direct");
        assert_eq!(origin.finish().requests()[0].header("proxy-authorization"), None);
        // To a proxy that forwards it goes, in the place of the proxy's own.
        let peer = Peer::start([conn([any_request(), reply(ok("x"))])]);
        let client = through(peer.url("").replace("http://", "http://me:pw@"));
        client.get("http://h.test/").header("Proxy-Authorization", "Basic eHg=").send().unwrap();
        assert_eq!(peer.finish().requests()[0].all("proxy-authorization"), ["Basic eHg="]);
    });
}

#[test]
fn sec_d12_a_redirect_past_the_proxy_takes_no_credentials_along() {
    on_both(|| {
        let origin = Peer::start([conn([any_request(), reply(ok("past"))])]);
        let away = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", origin.url("/x"));
        let peer = Peer::start([conn([request("GET http://h.test/"), reply(away)])]);
        let proxies = maypole::client::Proxies::all(proxy(peer.url("").replace("http://", "http://me:pw@")));
        let client = quiet().proxies(proxies.except("127.0.0.1")).build().unwrap();
        assert_eq!(text(client.get("http://h.test/").send()), "past");
        let seen = origin.finish();
        assert!(seen.requests()[0].head_text().starts_with("GET /x HTTP/1.1\r\n"));
        assert_eq!(seen.requests()[0].header("proxy-authorization"), None);
        assert!(peer.finish().requests()[0].header("proxy-authorization").is_some());
    });
}

#[test]
fn sec_d12_from_http_to_https_the_same_proxy_is_asked_for_a_tunnel() {
    on_both(|| {
        let origin = Peer::tls(&Tls::default(), [conn([any_request(), reply(ok("secure"))])], None);
        let to = origin.address();
        let relay = Relay::start(move |wire| {
            let mut said = read_head(wire)?;
            if said.starts_with("CONNECT") {
                wire.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
                return Ok(Asked { said, to: Some(to) });
            }
            wire.write_all(b"HTTP/1.1 302 Found\r\nLocation: https://h.maypole.test/x\r\nContent-Length: 0\r\n\r\n")?;
            said.truncate(said.find("\r\n").unwrap());
            Ok(Asked { said, to: None })
        });
        let client = through(relay.url("http", "me:pw@"));
        let own = client.get("http://h.maypole.test/").header("Proxy-Authorization", "Basic eHg=");
        assert_eq!(text(own.send()), "secure");
        let said = relay.said();
        assert_eq!(said[0], "GET http://h.maypole.test/ HTTP/1.1");
        assert!(said[1].contains("Proxy-Authorization: Basic bWU6cHc=\r\n"), "the proxy's own: {}", said[1]);
        assert_eq!(origin.finish().requests()[0].header("proxy-authorization"), None);
    });
}

#[test]
fn sec_j6_a_proxy_that_is_not_there_is_named_without_its_credentials() {
    on_both(|| {
        let refused = Refused::start();
        let client = through(format!("http://zaphod:s3cret@{}", refused.address()));
        let error = client.get("http://h.test/").send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Connect, Some(maypole::error::Phase::Proxy)));
        let shown = format!("{error} {error:?} {client:?}");
        assert!(shown.contains(&format!("proxy: http://{}", refused.address())), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("zaphod"), "{shown}");

        let client = quiet().resolver(nowhere).proxy(proxy("http://p.test:1")).build().unwrap();
        let error = client.get("http://h.test/").send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Resolve, Some(maypole::error::Phase::Proxy)), "{error}");
        assert!(error.to_string().contains("p.test not found"), "{error}");
    });
}

fn nowhere(_: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
    Err(std::io::Error::other("no such name"))
}
