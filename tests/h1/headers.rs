//! Header lines as a caller sees them.

use crate::peer::*;
use crate::quick;

#[test]
fn c157_forty_lines_with_many_cookies() {
    on_both(|| {
        let cookies: String = (0..33).map(|n| format!("Set-Cookie: c{n}=v{n}; Path=/\r\n")).collect();
        let head = format!(
            "HTTP/1.1 200 OK\r\nDate: x\r\nServer: y\r\nP3P: z\r\n{cookies}Via: a\r\nVary: b\r\nContent-Length: 0\r\n\r\n"
        );
        let peer = Peer::start([conn([any_request(), reply(head)])]);
        let response = quick().get(peer.url("/")).send().unwrap();
        let all: Vec<_> = response.headers().get_all("set-cookie").collect();
        assert_eq!((all.len(), response.headers().len()), (33, 39));
        assert_eq!((all[0], all[32]), ("c0=v0; Path=/", "c32=v32; Path=/"));
    });
}

#[test]
fn c168_values_are_trimmed() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nX-A: \t b c \t \r\nX-B:d\r\nX-C:  \r\nContent-Length: 0\r\n\r\n";
        let peer = Peer::start([conn([any_request(), reply(head)])]);
        let response = quick().get(peer.url("/")).send().unwrap();
        assert_eq!(
            [response.header("X-A"), response.header("x-b"), response.header("X-c")],
            [Some("b c"), Some("d"), Some("")]
        );
    });
}

#[test]
fn c141_values_that_are_not_utf_8_are_kept_as_bytes() {
    on_both(|| {
        let peer = Peer::start([conn([
            any_request(),
            reply(b"HTTP/1.1 200 OK\r\nX-A: caf\xe9\r\nContent-Length: 0\r\n\r\n".to_vec()),
        ])]);
        let response = quick().get(peer.url("/")).send().unwrap();
        assert_eq!(response.headers().get_bytes("x-a"), Some(b"caf\xe9".as_slice()));
        assert_eq!(response.header("x-a"), None);
    });
}

#[test]
fn c93_the_length_that_a_head_request_reports() {
    on_both(|| {
        let peer =
            Peer::start([conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), serve(ok(""))])]);
        let client = quick();
        let response = client.head(peer.url("/")).send().unwrap();
        assert_eq!(response.content_length(), Some(10));
        assert!(client.get(peer.url("/")).send().unwrap().is_reused());
    });
}
