//! What a request asks the server to do to it, and what may come of that.

use maypole::error::Kind;

/// The client chooses, so that it knows what may come; the server reads it from the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Length,
    Chunked,
    UntilClose,
    /// The answer comes after a while.
    Delay,
    /// The body comes a few bytes at a time.
    Drip,
    /// `Connection: close`.
    Last,
    /// Answers, and closes a moment later, perhaps just as the next request arrives.
    CloseIdle,
    /// Another whole response behind the answer.
    Stray,
    /// No answer for longer than any deadline, then the end.
    Silent,
    Reset,
    Close,
    ResetInBody,
    CloseInBody,
    CloseInChunk,
    Garbage,
    TwoLengths,
    /// Bytes that are no TLS record.
    NoRecord,
    /// Answers a request before its body has come, and closes.
    Early,
}

pub(crate) const ACTS: &[Act] = &[
    Act::Length,
    Act::Chunked,
    Act::UntilClose,
    Act::Delay,
    Act::Drip,
    Act::Last,
    Act::CloseIdle,
    Act::Stray,
    Act::Silent,
    Act::Reset,
    Act::Close,
    Act::ResetInBody,
    Act::CloseInBody,
    Act::CloseInChunk,
    Act::Garbage,
    Act::TwoLengths,
    Act::NoRecord,
    Act::Early,
];

impl Act {
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        ACTS.iter().copied().find(|act| act.name() == name)
    }

    /// Whether the whole body comes.
    pub(crate) fn succeeds(self) -> bool {
        self.errors().is_empty() || self == Act::Early
    }

    /// The errors that it may lead to, besides those of the caller's own deadline and token.
    pub(crate) fn errors(self) -> &'static [Kind] {
        match self {
            Act::Length
            | Act::Chunked
            | Act::UntilClose
            | Act::Delay
            | Act::Drip
            | Act::Last
            | Act::CloseIdle
            | Act::Stray => &[],
            Act::Silent | Act::Reset | Act::Close => &[Kind::ConnectionLost, Kind::ClosedBeforeResponse],
            Act::ResetInBody => &[Kind::ConnectionLost, Kind::Incomplete, Kind::ClosedBeforeResponse],
            Act::CloseInBody | Act::CloseInChunk => &[Kind::Incomplete],
            Act::Garbage | Act::TwoLengths => &[Kind::Protocol],
            Act::NoRecord => &[Kind::Tls],
            Act::Early => &[Kind::ConnectionLost, Kind::ClosedBeforeResponse, Kind::Incomplete],
        }
    }
}
