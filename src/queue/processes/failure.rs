//! Errors on their way from a worker to its pool.

use std::borrow::Cow;
use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Phase};

/// Refuses what cannot be handed to a worker, before anything is.
pub(super) fn refused(what: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Kind::NotTransferable, what).with_phase(Phase::Build)
}

/// An [`Error`] as values.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    kind: String,
    what: String,
    phase: Option<String>,
    url: Option<String>,
    addresses: Vec<String>,
    attempts: u32,
    sent: u64,
    received: u64,
    reused: bool,
    retryable: bool,
    limit: Option<Duration>,
    source: Option<String>,
}

impl Failure {
    pub(super) fn of(error: &Error) -> Self {
        let source = std::error::Error::source(error).map(ToString::to_string);
        Self {
            kind: format!("{:?}", error.kind()),
            what: error.what().to_owned(),
            phase: error.phase().map(|phase| format!("{phase:?}")),
            url: error.url().map(str::to_owned),
            addresses: error.addresses().to_vec(),
            attempts: error.attempts(),
            sent: error.bytes_sent(),
            received: error.bytes_received(),
            reused: error.is_reused(),
            retryable: error.is_retryable(),
            limit: error.limit(),
            source,
        }
    }

    pub(super) fn into_error(self) -> Error {
        let mut error = Error::new(kind(&self.kind), self.what)
            .with_attempts(self.attempts)
            .with_progress(self.sent, self.received)
            .with_reused(self.reused)
            .with_retryable(self.retryable)
            .with_limit(self.limit);
        if let Some(phase) = self.phase.as_deref().and_then(phase) {
            error = error.with_phase(phase);
        }
        if let Some(url) = self.url {
            error = error.with_url(url);
        }
        if let Some(source) = self.source {
            error = error.with_source(source);
        }
        self.addresses.into_iter().fold(error, Error::with_address)
    }
}

/// Both sides are the same program, so that every name is known; the test below keeps it so.
fn kind(name: &str) -> Kind {
    KINDS.iter().copied().find(|kind| format!("{kind:?}") == name).unwrap_or(Kind::Io)
}

fn phase(name: &str) -> Option<Phase> {
    PHASES.iter().copied().find(|phase| format!("{phase:?}") == name)
}

const KINDS: &[Kind] = &[
    Kind::InvalidUrl,
    Kind::InvalidRequest,
    Kind::InvalidConfig,
    Kind::WrongOrigin,
    Kind::Resolve,
    Kind::Connect,
    Kind::Tls,
    Kind::Certificate,
    Kind::PinnedKey,
    Kind::Proxy,
    Kind::Blocked,
    Kind::Timeout,
    Kind::TooSlow,
    Kind::Cancelled,
    Kind::Closed,
    Kind::Protocol,
    Kind::ClosedBeforeResponse,
    Kind::Incomplete,
    Kind::ConnectionLost,
    Kind::TooLarge,
    Kind::Status,
    Kind::Redirect,
    Kind::BodyUsed,
    Kind::Decode,
    Kind::Checksum,
    Kind::Body,
    Kind::NotTransferable,
    Kind::WorkerDied,
    Kind::Panicked,
    Kind::Job,
    Kind::Duplicate,
    Kind::Unsupported,
    Kind::Exhausted,
    Kind::Io,
];

const PHASES: &[Phase] = &[
    Phase::Build,
    Phase::Authenticate,
    Phase::Checkout,
    Phase::Resolve,
    Phase::Connect,
    Phase::Proxy,
    Phase::Tls,
    Phase::Send,
    Phase::Head,
    Phase::Body,
    Phase::Decode,
];

/// How a worker ended that was not meant to: the [source](std::error::Error::source) of an error of kind
/// [`WorkerDied`](Kind::WorkerDied).
///
/// ```
/// use maypole::error::Error;
/// use maypole::queue::processes::Death;
/// fn killed_by(error: &Error) -> Option<i32> {
///     use std::os::unix::process::ExitStatusExt;
///     std::error::Error::source(error)?.downcast_ref::<Death>()?.status()?.signal()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    pid: u32,
    status: Option<ExitStatus>,
}

impl Death {
    pub(super) fn new(pid: u32, status: Option<ExitStatus>) -> Self {
        Self { pid, status }
    }

    /// The number that the process had.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Its exit status or signal; none where the program has told the system not to keep them.
    pub fn status(&self) -> Option<ExitStatus> {
        self.status
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "worker {} ended", self.pid)?;
        match self.status {
            Some(status) => write!(f, " with {status}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Death {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of an enum's variants, from its source.
    fn variants(of: &str) -> Vec<&'static str> {
        let source = concat!(include_str!("../../error/kind.rs"), include_str!("../../error/phase.rs"));
        let (_, rest) = source.split_once(&format!("pub enum {of} {{\n")).unwrap();
        let (body, _) = rest.split_once("\n}").unwrap();
        body.lines()
            .map(str::trim)
            .filter_map(|line| line.strip_suffix(','))
            .filter(|line| !line.contains('/'))
            .collect()
    }

    #[test]
    fn every_kind_and_phase_keeps_its_name() {
        let kinds: Vec<_> = KINDS.iter().map(|kind| format!("{kind:?}")).collect();
        let phases: Vec<_> = PHASES.iter().map(|phase| format!("{phase:?}")).collect();
        for (known, all) in [(kinds, variants("Kind")), (phases, variants("Phase"))] {
            let missing: Vec<_> = all.iter().filter(|name| !known.iter().any(|known| known == *name)).collect();
            assert!(missing.is_empty() && !all.is_empty(), "not in the tables above: {missing:?}");
        }
    }

    #[test]
    fn an_error_comes_back_as_it_was() {
        let error = Error::timeout(Phase::Head, Some(Duration::from_secs(3)))
            .with_url("http://h/")
            .with_address("127.0.0.1:80")
            .with_attempts(2)
            .with_progress(10, 20)
            .with_source("why");
        let sent = serde_json::to_vec(&Failure::of(&error)).unwrap();
        let again = serde_json::from_slice::<Failure>(&sent).unwrap().into_error();
        assert_eq!(again.to_string(), error.to_string());
        assert_eq!((again.kind(), again.phase(), again.limit()), (error.kind(), error.phase(), error.limit()));
        assert_eq!(std::error::Error::source(&again).unwrap().to_string(), "why");
    }
}
