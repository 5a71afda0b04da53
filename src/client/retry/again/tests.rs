//! Tries of requests on a clock that only the test moves.

use super::*;
use crate::message::{Method, Url};
use crate::wire::Version;
use crate::wire::h1::Head;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn host(name: &str) -> Host {
    Host::of(&Url::parse(&format!("http://{name}/")).unwrap())
}

fn head(status: u16, lines: &[(&str, &str)]) -> Head {
    let text: String = lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let bytes = format!("HTTP/1.1 {status} X\r\n{text}\r\n");
    let limits = crate::limits::Limits::default();
    let parsed = crate::wire::h1::HeadParser::new().parse(bytes.as_bytes(), &limits);
    let (head, _) = parsed.unwrap().unwrap();
    assert_eq!((head.version, head.status), (Version::Http11, status));
    head
}

/// One client's state with a clock of its own.
struct Lab {
    shared: Shared,
    now: Now,
    until: Until,
    rewinds: bool,
    keyed: bool,
}

impl Lab {
    fn new() -> Self {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let now = Now { instant: Instant::now(), wall };
        Self { shared: Shared::default(), now, until: Until::never(), rewinds: true, keyed: false }
    }

    fn pass(&mut self, time: Duration) {
        self.now = Now { instant: self.now.instant + time, wall: self.now.wall + time };
    }

    /// A try that began a millisecond ago, after so many retries, with the whole of each delay.
    fn judge(&self, retry: &Retry, method: &Method, came: Result<&Head, &Error>, retries: u32) -> Verdict {
        self.judge_at(&host("h"), self.now.instant - ms(1), retry, method, came, retries)
    }

    fn judge_at(
        &self,
        host: &Host,
        started: Instant,
        retry: &Retry,
        method: &Method,
        came: Result<&Head, &Error>,
        retries: u32,
    ) -> Verdict {
        let url = Url::parse("http://h/").unwrap();
        let outcome = Outcome { method, url: &url, attempt: retries + 1, came, is_empty: false };
        let (shared, until, rewinds, keyed) = (&self.shared, self.until, self.rewinds, self.keyed);
        let at = Try { shared, host, started, until, retries, rewinds, keyed };
        again(retry, &outcome, &at, self.now, || 1.0)
    }

    /// Fails until that is the answer: the delays, and how it ended.
    fn fail_on(&mut self, retry: &Retry, method: &Method, came: Result<&Head, &Error>) -> (Vec<Duration>, Verdict) {
        let mut waits = Vec::new();
        loop {
            self.pass(ms(5));
            match self.judge(retry, method, came, waits.len() as u32) {
                Verdict::Again(wait) => {
                    waits.push(wait);
                    self.pass(wait);
                }
                end => return (waits, end),
            }
        }
    }
}

fn lost() -> Error {
    Error::new(Kind::ConnectionLost, "reset").with_phase(Phase::Head)
}

#[test]
fn c307_c308_as_many_as_allowed_further_and_further_apart_and_no_post() {
    let timeout = Error::timeout(Phase::Head, Some(ms(10)));
    let (waits, end) = Lab::new().fail_on(&Retry::standard(), &Method::GET, Err(&timeout));
    assert_eq!((waits, end), (vec![ms(100), ms(200), ms(400)], Verdict::GivenUp(Why::Retries)));
    let (waits, end) = Lab::new().fail_on(&Retry::standard(), &Method::POST, Err(&timeout));
    assert_eq!((waits, end), (vec![], Verdict::GivenUp(Why::Unsafe)));
    let (waits, end) = Lab::new().fail_on(&Retry::none(), &Method::GET, Err(&timeout));
    assert_eq!((waits, end), (vec![], Verdict::Done));
    let (waits, _) = Lab::new().fail_on(&Retry::standard().retries(9).without_budget(), &Method::GET, Err(&timeout));
    assert_eq!((waits.len(), waits[8]), (9, Duration::from_secs(10)));
}

