//! Recordings.

use std::io::Read;

use maypole::client::{HarRecorder, HarReplay};
use maypole::error::Kind;

use crate::builder;
use crate::peer::{Act, Peer, Server, any_request, conn, ok, on_both, reply};

fn binary() -> Vec<u8> {
    (0..=255).cycle().take(10_000).collect()
}

fn server() -> Server {
    Server::start(|request, responder| {
        responder.reply(match request.target.as_str() {
            "/binary" => ok(binary()),
            "/text?q=1" => b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a=s3cret\r\nContent-Length: 5\r\n\r\ngr\xC3\xBC\n".to_vec(),
            "/chunked" => b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_vec(),
            "/coded" => [&b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 3\r\n\r\n"[..], b"raw"].concat(),
            "/login" => {
                let location = "http://u:s3cret@127.0.0.1:1/";
                format!("HTTP/1.1 201 Created\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
            }
            "/from" => b"HTTP/1.1 302 Found\r\nLocation: /text?q=1\r\nContent-Length: 0\r\n\r\n".to_vec(),
            _ => ok(&request.body),
        });
    })
}

fn archive(recorder: &HarRecorder) -> (serde_json::Value, Vec<u8>) {
    let mut bytes = Vec::new();
    recorder.write(&mut bytes).unwrap();
    (serde_json::from_slice(&bytes).unwrap(), bytes)
}

#[test]
fn c373_what_was_recorded_comes_back_byte_for_byte() {
    on_both(|| {
        let (server, recorder) = (server(), HarRecorder::new());
        let recording = builder().record(&recorder).build().unwrap();
        let paths = ["/binary", "/text?q=1", "/chunked", "/coded", "/from"];
        let ask = |client: &maypole::HttpClient, path: &str| {
            let mut response = client.get(server.url(path)).send().unwrap();
            let mut body = Vec::new();
            response.read_to_end(&mut body).unwrap();
            let shown = (response.status(), response.url().clone(), response.headers().to_string(), body);
            (shown, response.history().len())
        };
        let first: Vec<_> = paths.iter().map(|path| ask(&recording, path)).collect();
        let (_, bytes) = archive(&recorder);
        let replaying = builder().transport(HarReplay::read(&bytes[..]).unwrap()).build().unwrap();
        let before = server.requests();
        for (path, ((status, url, headers, body), hops)) in paths.iter().zip(first) {
            let ((status2, url2, headers2, body2), hops2) = ask(&replaying, path);
            assert_eq!((status2, url2, hops2), (status, url, hops), "{path}");
            assert_eq!(body2, body, "{path}");
            assert_eq!(headers2, headers.replace("a=s3cret", "hidden"), "{path}");
        }
        assert_eq!(server.requests(), before);
        let error = replaying.get(server.url("/never")).send().unwrap_err();
        assert!(error.to_string().contains("no answer to GET"), "{error}");
    });
}

#[test]
fn the_archive_is_what_other_tools_read() {
    let (server, recorder) = (server(), HarRecorder::new());
    let client = builder().record(&recorder).build().unwrap();
    client.post(server.url("/echo")).body("grüße").send().unwrap().text().unwrap();
    client.get(server.url("/text?q=1")).send().unwrap().text().unwrap();
    let (har, _) = archive(&recorder);
    assert_eq!((&har["log"]["version"], &har["log"]["creator"]["name"]), (&"1.2".into(), &"maypole".into()));
    let post = &har["log"]["entries"][0];
    assert_eq!(post["request"]["postData"]["text"], "grüße");
    assert_eq!(post["request"]["postData"]["mimeType"], "text/plain; charset=utf-8");
    assert_eq!(post["response"]["content"]["text"], "grüße");
    let when = post["startedDateTime"].as_str().unwrap();
    assert!(when.len() == 24 && when.ends_with('Z') && when.as_bytes()[10] == b'T', "{when}");
    assert!(post["time"].as_f64().unwrap() > 0.0 && post["timings"]["wait"].as_f64().unwrap() > 0.0);
    let get = &har["log"]["entries"][1];
    assert_eq!(get["request"]["queryString"][0]["value"], "1");
    assert_eq!((&get["response"]["status"], &get["response"]["statusText"]), (&200.into(), &"Fine".into()));
}

#[test]
fn sec_j6_secrets_are_left_out_unless_asked_for() {
    for (recorder, kept) in [(HarRecorder::new(), false), (HarRecorder::new().with_secrets(), true)] {
        let server = server();
        let client = builder().record(&recorder).build().unwrap();
        let url = server.url("/text?q=1").replace("http://", "http://u:s3cret@");
        let request = client.get(&url).header("Authorization", "Bearer s3cret").sensitive_header("X-API-Key", "s3cret");
        request.send().unwrap().text().unwrap();
        client.get(server.url("/login")).send().unwrap().text().unwrap();
        let (_, bytes) = archive(&recorder);
        assert_eq!(String::from_utf8(bytes).unwrap().contains("s3cret"), kept);
    }
}

#[test]
fn failures_and_cut_bodies_are_recorded_as_such() {
    let recorder = HarRecorder::new().max_body(5);
    let client = builder().record(&recorder).build().unwrap();
    let peer = Peer::start([
        conn([any_request(), Act::Close]),
        conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123"), Act::Close]),
        conn([any_request(), reply(ok("123456"))]),
    ]);
    client.post(peer.url("/1")).send().unwrap_err();
    client.get(peer.url("/2")).send().unwrap().text().unwrap_err();
    client.get(peer.url("/3")).send().unwrap().text().unwrap();
    let (har, bytes) = archive(&recorder);
    let entries = &har["log"]["entries"];
    assert_eq!(entries[0]["response"]["status"], 0);
    assert_eq!(entries[1]["response"]["content"]["text"], "123");
    assert_eq!(entries[2]["response"]["content"]["size"], 6);
    assert!(entries[2]["response"]["content"]["comment"].as_str().unwrap().contains("not kept"));
    let replay = builder().transport(HarReplay::read(&bytes[..]).unwrap()).build().unwrap();
    assert_eq!(replay.get(peer.url("/3")).send().unwrap_err().kind(), Kind::Decode);
}

#[test]
fn what_is_no_archive_is_an_error() {
    for bytes in [&b""[..], b"{}", b"[1", b"\xFF"] {
        assert_eq!(HarReplay::read(bytes).unwrap_err().kind(), Kind::Decode);
    }
    assert_eq!(HarReplay::open("/nonexistent/x.har").unwrap_err().kind(), Kind::Io);
    let directory = tempfile::tempdir().unwrap();
    let (path, recorder) = (directory.path().join("a.har"), HarRecorder::new());
    recorder.save(&path).unwrap();
    HarReplay::open(&path).unwrap();
    // A link planted where the archive is written first leads nowhere.
    let (victim, own) = (directory.path().join("victim"), format!("a.{}.tmp", std::process::id()));
    std::fs::write(&victim, "mine").unwrap();
    std::os::unix::fs::symlink(&victim, directory.path().join(&own)).unwrap();
    recorder.save(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
    std::fs::remove_file(directory.path().join(own)).unwrap();
    std::fs::remove_file(victim).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}
