//! A server on plain threads that does what each request asks for, the worst included.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use openssl::ssl::{SslAcceptor, SslStream};

use super::act::Act;
use super::dice::{Dice, pattern};

/// What the server has seen, for the other side to check.
#[derive(Default)]
pub(crate) struct Seen {
    /// One bit for each POST that has arrived whole.
    posts: Mutex<Vec<u64>>,
    pub(crate) wrong: Mutex<Vec<String>>,
}

impl Seen {
    fn post(&self, id: u64) {
        let (word, bit) = ((id / 64) as usize, 1 << (id % 64));
        let mut posts = self.posts.lock().unwrap();
        if posts.len() <= word {
            posts.resize(word + 1, 0);
        }
        if posts[word] & bit != 0 {
            self.wrong(format!("POST {id} arrived twice"));
        }
        posts[word] |= bit;
    }

    fn wrong(&self, what: String) {
        self.wrong.lock().unwrap().push(what);
    }
}

enum Link {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
}

impl Link {
    fn tcp(&self) -> &TcpStream {
        match self {
            Link::Plain(stream) => stream,
            Link::Tls(stream) => stream.get_ref(),
        }
    }

    /// The end of the stream as an honest server says it.
    fn finish(&mut self) {
        if let Link::Tls(stream) = self {
            stream.shutdown().ok();
        }
    }

    fn reset(&self) {
        socket2::SockRef::from(self.tcp()).set_linger(Some(Duration::ZERO)).ok();
    }
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Link::Plain(stream) => stream.read(buffer),
            Link::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self {
            Link::Plain(stream) => stream.write(bytes),
            Link::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

pub(crate) fn serve(acceptor: Option<SslAcceptor>, seen: Arc<Seen>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let (acceptor, seen) = (acceptor.clone(), seen.clone());
            let serve = move || {
                stream.set_nodelay(true).ok();
                stream.set_read_timeout(Some(Duration::from_secs(60))).ok();
                let link = match acceptor {
                    Some(acceptor) => Link::Tls(Box::new(acceptor.accept(stream).ok()?)),
                    None => Link::Plain(stream),
                };
                let mut peer = Peer { link: BufReader::new(link), dice: Dice(number as u64), seen };
                while peer.serve_one()?.is_some() {}
                Some(())
            };
            thread::Builder::new().stack_size(128 << 10).spawn(serve).ok();
        }
    });
    address
}

struct Asked {
    act: Act,
    id: u64,
    size: usize,
    is_post: bool,
    length: u64,
    chunked: bool,
}

struct Peer {
    link: BufReader<Link>,
    dice: Dice,
    seen: Arc<Seen>,
}

impl Peer {
    /// `None` inside: the connection has ended. `None` outside: it broke.
    fn serve_one(&mut self) -> Option<Option<()>> {
        let asked = self.request()?;
        if asked.act != Act::Early {
            self.take_body(&asked)?;
        }
        self.act(&asked).ok()
    }

