//! The types of the `http` crate: what goes in comes out, what is lost is what the documentation says, and no body is
//! copied on the way.
#![cfg(feature = "http")]

mod peer;

use std::io::{self, BufRead, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue};
use http::{StatusCode, Uri};
use maypole::client::{Inbound, Outbound, Timings, Transport};
use maypole::error::Kind;
use maypole::message::Request;
use maypole::net::ConnectionInfo;
use maypole::{Body, Headers, HttpClient, Method, Url, Version};
use peer::{Peer, any_request, conn, on_both, reply, request};

#[test]
fn methods_both_ways_and_none_in_lower_case() {
    for token in ["GET", "PATCH", "PROPFIND", "M-SEARCH", "!#$%&'*+-.0123456789ABCXYZ^_`|~"] {
        let ours = Method::new(token).unwrap();
        let theirs = http::Method::from(&ours);
        assert_eq!(theirs.as_str(), token);
        assert_eq!(Method::try_from(&theirs).unwrap(), ours);
    }
    let error = Method::try_from(&http::Method::from_bytes(b"get").unwrap()).unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidRequest);
}

#[test]
fn versions_and_what_to_do_about_others() {
    for (ours, theirs) in [(Version::Http10, http::Version::HTTP_10), (Version::Http11, http::Version::HTTP_11)] {
        assert_eq!((http::Version::from(ours), Version::try_from(theirs).unwrap()), (theirs, ours));
    }
    for theirs in [http::Version::HTTP_09, http::Version::HTTP_2, http::Version::HTTP_3] {
        let error = Version::try_from(theirs).unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported);
        assert!(error.to_string().contains("set http::Version::HTTP_11"), "{error}");
    }
}

