//! Tokens that are fetched when they are refused, once for all who wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::{Auth, Token};
use maypole::error::{Error, Kind, Phase};
use maypole::rt::Group;

use crate::peer::*;
use crate::{builder, client};

/// An interface that takes the newest token of an issuer alone, and holds refusals back until `crowd` have come.
struct Guarded {
    api: Server,
    issuer: Server,
    valid: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
}

impl Guarded {
    fn start(crowd: usize) -> Self {
        let (valid, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (now, count) = (valid.clone(), refused.clone());
        let api = Server::start(move |request, responder| {
            let expected = format!("Bearer t{}", now.load(SeqCst));
            if request.header("authorization") == Some(&expected) {
                return responder.reply(ok("x"));
            }
            count.fetch_add(1, SeqCst);
            wait_until("the crowd", || count.load(SeqCst) >= crowd);
            responder.reply(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        });
        let next = valid.clone();
        let issuer = Server::start(move |_, responder| {
            responder.reply(ok(format!("t{}", next.fetch_add(1, SeqCst) + 1)));
        });
        Self { api, issuer, valid, refused }
    }

    fn client(&self) -> HttpClient {
        let (inner, url) = (client(), self.issuer.url("/token"));
        let auth = Auth::refreshing(move |_| Ok(Token::new(inner.get(&url).send()?.text()?)));
        builder().max_per_host(200).auth(auth).build().unwrap()
    }
}

#[test]
fn c385_a_hundred_are_refused_and_one_fetches() {
    let guarded = Guarded::start(100);
    let (client, url) = (guarded.client(), guarded.api.url("/"));
    assert_eq!(client.get(&url).send().unwrap().text().unwrap(), "x");
    assert_eq!((guarded.issuer.requests(), guarded.refused.load(SeqCst)), (1, 0));
    // The token is withdrawn.
    guarded.valid.store(100, SeqCst);
    let asking = client.clone();
    let all = Group::new(100).map(0..100, move |_| asking.get(&url).send().unwrap().text().unwrap()).unwrap();
    assert!(all.iter().all(|text| text == "x"));
    assert_eq!((guarded.issuer.requests(), guarded.refused.load(SeqCst), guarded.api.requests()), (2, 100, 201));
}

#[test]
fn c385_a_fresh_token_that_is_refused_is_the_callers_401() {
    on_both(|| {
        let api = Peer::always(conn([serve("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")]));
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let auth = Auth::refreshing(move |_| Ok(Token::new(format!("t{}", counted.fetch_add(1, SeqCst)))));
        let client = builder().auth(auth).build().unwrap();
        assert_eq!(client.get(api.url("/")).send().unwrap().status(), 401);
        assert_eq!(
            (calls.load(SeqCst), crate::shown(&api.finish())),
            (2, vec!["Bearer t0".into(), "Bearer t1".into()])
        );
    });
}

#[test]
fn c385_a_failed_fetch_is_the_error_and_the_next_request_tries_again() {
    on_both(|| {
        let api = Peer::start([conn([serve(ok("x"))])]);
        let calls = AtomicUsize::new(0);
        let auth = Auth::refreshing(move |_| match calls.fetch_add(1, SeqCst) {
            0 => Err(Error::new(Kind::Connect, "connection refused").with_phase(Phase::Connect)),
            _ => Ok(Token::new("t")),
        });
        let client = builder().auth(auth).build().unwrap();
        let error = client.get(api.url("/")).send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Connect, Some(Phase::Authenticate)), "{error:?}");
        assert_eq!(client.get(api.url("/")).send().unwrap().text().unwrap(), "x");
        assert_eq!(crate::shown(&api.finish()), ["Bearer t"]);
    });
}

#[test]
fn c385_who_waits_for_a_token_keeps_its_own_deadline() {
    on_both(|| {
        let gate = Gate::new();
        let held = gate.clone();
        let auth = Auth::refreshing(move |_| {
            while !held.is_open() {
                maypole::rt::sleep(Duration::from_millis(2));
            }
            Ok(Token::new("t"))
        });
        let api = Peer::start([conn([any_request(), reply(ok("x"))])]);
        let client = builder().auth(auth).build().unwrap();
        let error = client.get(api.url("/")).timeout(Duration::from_millis(50)).send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Some(Phase::Authenticate)), "{error:?}");
        gate.open();
        assert_eq!(client.get(api.url("/")).send().unwrap().status(), 200);
        assert_eq!(crate::shown(&api.finish()), ["Bearer t"]);
    });
}
