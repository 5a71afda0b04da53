//! Locations that are none, or lead where nobody should go.

use maypole::client::Redirects;
use maypole::error::Kind;

use crate::peer::{Act, Peer, Server, any_request, conn, on_both, reply};
use crate::{Site, client, redirect};

#[test]
fn sec_d2_other_schemes_are_refused() {
    on_both(|| {
        for location in [
            "file:///etc/passwd",
            "gopher://h/",
            "ftp://h/",
            "data:text/plain,x",
            "javascript:alert(1)",
            "ws://h/",
            "mailto:a",
        ] {
            let server = Server::start(move |_, responder| responder.reply(redirect("302", location)));
            let error = client().get(server.url("/")).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Redirect, "{location}");
            assert!(error.to_string().contains(location), "{error}");
            assert_eq!(error.take_response().unwrap().status(), 302);
        }
    });
}

/// sec-D6: whatever makes it one that is not followed, its password stays out of errors and logs.
#[test]
fn sec_d6_a_location_that_is_refused_does_not_show_its_password() {
    on_both(|| {
        for location in ["ftp://me:s3cret@h/", "http://me:s3cret@h:99999/", "http://me:s3cret@/"] {
            let server = Server::start(move |_, responder| responder.reply(redirect("302", location)));
            let error = client().get(server.url("/")).send().unwrap_err();
            assert_eq!(error.kind(), Kind::Redirect, "{location}: {error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    });
}

#[test]
fn sec_d4_a_downgrade_can_be_refused_and_https_required() {
    let site = Site::start();
    let error = client().get(site.url("/302//to")).redirects(Redirects::default().https_only()).send().unwrap_err();
    assert_eq!(error.kind(), Kind::Redirect);
    assert!(error.to_string().contains("only https"), "{error}");
}

/// What a malformed Location leads to, by the WHATWG URL standard: a path on the same server, an error, or elsewhere.
#[test]
fn sec_d10_malformed_locations() {
    let same = |path: &str| Some(path.to_owned());
    let table: [(&[u8], Option<String>); 9] = [
        (b"/tab\there", same("/tabhere")),
        (b"/a b", same("/a%20b")),
        ("/é".as_bytes(), same("/%C3%A9")),
        (b"/\xE9", same("/%C3%A9")),
        (b"/%zz", same("/%zz")),
        (b"\\x", same("/x")),
        (b"http://", None),
        (b"http://[::1", None),
        (b"http://a b/", None),
    ];
    for (location, expected) in table {
        let mut head = b"HTTP/1.1 302 Found\r\nLocation: ".to_vec();
        head.extend_from_slice(location);
        head.extend_from_slice(b"\r\nContent-Length: 0\r\n\r\n");
        let server = Server::start(move |request, responder| {
            responder.reply(if request.target == "/from" { head.clone() } else { crate::peer::ok("") });
        });
        let shown = String::from_utf8_lossy(location);
        match (client().get(server.url("/from")).send(), expected) {
            (Ok(response), Some(path)) => assert_eq!(response.url().path(), path, "{shown}"),
            (Err(error), None) => assert_eq!(error.kind(), Kind::Redirect, "{shown}: {error}"),
            (result, expected) => panic!("{shown}: {result:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn sec_d10_slashes_of_all_kinds_name_a_host() {
    // All of these are `http://evil/`, in a browser as here, so that a filter sees the host that is connected to.
    for location in ["http:////evil.test/x", "//evil.test/x", "/\\evil.test/x", "http:\\\\evil.test/x"] {
        let server = Server::start(move |_, responder| responder.reply(redirect("302", location)));
        let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let kept = seen.clone();
        let policy = Redirects::limited(1).decide(move |hop| {
            *kept.lock().unwrap() = hop.next.url.host().to_owned();
            maypole::client::Decision::Stop
        });
        assert_eq!(client().get(server.url("/")).redirects(policy).send().unwrap().status(), 302);
        assert_eq!(*seen.lock().unwrap(), "evil.test", "{location}");
    }
}

#[test]
fn sec_d10_an_endless_or_empty_location() {
    on_both(|| {
        let long = format!("/{}", "x".repeat(70 << 10));
        let server = Server::start(move |_, responder| responder.reply(redirect("302", &long)));
        let error = client().get(server.url("/")).send().unwrap_err();
        assert_eq!(error.kind(), Kind::Redirect);
        assert!(error.to_string().len() < 1_000);
        let empty = Server::start(|_, responder| responder.reply(redirect("302", "")));
        assert_eq!(client().get(empty.url("/")).send().unwrap().status(), 302);
        let none =
            Peer::start([conn([any_request(), reply("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), Act::Closed])]);
        let client = client();
        assert_eq!(client.get(none.url("/")).send().unwrap().status(), 302);
    });
}