#[test]
fn c310_each_reason_can_be_switched() {
    let (get, off) = (Method::GET, Verdict::Done);
    fn again(retry: &Retry, came: Result<&Head, &Error>) -> bool {
        matches!(Lab::new().judge(retry, &Method::GET, came, 0), Verdict::Again(_))
    }
    for (status, expected) in [(200, false), (404, false), (408, true), (429, true), (500, false), (503, true)] {
        assert_eq!(again(&Retry::standard(), Ok(&head(status, &[]))), expected, "{status}");
        assert!(!again(&Retry::standard().statuses([]), Ok(&head(status, &[]))));
    }
    assert!(again(&Retry::standard().statuses([500]), Ok(&head(500, &[]))));
    assert!(!again(&Retry::standard().connection_errors(false), Err(&lost())));
    let late = Error::timeout(Phase::Head, None);
    assert!(again(&Retry::standard(), Err(&late)) && !again(&Retry::standard().timeouts(false), Err(&late)));

    let (lab, url, empty) = (Lab::new(), Url::parse("http://h/").unwrap(), head(200, &[]));
    for (retry, expected) in [(Retry::standard(), off), (Retry::standard().empty_body(true), Verdict::Again(ms(100)))] {
        let outcome = Outcome { method: &get, url: &url, attempt: 1, came: Ok(&empty), is_empty: true };
        let (host, started) = (host("h"), lab.now.instant);
        let at = Try {
            shared: &lab.shared,
            host: &host,
            started,
            until: lab.until,
            retries: 0,
            rewinds: true,
            keyed: false,
        };
        assert_eq!(super::again(&retry, &outcome, &at, lab.now, || 1.0), expected);
    }
}

#[test]
fn only_what_may_pass_is_a_reason() {
    let table = [
        (Kind::Resolve, Phase::Resolve, true),
        (Kind::Connect, Phase::Connect, true),
        (Kind::Tls, Phase::Tls, true),
        (Kind::Timeout, Phase::Connect, true),
        (Kind::Timeout, Phase::Checkout, false),
        (Kind::ClosedBeforeResponse, Phase::Head, true),
        (Kind::ConnectionLost, Phase::Send, true),
        (Kind::Incomplete, Phase::Head, true),
        (Kind::Certificate, Phase::Tls, false),
        (Kind::Protocol, Phase::Head, false),
        (Kind::TooLarge, Phase::Head, false),
        (Kind::Cancelled, Phase::Head, false),
        (Kind::Closed, Phase::Checkout, false),
        (Kind::InvalidRequest, Phase::Build, false),
        (Kind::Body, Phase::Send, false),
        (Kind::Exhausted, Phase::Connect, false),
    ];
    for (kind, phase, expected) in table {
        let error = Error::new(kind, "x").with_phase(phase);
        let verdict = Lab::new().judge(&Retry::standard(), &Method::GET, Err(&error), 0);
        assert_eq!(matches!(verdict, Verdict::Again(_)), expected, "{kind:?} in {phase:?}");
    }
}

#[test]
fn c308_c246_what_is_not_safe_is_not_sent_again() {
    let judge = |lab: &Lab, retry: Retry, error: Error| lab.judge(&retry, &Method::POST, Err(&error), 0);
    let (first, mut lab) = (Verdict::Again(ms(100)), Lab::new());
    assert_eq!(judge(&Lab::new(), Retry::standard(), lost()), Verdict::GivenUp(Why::Unsafe));
    assert_eq!(judge(&Lab::new(), Retry::standard(), lost().with_retryable(true)), first, "it was never applied");
    assert_eq!(judge(&Lab::new(), Retry::standard().even_non_idempotent(true), lost()), first);
    lab.keyed = true;
    assert_eq!(judge(&lab, Retry::standard(), lost()), first);
    lab.rewinds = false;
    assert_eq!(judge(&lab, Retry::standard(), lost()), Verdict::GivenUp(Why::Body));
    let mut lab = Lab::new();
    lab.rewinds = false;
    assert_eq!(lab.judge(&Retry::standard(), &Method::PUT, Err(&lost()), 0), Verdict::GivenUp(Why::Body));
}

#[test]
fn c309_sec_g9_retry_after_is_obeyed_capped_and_never_waits_past_the_deadline() {
    let judge = |lab: &Lab, value: &str| {
        lab.judge(&Retry::standard(), &Method::GET, Ok(&head(503, &[("Retry-After", value)])), 0)
    };
    let s = Duration::from_secs;
    assert_eq!(judge(&Lab::new(), "1"), Verdict::Again(s(1) + ms(100)));
    assert_eq!(judge(&Lab::new(), "99999999"), Verdict::Again(s(60) + ms(100)));
    assert_eq!(judge(&Lab::new(), "99999999999999999999999"), Verdict::Again(s(60) + ms(100)));
    assert_eq!(judge(&Lab::new(), "Sun, 09 Sep 2001 01:46:50 GMT"), Verdict::Again(s(10) + ms(100)));
    assert_eq!(judge(&Lab::new(), "whenever"), Verdict::Again(ms(100)));
    let mut lab = Lab::new();
    lab.until = Until::after(lab.now.instant, Some(s(5)));
    assert_eq!(judge(&lab, "4"), Verdict::Again(s(4) + ms(100)));
    let lab = Lab { until: lab.until, ..Lab::new() };
    assert_eq!(judge(&lab, "5"), Verdict::GivenUp(Why::Deadline(s(5) + ms(100))));
}

