//! Whether a request that failed may go out once more by itself.

use crate::error::Kind;
use crate::exchange::Failure;
use crate::message::Method;

/// A server may close a kept-alive connection at any moment, also just as the next request is on its way. That race is
/// not the caller's business where sending again cannot make the server act twice (RFC 9110 §9.2.2): the connection had
/// been used before, no byte of a response came, and the method is idempotent or nothing of the request had left.
pub(super) fn may_replay(failure: &Failure, reused: bool, method: &Method) -> bool {
    let closed = matches!(failure.error.kind(), Kind::ClosedBeforeResponse | Kind::ConnectionLost);
    reused && closed && failure.received == 0 && (method.is_idempotent() || failure.sent == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Phase};

    #[test]
    fn c375_only_on_a_used_connection_without_an_answer_and_without_acting_twice() {
        let failure =
            |kind, sent, received| Failure { error: Error::new(kind, "x").with_phase(Phase::Head), sent, received };
        let closed = Kind::ClosedBeforeResponse;
        let table = [
            (true, Method::GET, closed, 9, 0, true),
            (true, Method::GET, Kind::ConnectionLost, 9, 0, true),
            (false, Method::GET, closed, 9, 0, false),
            (true, Method::GET, closed, 9, 1, false),
            (true, Method::POST, closed, 9, 0, false),
            (true, Method::POST, closed, 0, 0, true),
            (true, Method::PUT, closed, 9, 0, true),
            (true, Method::GET, Kind::Timeout, 9, 0, false),
            (true, Method::GET, Kind::Protocol, 9, 0, false),
            (true, Method::GET, Kind::Cancelled, 9, 0, false),
        ];
        for (reused, method, kind, sent, received, expected) in table {
            let failure = failure(kind, sent, received);
            assert_eq!(may_replay(&failure, reused, &method), expected, "{method:?} {failure:?}");
        }
    }
}