    fn request(&mut self) -> Option<Asked> {
        let first = self.line()?;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let mut parts = target.split('/').skip(1);
        let act = Act::named(parts.next()?)?;
        let (id, size) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let mut asked = Asked { act, id, size, is_post: method == "POST", length: 0, chunked: false };
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(':') {
                None => return Some(asked),
                Some(("content-length", n)) => asked.length = n.trim().parse().ok()?,
                Some(("transfer-encoding", _)) => asked.chunked = true,
                Some(_) => {}
            }
        }
    }

    fn take_body(&mut self, asked: &Asked) -> Option<()> {
        let mut body = Vec::new();
        if asked.chunked {
            loop {
                let size = u64::from_str_radix(self.line()?.trim(), 16).ok()?;
                let before = body.len() as u64;
                self.link.by_ref().take(size).read_to_end(&mut body).ok()?;
                if body.len() as u64 != before + size {
                    return None;
                }
                self.line()?;
                if size == 0 {
                    break;
                }
            }
        } else {
            self.link.by_ref().take(asked.length).read_to_end(&mut body).ok()?;
            if body.len() as u64 != asked.length {
                return None;
            }
        }
        if !pattern(asked.id, 0, body.len()).eq(body.iter().copied()) {
            self.seen.wrong(format!("the body of request {} is not its own", asked.id));
        }
        if asked.is_post {
            self.seen.post(asked.id);
        }
        Some(())
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.link.read_line(&mut line).ok()? > 0 && line.ends_with('\n')).then(|| line.trim_end().to_owned())
    }

    fn act(&mut self, asked: &Asked) -> Result<Option<()>> {
        match asked.act {
            Act::Length => return self.with_length(asked, "").map(Some),
            Act::Delay => {
                thread::sleep(Duration::from_micros(self.dice.below(60_000)));
                return self.with_length(asked, "").map(Some);
            }
            Act::Chunked => return self.chunked(asked, true).map(Some),
            Act::Drip => {
                self.put(format!("{}Content-Length: {}\r\n\r\n", head(asked), asked.size.min(60)).as_bytes())?;
                for at in (0..asked.size.min(60)).step_by(3) {
                    thread::sleep(Duration::from_micros(self.dice.below(2_000)));
                    let length = 3.min(asked.size.min(60) - at);
                    self.put(&pattern(asked.id, at, length).collect::<Vec<_>>())?;
                }
                return Ok(Some(()));
            }
            Act::UntilClose => {
                self.put(format!("{}\r\n", head(asked)).as_bytes())?;
                self.body(asked, asked.size)?;
                self.link.get_mut().finish();
            }
            Act::Last => {
                self.with_length(asked, "Connection: close\r\n")?;
                self.link.get_mut().finish();
            }
            Act::CloseIdle => {
                self.with_length(asked, "")?;
                thread::sleep(Duration::from_micros(self.dice.below(400)));
                self.link.get_mut().finish();
            }
            Act::Stray => {
                let stray = "HTTP/1.1 200 OK\r\nX-Id: 0\r\nContent-Length: 5\r\n\r\nstray";
                let body: Vec<u8> = pattern(asked.id, 0, asked.size).collect();
                let head = format!("{}Content-Length: {}\r\n\r\n", head(asked), body.len());
                self.put(&[head.as_bytes(), &body, stray.as_bytes()].concat())?;
                thread::sleep(Duration::from_millis(2));
            }
            Act::Silent => thread::sleep(Duration::from_millis(80)),
            Act::Reset => self.link.get_ref().reset(),
            Act::Close => self.link.get_mut().finish(),
            Act::ResetInBody => {
                self.part(asked)?;
                self.link.get_ref().reset();
            }
            Act::CloseInBody => self.part(asked)?,
            Act::CloseInChunk => self.chunked(asked, false)?,
            Act::Garbage => self.put(b"\x15\x03\x01 this is not HTTP at all\r\n\r\n")?,
            Act::TwoLengths => self.put(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")?,
            Act::NoRecord => {
                let mut tcp = self.link.get_ref().tcp();
                tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")?;
            }
            Act::Early => self.with_length(asked, "Connection: close\r\n")?,
        }
        Ok(None)
    }

    fn with_length(&mut self, asked: &Asked, more: &str) -> Result<()> {
        let interim = if self.dice.percent(5) { "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" } else { "" };
        let head = format!("{interim}{}{more}Content-Length: {}\r\n\r\n", head(asked), asked.size);
        if self.dice.percent(50) {
            let body = pattern(asked.id, 0, asked.size);
            return self.put(&head.bytes().chain(body).collect::<Vec<_>>());
        }
        self.put(head.as_bytes())?;
        self.body(asked, asked.size)
    }

    fn part(&mut self, asked: &Asked) -> Result<()> {
        let part = self.dice.below(asked.size as u64 + 1) as usize;
        self.put(format!("{}Content-Length: {}\r\n\r\n", head(asked), asked.size + 1).as_bytes())?;
        self.body(asked, part)
    }

    fn body(&mut self, asked: &Asked, size: usize) -> Result<()> {
        self.put(&pattern(asked.id, 0, size).collect::<Vec<_>>())
    }

    fn chunked(&mut self, asked: &Asked, whole: bool) -> Result<()> {
        let mut out = format!("{}Transfer-Encoding: chunked\r\n\r\n", head(asked)).into_bytes();
        let mut at = 0;
        while at < asked.size {
            let length = (1 + self.dice.below(5_000) as usize).min(asked.size - at);
            out.extend_from_slice(format!("{length:x};ext=1\r\n").as_bytes());
            out.extend(pattern(asked.id, at, length));
            out.extend_from_slice(b"\r\n");
            at += length;
            if self.dice.percent(20) {
                self.put(&std::mem::take(&mut out))?;
            }
        }
        if whole {
            out.extend_from_slice(b"0\r\nX-Trailer: end\r\n\r\n");
        }
        self.put(&out)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.link.get_mut().write_all(bytes)
    }
}

fn head(asked: &Asked) -> String {
    format!("HTTP/1.1 200 OK\r\nX-Id: {}\r\n", asked.id)
}
