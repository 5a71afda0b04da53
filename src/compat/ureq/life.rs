//! What `ureq::Agent::shutdown` ends.

use std::io;

use ureq::Error;
use ureq::unversioned::transport::ShutdownHandle;

use crate::error::Phase;
use crate::rt::CancelToken;
use crate::rt::scope::Scope;

use super::limit::cancelled;

/// The life of one connection, from before its first packet. ureq keeps a weak pointer to it.
#[derive(Debug, Default)]
pub(super) struct Life(CancelToken);

impl ShutdownHandle for Life {
    fn shutdown(&self) {
        self.0.cancel();
    }
}

impl Life {
    pub(super) fn token(&self) -> &CancelToken {
        &self.0
    }

    /// Whether it or the scope has ended: between two reads that need not wait, nobody else would notice.
    pub(super) fn check(&self, scope: &Scope, phase: Phase) -> Result<(), Error> {
        if self.0.is_cancelled() {
            return Err(shut_down());
        }
        match scope.token() {
            Some(token) if token.is_cancelled() => Err(cancelled(phase)),
            _ => Ok(()),
        }
    }

    /// Names the cause of what ended while the agent was shut down.
    pub(super) fn explain(&self, error: Error) -> Error {
        if self.0.is_cancelled() { shut_down() } else { error }
    }
}

fn shut_down() -> Error {
    Error::Io(io::Error::new(io::ErrorKind::NotConnected, "Agent is shut down"))
}
