//! Lines of bytes with their numbers, and a bound on their length.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// A line beyond this is none: a URL has a few thousand bytes at most, a body in JSON has room.
pub(super) const LONGEST: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a line came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Whole,
    /// So many bytes; what came of it is not kept.
    TooLong(u64),
}

pub(super) struct Lines<R = File> {
    input: BufReader<R>,
    number: u64,
}

impl<R: io::Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(64 << 10, input), number: 0 }
    }

    /// The number of the last line, from 1 on.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether no whole line is here already.
    pub(super) fn is_drained(&self) -> bool {
        memchr::memchr(b'\n', self.input.buffer()).is_none()
    }

    /// Puts the next line into `line`, without its end; `None` behind the last one.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<Line>> {
        line.clear();
        let mut length = 0_u64;
        loop {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buffer.is_empty() && length == 0 {
                return Ok(None);
            }
            let end = memchr::memchr(b'\n', buffer);
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            let (taken, is_end) = (piece.len() + usize::from(end.is_some()), end.is_some() || buffer.is_empty());
            if line.len() + piece.len() <= LONGEST {
                line.extend_from_slice(piece);
            }
            let content = piece.len() as u64;
            self.input.consume(taken);
            length += taken as u64;
            if is_end {
                self.number += 1;
                let content = if taken as u64 > content { length - 1 } else { length };
                return Ok(Some(self.finished(line, content)));
            }
        }
    }

    fn finished(&self, line: &mut Vec<u8>, length: u64) -> Line {
        if length > LONGEST as u64 {
            line.clear();
            return Line::TooLong(length);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if self.number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        Line::Whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out so many bytes at once at most.
    struct Dripping<'a>(&'a [u8], usize);

    impl io::Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn all(text: &[u8], at_once: usize) -> Vec<(Line, String)> {
        let (mut lines, mut line, mut found) = (Lines::new(Dripping(text, at_once)), Vec::new(), Vec::new());
        while let Some(how) = lines.next(&mut line).unwrap() {
            found.push((how, String::from_utf8(line.clone()).unwrap()));
        }
        found
    }

    #[test]
    fn lines_are_the_same_however_their_bytes_come() {
        let text = b"\xef\xbb\xbfone\r\n\ntwo\n\xc3\xa4\rb\nlast";
        let whole = all(text, usize::MAX);
        let texts: Vec<_> = whole.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["one", "", "two", "ä\rb", "last"]);
        assert!((1..9).all(|at_once| all(text, at_once) == whole));
        assert_eq!(all(b"", 1), []);
        assert_eq!(all(b"\n", 1), [(Line::Whole, String::new())]);
    }

    #[test]
    fn a_line_beyond_the_bound_is_counted_and_not_kept() {
        let mut text = vec![b'x'; LONGEST + 1];
        text.extend(b"\nnext\n");
        text.extend(vec![b'y'; LONGEST]);
        for at_once in [7_000, usize::MAX] {
            let found = all(&text, at_once);
            assert_eq!(found[0], (Line::TooLong(LONGEST as u64 + 1), String::new()));
            assert_eq!((found[1].1.as_str(), found[2].1.len()), ("next", LONGEST));
        }
    }
}
