//! Reading the body: whole, in parts, by lines, as a stream.

use std::io::{self, BufRead, Read};

use super::error::{Error, Kind, Result};
use super::place::{Flow, closed};
use super::response::HttpResponse;
use crate::error::{Error as Cause, Kind as Why, Phase, Result as Outcome};
use crate::exchange::over_cap;

impl HttpResponse {
    /// Reads what is left of the body: Python's `read()`. Nothing behind the end.
    ///
    /// # Errors
    /// [`Kind::IncompleteRead`], [`Kind::Timeout`], [`Kind::Network`], [`Kind::Protocol`], [`Kind::Cancelled`], each with
    /// what had come in [`partial`](Error::partial); [`Kind::TooLarge`] beyond
    /// [`Limits::whole_body`](crate::limits::Limits::whole_body), 10 MiB by default, so that a server cannot fill this
    /// side's memory ([`set_limits`](super::HttpConnection::set_limits) raises it, and a stream has no cap);
    /// [`Kind::ResponseClosed`].
    #[doc(alias = "read")]
    pub fn read_all(&mut self) -> Result<Vec<u8>> {
        let cap = self.facts.limits.whole_body;
        if !self.is_closed() && self.remaining().is_some_and(|left| left > cap) {
            return Err(self.blamed(over_cap(cap)));
        }
        let mut out = Vec::new();
        let result = self.with(|flow| match collect(flow, &mut out, usize::try_from(cap).unwrap_or(usize::MAX)) {
            Ok(()) if flow.fill_buf()?.is_empty() => Ok(()),
            Ok(()) => Err(over_cap(cap)),
            error => error,
        });
        self.kept(result, out)
    }

    /// Reads `n` bytes, waiting for all of them: Python's `read(n)`. Fewer only at the end of the body, none behind it.
    ///
    /// # Errors
    /// As [`read_all`](Self::read_all), but for the cap.
    #[doc(alias = "read")]
    pub fn read_full(&mut self, n: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let result = self.with(|flow| collect(flow, &mut out, n));
        self.kept(result, out)
    }

    /// Fills `out`, waiting for all of it, and says how much: Python's `readinto`. Less only at the end of the body.
    /// [`Read::read`] gives what is there instead.
    ///
    /// # Errors
    /// As [`read_full`](Self::read_full); what had come is in `out` as well.
    #[doc(alias = "readinto")]
    pub fn read_into(&mut self, out: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        let result = self.with(|flow| {
            while filled < out.len() {
                match flow.read(&mut out[filled..])? {
                    0 => break,
                    n => filled += n,
                }
            }
            Ok(())
        });
        match result {
            Ok(()) => Ok(filled),
            Err(error) => Err(self.with_rest(error, out[..filled].to_vec())),
        }
    }

    /// Appends one line with its line end to `line` and returns its bytes; 0 is the end of the body. A last line without
    /// a line end is returned too. For lines that are not UTF-8 there is [`BufRead::read_until`].
    ///
    /// # Errors
    /// As [`read_full`](Self::read_full); [`Kind::TooLarge`] for a line longer than
    /// [`Limits::line_bytes`](crate::limits::Limits::line_bytes), 1 MiB by default; [`Kind::Protocol`] if it is not UTF-8.
    /// What was read of it is in [`partial`](Error::partial).
    #[doc(alias = "readline")]
    pub fn read_line(&mut self, line: &mut String) -> Result<usize> {
        let (mut bytes, cap) = (Vec::new(), self.facts.limits.line_bytes);
        let result = self.with(|flow| {
            loop {
                let there = flow.fill_buf()?;
                let end = memchr::memchr(b'\n', there).map(|at| at + 1);
                let n = end.unwrap_or(there.len());
                bytes.extend_from_slice(&there[..n]);
                flow.consume(n);
                if end.is_some() || n == 0 {
                    return Ok(());
                }
                if bytes.len() > cap {
                    let what = format!("no line end within {cap} bytes");
                    return Err(Cause::new(Why::TooLarge, what).with_phase(Phase::Body));
                }
            }
        });
        let bytes = self.kept(result, bytes)?;
        match str::from_utf8(&bytes) {
            Ok(text) => line.push_str(text),
            Err(_) => return Err(Error::new(Kind::Protocol, "the line is not UTF-8").with_partial(bytes, None)),
        }
        Ok(bytes.len())
    }

    fn kept(&self, result: Result<()>, out: Vec<u8>) -> Result<Vec<u8>> {
        match result {
            Ok(()) => Ok(out),
            Err(error) => Err(self.with_rest(error, out)),
        }
    }

    fn with_rest(&self, error: Error, partial: Vec<u8>) -> Error {
        let expected = self.remaining().filter(|left| *left > 0);
        error.with_partial(partial, expected)
    }

    /// Takes the body from its shelf for one call.
    fn with<T>(&mut self, act: impl FnOnce(&mut Flow) -> Outcome<T>) -> Result<T> {
        self.rest();
        let mut flow = self.shelf.take()?;
        let result = act(&mut flow);
        self.shelf.put(flow);
        result.map_err(|cause| self.blamed(cause))
    }

    /// Puts a body back whose bytes were shown.
    pub(super) fn rest(&mut self) {
        if let Some(flow) = self.shown.take() {
            self.shelf.put(flow);
        }
    }

    fn blamed(&self, cause: Cause) -> Error {
        Error::from(cause).with_url(&self.facts.url)
    }
}

/// Reads until there are `most` bytes, or the body ends.
fn collect(flow: &mut Flow, out: &mut Vec<u8>, most: usize) -> Outcome<()> {
    while out.len() < most {
        let there = flow.fill_buf()?;
        let n = there.len().min(most - out.len());
        if n == 0 {
            break;
        }
        out.extend_from_slice(&there[..n]);
        flow.consume(n);
    }
    Ok(())
}

impl Read for HttpResponse {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.with(|flow| flow.read(out))?)
    }
}

/// Between [`fill_buf`](BufRead::fill_buf) and [`consume`](BufRead::consume) the body is this response's alone: a
/// [`close`](super::HttpConnection::close) of its connection takes effect behind that.
impl BufRead for HttpResponse {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.rest();
        let flow = self.shelf.take()?;
        let flow = self.shown.insert(flow);
        match flow.fill_buf() {
            // Behind the end nothing is shown that would have to be consumed.
            Ok([]) => {
                self.rest();
                Ok(&[])
            }
            // Once more, since what the first call lends could not be left behind in the other cases.
            Ok(_) => Ok(self.shown.as_mut().ok_or_else(closed)?.fill_buf().map_err(Error::from)?),
            Err(cause) => {
                self.rest();
                Err(self.blamed(cause).into())
            }
        }
    }

    fn consume(&mut self, n: usize) {
        if let Some(flow) = &mut self.shown {
            flow.consume(n);
        }
        self.rest();
    }
}
