//! An honest little server on plain threads, one for each connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use super::certs::Certified;

/// Serves for as long as the process lives; over TLS if it is given a certificate.
pub(crate) fn serve(certified: Option<&Certified>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = certified.map(|certified| certified.acceptor.clone());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let acceptor = acceptor.clone();
            stream.set_nodelay(true).ok();
            thread::spawn(move || match acceptor {
                Some(acceptor) => drop(acceptor.accept(stream).map(converse)),
                None => converse(stream),
            });
        }
    });
    address
}

/// One connection, request after request. `None` inside ends it.
fn converse(stream: impl Read + Write) {
    let mut stream = BufReader::new(stream);
    while answer(&mut stream).is_some() {}
}

fn answer<S: Read + Write>(stream: &mut BufReader<S>) -> Option<()> {
    let (path, body) = request(stream)?;
    let reply = match path.as_str() {
        "/lines" => chunked((0..100).map(|n| format!("line {n} of a hundred\n").into_bytes())),
        "/large" => chunked((0..64).map(|n| vec![n; 16 << 10])),
        "/json" => with_length(br#"{"name":"maypole","numbers":[1,2,3],"inner":{"a":null,"b":true}}"#),
        "/echo" => with_length(&body),
        "/guarded" => b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", \
            qop=\"auth-int\", algorithm=SHA-512-256-sess, stale=true\r\nContent-Length: 0\r\n\r\n"
            .to_vec(),
        "/broken" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 11\r\n\r\n".to_vec(),
        "/short" => {
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf").ok()?;
            return None;
        }
        "/endless" => {
            let piece = vec![b'x'; 64 << 10];
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
            loop {
                stream.get_mut().write_all(&piece).ok()?;
            }
        }
        "/silent" => {
            thread::sleep(Duration::from_secs(60));
            return None;
        }
        _ => with_length(b"hello"),
    };
    stream.get_mut().write_all(&reply).ok()
}

/// Path and body of the next request.
fn request(stream: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let first = line(stream)?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let line = line(stream)?.to_ascii_lowercase();
        match line.split_once(':') {
            None => break,
            Some(("content-length", n)) => length = n.trim().parse().ok()?,
            Some(("transfer-encoding", _)) => chunked = true,
            Some(_) => {}
        }
    }
    let mut body = Vec::new();
    while chunked {
        let size = u64::from_str_radix(line(stream)?.trim(), 16).ok()?;
        stream.by_ref().take(size).read_to_end(&mut body).ok()?;
        line(stream)?;
        chunked = size > 0;
    }
    stream.take(length).read_to_end(&mut body).ok()?;
    Some((first.split(' ').nth(1)?.to_owned(), body))
}

fn line(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
}

fn with_length(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nServer: plain\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn chunked(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut reply = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in pieces {
        reply.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        reply.extend_from_slice(&piece);
        reply.extend_from_slice(b"\r\n");
    }
    reply.extend_from_slice(b"0\r\n\r\n");
    reply
}
