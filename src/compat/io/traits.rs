//! `Read`, `Write` and `BufRead`, by value and by reference.

use std::io::{self, BufRead, IoSlice, Read, Write};

use super::stream::Stream;

impl Read for &Stream {
    fn read(&mut self, mut out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let taken = self.buffer().take(out);
        if taken > 0 { Ok(taken) } else { self.shared.read(&mut out) }
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        (&*self).read(out)
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let (shared, buffer) = self.buffer_mut();
        if buffer.filled().is_empty() {
            if !shared.duplex.may_have_data() {
                buffer.rest();
            }
            let n = shared.read(buffer)?;
            buffer.set_filled(n);
        }
        Ok(buffer.filled())
    }

    fn consume(&mut self, n: usize) {
        self.buffer_mut().1.consume(n);
    }
}

impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shared.write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.shared.write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(pieces)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
