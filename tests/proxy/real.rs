//! Real proxies, and curl as the judge.

use std::process::Command;

use maypole::client::Proxies;
use maypole::error::Kind;
use maypole::net::ProxyReply;

use crate::children::{Real, installed};
use crate::peer::*;
use crate::relay::{Relay, connect_to, socks_to};
use crate::{proxy, quiet, text, trusting};

/// A plain and a TLS origin with the same answer.
fn origins() -> [Peer; 2] {
    let body = || conn([serve(ok("from the origin ".repeat(10_000)))]);
    [Peer::always(body()), Peer::tls(&Tls::default(), [], Some(body()))]
}

/// One request to each origin by this proxy, twice.
#[track_caller]
fn both_ways(url: &str, forwards: bool) {
    let (url, origins) = (url.to_owned(), origins());
    let client = quiet().proxy(proxy(url).tls(trusting())).resolve("h.maypole.test", 0, [[127, 0, 0, 1].into()]);
    let client = client.resolve("p.maypole.test", 0, [[127, 0, 0, 1].into()]).build().unwrap();
    for origin in &origins {
        for round in 0..2 {
            let response = client.get(origin.url_at("localhost", "/x?y")).send().unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.connection().forwarding, forwards && origin.url("").starts_with("http:"));
            // tinyproxy closes after each request that it forwards.
            let closes = response.headers().get("via").is_some_and(|via| via.contains("tinyproxy"));
            assert_eq!(response.is_reused(), round > 0 && !closes);
            assert_eq!(response.text().unwrap().len(), 160_000);
        }
    }
    for origin in origins {
        for request in origin.finish().requests() {
            assert!(request.head_text().starts_with("GET /x?y HTTP/1.1\r\n"), "{}", request.head_text());
            assert_eq!(request.header("proxy-authorization"), None);
        }
    }
}

#[test]
fn tinyproxy_with_and_without_a_user() {
    on_thread(|| {
        let Some(real) = Real::tinyproxy(false) else { return };
        both_ways(&format!("http://127.0.0.1:{}", real.port), true);
        let real = Real::tinyproxy(true).unwrap();
        both_ways(&format!("http://me:secret@127.0.0.1:{}", real.port), true);
        let wrong = quiet().proxy(proxy(format!("http://me:wrong@127.0.0.1:{}", real.port))).build().unwrap();
        let error = wrong.get("https://localhost:1/").send().unwrap_err();
        assert_eq!(error.kind(), Kind::Proxy, "{error}");
    });
}

#[test]
fn squid_plain_inside_tls_and_with_a_digest() {
    on_thread(|| {
        let Some(real) = Real::squid(false) else { return };
        both_ways(&format!("http://127.0.0.1:{}", real.port), true);
        both_ways(&format!("https://p.maypole.test:{}", real.secure), true);
        let client = quiet().proxy(proxy(format!("http://127.0.0.1:{}", real.port))).build().unwrap();
        let error = client.get(format!("https://127.0.0.1:{}/", Refused::start().address().port())).send().unwrap_err();
        let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<ProxyReply>());
        let reply = source.unwrap_or_else(|| panic!("{error} {}", real.log()));
        assert!(reply.status >= 500 && reply.text.contains("ERROR"), "{reply}");
        drop(real);

        let real = Real::squid(true).unwrap();
        let origin = &origins()[1];
        for digest_only in [false, true] {
            let proxy = proxy(format!("http://me:secret@127.0.0.1:{}", real.port)).digest_only(digest_only);
            let client = quiet().proxy(proxy).build().unwrap();
            let response = client.get(origin.url_at("localhost", "/")).send();
            assert_eq!(response.unwrap_or_else(|error| panic!("{error} {}", real.log())).status(), 200);
        }
    });
}

#[test]
fn microsocks_with_and_without_a_user() {
    on_thread(|| {
        let Some(real) = Real::microsocks(false) else { return };
        both_ways(&format!("socks5h://127.0.0.1:{}", real.port), false);
        both_ways(&format!("socks5://127.0.0.1:{}", real.port), false);
        let real = Real::microsocks(true).unwrap();
        both_ways(&format!("socks5h://me:secret@127.0.0.1:{}", real.port), false);
        for (user, text) in
            [("me:wrong@", "does not accept user and password"), ("", "wants credentials, and none are set")]
        {
            let client = quiet().proxy(proxy(format!("socks5h://{user}127.0.0.1:{}", real.port))).build().unwrap();
            let error = client.get("http://localhost:1/").send().unwrap_err();
            assert!(error.kind() == Kind::Proxy && error.to_string().contains(text), "{error}");
        }
    });
}

