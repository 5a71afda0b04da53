//! What nginx does not do cheaply: bodies in chunks, uploads that are read and counted. A thread per connection,
//! blocking, frames written from memory, so that the contender and not the server is the slower side.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use memchr::memmem;

use crate::payload::{self, PIECE};

pub(crate) fn serve(listener: &TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        // A contender that goes away in mid-message is its own business.
        thread::spawn(move || conversation(stream));
    }
}

fn conversation(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut input = Input { bytes: vec![0; 256 * 1024], from: 0, to: 0 };
    while let Some(head) = input.head(&mut stream)? {
        let path = head.split(' ').nth(1).unwrap_or("/");
        let number = |prefix| path.strip_prefix(prefix).and_then(|n: &str| n.parse::<u64>().ok());
        if head.starts_with("POST") || head.starts_with("PUT") {
            let received = upload(&head, &mut input, &mut stream)?.to_string();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{received}", received.len());
            stream.write_all(answer.as_bytes())?;
        } else if let Some(bytes) = number("/chunked/") {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            chunks(bytes, &mut stream)?;
        } else if let Some(bytes) = number("/length/") {
            stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n").as_bytes())?;
            plain(bytes, &mut stream)?;
        } else {
            let body = payload::small();
            let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
            answer.extend_from_slice(&body);
            stream.write_all(&answer)?;
        }
    }
    Ok(())
}

fn plain(bytes: u64, stream: &mut TcpStream) -> io::Result<()> {
    let block = payload::lines(payload::LINE * 10_000);
    let mut left = bytes;
    while left > 0 {
        let n = left.min(block.len() as u64) as usize;
        stream.write_all(&block[..n])?;
        left -= n as u64;
    }
    Ok(())
}

/// Chunks of 16 KiB. After 25 of them the pattern of lines stands at a line's start again: that is the block to repeat.
fn chunks(bytes: u64, stream: &mut TcpStream) -> io::Result<()> {
    const BLOCK: u64 = 25 * PIECE as u64;
    let body = payload::lines(BLOCK as usize);
    let frame = |piece: &[u8]| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
    let block = body.chunks(PIECE).flat_map(frame).collect::<Vec<u8>>();
    for _ in 0..bytes / BLOCK {
        stream.write_all(&block)?;
    }
    let rest = body[..(bytes % BLOCK) as usize].chunks(PIECE).flat_map(frame).collect::<Vec<u8>>();
    stream.write_all(&rest)?;
    stream.write_all(b"0\r\n\r\n")
}

/// Reads the whole body and says how long it was.
fn upload(head: &str, input: &mut Input, stream: &mut TcpStream) -> io::Result<u64> {
    let head = head.to_ascii_lowercase();
    if head.contains("\r\nexpect: 100-continue") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    if let Some((_, rest)) = head.split_once("\r\ncontent-length:") {
        let length = rest.split("\r\n").next().and_then(|n| n.trim().parse().ok()).unwrap_or(0);
        return input.skip(length, stream).map(|()| length);
    }
    let mut received = 0;
    loop {
        let line = input.line(stream)?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(|_| io::Error::other("chunk size"))?;
        input.skip(length + 2, stream)?;
        if length == 0 {
            return Ok(received);
        }
        received += length;
    }
}

struct Input {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Input {
    fn head(&mut self, stream: &mut TcpStream) -> io::Result<Option<String>> {
        self.until(b"\r\n\r\n", stream)
    }

    fn line(&mut self, stream: &mut TcpStream) -> io::Result<String> {
        self.until(b"\r\n", stream)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn until(&mut self, end: &[u8], stream: &mut TcpStream) -> io::Result<Option<String>> {
        loop {
            if let Some(at) = memmem::find(&self.bytes[self.from..self.to], end) {
                let taken = String::from_utf8_lossy(&self.bytes[self.from..self.from + at + end.len()]).into_owned();
                self.from += taken.len();
                return Ok(Some(taken));
            }
            self.bytes.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
            match stream.read(&mut self.bytes[self.to..])? {
                0 => return Ok(None),
                n => self.to += n,
            }
        }
    }

    fn skip(&mut self, bytes: u64, stream: &mut TcpStream) -> io::Result<()> {
        let mut left = bytes;
        loop {
            let here = left.min((self.to - self.from) as u64);
            self.from += here as usize;
            left -= here;
            if left == 0 {
                return Ok(());
            }
            (self.from, self.to) = (0, stream.read(&mut self.bytes)?);
            if self.to == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