#[test]
fn header_values_are_bytes_both_ways_and_lines_of_a_name_keep_their_order() {
    let mut ours = Headers::new();
    for (name, value) in [("X-B", &b"1"[..]), ("A", b"\xfcber"), ("x-b", b"2"), ("X-Tab", b"a\tb"), ("Empty", b"")] {
        ours.append(name, value).unwrap();
    }
    let map = HeaderMap::try_from(&ours).unwrap();
    assert_eq!(map.get_all("x-b").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(
        (map["a"].as_bytes(), map["x-tab"].as_bytes(), map["empty"].as_bytes()),
        (&b"\xfcber"[..], &b"a\tb"[..], &b""[..])
    );
    let back = Headers::try_from(&map).unwrap();
    assert_eq!(back.len(), 5);
    assert!(back.iter().all(|(name, _)| name.bytes().all(|byte| !byte.is_ascii_uppercase())), "lower case");
    assert_eq!(back.get_all("X-B").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(HeaderMap::try_from(&back).unwrap(), map);
}

#[test]
fn secrets_stay_marked() {
    let mut map = HeaderMap::new();
    let mut key = HeaderValue::from_static("hush");
    key.set_sensitive(true);
    map.append("x-api-key", key);
    map.append("x-open", HeaderValue::from_static("seen"));
    let ours = Headers::try_from(&map).unwrap();
    let shown = format!("{ours:?}");
    assert!(!shown.contains("hush") && shown.contains("seen"), "{shown}");
    let back = HeaderMap::try_from(&ours).unwrap();
    assert!(back["x-api-key"].is_sensitive() && !back["x-open"].is_sensitive());
    let login =
        Headers::from_pairs([("Authorization", "Basic eA=="), ("Set-Cookie", "a=1"), ("Accept", "*/*")]).unwrap();
    let login = HeaderMap::try_from(&login).unwrap();
    assert!(login["authorization"].is_sensitive() && login["set-cookie"].is_sensitive());
    assert!(!login["accept"].is_sensitive());
}

#[test]
fn a_map_that_is_full_is_an_error() {
    let mut ours = Headers::new();
    (0..40_000).for_each(|n| ours.append(&format!("x-{n}"), "1").unwrap());
    assert_eq!(HeaderMap::try_from(&ours).unwrap_err().kind(), Kind::TooLarge);
    let long = Headers::from_pairs([("n".repeat(70_000), "1")]).unwrap();
    let error = HeaderMap::try_from(&long).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    assert!(error.to_string().len() < 200, "{error}");
}

#[test]
fn uris_both_ways() {
    for text in ["http://h/", "https://me:pw@example.com:8443/a%20b/?q=1&r=%7c", "http://[::1]:8080/x?", "http://h/?a"]
    {
        let uri: Uri = text.parse().unwrap();
        let url = Url::try_from(&uri).unwrap();
        assert_eq!(url.as_str(), text);
        assert_eq!(Uri::try_from(&url).unwrap(), uri);
    }
    assert_eq!(Url::try_from(&Uri::from_static("HTTP://H:80/a/../b")).unwrap().as_str(), "http://h/b");
    let with_fragment = Url::parse("http://h/p?q#f").unwrap();
    assert_eq!(Uri::try_from(&with_fragment).unwrap(), "http://h/p?q");
    let long = Url::parse(&format!("http://h/{}", "x".repeat(65_527))).unwrap();
    assert_eq!(Uri::try_from(&long).unwrap_err().kind(), Kind::TooLarge);
}

#[test]
fn a_target_without_a_host_is_refused_by_its_form() {
    for (text, form) in
        [("/path?q", "a path without a host"), ("*", "the asterisk"), ("example.com:443", "a host without a scheme")]
    {
        let error = Url::try_from(&text.parse::<Uri>().unwrap()).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidUrl);
        assert!(error.to_string().contains(form) && error.to_string().contains("must be absolute"), "{error}");
        let sent = HttpClient::new().unwrap().execute(http::Request::get(text).body(()).unwrap()).unwrap_err();
        assert_eq!(sent.kind(), Kind::InvalidUrl);
    }
    let error = Url::try_from(&Uri::from_static("ftp://h/")).unwrap_err();
    assert!(error.to_string().contains("scheme `ftp` is not supported"), "{error}");
}

#[test]
fn a_request_there_and_back() {
    let mut ours = Request::new(Method::POST, Url::parse("http://h/p?q=1").unwrap());
    ours.version = Version::Http10;
    ours.append_header("X-Trace", "7").unwrap();
    ours.body = "hello".into();
    let theirs = http::Request::<Body>::try_from(ours).unwrap();
    assert_eq!((theirs.method(), theirs.version()), (&http::Method::POST, http::Version::HTTP_10));
    assert_eq!(
        (theirs.uri(), &theirs.headers()["x-trace"]),
        (&Uri::from_static("http://h/p?q=1"), &HeaderValue::from_static("7"))
    );
    let back = Request::try_from(theirs).unwrap();
    assert_eq!(
        (back.version, back.url.as_str(), back.headers.get("x-trace")),
        (Version::Http10, "http://h/p?q=1", Some("7"))
    );
    assert_eq!(back.body.as_bytes(), Some(&b"hello"[..]));
    let mut raw = Request::new(Method::GET, Url::parse("http://h/b").unwrap());
    raw.set_target("/a/../b").unwrap();
    assert_eq!(http::Request::<Body>::try_from(raw).unwrap().uri().path(), "/a/../b");
}

/// Counts how often it is read.
struct Counted(Arc<AtomicUsize>, usize);

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.fetch_add(1, SeqCst);
        let n = self.1.min(out.len());
        out[..n].fill(b'x');
        self.1 -= n;
        Ok(n)
    }
}

#[test]
fn no_body_is_copied_or_read_on_the_way() {
    let bytes = Bytes::from(vec![7; 1 << 20]);
    let made = |body: Bytes| http::Request::put("http://h/").body(body).unwrap();
    let ours = Request::try_from(made(bytes.clone())).unwrap();
    assert_eq!(ours.body.as_bytes().unwrap().as_ptr(), bytes.as_ptr());
    let theirs = http::Request::<Body>::try_from(ours).unwrap();
    assert_eq!(theirs.body().as_bytes().unwrap().as_ptr(), bytes.as_ptr());
    let vector = vec![7; 1 << 20];
    let at = vector.as_ptr();
    let ours = Request::try_from(http::Request::put("http://h/").body(vector).unwrap()).unwrap();
    assert_eq!(ours.body.as_bytes().unwrap().as_ptr(), at);
    let inbound = Inbound::try_from(http::Response::new(bytes.clone())).unwrap();
    assert_eq!(inbound.body.as_bytes().unwrap().as_ptr(), bytes.as_ptr());

    let reads = Arc::new(AtomicUsize::new(0));
    let reader = Body::stream(Counted(reads.clone(), 100_000));
    let ours = Request::try_from(http::Request::put("http://h/").body(reader).unwrap()).unwrap();
    let mut theirs = http::Request::<Body>::try_from(ours).unwrap();
    assert_eq!((reads.load(SeqCst), theirs.body().length()), (0, None));
    let mut taken = 0;
    while let Some(piece) = theirs.body_mut().next_piece().unwrap() {
        taken += piece.len();
    }
    assert_eq!(taken, 100_000);
}