#[test]
fn dante_speaks_both_versions() {
    on_thread(|| {
        let Some(real) = Real::dante() else { return };
        // It tries one address of a name alone, and that of localhost is ::1: the other two look names up remotely.
        for scheme in ["socks4", "socks5"] {
            both_ways(&format!("{scheme}://127.0.0.1:{}", real.port), false);
        }
    });
}

/// What curl makes of these arguments: its exit code.
fn curl(arguments: &[&str], variables: &[(&str, &str)]) -> Option<i32> {
    let program = installed(&["curl"])?;
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(variables.iter().copied())
        .args(["-q", "-s", "-m", "30", "-o", "/dev/null"])
        .args(arguments);
    Some(command.status().unwrap().code().unwrap())
}

#[test]
fn curl_asks_proxies_for_the_same() {
    on_thread(|| {
        let origin = Peer::always(conn([serve(ok("x"))]));
        for (scheme, user, tunnel) in [
            ("http", "", true),
            ("http", "me:p%40ss@", true),
            ("socks4", "me@", false),
            ("socks4a", "me@", false),
            ("socks5", "", false),
            ("socks5", "me:p%40ss@", false),
            ("socks5h", "me:p%40ss@", false),
        ] {
            let relay = || match scheme {
                "http" => Relay::start(connect_to(origin.address())),
                _ => Relay::start(socks_to(origin.address())),
            };
            let (ours, theirs) = (relay(), relay());
            let url = "http://localhost:8080/a/b?c=d";
            let client = quiet().resolve("localhost", 0, [[127, 0, 0, 1].into()]).ip_family(maypole::net::IpFamily::V4);
            let client = client.proxy(proxy(ours.url(scheme, user)).tunnel(tunnel)).build().unwrap();
            assert_eq!(text(client.get(url).send()), "x");
            let flag = if tunnel { "-p" } else { "-N" };
            let Some(code) = curl(&["-4", "-x", &theirs.url(scheme, user), flag, url], &[]) else { return };
            assert_eq!(code, 0);
            // curl names itself to proxies.
            let own = |line: &&str| !line.starts_with("User-Agent:") && !line.starts_with("Proxy-Connection:");
            let lines = |relay: &Relay| {
                let said = relay.said()[0].clone();
                let mut lines: Vec<_> = said.split("\r\n").filter(own).map(str::to_owned).collect();
                lines[1..].sort();
                lines
            };
            assert_eq!(lines(&ours), lines(&theirs), "{scheme}");
        }
        let heads = origin.finish();
        let heads: Vec<_> =
            heads.requests().iter().map(|request| (request.target.clone(), request.all("host").concat())).collect();
        assert!(heads.iter().all(|head| *head == heads[0]), "{heads:?}");
    });
}

#[test]
fn c300_curl_reads_the_environment_alike() {
    on_thread(|| {
        let peer = Peer::always(conn([serve(ok("x"))]));
        let by = peer.url("");
        let refused = "http://127.0.0.1:1";
        let table: &[(&[(&str, &str)], &str)] = &[
            (&[("http_proxy", &by)], "http://h.invalid/"),
            (&[("HTTP_PROXY", &by)], "http://h.invalid/"),
            (&[("http_proxy", ""), ("all_proxy", &by)], "http://h.invalid/"),
            (&[("ALL_PROXY", &by), ("http_proxy", refused)], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", ""), ("NO_PROXY", "h.invalid")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", "x"), ("NO_PROXY", "h.invalid")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("NO_PROXY", "h.invalid")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", "invalid")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", ".invalid")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", "INVALID.")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", "nvalid")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", "a.invalid,b")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", "a  h.invalid")], "http://h.invalid./"),
            (&[("all_proxy", &by), ("no_proxy", "*")], "http://h.invalid/"),
            (&[("all_proxy", &by), ("no_proxy", "127.0.0.1")], "http://127.0.0.1:1/"),
            (&[("all_proxy", &by), ("no_proxy", "0.0.1")], "http://127.0.0.1:1/"),
            (&[("all_proxy", &by), ("no_proxy", "::1")], "http://[::1]:1/"),
            (&[("all_proxy", &by), ("no_proxy", "localhost")], "http://127.0.0.1:1/"),
        ];
        for (variables, url) in table {
            let lookup = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
            let client = quiet().proxies(Proxies::from_variables(lookup).unwrap()).build().unwrap();
            // Only the proxy answers at all.
            let ours = client.get(*url).send().is_ok();
            let Some(code) = curl(&[url], variables) else { return };
            assert_eq!(ours, code == 0, "{variables:?} {url}: curl exits with {code}");
        }
    });
}
