//! Frames: how messages travel between a pool and its workers.
//!
//! ```text
//!   length, 4 bytes, little-endian │ tag, 1 byte │ payload, 64 KiB at most
//! ```
//!
//! A message is the payloads of frames with one tag, up to the first that is not marked as followed by more: what is
//! large passes through in pieces, and neither side holds a copy of it for the way.

/// Most bytes of a payload.
pub(super) const LONGEST: usize = 64 << 10;
/// Bytes before a payload.
pub(super) const HEAD: usize = 5;

const MORE: u8 = 0x80;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// Worker to pool, once: it serves.
    Hello = 1,
    /// Pool to worker: what is to be done.
    Job = 2,
    /// Pool to worker, after each job: what it is done with.
    Input = 3,
    /// Worker to pool: from here on the job may have had an effect.
    Begun = 4,
    /// Worker to pool, for fetches: the answer without its body.
    Head = 5,
    /// Worker to pool: the result, or a body.
    Body = 6,
    /// Worker to pool, the last of each job.
    Tail = 7,
}

const TAGS: [Tag; 7] = [Tag::Hello, Tag::Job, Tag::Input, Tag::Begun, Tag::Head, Tag::Body, Tag::Tail];

/// What stands before a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) tag: Tag,
    /// Whether the message goes on in the next frame.
    pub(super) more: bool,
    pub(super) len: usize,
}

impl FrameHead {
    /// `None`: nothing that the other side would have sent.
    pub(super) fn parse(bytes: [u8; HEAD]) -> Option<Self> {
        let [a, b, c, d, tag] = bytes;
        let len = u32::from_le_bytes([a, b, c, d]) as usize;
        let known = TAGS.into_iter().find(|known| *known as u8 == tag & !MORE)?;
        (len <= LONGEST).then_some(Self { tag: known, more: tag & MORE != 0, len })
    }

    pub(super) fn bytes(self) -> [u8; HEAD] {
        let [a, b, c, d] = (self.len as u32).to_le_bytes();
        [a, b, c, d, self.tag as u8 | if self.more { MORE } else { 0 }]
    }
}

/// The frames of a message.
pub(super) fn frames(tag: Tag, message: &[u8]) -> impl Iterator<Item = (FrameHead, &[u8])> {
    let mut rest = Some(message);
    std::iter::from_fn(move || {
        let there = rest.take()?;
        let (piece, after) = there.split_at(there.len().min(LONGEST));
        let more = !after.is_empty();
        rest = more.then_some(after);
        Some((FrameHead { tag, more, len: piece.len() }, piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_any_length_comes_out_as_it_went_in() {
        for len in [0, 1, LONGEST - 1, LONGEST, LONGEST + 1, 3 * LONGEST] {
            let message: Vec<u8> = (0..len).map(|n| n as u8).collect();
            let all: Vec<_> = frames(Tag::Body, &message).collect();
            assert_eq!(all.len(), len.div_ceil(LONGEST).max(1));
            let mut again = Vec::new();
            for (n, (head, piece)) in all.iter().enumerate() {
                assert_eq!(FrameHead::parse(head.bytes()), Some(*head));
                assert_eq!(head.more, n + 1 < all.len());
                again.extend_from_slice(piece);
            }
            assert_eq!(again, message);
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        assert_eq!(FrameHead::parse(*b"HTTP/"), None);
        assert_eq!(FrameHead::parse([0, 0, 0, 0, 9]), None);
        assert_eq!(FrameHead::parse([1, 0, 1, 0, Tag::Body as u8]), None, "longer than the longest");
    }
}