/// A transport in `http`'s types that keeps where the bodies of requests lay.
#[derive(Clone, Default)]
struct Mock(Arc<Mutex<Vec<(String, usize)>>>);

impl Transport for Mock {
    fn exchange(&self, request: Outbound<'_>) -> maypole::Result<Inbound> {
        let request: http::Request<&mut Body> = request.try_into()?;
        let at = request.body().as_bytes().map_or(0, |bytes| bytes.as_ptr().addr());
        let lines = format!("{} {} {:?} {:?}", request.method(), request.uri(), request.version(), request.headers());
        self.0.lock().unwrap().push((lines, at));
        let answer = http::Response::builder();
        match request.uri().path() {
            "/moved" => answer.status(307).header("location", "http://elsewhere.test/"),
            _ => answer.status(418).version(http::Version::HTTP_10).header("X-Two", "1").header("X-Two", "2"),
        }
        .body("short and stout")
        .unwrap()
        .try_into()
    }
}

#[test]
fn a_mock_in_http_types_and_the_bytes_reach_it_where_they_were() {
    let mock = Mock::default();
    let client = HttpClient::builder().transport(mock.clone()).build().unwrap();
    let bytes = Bytes::from(vec![1; 100_000]);
    let response = client.execute(http::Request::post("http://h.test/tea").body(bytes.clone()).unwrap()).unwrap();
    assert_eq!((response.status(), response.version()), (StatusCode::IM_A_TEAPOT, http::Version::HTTP_10));
    assert_eq!(response.headers().get_all("x-two").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(response.into_body().text().unwrap(), "short and stout");
    let seen = mock.0.lock().unwrap();
    assert_eq!(seen[0].1, bytes.as_ptr().addr());
    assert!(seen[0].0.starts_with("POST http://h.test/tea HTTP/1.1"), "{}", seen[0].0);
}

#[test]
fn a_marked_header_stays_with_its_origin_and_out_of_logs() {
    let mock = Mock::default();
    let client = HttpClient::builder().transport(mock.clone()).build().unwrap();
    let mut key = HeaderValue::from_static("hush");
    key.set_sensitive(true);
    let request = http::Request::get("http://h.test/moved").header("X-Api-Key", key).header("X-Open", "1").body(());
    client.execute(request.unwrap()).unwrap();
    let seen = mock.0.lock().unwrap();
    assert!(seen[0].0.contains(r#""x-api-key": Sensitive"#) && seen[0].0.contains("x-open"), "{}", seen[0].0);
    assert!(!seen[1].0.contains("x-api-key") && seen[1].0.contains("x-open"), "{}", seen[1].0);
}

#[test]
fn over_a_connection_the_body_streams_and_the_head_tells_where_it_came_from() {
    on_both(|| {
        let (gate, opened) = std::sync::mpsc::channel::<()>();
        let opened = Mutex::new(opened);
        let server = peer::Server::start(move |_, responder| {
            responder.reply("HTTP/1.1 200 Fine\r\nContent-Length: 10\r\nX-Case: Kept\r\n\r\nfirst");
            opened.lock().unwrap().recv().ok();
            responder.reply("\nlast");
        });
        let client = HttpClient::new().unwrap();
        let request = http::Request::get(server.url("/stream")).body(()).unwrap();
        let response = client.execute(request).unwrap();
        assert_eq!(
            (response.status(), &response.headers()["x-case"]),
            (StatusCode::OK, &HeaderValue::from_static("Kept"))
        );
        let extensions = response.extensions();
        assert_eq!(extensions.get::<Url>().unwrap().path(), "/stream");
        assert!(extensions.get::<Arc<ConnectionInfo>>().unwrap().peer.is_some());
        assert!(extensions.get::<Timings>().unwrap().total > std::time::Duration::ZERO);
        let (_, mut body) = response.into_parts();
        // What has come can be read before the rest has been sent.
        let mut first = [0; 5];
        body.read_exact(&mut first).unwrap();
        assert_eq!((&first, body.is_complete(), body.reason()), (b"first", false, Some("Fine")));
        assert!(body.headers().to_string().contains("X-Case: Kept"));
        gate.send(()).unwrap();
        let rest: Vec<_> = BufRead::lines(&mut body).map(Result::unwrap).collect();
        assert_eq!((rest, body.is_complete()), (vec![String::new(), "last".to_owned()], true));
    });
}

#[test]
fn what_goes_out_is_what_the_request_says() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply("HTTP/1.1 204 No Content\r\n\r\n")])]);
        let request = http::Request::post(peer.url("/p?q"))
            .header("X-Multi", "a")
            .header("X-Multi", "b")
            .header("Content-Type", "text/csv")
            .body(Body::stream(io::Cursor::new(b"1,2,3")))
            .unwrap();
        let builder = HttpClient::new().unwrap().prepare(request).header("X-Late", "c");
        assert_eq!(builder.send().unwrap().status(), 204);
        let transcript = peer.finish();
        let seen = &transcript.requests()[0];
        assert_eq!(seen.header("content-type"), Some("text/csv"));
        assert_eq!(seen.header("x-late"), Some("c"));
        assert_eq!(seen.all("x-multi"), ["a", "b"]);
        assert!(seen.is_chunked() && seen.text() == "1,2,3");
    });
}

