//! A body compressed on its way (RFC 1952).

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::Body;
use super::source::{PIECE, Pieces, Source};
use crate::error::{Error, Kind, Phase, Result};

/// ID1, ID2, deflate, no flags, no time, no extra flags, unknown system: the same bytes for the same content.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

struct Gzip {
    body: Body,
    // Set up once the first piece is wanted: some 300 KiB that a request in line for a connection need not hold.
    encoder: Option<Encoder>,
    out: Vec<u8>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Content,
    Ended,
}

struct Encoder {
    // Not `GzEncoder`: its destructor compresses what is left, deep work where nothing may take long.
    deflate: Compress,
    crc: Crc,
}

impl Body {
    /// The same body, compressed with gzip while it is sent: `Content-Encoding: gzip`, in chunks, since nobody knows
    /// the length before the end. Only for servers that are known to decode it.
    ///
    /// Pieces are not flushed one by one: a source that yields slowly may be held back until some 64 KiB have come.
    /// [`Body::empty`] stays as it is.
    ///
    /// ```
    /// use maypole::message::Body;
    /// let body = Body::from("text").gzip();
    /// assert_eq!((body.length(), body.is_replayable()), (None, true));
    /// assert_eq!(body.content_type(), Some("text/plain; charset=utf-8"));
    /// ```
    #[must_use]
    pub fn gzip(self) -> Self {
        if self.is_empty() {
            return self;
        }
        let content_type = self.content_type.clone();
        // Twice is legal (RFC 9110 §8.4 lists codings in the order applied) and never meant.
        if self.content_encoding.is_some() {
            return self;
        }
        let gzip = Gzip { body: self, encoder: None, out: Vec::new(), stage: Stage::Head };
        let source = Source::Made(Box::new(gzip));
        Self { source, content_type, content_encoding: Some("gzip"), ..Self::empty() }
    }
}

impl Pieces for Gzip {
    fn pull(&mut self) -> Result<bool> {
        self.out.clear();
        while self.stage != Stage::Ended && self.out.is_empty() {
            let encoder = self.encoder.get_or_insert_with(Encoder::new);
            if self.stage == Stage::Head {
                self.out.extend_from_slice(&HEAD);
                self.stage = Stage::Content;
            }
            if self.body.pull()? {
                encoder.add(self.body.piece(), &mut self.out)?;
            } else {
                encoder.finish(&mut self.out)?;
                (self.encoder, self.stage) = (None, Stage::Ended);
            }
        }
        Ok(!self.out.is_empty())
    }

    fn piece(&self) -> &[u8] {
        &self.out
    }

    fn length(&self) -> Option<u64> {
        None
    }

    fn is_replayable(&self) -> bool {
        self.body.is_replayable()
    }

    fn rewind(&mut self) -> Result<bool> {
        (self.encoder, self.stage) = (None, Stage::Head);
        self.body.rewind()
    }

    fn needs_room(&self) -> bool {
        self.encoder.is_none() || self.body.needs_room()
    }

    fn prepare(&mut self) {
        self.body.prepare();
        self.encoder.get_or_insert_with(Encoder::new);
    }
}

impl Encoder {
    // Outlined: it takes 66 KiB of stack, compressing itself 10, and both would stand in one frame.
    #[inline(never)]
    fn new() -> Self {
        Self { deflate: Compress::new(Compression::default(), false), crc: Crc::new() }
    }

    fn add(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.crc.update(piece);
        while !piece.is_empty() {
            let before = self.deflate.total_in();
            self.step(piece, out, FlushCompress::None)?;
            piece = &piece[(self.deflate.total_in() - before) as usize..];
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        while self.step(&[], out, FlushCompress::Finish)? != Status::StreamEnd {}
        out.extend_from_slice(&self.crc.sum().to_le_bytes());
        out.extend_from_slice(&self.crc.amount().to_le_bytes());
        Ok(())
    }

    fn step(&mut self, piece: &[u8], out: &mut Vec<u8>, flush: FlushCompress) -> Result<Status> {
        if out.capacity() - out.len() < PIECE / 4 {
            out.reserve(PIECE);
        }
        self.deflate.compress_vec(piece, out, flush).map_err(|error| {
            Error::new(Kind::Body, format!("the body cannot be compressed: {error}")).with_phase(Phase::Send)
        })
    }
}
