//! The two engines of octopus, as far as they differ to who uses them.

use std::time::Duration;

use crate::error::Error;

/// Which of octopus's two engines a queue behaves as: default timeout and compatibility codes, nothing else.
///
/// | | `Threaded` | `EventLoop` |
/// |---|---|---|
/// | octopus | `Octopus` | `TornadoOctopus` |
/// | [`timeout`](super::FetchQueueBuilder::timeout) | 5 s | 10 s |
/// | [`compat_code`](super::Fetched::compat_code) of a timeout | 500 | 599 |
/// | of any other failure | 599 | 599 |
#[doc(alias = "Octopus")]
#[doc(alias = "TornadoOctopus")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Octopus's threads, the default.
    #[default]
    Threaded,
    /// Octopus's Tornado loop. Here too the queue runs by itself: nobody has to wait for it.
    EventLoop,
}

impl Profile {
    /// The default of [`timeout`](super::FetchQueueBuilder::timeout).
    pub fn timeout(self) -> Duration {
        Duration::from_secs(match self {
            Self::Threaded => 5,
            Self::EventLoop => 10,
        })
    }

    /// What octopus calls a failure without an answer; real answers have these statuses too, so that
    /// [`Fetched::error`](super::Fetched::error) is the one to go by.
    pub fn compat_code(self, error: &Error) -> u16 {
        match self {
            Self::Threaded if error.is_timeout() => 500,
            Self::Threaded | Self::EventLoop => 599,
        }
    }
}
