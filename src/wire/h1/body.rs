//! Response bodies: where their bytes are among the framing.

use super::{Framing, framing::LENGTH_MAX, trailer};
use crate::limits::Limits;
use crate::wire::{Headers, Rule, Violation};

/// What the next bytes of a body are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many bytes of the input are framing: drop them and step again.
    Skip(usize),
    /// Up to so many bytes of the body come next. Take them from the input or straight from the socket, then say how
    /// many with [`BodyDecoder::took`].
    Data(u64),
    /// More input is needed.
    More,
    /// The message is complete; what follows in the input is not part of it.
    End,
}

/// Walks through a body of any framing without holding any of it.
///
/// ```
/// use maypole::{limits::Limits, wire::h1::{BodyDecoder, Framing, Step}};
///
/// let mut body = BodyDecoder::new(Framing::Chunked);
/// let (mut input, mut text) = (&b"3\r\nmay\r\n4\r\npole\r\n0\r\n\r\n"[..], Vec::new());
/// loop {
///     match body.step(input, &Limits::default())? {
///         Step::Skip(n) => input = &input[n..],
///         Step::Data(n) => {
///             let (data, rest) = input.split_at(input.len().min(n as usize));
///             text.extend_from_slice(data);
///             body.took(data.len() as u64);
///             input = rest;
///         }
///         Step::More => unreachable!("all of it is there"),
///         Step::End => break,
///     }
/// }
/// assert_eq!(text, b"maypole");
/// # Ok::<(), maypole::wire::Violation>(())
/// ```
#[derive(Debug)]
pub struct BodyDecoder {
    state: State,
    /// Bytes of chunk extensions seen so far in the whole body.
    extension_bytes: usize,
    trailer_bytes: usize,
    /// The trailer line that is not complete yet.
    line: Vec<u8>,
    trailer_lines: usize,
    trailers: Headers,
    broken: Option<Violation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    End,
    Length(u64),
    UntilClose,
    Size { digits: u8, size: u64 },
    Extension { size: u64, line_bytes: usize },
    SizeLf { size: u64 },
    Data(u64),
    DataCr,
    DataLf,
    Trailer,
}

/// The beginning of a size line.
const SIZE: State = State::Size { digits: 0, size: 0 };

/// 16 hexadecimal digits fill 64 bits; a 17th would overflow, or pad, which no sender has reason to.
const SIZE_DIGITS: u8 = 16;

