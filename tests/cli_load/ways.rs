//! What is sent, and by which way.

use crate::cli_support::{Serving, run_with_input};
use crate::json;
use crate::scripted::{Peer, any_request, conn, ok, reply};

#[test]
fn the_request_is_the_one_that_was_asked_for() {
    let peer = Peer::start([conn([any_request(), reply(ok("x")), any_request(), reply(ok("x"))])]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "from a file").unwrap();
    let path = file.path().to_str().unwrap();
    let (code, _) =
        json(&["-n", "2", "-c", "1", "-m", "PATCH", "-H", "X-A: b", "-D", path, "-T", "text/x", &peer.url("/p?q")]);
    assert_eq!(code, 0);
    let transcript = peer.finish();
    for request in transcript.requests() {
        assert!(request.head_text().starts_with("PATCH /p?q HTTP/1.1\r\n"), "{}", request.head_text());
        assert_eq!((request.header("x-a"), request.header("content-type")), (Some("b"), Some("text/x")));
        assert!(request.text().ends_with("from a file"));
    }
}

#[test]
fn the_way_to_the_server_can_be_another_than_the_url_says() {
    let serving = Serving::start();
    let (host, port) = serving.authority().rsplit_once(':').unwrap();
    let resolve = format!("elsewhere.test:{port}:{host}");
    let (code, report) =
        json(&["-n", "4", "-c", "2", "--resolve", &resolve, &format!("http://elsewhere.test:{port}/")]);
    assert_eq!((code, &report["answers"]), (0, &4.into()), "{report}");
    let rule = format!("elsewhere.test:80:{host}:{port}");
    let (code, report) = json(&["-n", "4", "-c", "2", "--connect-to", &rule, "http://elsewhere.test/"]);
    assert_eq!((code, &report["answers"]), (0, &4.into()), "{report}");

    let unix = Peer::unix(None, [conn([any_request(), reply(ok("by path"))])]);
    let (code, report) = json(&["-n", "1", "--unix-socket", unix.path().to_str().unwrap(), "http://any.test/"]);
    assert_eq!((code, &report["body_bytes"]), (0, &7.into()), "{report}");
}

#[test]
fn a_body_comes_from_standard_input_too() {
    let peer = Peer::start([conn([any_request(), reply(ok("x"))])]);
    let ran = run_with_input(&["load", "-n", "1", "-c", "1", "-D", "-", &peer.url("/")], b"typed\xff");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(peer.finish().requests()[0].body, b"typed\xff");
}
