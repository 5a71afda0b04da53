//! What a transport answers, under the bounds that a connection would be under.

use std::time::Instant;

use super::flow::{Fed, Flow};
use super::transport::{Inbound, Outbound, Transport};
use super::within::within;
use crate::deadline::Until;
use crate::error::{Error, Phase, Result};
use crate::exchange::Pace;
use crate::rt::CancelToken;
use crate::wire::h1::Head;

/// One try with `transport`; the body goes on within the same bounds.
pub(super) fn exchange(
    transport: &dyn Transport,
    outbound: Outbound<'_>,
    pace: Pace,
    token: Option<&CancelToken>,
) -> Result<(Head, impl Flow + use<>)> {
    let until = pace.until(Phase::Head, Instant::now());
    let Inbound { head, body } = bounded(Phase::Head, until, token, || transport.exchange(outbound))?;
    Ok((head, MadeUp { fed: Fed::new(body), pace, token: token.cloned(), failed: None }))
}

/// Runs `f` within the bounds. What comes of it when they are over already comes too late, as from the network.
fn bounded<T>(phase: Phase, until: Until, token: Option<&CancelToken>, f: impl FnOnce() -> Result<T>) -> Result<T> {
    let over = || match token {
        Some(token) if token.is_cancelled() => Err(Error::cancelled(phase)),
        _ if until.is_over(Instant::now()) => Err(Error::timeout(phase, until.limit())),
        _ => Ok(()),
    };
    over()?;
    let result = within(until, token, f);
    match (over(), result) {
        (Ok(()), result) => result,
        (Err(error), Ok(_)) => Err(error),
        (Err(error), Err(source)) => Err(error.with_source(source)),
    }
}

/// A body that a transport has made up.
struct MadeUp {
    fed: Fed,
    pace: Pace,
    token: Option<CancelToken>,
    failed: Option<Error>,
}

impl Flow for MadeUp {
    fn below(&self) -> Option<&dyn Flow> {
        Some(&self.fed)
    }

    fn fill_buf(&mut self) -> Result<&[u8]> {
        if let Some(error) = &self.failed {
            return Err(error.again());
        }
        if !self.fed.has_some() {
            let (until, fed) = (self.pace.until(Phase::Body, Instant::now()), &mut self.fed);
            if let Err(error) = bounded(Phase::Body, until, self.token.as_ref(), || fed.fill_buf().map(drop)) {
                let error = error.with_progress(0, self.fed.received());
                self.failed = Some(error.again());
                return Err(error);
            }
        }
        self.fed.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.fed.consume(n);
    }

    fn is_ready(&mut self) -> Result<bool> {
        self.fed.is_ready()
    }
}