#[test]
fn c397_retry_after_0_does_not_switch_the_back_off_off() {
    let refused = head(429, &[("Retry-After", "0")]);
    let (waits, _) = Lab::new().fail_on(&Retry::standard(), &Method::GET, Ok(&refused));
    assert_eq!(waits, [ms(100), ms(200), ms(400)]);
}

#[test]
fn c314_c397_a_burst_counts_once_and_slows_down_one_host() {
    let (mut lab, retry) = (Lab::new(), Retry::standard().without_budget());
    let (sent, refused) = (lab.now.instant, head(429, &[]));
    let told = head(429, &[("Retry-After", "5")]);
    lab.pass(ms(50));
    for _ in 0..20 {
        assert_eq!(lab.judge_at(&host("h"), sent, &retry, &Method::GET, Ok(&refused), 0), Verdict::Again(ms(100)));
    }
    let long = Verdict::Again(ms(5100));
    assert_eq!(lab.judge_at(&host("h"), sent, &retry, &Method::GET, Ok(&told), 0), long);
    assert_eq!(lab.judge_at(&host("h"), sent, &retry, &Method::GET, Ok(&refused), 0), long, "another was told");
    assert_eq!(lab.judge_at(&host("i"), sent, &retry, &Method::GET, Ok(&refused), 0), Verdict::Again(ms(100)));
    // A first try that failed again is the second failure of the host.
    let sent = lab.now.instant + ms(1);
    lab.pass(ms(6000));
    assert_eq!(lab.judge_at(&host("h"), sent, &retry, &Method::GET, Ok(&refused), 0), Verdict::Again(ms(200)));
}

#[test]
fn c311_an_exhausted_budget_ends_retries_and_says_so() {
    let (lab, retry) = (Lab::new(), Retry::standard());
    let verdicts: Vec<_> = (0..20).map(|_| lab.judge(&retry, &Method::GET, Err(&lost()), 0)).collect();
    assert!(verdicts[..10].iter().all(|verdict| matches!(verdict, Verdict::Again(_))));
    assert!(verdicts[10..].iter().all(|verdict| *verdict == Verdict::GivenUp(Why::Budget)));
    assert_eq!(Why::Budget.to_string(), "not tried again: the client's retry budget is exhausted");
    (0..5).for_each(|_| lab.shared.began(&retry));
    assert!(matches!(lab.judge(&retry, &Method::GET, Err(&lost()), 0), Verdict::Again(_)));
    assert!(matches!(lab.judge(&retry.without_budget(), &Method::GET, Err(&lost()), 0), Verdict::Again(_)));
}

#[test]
fn c313_the_rule_of_the_program_is_obeyed() {
    let rule = |decision| Retry::standard().decide(move |_| decision);
    let (lab, fine, refused) = (Lab::new(), head(200, &[]), head(503, &[]));
    let judge = |retry: &Retry, came| lab.judge(retry, &Method::POST, came, 0);
    assert_eq!(judge(&rule(RetryDecision::Retry), Ok(&fine)), Verdict::Again(ms(100)));
    assert_eq!(judge(&rule(RetryDecision::RetryAfter(ms(7))), Ok(&fine)), Verdict::Again(ms(107)));
    assert_eq!(judge(&rule(RetryDecision::Default), Ok(&fine)), Verdict::Done);
    let stop = Verdict::Done;
    assert_eq!(lab.judge(&rule(RetryDecision::Stop), &Method::GET, Ok(&refused), 0), stop);
    let seen = Retry::standard().decide(|outcome| {
        assert_eq!((outcome.attempt(), outcome.method(), outcome.url().as_str()), (3, &Method::GET, "http://h/"));
        assert_eq!((outcome.status(), outcome.error().is_none()), (Some(503), true));
        RetryDecision::Stop
    });
    assert_eq!(lab.judge(&seen, &Method::GET, Ok(&refused), 2), stop);
    // Bounds hold for it too.
    assert_eq!(lab.judge(&rule(RetryDecision::Retry), &Method::GET, Ok(&fine), 3), Verdict::GivenUp(Why::Retries));
}
