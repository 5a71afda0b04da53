//! The floor: what the system calls alone cost. Large bodies are a plain blocking loop; TLS is OpenSSL over it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IoSlice, Read, Write};
use std::net::TcpStream;

use memchr::memmem;
use openssl::ssl::{SslConnector, SslMethod};

use super::floor_poll;
use crate::histogram::Histogram;
use crate::job::{Job, Sample, Work};
use crate::payload::{self, Checker, PIECE};
use crate::usage::Meter;

pub(crate) fn run(job: &Job) -> Result<Sample, String> {
    let sample = match (job.work, &job.authority) {
        (Work::Small, None) => floor_poll::keep_alive(job),
        (Work::Crowd, None) => floor_poll::crowd(job),
        (Work::Read, None) => read(job, connect(job).map_err(|e| e.to_string())?),
        (Work::Read, Some(_)) => read(job, secure(job).map_err(|e| e.to_string())?),
        (Work::Lines, None) => lines(job),
        (Work::Upload, None) => upload(job, |piece, stream| stream.write_all(piece)),
        (Work::UploadChunked, None) => upload(job, write_chunk),
        _ => return Err(super::NOT_APPLICABLE.to_owned()),
    };
    sample.map_err(|e| e.to_string())
}

pub(crate) fn request(method: &str, job: &Job, more: &str) -> String {
    format!("{method} {} HTTP/1.1\r\nHost: {}\r\n{more}\r\n", job.path(), job.address)
}

pub(crate) fn content_length(head: &[u8]) -> io::Result<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = head.split_once("\r\ncontent-length:").and_then(|(_, rest)| rest.split("\r\n").next());
    value.and_then(|digits| digits.trim().parse().ok()).ok_or_else(|| io::Error::other("no length"))
}

fn connect(job: &Job) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(job.address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn secure(job: &Job) -> io::Result<openssl::ssl::SslStream<TcpStream>> {
    let mut connector = SslConnector::builder(SslMethod::tls())?;
    connector.set_ca_file(job.authority.as_deref().unwrap_or("".as_ref()))?;
    connector.build().connect("localhost", connect(job)?).map_err(io::Error::other)
}

/// Chunked bodies are read as they come: the floor does not decode, so its pieces hold framing and are not checked.
fn read(job: &Job, mut stream: impl Read + Write) -> io::Result<Sample> {
    let meter = Meter::start();
    stream.write_all(request("GET", job, "").as_bytes())?;
    let mut piece = vec![0; PIECE];
    let mut filled = 0;
    let head = loop {
        filled += some(stream.read(&mut piece[filled..])?)?;
        if let Some(end) = memmem::find(&piece[..filled], b"\r\n\r\n") {
            break end + 4;
        }
    };
    if job.path().starts_with("/chunked/") {
        let mut left = payload::chunked_bytes(job.bytes) - (filled - head) as u64;
        while left > 0 {
            left -= some(stream.read(&mut piece)?)? as u64;
        }
        return Ok(meter.stop(1, job.bytes, &Histogram::new()));
    }
    let mut checker = Checker::default();
    checker.take(&piece[head..filled]);
    let mut left = job.bytes - (filled - head) as u64;
    while left > 0 {
        let n = some(stream.read(&mut piece)?)?;
        checker.take(&piece[..n]);
        left -= n as u64;
    }
    Ok(meter.stop(1, checker.finish(job.bytes), &Histogram::new()))
}

fn some(n: usize) -> io::Result<usize> {
    if n == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(n) }
}

fn lines(job: &Job) -> io::Result<Sample> {
    let mut stream = connect(job)?;
    let meter = Meter::start();
    stream.write_all(request("GET", job, "").as_bytes())?;
    let mut reader = BufReader::with_capacity(PIECE, stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let mut checker = Checker::default();
    let mut left = job.bytes;
    while left > 0 {
        line.clear();
        left -= some(reader.read_line(&mut line)?)? as u64;
        checker.take(line.as_bytes());
    }
    Ok(meter.stop(1, checker.finish(job.bytes), &Histogram::new()))
}

fn upload(job: &Job, mut write: impl FnMut(&[u8], &mut TcpStream) -> io::Result<()>) -> io::Result<Sample> {
    let mut file = File::open(job.file.as_deref().unwrap_or("".as_ref()))?;
    let mut stream = connect(job)?;
    let framing = match job.work {
        Work::UploadChunked => "Transfer-Encoding: chunked\r\n".to_owned(),
        _ => format!("Content-Length: {}\r\n", job.bytes),
    };
    let meter = Meter::start();
    stream.write_all(request("POST", job, &framing).as_bytes())?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            n => write(&piece[..n], &mut stream)?,
        }
    }
    if job.work == Work::UploadChunked {
        stream.write_all(b"0\r\n\r\n")?;
    }
    let n = some(stream.read(&mut piece)?)?;
    assert!(piece[..n].ends_with(format!("\r\n\r\n{}", job.bytes).as_bytes()), "what the server counted");
    Ok(meter.stop(1, job.bytes, &Histogram::new()))
}

fn write_chunk(piece: &[u8], stream: &mut TcpStream) -> io::Result<()> {
    let head = format!("{:x}\r\n", piece.len());
    let parts = [IoSlice::new(head.as_bytes()), IoSlice::new(piece), IoSlice::new(b"\r\n")];
    let total: usize = parts.iter().map(|part| part.len()).sum();
    let written = stream.write_vectored(&parts)?;
    if written < total {
        // A blocking socket takes everything unless a signal comes in between.
        let rest = [head.as_bytes(), piece, b"\r\n"].concat();
        stream.write_all(&rest[written..])?;
    }
    Ok(())
}
