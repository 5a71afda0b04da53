//! The request line and the header lines as they leave: cases 1 to 29.

use maypole::HttpClient;
use maypole::error::Kind;
use maypole::message::Version;

use crate::peer::*;
use crate::quick;

/// What a client sends for one request to `url`. It leads to a Unix socket, so that any host and port can be asked for.
fn sent(url: &str) -> Request {
    let tls = url.starts_with("https").then(Tls::default);
    let peer = Peer::unix(tls.as_ref(), [conn([any_request(), reply(ok(""))])]);
    let client = crate::tls::trusting().unix_socket(peer.path()).build().unwrap();
    client.get(url).send().unwrap_or_else(|e| panic!("{url}: {e}"));
    peer.finish().requests()[0].clone()
}

/// What a client bound to an origin sends for this target.
fn sent_by_bound(target: &str) -> Request {
    let peer = Peer::start([conn([any_request(), reply(ok(""))])]);
    let client = HttpClient::from_url(peer.url("/")).unwrap();
    client.get(target.replace("{H}", &peer.authority())).send().unwrap_or_else(|e| panic!("{target}: {e}"));
    drop(client);
    peer.finish().requests()[0].clone()
}

const ACCEPT: &str = "Accept-Encoding: gzip, deflate, br, zstd";

#[test]
fn c1_c2_c3_one_image_for_three_spellings() {
    on_both(|| {
        let peer = Peer::always(conn([any_request(), reply(ok(""))]));
        let expected = |r: &Request| {
            let agent = concat!("maypole/", env!("CARGO_PKG_VERSION"));
            assert_eq!(
                r.head_text(),
                format!("GET /tp/ HTTP/1.1\r\nUser-Agent: {agent}\r\nHost: {}\r\n{ACCEPT}\r\n\r\n", peer.authority())
            );
        };
        for target in ["/tp/", "tp/", &peer.url("/tp/")] {
            HttpClient::from_url(peer.url("/")).unwrap().get(target).send().unwrap();
        }
        peer.so_far().requests().into_iter().for_each(expected);
        assert_eq!(peer.finish().requests().len(), 3);
    });
}

#[test]
fn c4_another_origin_than_the_clients_own() {
    on_both(|| {
        let peer = Peer::start([]);
        let client = HttpClient::from_url(peer.url("/")).unwrap();
        let same_host = format!("http://127.0.0.1:{}/", peer.port() ^ 1);
        for other in
            ["http://other/", "http://other:80/x", &same_host, &peer.url("/").replace("http", "https"), "//other/x"]
        {
            assert_eq!(client.get(other).send().unwrap_err().kind(), Kind::WrongOrigin, "{other}");
        }
        assert_eq!(peer.connections(), 0);
    });
}

#[test]
fn c5_to_c13_host() {
    on_both(|| {
        for (id, url, expected) in [
            ("c5", "http://localhost/", "localhost"),
            ("c6", "http://localhost:1234/", "localhost:1234"),
            ("c7", "http://127.0.0.1/", "127.0.0.1"),
            ("c7", "http://127.0.0.1:1234/", "127.0.0.1:1234"),
            ("c8, c9", "http://[::1]/", "[::1]"),
            ("c8, c9", "http://[::1]:1234/", "[::1]:1234"),
            ("c10", "http://python.example", "python.example"),
            ("c10, case", "http://Python.Example:80/", "python.example"),
            ("c11", "http://python.example:333", "python.example:333"),
            ("c12", "https://localhost", "localhost"),
            ("c13", "http://python.example:443/", "python.example:443"),
            ("c13", "https://localhost:80/", "localhost:80"),
        ] {
            assert_eq!(sent(url).all("host"), [expected], "{id}: {url}");
        }
    });
}

#[test]
fn c14_to_c18_targets() {
    on_both(|| {
        for (id, target, expected) in [
            ("c14", "", "/"),
            ("c15", "?a=b", "/?a=b"),
            ("c16", "http://{H}", "/"),
            ("c16", "http://{H}/x", "/x"),
            ("c17", "httpfoo/bar", "/httpfoo/bar"),
            ("c18", "http://{H}/p;x=1?q", "/p;x=1?q"),
            ("c19", "/a#fragment", "/a"),
            ("c19", "http://{H}/a?b#c?d", "/a?b"),
        ] {
            assert_eq!(sent_by_bound(target).target, expected, "{id}: {target}");
        }
    });
}

