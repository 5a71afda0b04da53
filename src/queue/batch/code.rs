//! aquests' numbers for failures.

use std::error::Error as _;
use std::io;

use crate::error::{Error, Kind, Phase};

/// The number that aquests has for a failure. Of its table, 700 to 722, these stand for something here; the others are
/// for what cannot happen or is no failure: 703 is a panic while a request is made, 705 a batch that was shut down before
/// the request began, 718 an unacceptable type; 706 is a 401 that is delivered.
pub(super) fn of(error: &Error) -> u16 {
    match (error.kind(), error.phase()) {
        (Kind::Timeout | Kind::TooSlow, _) => 702,
        (Kind::Resolve, _) => 704,
        (Kind::Closed, _) => 705,
        (Kind::Body | Kind::BodyUsed, _) => 707,
        (Kind::ClosedBeforeResponse, _) => 708,
        (Kind::Decode | Kind::Checksum, _) => 709,
        (Kind::Incomplete, _) => 710,
        (Kind::Redirect, _) => 711,
        (Kind::Cancelled, _) => 712,
        (Kind::Tls | Kind::Certificate | Kind::PinnedKey, _) => 713,
        (Kind::Connect, _) if is_refused(error) => 701,
        (Kind::Connect | Kind::Proxy, _) => 714,
        (Kind::Protocol, Some(Phase::Body)) => 709,
        (Kind::Protocol, _) => 715,
        (Kind::TooLarge, Some(Phase::Head)) => 715,
        (Kind::TooLarge, _) => 719,
        (Kind::ConnectionLost | Kind::Io | Kind::Panicked, _) => 700,
        _ => 701,
    }
}

fn is_refused(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(source) = cause {
        if source.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            return true;
        }
        cause = source.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q198_each_kind_has_its_number() {
        let refused = Error::new(Kind::Connect, "").with_source(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(of(&refused), 701);
        for (kind, phase, code) in [
            (Kind::ConnectionLost, None, 700),
            (Kind::InvalidUrl, None, 701),
            (Kind::Timeout, Some(Phase::Connect), 702),
            (Kind::Resolve, None, 704),
            (Kind::Closed, None, 705),
            (Kind::Body, None, 707),
            (Kind::ClosedBeforeResponse, None, 708),
            (Kind::Decode, None, 709),
            (Kind::Protocol, Some(Phase::Body), 709),
            (Kind::Incomplete, None, 710),
            (Kind::Redirect, None, 711),
            (Kind::Cancelled, None, 712),
            (Kind::Certificate, None, 713),
            (Kind::Connect, None, 714),
            (Kind::Protocol, Some(Phase::Head), 715),
            (Kind::TooLarge, Some(Phase::Head), 715),
            (Kind::TooLarge, Some(Phase::Body), 719),
        ] {
            let error = Error::new(kind, "");
            let error = match phase {
                Some(phase) => error.with_phase(phase),
                None => error,
            };
            assert_eq!(of(&error), code, "{kind:?}");
        }
    }
}
