//! The two directions of a stream, to be moved apart.

use std::fmt;
use std::io::{self, BufRead, IoSlice, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;

use super::stream::Stream;

/// The reading half of a [`Stream`]; see [`Stream::split`]. The connection is closed when both halves are dropped.
///
/// ```
/// use maypole::{compat::io::Stream, rt};
/// use std::io::{BufRead, Read, Write};
/// # let server = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let url = format!("tcp://{}", server.local_addr()?);
/// # std::thread::spawn(move || {
/// #     let (connection, _) = server.accept().unwrap();
/// #     std::io::copy(&mut &connection, &mut &connection).unwrap();
/// # });
/// let (mut reader, mut writer) = Stream::connect(&url)?.split();
/// let writing = rt::spawn(move || -> std::io::Result<_> {
///     (0..100).try_for_each(|n| writeln!(writer, "line {n}"))?;
///     writer.shutdown()?;
///     Ok(writer)
/// })?;
/// assert_eq!(reader.by_ref().lines().count(), 100);
/// let stream = reader.reunite(writing.join().unwrap()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReadHalf(Stream);

/// The writing half of a [`Stream`]; see [`Stream::split`]. Dropping it tells the peer nothing:
/// [`shutdown`](Self::shutdown) does.
#[derive(Debug)]
pub struct WriteHalf(Stream);

impl Stream {
    /// One handle to read and one to write. What has been read ahead goes with the first.
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        let writer = Self::of(self.shared.clone());
        (ReadHalf(self), WriteHalf(writer))
    }
}

impl ReadHalf {
    /// The stream again, with what this half has read ahead.
    ///
    /// # Errors
    /// Both halves, if they are not of one stream.
    pub fn reunite(self, writer: WriteHalf) -> Result<Stream, ReuniteError> {
        if Arc::ptr_eq(&self.0.shared, &writer.0.shared) { Ok(self.0) } else { Err(ReuniteError(self, writer)) }
    }
}

impl WriteHalf {
    /// Tells the peer that nothing more comes; see [`Stream::shutdown`].
    ///
    /// # Errors
    /// As there.
    pub fn shutdown(&self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }
}

/// Two halves that are not of one stream, given back.
#[derive(Debug)]
pub struct ReuniteError(pub ReadHalf, pub WriteHalf);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the two halves are not of one stream")
    }
}

impl std::error::Error for ReuniteError {}

/// For its timeouts, its deadline and what is known about it.
impl AsRef<Stream> for ReadHalf {
    fn as_ref(&self) -> &Stream {
        &self.0
    }
}

/// For its timeouts, its deadline and what is known about it.
impl AsRef<Stream> for WriteHalf {
    fn as_ref(&self) -> &Stream {
        &self.0
    }
}

impl Read for ReadHalf {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Read for &ReadHalf {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(out)
    }
}

impl BufRead for ReadHalf {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.0.consume(n);
    }
}

impl Write for WriteHalf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for &WriteHalf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        (&self.0).write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
