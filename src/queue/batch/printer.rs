//! The line that says what came of a request.

use super::handle::Handle;
use super::outcome::Outcome;

/// How the default callback writes an outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResultLine {
    /// `REQID 0. HTTP/1.1 200 OK 612 bytes received`, as aquests' document has it.
    #[default]
    ReqId,
    /// `REQ get-0. HTTP/1.1 200 OK 612 bytes received`, as its later code has it.
    Method,
}

impl ResultLine {
    /// The line. A failure is `REQID 0. FAILED 704 name lookup: …`, with the number of
    /// [`compat_code`](Outcome::compat_code).
    pub fn of(self, outcome: &Outcome) -> String {
        let who = match self {
            Self::ReqId => format!("REQID {}", outcome.req_id()),
            Self::Method => {
                let method = outcome.meta().req_method().map_or("?", |method| method.as_str()).to_ascii_lowercase();
                format!("REQ {method}-{}", outcome.req_id())
            }
        };
        match (outcome.error(), outcome.version()) {
            (None, Some(version)) => {
                let (status, reason) = (outcome.status(), outcome.reason());
                let space = if reason.is_empty() { "" } else { " " };
                format!("{who}. {version} {status} {reason}{space}{} bytes received", outcome.received())
            }
            (error, _) => {
                let why = error.map_or_else(String::new, ToString::to_string);
                format!("{who}. FAILED {} {why}", outcome.compat_code().unwrap_or(701))
            }
        }
    }

    pub(super) fn print(self, outcome: &Outcome, batch: &Handle) {
        let kind = if outcome.error().is_none() { "info" } else { "fail" };
        batch.log(kind, &self.of(outcome));
    }
}
