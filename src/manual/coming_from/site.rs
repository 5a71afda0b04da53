// The server that the examples of these chapters talk to: each block takes it in, hidden, as `mod site`. Threads of the
// standard library, so that it shares nothing with what is shown. Lengths, chunks and HTTP/1.0, no more.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Serves until the program ends; gives `http://127.0.0.1:port`.
pub fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || talk(&connection));
        }
    });
    url
}

struct Asked {
    method: String,
    target: String,
    version: String,
    lines: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asked {
    fn line(&self, name: &str) -> &str {
        self.lines.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}

type Reply = (u16, Vec<(&'static str, String)>, Vec<u8>);

fn talk(mut connection: &TcpStream) -> Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    while let Some(asked) = read(&mut reader)? {
        let (status, mut lines, body) = answer(&asked);
        if status == 101 {
            connection.write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")?;
            return std::io::copy(&mut reader, &mut connection).map(|_| ());
        }
        if asked.target.ends_with("/hints") {
            connection.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")?;
        }
        let chunked = lines.iter().any(|(name, _)| *name == "Transfer-Encoding");
        let bare = asked.method == "HEAD" || status == 204;
        if !chunked && asked.method != "CONNECT" && status != 204 {
            lines.push(("Content-Length", body.len().to_string()));
        }
        let mut reply = format!("HTTP/1.1 {status} {}\r\n", if status == 200 { "OK" } else { "" });
        lines.iter().for_each(|(name, value)| reply += &format!("{name}: {value}\r\n"));
        let mut reply = [reply.as_bytes(), b"\r\n"].concat();
        match (bare, chunked) {
            (true, _) => {}
            (false, false) => reply.extend(&body),
            (false, true) => {
                for line in body.split_inclusive(|byte| *byte == b'\n') {
                    reply.extend(format!("{:x}\r\n", line.len()).bytes().chain(line.iter().copied()).chain(*b"\r\n"));
                }
                reply.extend(b"0\r\nX-Checksum: 7\r\n\r\n");
            }
        }
        connection.write_all(&reply)?;
        if asked.version == "HTTP/1.0" || asked.line("connection") == "close" {
            break;
        }
    }
    connection.shutdown(std::net::Shutdown::Both)
}

fn answer(asked: &Asked) -> Reply {
    let plain = |text: &str| (200, vec![("Content-Type", "text/plain".to_owned())], text.as_bytes().to_vec());
    // A proxy is asked with the whole URL; this one has every site.
    let target = asked.target.strip_prefix("http://").map_or(&*asked.target, |rest| &rest[rest.find('/').unwrap_or(0)..]);
    let path = target.split('?').next().unwrap_or_default();
    match path.strip_prefix('/').unwrap_or(path).split('/').collect::<Vec<_>>()[..] {
        _ if asked.method == "CONNECT" => (200, vec![], vec![]),
        ["json"] => (200, vec![("Content-Type", "application/json".into())], br#"{"name":"ada","n":7}"#.to_vec()),
        ["lines", n] => {
            let text = (0..n.parse().unwrap_or(3)).map(|n| format!("{{\"line\":{n}}}\n")).collect::<String>();
            (200, vec![("Transfer-Encoding", "chunked".into())], text.into_bytes())
        }
        ["bytes", n] => (200, vec![], vec![b'x'; n.parse().unwrap_or(1)]),
        ["status", n] => (n.parse().unwrap_or(500), vec![], format!("status {n}").into_bytes()),
        ["redirect"] => (302, vec![("Location", "/hello".into())], vec![]),
        ["slow"] => {
            thread::sleep(std::time::Duration::from_millis(50));
            plain("slow")
        }
        ["login"] => (200, vec![("Set-Cookie", "id=7; Path=/".into())], vec![]),
        ["cookies"] => plain(asked.line("cookie")),
        ["gzip"] => {
            let hello = [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 7, 0, 134, 166, 16, 54, 5, 0, 0, 0];
            (200, vec![("Content-Encoding", "gzip".into())], hello.to_vec())
        }
        ["secret"] if asked.line("authorization") == "Basic YWRhOnB3" => plain("welcome"),
        ["secret"] => (401, vec![("WWW-Authenticate", "Basic realm=\"here\"".into())], vec![]),
        ["upgrade"] => (101, vec![], vec![]),
        ["file.bin"] => file(asked.line("range")),
        ["echo", ..] => {
            let mut text = format!("{} {} {}\n", asked.method, asked.target, asked.version);
            asked.lines.iter().for_each(|(name, value)| text += &format!("{name}: {value}\n"));
            plain(&format!("{text}\n{}", String::from_utf8_lossy(&asked.body)))
        }
        ["empty"] => (200, vec![], vec![]),
        _ => plain("hello"),
    }
}

// 1,000 bytes, or the end of them from where the range begins.
fn file(range: &str) -> Reply {
    let (all, tag) = (vec![b'f'; 1_000], ("ETag", "\"v1\"".to_owned()));
    let from = range.strip_prefix("bytes=").and_then(|range| range.split('-').next()?.parse::<usize>().ok());
    match from {
        Some(from) if from < all.len() => {
            (206, vec![tag, ("Content-Range", format!("bytes {from}-999/1000"))], all[from..].to_vec())
        }
        _ => (200, vec![tag, ("Accept-Ranges", "bytes".into())], all),
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Result<Option<Asked>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace().map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    let mut asked = Asked { method: word(), target: word(), version: word(), lines: Vec::new(), body: Vec::new() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        asked.lines.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if asked.line("transfer-encoding") == "chunked" {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = u64::from_str_radix(size.trim(), 16).unwrap_or(0);
            reader.take(size).read_to_end(&mut asked.body)?;
            // The end of a chunk's line; or trailers, if there are any, and the empty line behind them.
            let mut line = String::new();
            while reader.read_line(&mut line)? > 2 {
                line.clear();
            }
            if size == 0 {
                break;
            }
        }
    } else {
        let length = asked.line("content-length").parse().unwrap_or(0);
        reader.take(length).read_to_end(&mut asked.body)?;
    }
    Ok(Some(asked))
}