impl BodyDecoder {
    /// Before the first byte of a body of this framing.
    pub fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Empty | Framing::Length(0) => State::End,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => SIZE,
            Framing::UntilClose => State::UntilClose,
        };
        Self {
            state,
            extension_bytes: 0,
            trailer_bytes: 0,
            line: Vec::new(),
            trailer_lines: 0,
            trailers: Headers::new(),
            broken: None,
        }
    }

    /// Says what the bytes at the front of `input` are. An empty `input` is fine: with [`Step::Data`] the body's bytes
    /// can be read without a buffer between.
    ///
    /// # Errors
    /// The rule of chunked framing that was broken, or the cap that was exceeded; the decoder then stays broken.
    pub fn step(&mut self, input: &[u8], limits: &Limits) -> Result<Step, Violation> {
        if let Some(violation) = &self.broken {
            return Err(violation.clone());
        }
        let step = self.advance(input, limits);
        if let Err(violation) = &step {
            self.broken = Some(violation.clone());
        }
        step
    }

    /// How many bytes of the body come next, where [`step`](Self::step) would say [`Step::Data`] whatever the input: the
    /// short way for who reads line by line.
    pub fn in_data(&self) -> Option<u64> {
        match self.state {
            State::Length(left) | State::Data(left) => Some(left),
            State::UntilClose => Some(u64::MAX),
            _ => None,
        }
    }

    /// So many bytes of the last [`Step::Data`] were taken.
    pub fn took(&mut self, n: u64) {
        self.state = match self.state {
            State::Length(left) if left <= n => State::End,
            State::Length(left) => State::Length(left - n),
            State::Data(left) if left <= n => State::DataCr,
            State::Data(left) => State::Data(left - n),
            other => other,
        };
    }

    /// The connection ended: fine only where that ends the body, or after its end.
    ///
    /// # Errors
    /// [`Rule::BodyEnded`] or [`Rule::ChunksEnded`]: what came is not the whole body.
    pub fn eof(&mut self) -> Result<(), Violation> {
        if let Some(violation) = &self.broken {
            return Err(violation.clone());
        }
        match self.state {
            State::End | State::UntilClose => {
                self.state = State::End;
                Ok(())
            }
            State::Length(_) => Err(Violation::new(Rule::BodyEnded)),
            _ => Err(Violation::new(Rule::ChunksEnded)),
        }
    }

    /// Whether the message is complete.
    pub fn is_end(&self) -> bool {
        self.state == State::End
    }

    /// The trailer section, complete at the end of the body. Headers that must not come after it (framing, routing,
    /// authentication, cookies: RFC 9110 §6.5.1) are dropped, and none is ever merged into the head.
    pub fn trailers(&self) -> &Headers {
        &self.trailers
    }

    /// Bytes still to come, where the framing tells.
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::End => Some(0),
            State::Length(left) => Some(left),
            _ => None,
        }
    }

    fn advance(&mut self, input: &[u8], limits: &Limits) -> Result<Step, Violation> {
        match self.state {
            State::End => Ok(Step::End),
            State::Length(left) | State::Data(left) => Ok(Step::Data(left)),
            State::UntilClose => Ok(Step::Data(u64::MAX)),
            _ if input.is_empty() => Ok(Step::More),
            State::Trailer => self.trailer(input, limits).map(Step::Skip),
            _ => self.between_chunks(input, limits).map(Step::Skip),
        }
    }

    /// Walks from the end of a chunk's data to the next data, or to the trailer section.
    fn between_chunks(&mut self, input: &[u8], limits: &Limits) -> Result<usize, Violation> {
        for (at, &byte) in input.iter().enumerate() {
            self.state = match self.state {
                State::DataCr | State::DataLf | State::Size { .. } | State::SizeLf { .. } => self.state.after(byte)?,
                State::Extension { size, line_bytes } => self.extension(byte, size, line_bytes, limits)?,
                _ => return Ok(at),
            };
        }
        Ok(input.len())
    }

    /// Extensions are read over; no client has a use for them. Both a line and the sum over the body are bounded.
    fn extension(&mut self, byte: u8, size: u64, line_bytes: usize, limits: &Limits) -> Result<State, Violation> {
        match byte {
            b'\r' => return Ok(State::SizeLf { size }),
            b'\n' => return Err(Violation::new(Rule::BareLf)),
            b'\t' | b' '..=0x7E | 0x80.. => {}
            _ => return Err(Violation::new(Rule::ChunkExtension)),
        }
        self.extension_bytes += 1;
        if line_bytes >= limits.chunk_line_bytes {
            return Err(Violation::new(Rule::ChunkLineBytes));
        }
        if self.extension_bytes > limits.chunk_extension_bytes {
            return Err(Violation::new(Rule::ChunkExtensionBytes));
        }
        Ok(State::Extension { size, line_bytes: line_bytes + 1 })
    }

    /// Takes one trailer line, or the part of it that is there.
    fn trailer(&mut self, input: &[u8], limits: &Limits) -> Result<usize, Violation> {
        let taken = memchr::memchr(b'\n', input).map_or(input.len(), |lf| lf + 1);
        self.trailer_bytes += taken;
        if self.trailer_bytes > limits.trailer_bytes {
            return Err(Violation::new(Rule::TrailerBytes));
        }
        self.line.extend_from_slice(&input[..taken]);
        let Some(line) = self.line.strip_suffix(b"\n") else { return Ok(taken) };
        let line = line.strip_suffix(b"\r").ok_or(Violation::new(Rule::BareLf))?;
        if line.is_empty() {
            self.state = State::End;
            return Ok(taken);
        }
        self.trailer_lines += 1;
        if self.trailer_lines > limits.trailer_lines {
            return Err(Violation::new(Rule::TrailerLines));
        }
        trailer::receive(&mut self.trailers, line)?;
        self.line.clear();
        Ok(taken)
    }
}

impl State {
    /// The state after one byte of chunk framing outside of extensions.
    ///
    /// Stricter than the grammar in one point: the blanks that RFC 9112 §7.1.1 lets stand before `;` are refused, as
    /// readers differ on what a size with blanks is.
    fn after(self, byte: u8) -> Result<Self, Violation> {
        match (self, byte) {
            (Self::DataCr, b'\r') => Ok(Self::DataLf),
            (Self::DataLf, b'\n') => Ok(SIZE),
            (Self::DataCr | Self::DataLf, _) => Err(Violation::new(Rule::ChunkEnd)),
            (Self::SizeLf { size: 0 }, b'\n') => Ok(Self::Trailer),
            (Self::SizeLf { size }, b'\n') => Ok(Self::Data(size)),
            (Self::SizeLf { .. }, _) => Err(Violation::new(Rule::BareCr)),
            (Self::Size { digits: 1.., size }, b'\r') => Ok(Self::SizeLf { size }),
            (Self::Size { digits: digits @ 1.., size }, b';') => {
                Ok(Self::Extension { size, line_bytes: usize::from(digits) + 1 })
            }
            (Self::Size { .. }, b'\n') => Err(Violation::new(Rule::BareLf)),
            (Self::Size { digits, size }, _) => Self::with_digit(digits, size, byte),
            (other, _) => Ok(other),
        }
    }

    fn with_digit(digits: u8, size: u64, byte: u8) -> Result<Self, Violation> {
        let digit = char::from(byte).to_digit(16).filter(|_| digits < SIZE_DIGITS);
        let grown = digit.and_then(|digit| size.checked_mul(16)?.checked_add(u64::from(digit)));
        match grown.filter(|size| *size <= LENGTH_MAX) {
            Some(size) => Ok(Self::Size { digits: digits + 1, size }),
            None => Err(Violation::with(Rule::ChunkSize, &[byte])),
        }
    }
}
