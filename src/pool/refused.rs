//! Why there was no connection.

use std::fmt;
use std::time::Duration;

/// Why a checkout got nothing. `Display` says what to do about it.
///
/// ```
/// use maypole::pool::Refused;
/// use std::time::Duration;
/// let refused = Refused::TimedOut { waited: Duration::from_millis(100), in_use: 10, limit: 10, ahead: 3 };
/// assert_eq!(
///     refused.to_string(),
///     "all 10 connections are in use and 3 others wait before this one; read or drop responses, or raise the limit"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// The deadline was reached in the line.
    TimedOut {
        /// How long it stood in line.
        waited: Duration,
        /// Connections of that key lent out or being opened at the end of the wait.
        in_use: usize,
        /// [`Config::max_per_key`](super::Config::max_per_key).
        limit: usize,
        /// How many were still in line before it.
        ahead: usize,
    },
    /// The cancel token was fired.
    Cancelled,
    /// The pool is closed.
    Closed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (limit, ahead) = match *self {
            Self::TimedOut { limit, ahead, .. } => (limit, ahead),
            Self::Cancelled => return f.write_str("cancelled while waiting for a free connection"),
            Self::Closed => return f.write_str("closed"),
        };
        match limit {
            1 => f.write_str("the only connection is in use")?,
            _ => write!(f, "all {limit} connections are in use")?,
        }
        match ahead {
            0 => {}
            1 => f.write_str(" and 1 other waits before this one")?,
            _ => write!(f, " and {ahead} others wait before this one")?,
        }
        f.write_str("; read or drop responses, or raise the limit")
    }
}

impl std::error::Error for Refused {}