#[test]
fn a_path_is_enough_with_a_base_url_and_version_1_0_is_sent() {
    on_both(|| {
        let peer = Peer::start([
            conn([
                request("GET /api/users HTTP/1.1\r\n"),
                reply("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
            ]),
            conn([request("GET /api/users HTTP/1.0\r\n"), reply("HTTP/1.0 204 No Content\r\n\r\n")]),
        ]);
        let client = HttpClient::builder().base_url(peer.url("/v1/")).build().unwrap();
        let made = |version| http::Request::get("/api/users").version(version).body(()).unwrap();
        for version in [http::Version::HTTP_11, http::Version::HTTP_10] {
            assert_eq!(client.execute(made(version)).unwrap().status(), StatusCode::NO_CONTENT);
        }
        assert_eq!(client.execute(made(http::Version::HTTP_2)).unwrap_err().kind(), Kind::Unsupported);
        assert_eq!(client.get(Uri::from_static("/x")).url().unwrap().path(), "/x");
        peer.finish();
    });
}

#[test]
fn errors_of_the_request_come_before_anything_is_sent() {
    let mock = Mock::default();
    let client = HttpClient::builder().transport(mock.clone()).build().unwrap();
    let lower = http::Request::builder().method("get").uri("http://h/").body(()).unwrap();
    assert_eq!(client.execute(lower).unwrap_err().kind(), Kind::InvalidRequest);
    let length = http::Request::post("http://h/").header("Content-Length", "3").body("four").unwrap();
    assert_eq!(client.execute(length).unwrap_err().kind(), Kind::InvalidRequest);
    assert!(mock.0.lock().unwrap().is_empty());
    let answer = http::Response::builder().version(http::Version::HTTP_2).body(()).unwrap();
    assert_eq!(Inbound::try_from(answer).err().map(|error| error.kind()), Some(Kind::Unsupported));
}

#[test]
fn a_reader_goes_through_a_pipe_of_threads() {
    // A body that is written while it is sent: 1 MiB never lies in memory at once.
    let server = peer::Server::start(|request, responder| {
        responder.reply(format!("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{:7}", request.body.len()));
    });
    let (reader, mut writer) = io::pipe().unwrap();
    let writing = std::thread::spawn(move || (0..1_000).for_each(|_| writer.write_all(&[b'x'; 1_000]).unwrap()));
    let request = http::Request::put(server.url("/")).body(Body::sized(reader, 1_000_000)).unwrap();
    let text = HttpClient::new().unwrap().execute(request).unwrap().into_body().text().unwrap();
    assert_eq!(text.trim(), "1000000");
    writing.join().unwrap();
}
