use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;
use crate::deadline::Until;
use crate::message::{Headers, Method, Url};
use crate::rt::CancelToken;

fn context(sent: Option<&str>) -> AuthContext {
    AuthContext {
        url: Url::parse("http://h/").unwrap(),
        method: Method::GET,
        headers: Headers::new(),
        body: None,
        answers: 0,
        sent: sent.map(str::to_owned),
        until: Until::after(Instant::now(), Some(Duration::from_secs(20))),
        token: None,
    }
}

/// Tokens `t1`, `t2` … with a count of the calls; `gate` holds each call up.
fn counted(gate: &rt::Semaphore) -> (Arc<Refreshing>, Arc<AtomicUsize>) {
    let (calls, gate) = (Arc::new(AtomicUsize::new(0)), gate.clone());
    let counter = calls.clone();
    let fetch = move |_: Option<&str>| {
        drop(gate.acquire(None));
        Ok(Token::new(format!("t{}", counter.fetch_add(1, SeqCst) + 1)))
    };
    (Arc::new(Refreshing::new(fetch)), calls)
}

#[test]
fn c385_a_hundred_who_were_refused_together_cause_one_call() {
    let gate = rt::Semaphore::new(1);
    let (refreshing, calls) = counted(&gate);
    assert_eq!(refreshing.authorize(&context(None)).unwrap().as_deref(), Some("Bearer t1"));
    let held = gate.acquire(None).unwrap();
    let waiting = Arc::new(AtomicUsize::new(0));
    let all: Vec<_> = (0..100)
        .map(|_| {
            let (refreshing, waiting) = (refreshing.clone(), waiting.clone());
            rt::spawn(move || {
                waiting.fetch_add(1, SeqCst);
                refreshing.challenged(&context(Some("Bearer t1")), &[]).unwrap()
            })
            .unwrap()
        })
        .collect();
    while waiting.load(SeqCst) < 100 {
        rt::sleep(Duration::from_millis(1));
    }
    drop(held);
    for handle in all {
        assert_eq!(handle.join().unwrap().as_deref(), Some("Bearer t2"));
    }
    // Who comes late with the old one gets the new one without a call.
    assert_eq!(refreshing.challenged(&context(Some("Bearer t1")), &[]).unwrap().as_deref(), Some("Bearer t2"));
    assert_eq!(calls.load(SeqCst), 2);
    let answered = AuthContext { answers: 1, ..context(Some("Bearer t2")) };
    assert_eq!(refreshing.challenged(&answered, &[]).unwrap(), None, "a fresh token that is refused");
}

#[test]
fn c385_who_waits_keeps_its_own_deadline_and_cancel_token() {
    let gate = rt::Semaphore::new(0);
    let (refreshing, calls) = counted(&gate);
    let short = Until::after(Instant::now(), Some(Duration::from_millis(20)));
    let error = refreshing.authorize(&AuthContext { until: short, ..context(None) }).unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Some(Phase::Authenticate)));
    let token = CancelToken::new();
    token.cancel();
    let error = refreshing.authorize(&AuthContext { token: Some(token), ..context(None) }).unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled);
    // The call itself went on.
    gate.add(1);
    assert_eq!(refreshing.authorize(&context(None)).unwrap().as_deref(), Some("Bearer t1"));
    assert_eq!(calls.load(SeqCst), 1);
}

#[test]
fn c385_a_failed_call_fails_all_who_waited_and_the_next_one_tries_again() {
    let calls = AtomicUsize::new(0);
    let refreshing = Refreshing::new(move |old| {
        assert_eq!(old, None);
        match calls.fetch_add(1, SeqCst) {
            0 => Err(Error::new(Kind::Connect, "connection refused").with_phase(Phase::Connect)),
            1 => panic!("on purpose"),
            2 => Ok(Token::new("not a token\r\n")),
            _ => Ok(Token::new("t")),
        }
    });
    let error = refreshing.authorize(&context(None)).unwrap_err();
    assert_eq!(error.kind(), Kind::Connect);
    assert_eq!(error.to_string(), "authentication: no token could be fetched: connect: connection refused");
    assert!(refreshing.authorize(&context(None)).unwrap_err().to_string().contains("panicked"));
    let error = refreshing.authorize(&context(None)).unwrap_err();
    assert!(error.kind() == Kind::InvalidRequest && !error.to_string().contains("not a token"), "{error}");
    assert_eq!(refreshing.authorize(&context(None)).unwrap().as_deref(), Some("Bearer t"));
}

#[test]
fn a_token_is_fetched_again_a_little_before_it_expires() {
    let now = Instant::now();
    let over = |lifetime| Held::new(Token::new("t").expires_in(lifetime), now).unwrap().over.map(|over| over - now);
    assert_eq!(over(Duration::from_secs(3600)), Some(Duration::from_secs(3590)));
    assert_eq!(over(Duration::from_secs(10)), Some(Duration::from_secs(9)));
    assert_eq!(over(Duration::ZERO), Some(Duration::ZERO));
    assert_eq!(over(Duration::MAX), None);

    let calls = AtomicUsize::new(0);
    let refreshing = Refreshing::new(move |old| {
        let call = calls.fetch_add(1, SeqCst);
        assert_eq!(old.is_some(), call > 0);
        Ok(Token::new(format!("t{call}")).expires_in(Duration::ZERO))
    });
    assert_eq!(refreshing.authorize(&context(None)).unwrap().as_deref(), Some("Bearer t0"));
    assert_eq!(refreshing.authorize(&context(None)).unwrap().as_deref(), Some("Bearer t1"));
}

#[test]
fn sec_j6_debug_shows_no_token() {
    assert!(!format!("{:?}", Token::new("hunter2")).contains("hunter2"));
}
