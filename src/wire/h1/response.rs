//! Response heads: found in linear time, parsed strictly.

use std::mem::MaybeUninit;

use memchr::memchr2;

use crate::limits::Limits;
use crate::wire::{Headers, Rule, Version, Violation, grammar};

/// The head of a response.
#[derive(Clone, Debug)]
pub struct Head {
    /// The version that the server speaks.
    pub version: Version,
    /// The status code, 100 to 999.
    pub status: u16,
    /// The header lines. The reason phrase lives in their buffer and goes with them.
    pub headers: Headers,
}

impl Head {
    /// A head that did not come over a connection, HTTP/1.1: out of a store, or made up.
    pub fn new(status: u16, reason: &str, headers: &Headers) -> Self {
        Self { version: Version::Http11, status, headers: headers.with_preamble(reason.as_bytes()) }
    }

    /// The reason phrase; `None` when there is none or it is not UTF-8.
    pub fn reason(&self) -> Option<&str> {
        str::from_utf8(self.reason_bytes()).ok().filter(|reason| !reason.is_empty())
    }

    /// The reason phrase as sent, without blanks at its ends; often empty.
    pub fn reason_bytes(&self) -> &[u8] {
        self.headers.preamble()
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        let line = |head: &Self| (head.version, head.status);
        line(self) == line(other) && self.reason_bytes() == other.reason_bytes() && self.headers == other.headers
    }
}

impl Eq for Head {}

/// Finds and parses one head after another in a growing buffer.
///
/// Each byte is looked at once while the head is not complete, however small the pieces in which it comes.
#[derive(Debug, Default)]
pub struct HeadParser {
    /// Up to here no line end is to be found any more.
    scanned: usize,
    /// Where the current line begins.
    line: usize,
    leading: usize,
    status: Option<StatusLine>,
    fields: usize,
    examined: u64,
    broken: Option<Violation>,
}

/// RFC 9112 §2.2 lets a reader skip an empty line that an old sender left after a body. More than a few are a flood.
const LEADING_LINES: usize = 4;

/// Header lines that are indexed on the stack: 2 KiB, and more than nearly every server sends.
const STACK_LINES: usize = 64;

impl HeadParser {
    /// Ready for the first byte of a head.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the head at the front of `buf`: `None` while it is not complete, else the head and its length.
    ///
    /// `buf` begins at the same byte in each call, until a head was given; the caller then drops its bytes, and the
    /// next call is for the next head (the final one after an interim one).
    ///
    /// # Errors
    /// The rule that was broken, as soon as that is sure. The parser then stays broken.
    pub fn parse(&mut self, buf: &[u8], limits: &Limits) -> Result<Option<(Head, usize)>, Violation> {
        if let Some(violation) = &self.broken {
            return Err(violation.clone());
        }
        let parsed = self.advance(buf, limits);
        match &parsed {
            Ok(None) => {}
            Ok(Some(_)) => *self = Self { examined: self.examined, ..Self::default() },
            Err(violation) => self.broken = Some(violation.clone()),
        }
        parsed
    }

    /// What it means that the connection ended now, with some bytes of a head seen.
    pub fn eof(&self) -> Violation {
        self.broken.clone().unwrap_or(Violation::new(Rule::HeadEnded))
    }

    /// How many bytes were searched for line ends over the parser's life: at most one more a call than came in.
    pub fn examined(&self) -> u64 {
        self.examined
    }

    fn advance(&mut self, buf: &[u8], limits: &Limits) -> Result<Option<(Head, usize)>, Violation> {
        let most = limits.head_bytes.min(u32::MAX as usize);
        let window = &buf[..buf.len().min(most)];
        loop {
            if self.status.is_none() {
                check_start(&window[self.line..])?;
            }
            let begin = self.line;
            let Some(end) = self.next_line(window)? else { break };
            let line = &window[begin..end - 2];
            match (&self.status, line) {
                (Some(_), [_, ..]) if self.fields == limits.head_lines => return Err(Violation::new(Rule::HeadLines)),
                (Some(_), [_, ..]) => self.fields += 1,
                (Some(status), []) => return Ok(Some((finish(&window[..end], *status, self.fields)?, end))),
                (None, []) if self.leading == LEADING_LINES => return Err(Violation::new(Rule::LeadingLines)),
                (None, []) => self.leading += 1,
                (None, _) => self.status = Some(StatusLine::parse(line, begin)?),
            }
        }
        if buf.len() > most { Err(Violation::new(Rule::HeadBytes)) } else { Ok(None) }
    }

