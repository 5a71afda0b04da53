//! One helper for all parser cases: the same response whole, cut at each offset, and byte by byte.

use maypole::limits::Limits;
use maypole::wire::h1::{BodyDecoder, Framing, Head, HeadParser, Step, keep_alive, response_framing};
use maypole::wire::{Headers, Rule, Violation};

/// What became of a connection's bytes after which the peer closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) interim: Vec<Head>,
    pub(crate) head: Option<Head>,
    pub(crate) framing: Option<Framing>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Headers,
    /// Bytes after the end of the message.
    pub(crate) rest: Vec<u8>,
    pub(crate) reusable: bool,
    pub(crate) error: Option<Rule>,
}

impl Outcome {
    pub(crate) fn head(&self) -> &Head {
        self.head.as_ref().unwrap_or_else(|| panic!("no head: {self:?}"))
    }

    pub(crate) fn status(&self) -> u16 {
        self.head().status
    }

    /// The whole body and whether the connection lives on; fails the test if there was an error.
    #[track_caller]
    pub(crate) fn complete(&self) -> (&str, bool) {
        assert_eq!(self.error, None, "{self:?}");
        (str::from_utf8(&self.body).expect("text"), self.reusable)
    }
}

/// Answers to GET, with the default limits, in every cut.
#[track_caller]
pub(crate) fn get(wire: impl AsRef<[u8]>) -> Outcome {
    answer("GET", wire)
}

/// Answers to `method`, with the default limits, in every cut.
#[track_caller]
pub(crate) fn answer(method: &str, wire: impl AsRef<[u8]>) -> Outcome {
    limited(method, wire, &Limits::default())
}

/// Whole, in two pieces cut at each offset, and byte by byte: all must come to the same.
#[track_caller]
pub(crate) fn limited(method: &str, wire: impl AsRef<[u8]>, limits: &Limits) -> Outcome {
    let wire = wire.as_ref();
    let whole = in_pieces(method, [wire], limits);
    let same = |outcome: Outcome, cut: &str| assert_eq!(outcome, whole, "{cut} of {:?}", wire.escape_ascii());
    for at in 1..wire.len() {
        let (front, back) = wire.split_at(at);
        same(in_pieces(method, [front, back], limits), &format!("cut at {at}"));
    }
    same(in_pieces(method, wire.chunks(1), limits), "byte by byte");
    whole
}

/// The peer sends these pieces and closes.
pub(crate) fn in_pieces<'a>(method: &str, pieces: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> Outcome {
    let mut reader = Reader::default();
    for piece in pieces {
        reader.buf.extend_from_slice(piece);
        if let Err(violation) = reader.advance(method, limits) {
            return reader.failed(&violation);
        }
    }
    match reader.eof() {
        Ok(()) => reader.outcome,
        Err(violation) => reader.failed(&violation),
    }
}

/// What an exchange does, without a socket.
#[derive(Default)]
struct Reader {
    buf: Vec<u8>,
    parser: HeadParser,
    body: Option<BodyDecoder>,
    outcome: Outcome,
}

impl Reader {
    fn advance(&mut self, method: &str, limits: &Limits) -> Result<(), Violation> {
        while self.body.is_none() {
            let Some((head, consumed)) = self.parser.parse(&self.buf, limits)? else { return Ok(()) };
            self.buf.drain(..consumed);
            if matches!(head.status, 100..=199) && head.status != 101 {
                self.outcome.interim.push(head);
                continue;
            }
            let framing = response_framing(method, &head)?;
            self.outcome.reusable = keep_alive(&head, framing, false);
            self.outcome.framing = Some(framing);
            self.outcome.head = Some(head);
            self.body = Some(BodyDecoder::new(framing));
        }
        let body = self.body.as_mut().expect("after the head");
        loop {
            match body.step(&self.buf, limits)? {
                Step::Skip(n) => drop(self.buf.drain(..n)),
                Step::Data(_) if self.buf.is_empty() => return Ok(()),
                Step::Data(n) => {
                    let here = usize::try_from(n).unwrap_or(usize::MAX).min(self.buf.len());
                    self.outcome.body.extend(self.buf.drain(..here));
                    body.took(here as u64);
                }
                Step::More => return Ok(()),
                Step::End => {
                    self.outcome.rest.append(&mut self.buf);
                    return Ok(());
                }
            }
        }
    }

    fn eof(&mut self) -> Result<(), Violation> {
        let body = self.body.as_mut().ok_or_else(|| self.parser.eof())?;
        body.eof()?;
        assert!(body.is_end());
        self.outcome.trailers = body.trailers().clone();
        Ok(())
    }

    /// A broken body must stay broken, whatever comes.
    fn failed(mut self, violation: &Violation) -> Outcome {
        if let Some(body) = &mut self.body
            && !violation.is_incomplete()
        {
            assert_eq!(body.step(b"0\r\n\r\n", &Limits::default()), Err(violation.clone()));
        }
        Outcome { error: Some(violation.rule()), reusable: false, ..self.outcome }
    }
}
