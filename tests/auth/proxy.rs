//! Proxies that forward: their own credentials, their own nonce, their own count of tries.

use maypole::HttpClient;
use maypole::client::Auth;
use maypole::net::Proxy;

use crate::peer::*;
use crate::{builder, shown, unauthorized};

const DIGEST: &str = "Digest realm=\"p\", nonce=\"of-proxy\", qop=auth, algorithm=SHA-256";

/// A 407 with this challenge.
fn asks(challenge: &str) -> String {
    unauthorized(&[challenge]).replace("401 Unauthorized", "407 Proxy").replace("WWW-", "Proxy-")
}

fn proxy(peer: &Peer) -> Proxy {
    Proxy::parse(&format!("http://{}", peer.authority())).unwrap().credentials("u", "p").unwrap()
}

fn client(proxy: Proxy) -> HttpClient {
    builder().proxy(proxy).build().unwrap()
}

/// The `Proxy-Authorization` of each request.
fn to_proxy(seen: &Transcript) -> Vec<String> {
    seen.requests().iter().map(|request| request.header("proxy-authorization").unwrap_or("-").to_owned()).collect()
}

#[test]
fn c296_a_407_is_answered_with_a_digest_and_its_nonce_serves_again() {
    on_both(|| {
        for only in [true, false] {
            let peer = Peer::start([conn([any_request(), reply(asks(DIGEST)), serve(ok("x"))])]);
            let client = client(proxy(&peer).digest_only(only));
            for _ in 0..2 {
                assert_eq!(client.get("http://origin.test/a?b").send().unwrap().text().unwrap(), "x");
            }
            let seen = peer.finish();
            let sent = to_proxy(&seen);
            assert_eq!(sent[0], if only { "-" } else { "Basic dTpw" });
            assert!(sent[1].contains("uri=\"http://origin.test/a?b\"") && sent[1].contains("nc=00000001"), "{sent:?}");
            assert!(sent[2].contains("nonce=\"of-proxy\"") && sent[2].contains("nc=00000002"), "{sent:?}");
            assert_eq!(shown(&seen), ["-", "-", "-"]);
        }
    });
}

#[test]
fn sec_d13_an_endless_407_is_answered_once_or_with_stale_twice() {
    on_both(|| {
        let stale = format!("{DIGEST}, stale=true");
        for (challenge, tries) in [(DIGEST, 2), (&stale, 3), ("Basic realm=\"p\"", 1), ("NTLM", 1)] {
            let peer = Peer::always(conn([serve(asks(challenge))]));
            let client = client(proxy(&peer).digest_only(true));
            let response = client.get("http://origin.test/").send().unwrap();
            assert_eq!((response.status(), response.text().unwrap().as_str()), (407, "nope"), "{challenge}");
            assert_eq!(peer.finish().requests().len(), tries, "{challenge}");
        }
    });
}

#[test]
fn sec_d13_the_nonce_of_one_proxy_is_never_shown_to_another_or_to_an_origin() {
    on_both(|| {
        let one = Peer::start([conn([any_request(), reply(asks(DIGEST)), serve(ok("x"))])]);
        let two = Peer::start([conn([serve(ok("x"))])]);
        let origin = Peer::start([conn([serve(ok("x"))])]);
        let client = client(proxy(&one).digest_only(true));
        assert_eq!(client.get("http://origin.test/").send().unwrap().text().unwrap(), "x");
        let other = client.get("http://origin.test/").proxy(proxy(&two).digest_only(true));
        assert_eq!(other.send().unwrap().text().unwrap(), "x");
        assert_eq!(client.get(origin.url("/")).no_proxy().send().unwrap().text().unwrap(), "x");
        assert_eq!((to_proxy(&two.finish()), to_proxy(&origin.finish())), (vec!["-".into()], vec!["-".into()]));
        one.finish();
    });
}

/// Both ask, one after the other, and neither gets what is the other's.
#[test]
fn proxy_and_origin_may_both_ask() {
    on_both(|| {
        let origin = "Digest realm=\"o\", nonce=\"of-origin\", qop=auth";
        let script = [
            any_request(),
            reply(asks(DIGEST)),
            any_request(),
            reply(unauthorized(&[origin])),
            any_request(),
            reply(ok("x")),
        ];
        let peer = Peer::start([conn(script)]);
        let client = builder().proxy(proxy(&peer).digest_only(true)).auth(Auth::digest("me", "pw")).build().unwrap();
        assert_eq!(client.get("http://origin.test/").send().unwrap().text().unwrap(), "x");
        let seen = peer.finish();
        let (to_proxy, to_origin) = (to_proxy(&seen), shown(&seen));
        assert_eq!((to_proxy[0].as_str(), &to_origin[..2]), ("-", &["-".to_owned(), "-".to_owned()][..]));
        for value in &to_proxy[1..] {
            assert!(value.contains("username=\"u\"") && value.contains("nonce=\"of-proxy\""), "{value}");
        }
        assert!(to_origin[2].contains("username=\"me\"") && to_origin[2].contains("uri=\"/\""), "{to_origin:?}");
    });
}
