//! Why no address could be connected.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::SocketAddr;

use super::stop::ended;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};
use crate::rt::Stop;

/// The error of one attempt.
pub(super) fn failed(error: io::Error, until: Until) -> Error {
    match stopped(&error) {
        Some(stop) => ended(stop, Phase::Connect, until),
        None => {
            let error = Error::from_io(error);
            match kind_of_connect(error.kind()) {
                kind if kind == error.kind() => error.with_phase(Phase::Connect),
                kind => Error::new(kind, cause(&error)).with_phase(Phase::Connect).with_source(error),
            }
        }
    }
}

/// Whether it is our own deadline or a token, not the system, that ended the attempt.
pub(super) fn stopped(error: &io::Error) -> Option<Stop> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Stop>()).copied()
}

/// The error of a race that nobody won; each address is named with its cause.
pub(super) fn all_failed(failures: Vec<(SocketAddr, Error)>) -> Error {
    let first = failures.first().map(|(_, error)| (kind_of_connect(error.kind()), cause(error)));
    let alike = |(_, error): &(SocketAddr, Error)| {
        first.as_ref().is_some_and(|(kind, what)| *kind == kind_of_connect(error.kind()) && *what == cause(error))
    };
    let error = match &first {
        Some((kind, what)) if failures.iter().all(alike) => Error::new(*kind, what.clone()),
        _ => Error::new(Kind::Connect, "no address could be connected"),
    };
    let addresses = failures.iter().map(|(address, _)| address.to_string());
    let error = addresses.fold(error, Error::with_address);
    error.with_phase(Phase::Connect).with_source(Failures(failures))
}

/// What is left of the system's kinds once it is known that a connect failed.
fn kind_of_connect(kind: Kind) -> Kind {
    match kind {
        Kind::Exhausted | Kind::InvalidConfig | Kind::Unsupported => kind,
        _ => Kind::Connect,
    }
}

fn cause(error: &Error) -> String {
    match error.kind() {
        // The kernel's own limit on unanswered SYNs, about two minutes.
        Kind::Timeout => "no answer".into(),
        _ => error.to_string(),
    }
}

/// Every address with its cause.
#[derive(Debug)]
pub(super) struct Failures(pub(super) Vec<(SocketAddr, Error)>);

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (address, error)) in self.0.iter().enumerate() {
            write!(f, "{}{address}: {}", if i == 0 { "" } else { "; " }, cause(error))?;
        }
        Ok(())
    }
}

impl StdError for Failures {
    /// The last one's: where each failed for a reason of its own, the last address is as good as any.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.last().map(|(_, error)| error as _)
    }
}