    /// Moves past the next CRLF and gives the place behind it.
    ///
    /// RFC 9112 §2.2 allows a reader to take a bare LF for a line end and obliges it to refuse or replace a bare CR.
    /// Both are refused: what a line is must not depend on who reads it.
    fn next_line(&mut self, window: &[u8]) -> Result<Option<usize>, Violation> {
        let unseen = &window[self.scanned..];
        let Some(at) = memchr2(b'\r', b'\n', unseen) else {
            self.examined += unseen.len() as u64;
            self.scanned = window.len();
            return Ok(None);
        };
        self.examined += at as u64 + 1;
        self.scanned += at;
        match unseen[at..] {
            [b'\r', b'\n', ..] => self.scanned += 2,
            [b'\r'] => return Ok(None),
            [b'\r', ..] => return Err(Violation::new(Rule::BareCr)),
            _ => return Err(Violation::new(Rule::BareLf)),
        }
        self.line = self.scanned;
        Ok(Some(self.scanned))
    }
}

/// Refuses what is not HTTP/1 by its first bytes: a server of another protocol may never send a line end.
fn check_start(start: &[u8]) -> Result<(), Violation> {
    const NAME: &[u8] = b"HTTP/1.";
    let known = start.len().min(NAME.len());
    let digit = start.get(NAME.len()).is_none_or(|digit| matches!(digit, b'0' | b'1'));
    let is_line_end = matches!(start.first(), Some(b'\r' | b'\n'));
    if is_line_end || (start[..known] == NAME[..known] && digit) {
        return Ok(());
    }
    Err(Violation::with(Rule::Version, &start[..start.len().min(NAME.len() + 1)]))
}

#[derive(Clone, Copy, Debug)]
struct StatusLine {
    version: Version,
    status: u16,
    /// Where the status line begins in the buffer.
    begin: usize,
    /// Where the reason phrase begins in the status line.
    reason_at: usize,
    reason_len: usize,
}

impl StatusLine {
    /// `line` without its CRLF, beginning at `begin` of the buffer. RFC 9112 §4: one blank on each side of the status;
    /// the second one may be missing when there is no reason phrase, as many servers have it.
    fn parse(line: &[u8], begin: usize) -> Result<Self, Violation> {
        let version = match line.get(..8) {
            Some(b"HTTP/1.0") => Version::Http10,
            Some(b"HTTP/1.1") => Version::Http11,
            _ => return Err(Violation::with(Rule::Version, line)),
        };
        let (status, phrase) = match &line[8..] {
            [b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', phrase @ ..]
                if matches!(phrase.first(), None | Some(b' ')) =>
            {
                ([a, b, c].into_iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')), phrase)
            }
            [b' ', ..] | [] => return Err(Violation::with(Rule::Status, line)),
            _ => return Err(Violation::with(Rule::Version, line)),
        };
        if !grammar::is_text(phrase) {
            return Err(Violation::with(Rule::Reason, phrase));
        }
        let reason = grammar::trim(phrase);
        let reason_at = reason.as_ptr().addr() - line.as_ptr().addr();
        Ok(Self { version, status, begin, reason_at, reason_len: reason.len() })
    }
}

/// Parses a complete head of so many field lines; `head` may begin with empty lines.
#[expect(
    clippy::large_stack_arrays,
    reason = "2 KiB, measured to fit; on the heap it would be an allocation a response"
)]
fn finish(head: &[u8], status: StatusLine, fields: usize) -> Result<Head, Violation> {
    let head = &head[status.begin..];
    if fields <= STACK_LINES {
        index(head, status, &mut [const { MaybeUninit::uninit() }; STACK_LINES])
    } else {
        index(head, status, &mut vec![MaybeUninit::uninit(); fields])
    }
}

fn index<'b>(
    head: &'b [u8],
    status: StatusLine,
    space: &mut [MaybeUninit<httparse::Header<'b>>],
) -> Result<Head, Violation> {
    let mut parsed = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    match config.parse_response_with_uninit_headers(&mut parsed, head, space) {
        Ok(httparse::Status::Complete(end)) if end == head.len() => {
            let reason = &head[status.reason_at..][..status.reason_len];
            let headers = Headers::from_parsed(reason, parsed.headers, head.len());
            Ok(Head { version: status.version, status: status.status, headers })
        }
        _ => Err(diagnose(head)),
    }
}

/// Names the rule that a refused head breaks: `httparse` says only in which part it stopped.
#[cold]
fn diagnose(head: &[u8]) -> Violation {
    let lines = head.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let broken = lines.skip(1).filter(|line| !line.is_empty()).find_map(|line| grammar::field_line(line).err());
    broken.unwrap_or(Violation::new(Rule::HeaderName))
}
