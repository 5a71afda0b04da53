//! Reading piece by piece: lines, separators, exact lengths.

use super::response::Response;
use crate::error::{Error, Kind, Phase, Result};

/// What ends a piece in [`Response::read_until`]: a byte, or several.
pub trait Separator {
    /// Its bytes.
    fn bytes(&self) -> &[u8];
}

impl Separator for u8 {
    fn bytes(&self) -> &[u8] {
        std::slice::from_ref(self)
    }
}
impl Separator for [u8] {
    fn bytes(&self) -> &[u8] {
        self
    }
}
impl Separator for str {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}
impl<const N: usize> Separator for [u8; N] {
    fn bytes(&self) -> &[u8] {
        self
    }
}
impl<S: Separator + ?Sized> Separator for &S {
    fn bytes(&self) -> &[u8] {
        (**self).bytes()
    }
}

impl Response {
    /// Reads `n` bytes, waiting for all of them; fewer only at the end of the body, and none after it.
    ///
    /// # Errors
    /// Those of reading: [`Kind::Timeout`], [`Kind::Incomplete`], [`Kind::ConnectionLost`], [`Kind::Protocol`],
    /// [`Kind::Cancelled`]. What had come before is lost.
    pub fn read_full(&mut self, n: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        while out.len() < n {
            let there = self.answer.flow.fill_buf()?;
            let taken = there.len().min(n - out.len());
            if taken == 0 {
                break;
            }
            out.extend_from_slice(&there[..taken]);
            self.answer.flow.consume(taken);
        }
        Ok(out)
    }

    /// Reads what has arrived, without waiting: `None` when that is nothing yet, 0 at the end.
    ///
    /// # Errors
    /// Those of reading, but no timeout.
    pub fn read_available(&mut self, out: &mut [u8]) -> Result<Option<usize>> {
        if self.answer.flow.is_ready()? { self.answer.flow.read(out).map(Some) } else { Ok(None) }
    }

    /// Appends one line with its line end to `line` and returns its bytes; 0 is the end of the body. A last line
    /// without a line end is returned too.
    ///
    /// # Errors
    /// Those of reading; [`Kind::TooLarge`] for a line longer than
    /// [`Limits::line_bytes`](crate::limits::Limits::line_bytes), 1 MiB by default; [`Kind::Decode`] if it is not
    /// UTF-8. What was read of it is in `line` as far as it is text.
    #[doc(alias = "readline")]
    pub fn read_line(&mut self, line: &mut String) -> Result<usize> {
        let there = self.answer.flow.fill_buf()?;
        // Nearly every line lies in the buffer as a whole: checked there, copied once. What `line` held before is never
        // looked at again, or collecting lines in one String would take quadratic time.
        if let Some(end) = memchr::memchr(b'\n', there)
            && let Ok(text) = str::from_utf8(&there[..=end])
        {
            line.push_str(text);
            self.answer.flow.consume(end + 1);
            return Ok(end + 1);
        }
        let mut bytes = Vec::new();
        let result = self.read_until(b'\n', &mut bytes);
        match str::from_utf8(&bytes) {
            Ok(text) => line.push_str(text),
            Err(error) => {
                line.push_str(str::from_utf8(&bytes[..error.valid_up_to()]).expect("valid up to here"));
                result?;
                return Err(Error::new(Kind::Decode, "the line is not UTF-8").with_phase(Phase::Decode));
            }
        }
        result
    }

    /// Appends the bytes up to and including `separator` to `out` and returns how many; 0 is the end of the body. A
    /// last piece without a separator is returned too.
    ///
    /// # Errors
    /// Those of reading; [`Kind::TooLarge`] beyond [`Limits::line_bytes`](crate::limits::Limits::line_bytes). What was
    /// read so far is in `out`.
    pub fn read_until(&mut self, separator: impl Separator, out: &mut Vec<u8>) -> Result<usize> {
        let separator = separator.bytes();
        let Some((&last, head)) = separator.split_last() else { return Ok(0) };
        let before = out.len();
        loop {
            let there = self.answer.flow.fill_buf()?;
            if there.is_empty() {
                return Ok(out.len() - before);
            }
            let end = memchr::memchr(last, there).map(|at| at + 1);
            let taken = end.unwrap_or(there.len());
            out.extend_from_slice(&there[..taken]);
            self.answer.flow.consume(taken);
            let piece = &out[before..];
            if end.is_some() && piece[..piece.len() - 1].ends_with(head) {
                return Ok(piece.len());
            }
            if piece.len() > self.limits.line_bytes {
                let what = format!("no line end within {} bytes", self.limits.line_bytes);
                return Err(Error::new(Kind::TooLarge, what).with_phase(Phase::Body));
            }
        }
    }

    /// The lines, without their line ends (LF or CRLF), as they arrive.
    ///
    /// By value, since the `lines` of [`BufRead`](std::io::BufRead) would otherwise be found first;
    /// [`Lines::into_response`] gives the response back.
    #[doc(alias = "iter_lines")]
    pub fn lines(self) -> Lines {
        Lines(self)
    }

    /// The body in pieces of at most `size` bytes, as they arrive: a piece is not waited to be full.
    #[doc(alias = "iter_content")]
    #[doc(alias = "block_size")]
    pub fn chunks(&mut self, size: usize) -> Chunks<'_> {
        Chunks { response: self, size: size.max(1) }
    }
}

/// Lines of a response; from [`Response::lines`].
#[derive(Debug)]
pub struct Lines(Response);

impl Lines {
    /// The response, to go on with whatever comes behind the lines taken so far.
    pub fn into_response(self) -> Response {
        self.0
    }
}

impl Iterator for Lines {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => {
                if line.ends_with('\n') {
                    line.pop();
                    if line.ends_with('\r') {
                        line.pop();
                    }
                }
                Some(Ok(line))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// Pieces of a response; from [`Response::chunks`].
#[derive(Debug)]
pub struct Chunks<'a> {
    response: &'a mut Response,
    size: usize,
}

impl Iterator for Chunks<'_> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let piece = self.response.answer.flow.fill_buf().map(|there| there[..there.len().min(self.size)].to_vec());
        match piece {
            Ok(piece) if piece.is_empty() => None,
            Ok(piece) => {
                self.response.answer.flow.consume(piece.len());
                Some(Ok(piece))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
