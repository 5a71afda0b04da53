//! The server's side of a connection, in layers: bytes that were read too far go to the layer above.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

pub(crate) trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

pub(crate) struct Wire {
    ahead: Vec<u8>,
    inner: Box<dyn Stream>,
}

impl Wire {
    pub(crate) fn new(inner: impl Stream + 'static) -> Self {
        Self { ahead: Vec::new(), inner: Box::new(inner) }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; 4096];
        let n = self.inner.read(&mut chunk)?;
        self.ahead.extend_from_slice(&chunk[..n]);
        if n == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// The next byte, which stays.
    pub(crate) fn first(&mut self) -> io::Result<u8> {
        while self.ahead.is_empty() {
            self.fill()?;
        }
        Ok(self.ahead[0])
    }

    /// Up to and with the blank line.
    pub(crate) fn head(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(at) = self.ahead.windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(self.ahead.drain(..at + 4).collect());
            }
            self.fill()?;
        }
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn text(&mut self) -> io::Result<String> {
        let mut text = vec![0; self.bytes::<1>()?[0].into()];
        self.read_exact(&mut text)?;
        String::from_utf8(text).map_err(io::Error::other)
    }

    /// RFC 1928 and RFC 1929; what was asked for, as `SOCKS host:port login`.
    pub(crate) fn socks(&mut self) -> io::Result<String> {
        let [_, count] = self.bytes::<2>()?;
        let mut methods = vec![0; count.into()];
        self.read_exact(&mut methods)?;
        let mut login = "-".to_owned();
        if methods.contains(&2) {
            self.write_all(b"\x05\x02")?;
            self.bytes::<1>()?;
            login = format!("{}:{}", self.text()?, self.text()?);
            self.write_all(b"\x01\x00")?;
        } else {
            self.write_all(b"\x05\x00")?;
        }
        let [_, _, _, form] = self.bytes::<4>()?;
        let host = match form {
            1 => Ipv4Addr::from(self.bytes::<4>()?).to_string(),
            4 => Ipv6Addr::from(self.bytes::<16>()?).to_string(),
            _ => self.text()?,
        };
        let port = u16::from_be_bytes(self.bytes::<2>()?);
        self.write_all(b"\x05\x00\x00\x01\0\0\0\0\0\0")?;
        Ok(format!("SOCKS {host}:{port} {login}"))
    }
}

impl Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() {
            return self.inner.read(out);
        }
        let n = out.len().min(self.ahead.len());
        out[..n].copy_from_slice(&self.ahead[..n]);
        self.ahead.drain(..n);
        Ok(n)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
