//! Hooks and middleware.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use maypole::client::{Inbound, Redirects};
use maypole::error::Kind;
use maypole::{Error, Response, Url};

use super::*;

type Log = Arc<Mutex<Vec<String>>>;

/// A hook that writes down what it sees.
fn logging(
    log: &Log,
    name: &'static str,
) -> impl Fn(&mut Response, &maypole::queue::HookContext) -> maypole::Result<Option<Response>> + Send + Sync + 'static {
    let log = log.clone();
    move |response, hop| {
        let (status, path) = (response.status(), response.url().path().to_owned());
        let last = if hop.is_last { " last" } else { "" };
        log.lock().unwrap().push(format!("{name} {} {status} {path} {}{last}", hop.hop, response.method().as_str()));
        Ok(None)
    }
}

fn seen(log: &Log) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

#[test]
fn q262_hooks_see_every_response_the_sessions_first() {
    let server = site(&Gate::new());
    let log = Log::default();
    let session = built(|builder| builder.on_response(logging(&log, "session")).on_response(logging(&log, "again")));
    let future = session.post(server.url("/redirect")).on_response(logging(&log, "request")).send();
    assert_eq!(future.result().unwrap().status(), 200);
    let expected = [
        "session 0 302 /redirect POST",
        "again 0 302 /redirect POST",
        "request 0 302 /redirect POST",
        "session 1 200 /end GET last",
        "again 1 200 /end GET last",
        "request 1 200 /end GET last",
    ];
    assert_eq!(seen(&log), expected);
}

#[test]
fn q262_an_error_of_a_hook_goes_to_the_future() {
    let server = site(&Gate::new());
    let session = session();
    let failing = |status| {
        move |response: &mut Response, _: &maypole::queue::HookContext| match response.status() == status {
            true => Err(Error::new(Kind::Decode, "boom")),
            false => Ok(None),
        }
    };
    for status in [302, 200] {
        let error = session.get(server.url("/redirect")).on_response(failing(status)).send().result().unwrap_err();
        assert_eq!(error.kind(), Kind::Decode);
        assert!(error.to_string().starts_with("boom"), "{error}");
    }
    assert_eq!(server.requests(), 3, "the redirect was followed once");
    let panics = session.get(server.url("/")).on_response(|_, _| panic!("boom")).send();
    assert_eq!(panics.result().unwrap_err().kind(), Kind::Panicked);
}

#[test]
fn q262_a_response_in_the_place_of_another_is_the_result() {
    let server = site(&Gate::new());
    let log = Log::default();
    let session = built(|builder| {
        builder.on_response(|response, _| {
            let made = Inbound::new(203, [("X-Made", "up")], "instead").unwrap();
            Ok((response.status() != 404).then(|| Response::made_up(Url::parse("http://made.up/").unwrap(), made)))
        })
    });
    let future = session.get(server.url("/x")).on_response(logging(&log, "request")).send();
    let response = future.result().unwrap();
    assert_eq!((response.status(), response.header("x-made")), (203, Some("up")));
    assert_eq!(response.text().unwrap(), "instead");
    assert_eq!(seen(&log), ["request 0 203 / GET last"], "later hooks see what is there now");
    let redirect = session.get(server.url("/redirect")).send().result().unwrap();
    assert_eq!((redirect.status(), server.requests()), (203, 2), "the redirect is not followed then");
    let kept = session.get(server.url("/404")).send().result().unwrap();
    assert_eq!(kept.text().unwrap(), "missing");
}

#[test]
fn q263_a_requests_hooks_add_to_the_sessions_unless_they_replace_them() {
    let server = site(&Gate::new());
    let log = Log::default();
    let session = built(|builder| builder.on_response(logging(&log, "session")));
    session.get(server.url("/")).on_response(logging(&log, "request")).fetch().unwrap();
    assert_eq!(seen(&log), ["session 0 200 / GET last", "request 0 200 / GET last"]);
    session.get(server.url("/")).on_response(logging(&log, "request")).replace_hooks().fetch().unwrap();
    assert_eq!(seen(&log), ["request 0 200 / GET last"]);
}

#[test]
fn hooks_obey_the_policy_for_redirects() {
    let server = site(&Gate::new());
    let log = Log::default();
    let session = built(|builder| builder.on_response(logging(&log, "s")));
    let none = session.get(server.url("/redirect")).redirects(Redirects::none()).send().result().unwrap();
    assert_eq!((none.status(), seen(&log)), (302, vec!["s 0 302 /redirect GET last".to_owned()]));
    let head = session.head(server.url("/redirect")).send().result().unwrap();
    assert_eq!((head.status(), seen(&log)), (302, vec!["s 0 302 /redirect HEAD last".to_owned()]));
}

#[test]
fn q264_middleware_that_is_first_does_not_time_the_hooks() {
    struct Elapsed(Duration);
    let server = site(&Gate::new());
    let slow = Duration::from_millis(400);
    let session = built(|builder| {
        let timed = builder.each(|request| {
            request.middleware(|request, next| {
                let start = Instant::now();
                let mut response = next.run(request)?;
                response.extensions_mut().insert(Elapsed(start.elapsed()));
                Ok(response)
            })
        });
        timed.on_response(move |_, _| {
            maypole::rt::sleep(slow);
            Ok(None)
        })
    });
    // On a busy machine one request may take long itself; a hook that counted would count each time.
    let least = (0..5).map(|_| {
        let start = Instant::now();
        let response = session.get(server.url("/")).send().result().unwrap();
        assert!(start.elapsed() >= slow, "the hook was waited for");
        response.extensions().get::<Elapsed>().unwrap().0
    });
    assert!(least.min().unwrap() < slow);
}

#[test]
fn a_hook_reads_the_body_and_leaves_it() {
    let server = site(&Gate::new());
    let session = built(|builder| {
        builder.on_response(|response, _| {
            let length = response.buffer()?.len();
            response.extensions_mut().insert(length);
            Ok(None)
        })
    });
    let response = session.get(server.url("/x")).stream(true).send().result().unwrap();
    assert_eq!(response.extensions().get::<usize>(), Some(&7));
    assert_eq!(response.text().unwrap(), "GET /x ");
}

/// What is panicked with, whose destructor panics, too.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("the bomb has gone off");
        }
    }
}

fn explode<T>() -> maypole::Result<T> {
    std::panic::panic_any(Bomb)
}

#[test]
fn a_panic_whose_payload_panics_is_an_error_like_any_other() {
    on_both(|| {
        let server = site(&Gate::new());
        let session = session();
        let on_worker = session.get(server.url("/")).map(|_| explode::<()>()).send();
        assert_eq!(on_worker.result_timeout(LONG).unwrap().unwrap_err().kind(), Kind::Panicked);
        let after_it = session.get(server.url("/")).send().map(|_| explode::<()>());
        assert_eq!(after_it.result_timeout(LONG).unwrap().unwrap_err().kind(), Kind::Panicked);
        let told = session.get(server.url("/")).send();
        told.add_done_callback(|_| drop(explode::<()>()));
        assert_eq!(told.result_timeout(LONG).unwrap().unwrap().status(), 200);
        session.wait(LONG).unwrap();
    });
}
