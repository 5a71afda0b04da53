//! `--retry` and its kin: curl's rules, which are those of a whole transfer, to the last byte of its body. The library's
//! end with the head.

use std::time::{Duration, Instant, SystemTime};

use super::args::FollowArgs;
use super::exit::Code;
use super::failure::Failure;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(600);
const PASSING: [u16; 6] = [408, 429, 500, 502, 503, 504];

/// The tries of one transfer.
pub(super) struct Retries<'a> {
    args: &'a FollowArgs,
    started: Instant,
    pub(super) left: u32,
    wait: Duration,
}

/// What one try came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome<'a> {
    /// 0 if no head came.
    pub(super) status: u16,
    pub(super) retry_after: Option<&'a str>,
    pub(super) failure: Option<&'a Failure>,
}

impl<'a> Retries<'a> {
    pub(super) fn new(args: &'a FollowArgs, started: Instant) -> Self {
        let wait = args.retry_delay.filter(|delay| !delay.is_zero()).unwrap_or(FIRST);
        Self { args, started, left: args.retry, wait }
    }

    /// How long to wait before the next try, if there is one.
    pub(super) fn again(&mut self, outcome: Outcome<'_>, now: Instant) -> Option<Duration> {
        if self.left == 0 || !self.is_passing(outcome) {
            return None;
        }
        let asked = outcome.retry_after.and_then(|value| seconds(value, SystemTime::now()));
        let wait = asked.unwrap_or(self.wait);
        let end = self.args.retry_max_time.filter(|limit| !limit.is_zero());
        let elapsed = now.saturating_duration_since(self.started);
        // As curl: the time that the server asks for counts before it is waited for, the own one does not.
        if end.is_some_and(|end| elapsed + asked.unwrap_or_default() >= end) {
            return None;
        }
        self.left -= 1;
        if self.args.retry_delay.is_none_or(|delay| delay.is_zero()) {
            self.wait = (self.wait * 2).min(LONGEST);
        }
        Some(wait)
    }

    fn is_passing(&self, outcome: Outcome<'_>) -> bool {
        match outcome.failure.map(|failure| failure.code) {
            None | Some(Code::STATUS) if PASSING.contains(&outcome.status) => true,
            None => false,
            // What the command line got wrong stays wrong.
            Some(Code::USAGE | Code::URL | Code::SCHEME) => false,
            Some(Code::TIMEOUT | Code::RESOLVE | Code::RESOLVE_PROXY) => true,
            Some(Code::CONNECT | Code::TLS) if self.args.retry_connrefused => {
                outcome.failure.is_some_and(|failure| failure.is_refused) || self.args.retry_all_errors
            }
            Some(_) => self.args.retry_all_errors,
        }
    }
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.
fn seconds(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(value).ok().map(|date| date.duration_since(now).unwrap_or_default()),
    }
    .filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::get::args::{self, GetArgs};
    use clap::{Command, FromArgMatches};

    fn follow(flags: &[&str]) -> FollowArgs {
        let command = args::on(Command::new("get").no_binary_name(true));
        let matches = command.get_matches_from([&["h"], flags].concat());
        GetArgs::from_arg_matches(&matches).unwrap().follow
    }

    fn status(status: u16, retry_after: Option<&str>) -> Outcome<'_> {
        Outcome { status, retry_after, failure: None }
    }

    #[test]
    fn waits_double_unless_the_server_or_the_user_says_otherwise() {
        let args = follow(&["--retry", "4"]);
        let now = Instant::now();
        let mut retries = Retries::new(&args, now);
        let s = |n| Some(Duration::from_secs(n));
        assert_eq!(retries.again(status(503, None), now), s(1));
        assert_eq!(retries.again(status(429, Some("7")), now), s(7));
        assert_eq!(retries.again(status(500, Some("0")), now), s(4));
        assert_eq!(retries.again(status(404, None), now), None);
        assert_eq!(retries.again(status(504, Some("nonsense")), now), s(8));
        assert_eq!(retries.again(status(503, None), now), None);
        let args = follow(&["--retry", "4", "--retry-delay", "3", "--retry-max-time", "5"]);
        let mut retries = Retries::new(&args, now);
        assert_eq!(retries.again(status(503, None), now), s(3));
        assert_eq!(retries.again(status(503, None), now + Duration::from_secs(4)), s(3));
        assert_eq!(retries.again(status(503, Some("2")), now + Duration::from_secs(4)), None);
        assert_eq!(retries.again(status(503, None), now + Duration::from_secs(5)), None);
    }

    #[test]
    fn which_errors_pass_is_curls_choice() {
        let now = Instant::now();
        let again = |flags: &[&str], code: Code, is_refused: bool| {
            let failure = Failure { is_refused, ..Failure::new(code, "x") };
            let args = follow(&[&["--retry", "1"], flags].concat());
            let outcome = Outcome { status: 0, retry_after: None, failure: Some(&failure) };
            Retries::new(&args, now).again(outcome, now).is_some()
        };
        assert!(again(&[], Code::TIMEOUT, false) && again(&[], Code::RESOLVE, false));
        assert!(!again(&[], Code::CONNECT, true) && !again(&[], Code::PARTIAL, false));
        assert!(again(&["--retry-connrefused"], Code::CONNECT, true));
        assert!(!again(&["--retry-connrefused"], Code::CONNECT, false));
        assert!(again(&["--retry-all-errors"], Code::PARTIAL, false));
        assert!(!again(&["--retry-all-errors"], Code::USAGE, false));
    }
}