#[test]
fn c16_port_80_with_and_without_its_number() {
    on_both(|| {
        let peer = Peer::unix(None, [conn([serve(ok(""))])]);
        let builder = HttpClient::builder().unix_socket(peer.path());
        let client = builder.base_url("http://h.test").only_origin(true).build().unwrap();
        for target in ["http://h.test:80/x", "http://h.test/y", "http://h.test", "/z"] {
            client.get(target).send().unwrap();
        }
        assert_eq!(peer.finish().shape(), [4]);
    });
}

#[test]
fn c20_version_1_0() {
    on_both(|| {
        let peer = Peer::start([conn([request("GET / HTTP/1.0\r\n"), reply("HTTP/1.0 200 OK\r\n\r\nx"), Act::Close])]);
        let response = quick().get(peer.url("/")).version(Version::Http10).send().unwrap();
        assert_eq!((response.version(), response.text().unwrap().as_str()), (Version::Http10, "x"));
        let authority = peer.authority();
        assert_eq!(peer.finish().requests()[0].header("host"), Some(authority.as_str()));
    });
}

/// The header lines of a request without Host, as `name: value`.
fn lines(r: &Request) -> Vec<String> {
    let line = |(name, value): &(String, Vec<u8>)| format!("{name}: {}", String::from_utf8_lossy(value));
    r.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("host")).map(line).collect()
}

#[test]
fn c21_c22_the_last_writer_of_a_default_wins() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok(""))]));
        let own = concat!("User-Agent: maypole/", env!("CARGO_PKG_VERSION"));
        let plain = quick();
        let named = HttpClient::builder().user_agent("mine/1").build().unwrap();
        plain.get(peer.url("/")).send().unwrap();
        named.get(peer.url("/")).send().unwrap();
        named.get(peer.url("/")).header("User-Agent", "this/2").send().unwrap();
        let seen = peer.finish();
        let images: Vec<_> = seen.requests().into_iter().map(lines).collect();
        // c22: nothing else is said unless asked for.
        assert_eq!(images, [[own, ACCEPT], ["User-Agent: mine/1", ACCEPT], ["User-Agent: this/2", ACCEPT]]);
    });
}

#[test]
fn c23_c24_repeated_names_stay_lines_in_order() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok(""))]));
        let builder = HttpClient::builder().user_agent("a");
        let client = builder.default_header("X-Tag", "1").default_header("X-Tag", "2").build().unwrap();
        client.get(peer.url("/")).header("X-Other", "3").send().unwrap();
        client.get(peer.url("/")).header("X-Twice", "3").header("x-twice", "4").send().unwrap();
        let seen = peer.finish();
        assert_eq!(lines(seen.requests()[0]), ["User-Agent: a", "X-Tag: 1", "X-Tag: 2", "X-Other: 3", ACCEPT]);
        let twice: Vec<_> = lines(seen.requests()[1]).into_iter().skip(3).collect();
        assert_eq!(twice, ["X-Twice: 3", "x-twice: 4", ACCEPT], "c24, c400: order and case are the caller's");
    });
}

#[test]
fn c26_targets_are_encoded_or_refused_never_raw() {
    on_both(|| {
        for path in ["/a b", "/ä", "/a?q=ä b", "/\u{7f}", "/a\tb"] {
            let peer = Peer::always(conn([serve(ok(""))]));
            let result = quick().get(peer.url(path)).send();
            let seen = peer.finish();
            match result {
                Ok(_) => assert!(seen.requests()[0].target.bytes().all(|b| b.is_ascii_graphic()), "{path:?}"),
                Err(e) => assert!(matches!(e.kind(), Kind::InvalidUrl | Kind::InvalidRequest), "{path:?}: {e}"),
            }
        }
    });
}

#[test]
fn c28_methods_that_only_the_server_knows() {
    on_both(|| {
        for method in ["PURGE", "QUERY", "M-SEARCH", "X!"] {
            let peer = Peer::start([conn([request(format!("{method} / HTTP/1.1\r\n")), reply(ok("x"))])]);
            assert_eq!(quick().request(method, peer.url("/")).send().unwrap().text().unwrap(), "x");
            peer.finish();
        }
    });
}

#[test]
fn c29_a_default_header_that_was_removed() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok(""))]));
        quick().get(peer.url("/")).without_header("user-agent").without_header("accept-encoding").send().unwrap();
        let builder = HttpClient::builder().without_header("user-agent").without_header("Accept-Encoding");
        builder.build().unwrap().get(peer.url("/")).send().unwrap();
        let seen = peer.finish();
        seen.requests().into_iter().for_each(|request| assert_eq!(lines(request), Vec::<String>::new()));
    });
}
