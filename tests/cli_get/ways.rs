//! Ways to the server: proxies, what they answer, ports, and lines before everything else.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::time::Duration;

use super::get;
use super::scripted::{Act, Peer, Tls, any_request, authority, conn, expect, ok, reply, request, wait_until};

const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\nVia: me\r\n\r\n";

#[test]
fn the_heads_of_a_tunnel_are_printed_too() {
    let answer = String::from_utf8(ok("inside")).unwrap();
    let proxy = || Peer::start([conn([request("CONNECT "), reply(ESTABLISHED), request("GET /x "), reply(&*answer)])]);
    let peer = proxy();
    let ran = get(&["-i", "-p", "-x", &peer.authority(), "-U", "u:secret", "http://origin.test/x"]);
    assert_eq!((ran.code, ran.text()), (0, format!("{ESTABLISHED}{answer}").as_str()), "{}", ran.err);
    let peer = proxy();
    let ran = get(&["-v", "-p", "-x", &peer.authority(), "-U", "u:secret", "-w", "%{http_connect}", "http://o.test/x"]);
    assert_eq!(ran.text(), "inside200");
    for line in ["< HTTP/1.1 200 Connection established", "< Via: me", "> GET /x HTTP/1.1", "< HTTP/1.1 200 OK"] {
        assert!(ran.err.lines().any(|printed| printed == line), "{line} is missing:\n{}", ran.err);
    }
    assert!(!ran.err.contains("secret") && !ran.err.contains("dTpzZWNyZXQ="), "{}", ran.err);
}

#[test]
fn what_a_proxy_refuses_is_its_own_code() {
    let refusal = "HTTP/1.1 403 Forbidden\r\nX-Why: policy\r\nContent-Length: 2\r\n\r\nno";
    let peer = Peer::start([conn([request("CONNECT "), reply(refusal), Act::Close])]);
    let ran = get(&["-i", "-p", "-x", &peer.authority(), "http://origin.test/"]);
    assert_eq!((ran.code, ran.text()), (56, refusal.strip_suffix("no").unwrap()), "{}", ran.err);
    // SOCKS 5: no method is acceptable.
    let peer = Peer::start([conn([expect([5, 1, 0]), reply([5, 0xff]), Act::Close])]);
    assert_eq!(get(&["--socks5", &peer.authority(), "http://127.0.0.1:9/"]).code, 97);
    assert_eq!(get(&["--socks5", "x.invalid:1", "http://127.0.0.1:9/"]).code, 5);
    assert_eq!(get(&["-x", "a", "--socks5", "b", "http://127.0.0.1:9/"]).code, 2);
}

#[test]
fn socks_proxies_of_each_kind_are_spoken_to() {
    let through = |hello: Vec<u8>, welcome: Vec<u8>, ask: Vec<u8>, granted: Vec<u8>| {
        let mut acts = Vec::new();
        if !hello.is_empty() {
            acts.extend([expect(hello), reply(welcome)]);
        }
        acts.extend([expect(ask), reply(granted), any_request(), reply(ok("through"))]);
        Peer::start([acts])
    };
    let name = [&[5, 1, 0, 3, 9][..], b"name.test", &[0, 80]].concat();
    let granted = vec![5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let peer = through(vec![5, 1, 0], vec![5, 0], name, granted.clone());
    assert_eq!(get(&["--socks5-hostname", &peer.authority(), "http://name.test/"]).text(), "through");
    let peer = through(vec![5, 1, 0], vec![5, 0], vec![5, 1, 0, 1, 127, 0, 0, 1, 0, 80], granted);
    assert_eq!(get(&["--socks5", &peer.authority(), "http://127.0.0.1/"]).text(), "through");
    let four = [&[4, 1, 0, 80, 0, 0, 0, 1, 0][..], b"name.test", &[0]].concat();
    let peer = through(Vec::new(), Vec::new(), four, vec![0, 90, 0, 0, 0, 0, 0, 0]);
    assert_eq!(get(&["--socks4a", &peer.authority(), "http://name.test/"]).text(), "through");
}

#[test]
fn the_line_of_haproxy_comes_first() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let getting = std::thread::spawn(move || get(&["-m", "30", "--haproxy-protocol", &url]));
    listener.set_nonblocking(true).unwrap();
    let mut come = None;
    wait_until("it to connect", || {
        come = listener.accept().ok();
        come.is_some()
    });
    let (mut stream, _) = come.unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let line = lines.next().unwrap();
    assert!(line.starts_with("PROXY TCP4 127.0.0.1 127.0.0.1 ") && line.split(' ').count() == 6, "{line}");
    assert_eq!(lines.next().unwrap(), "GET / HTTP/1.1");
    lines.find(String::is_empty).unwrap();
    stream.write_all(&ok("x")).unwrap();
    assert_eq!(getting.join().unwrap().text(), "x");
}

#[test]
fn local_ports_are_taken_in_turn() {
    let peer = Peer::start([conn([any_request(), reply(ok("x"))])]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let range = format!("{free}-{}", free.saturating_add(20).max(free));
    let ran = get(&["--local-port", &range, "-o", "/dev/null", "-w", "%{local_port}", &peer.url("/")]);
    let port: u16 = ran.text().parse().unwrap();
    assert!((free..=free.saturating_add(20)).contains(&port), "{}", ran.err);
    assert_eq!(get(&["--local-port", "9-1", "http://127.0.0.1:9/"]).code, 2);
}

#[test]
fn a_folder_of_certificates_is_trusted() {
    let peer = Peer::tls(&Tls::default(), [conn([any_request(), reply(ok("secret"))])], None);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let url = peer.url_at("localhost", "/");
    assert_eq!(get(&["--capath", path, &url]).code, 77);
    fs::write(dir.path().join("0a1b2c3d.0"), authority().0.pem()).unwrap();
    fs::write(dir.path().join("README"), "not one").unwrap();
    let ran = get(&["--capath", path, "--no-alpn", &url]);
    assert_eq!(ran.text(), "secret", "{}", ran.err);
    assert_eq!(peer.finish().connections[0].tls.as_ref().unwrap().alpn, None);
}
