//! Futures sessions whose requests are made in workers.

use std::time::{Duration, Instant};

use maypole::error::Kind;
use maypole::queue::processes::{Attached, ProcessExecutor};
use maypole::queue::{FuturesSession, Stop, as_completed};
use maypole::{HttpClient, Url};

use crate::fetches::plain;
use crate::peer::wait_until;
use crate::runner::{Case, cases};

pub(crate) const CASES: &[Case] = cases![
    q277_a_session_on_two_processes,
    q277_a_scope_on_processes_leaves_the_rest_undone,
    q278_q283_the_sessions_header_and_cookies,
    q279_q280_hooks_that_are_closures_are_refused_and_registered_ones_run,
    q289_a_session_never_runs_more_than_its_workers,
    a_client_that_is_not_the_workers_is_refused,
    an_aborted_request_kills_its_worker,
    a_worker_that_dies_is_an_error_of_its_request_alone,
];

fn session(workers: usize) -> FuturesSession {
    FuturesSession::builder().executor(ProcessExecutor::new(workers).unwrap()).build().unwrap()
}

fn q277_a_session_on_two_processes() {
    let (server, session) = (plain(), session(2));
    assert_eq!(session.max_workers(), 2);
    let (good, missing) = (session.get(server.url("/ok")).send(), session.get(server.url("/missing")).send());
    let moved = session.get(server.url("/old")).send();
    let posted = session.post(server.url("/headers")).query([("a", "1")]).body("hi").send();
    let mapped = session.get(server.url("/json")).map(|response| response.json::<serde_json::Value>()).send();
    let changed = session.get(server.url("/ok")).background_callback(|_, response| {
        let shouted = response.buffer()?.to_ascii_uppercase();
        response.extensions_mut().insert(shouted);
        Ok(None)
    });
    let failed = session.get("http://127.0.0.1:0/").send();
    let invalid = session.get("no url").send();
    assert_eq!(good.result().unwrap().text().unwrap(), "hello");
    assert_eq!(missing.result().unwrap().status(), 404);
    let moved = moved.result().unwrap();
    assert_eq!((moved.status(), moved.history().len(), moved.url().path()), (200, 1, "/ok"));
    assert!(posted.result().unwrap().text().unwrap().starts_with("POST /headers?a=1\n"));
    assert_eq!(mapped.result().unwrap()["n"], 7);
    assert_eq!(changed.send().result().unwrap().extensions().get::<Vec<u8>>().unwrap(), b"HELLO");
    assert_eq!(failed.result().unwrap_err().kind(), Kind::Connect);
    assert_eq!(invalid.result().unwrap_err().kind(), Kind::InvalidUrl);
    let large = session.get(server.url("/large")).send().result().unwrap();
    assert_eq!(large.bytes().unwrap().len(), 10 << 20, "what a worker has received is not too long here");
}

fn q277_a_scope_on_processes_leaves_the_rest_undone() {
    let server = plain();
    let pool = ProcessExecutor::new(1).unwrap();
    let session = FuturesSession::builder().executor(pool.clone()).build().unwrap();
    let start = Instant::now();
    let rest = session.scope_with(Stop::Abort, |session| {
        let mut futures: Vec<_> = ["/ok", "/slow", "/slow"].map(|path| session.get(server.url(path)).send()).into();
        let first = futures.remove(0);
        assert_eq!(first.result().unwrap().status(), 200);
        futures
    });
    assert!(rest.into_iter().all(|future| future.result().unwrap_err().kind() == Kind::Cancelled));
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(server.requests() <= 2, "one of the slow ones was never sent");
    assert_eq!(pool.call::<u64>("double", &1).unwrap(), 2, "the pool goes on");
}

fn q278_q283_the_sessions_header_and_cookies() {
    let server = plain();
    let pool = ProcessExecutor::builder(2).session("foo").build().unwrap();
    let session = FuturesSession::builder().executor(pool).default_header("X-Own", "session's").build().unwrap();
    let text = session.get(server.url("/headers")).send().result().unwrap().text().unwrap();
    assert!(text.contains("foo: bar\n") && text.contains("x-own: session's\n"), "{text}");
    session.get(server.url("/login")).send().result().unwrap();
    let url = Url::parse(&server.url("/")).unwrap();
    assert_eq!(session.client().cookie_jar().unwrap().get(&url, "id").unwrap().value(), "7");
    let sent = session.get(server.url("/cookies")).send().result().unwrap().text().unwrap();
    assert_eq!(sent, "id=7; b=2");
}

fn q279_q280_hooks_that_are_closures_are_refused_and_registered_ones_run() {
    let server = plain();
    assert_eq!(
        ProcessExecutor::builder(1).on_response("nobody's").build().unwrap_err().kind(),
        Kind::NotTransferable,
        "where the pool is made"
    );
    let pool = ProcessExecutor::builder(1).on_request("stamped").on_response("statuses").build().unwrap();
    let session = FuturesSession::builder().executor(pool).build().unwrap();
    let closure = session.get(server.url("/ok")).on_response(|_, _| Ok(None)).send().result().unwrap_err();
    assert_eq!(closure.kind(), Kind::NotTransferable);
    assert!(closure.to_string().contains("documentation of maypole::queue::processes"), "{closure}");
    let middleware = session.get(server.url("/ok")).middleware(|request, next| next.run(request));
    assert_eq!(middleware.send().result().unwrap_err().kind(), Kind::NotTransferable);
    assert_eq!(server.requests(), 0);
    let response = session.get(server.url("/old")).send().result().unwrap();
    let statuses = response.extensions().get::<Attached>().unwrap().data::<Vec<(u16, bool)>>("statuses");
    assert_eq!(statuses.unwrap(), Some(vec![(302, true), (200, false)]));
    let pool = ProcessExecutor::builder(1).on_response("emptied").build().unwrap();
    let emptied = FuturesSession::builder().executor(pool).build().unwrap();
    assert_eq!(
        emptied.get(server.url("/large")).send().result().unwrap().bytes().unwrap(),
        "",
        "whatever its head announces"
    );
    let text = session.get(server.url("/headers")).send().result().unwrap().text().unwrap();
    assert!(text.contains("x-stamp: child\n"), "{text}");
}

fn q289_a_session_never_runs_more_than_its_workers() {
    let server = plain();
    let pool = ProcessExecutor::new(2).unwrap();
    let one = FuturesSession::builder().executor(pool.clone()).build().unwrap();
    let two = FuturesSession::builder().executor(pool.clone()).build().unwrap();
    let futures = (0..20).map(|n| if n % 2 == 0 { &one } else { &two }.get(server.url("/short")).send());
    let statuses: Vec<_> = as_completed(futures).map(|future| future.result().unwrap().status()).collect();
    assert_eq!(statuses, [200; 20]);
    assert_eq!((server.peak(), pool.stats().started), (2, 2));
}

fn a_client_that_is_not_the_workers_is_refused() {
    let server = plain();
    let pool = ProcessExecutor::new(1).unwrap();
    let other = FuturesSession::builder().executor(pool.clone()).client(HttpClient::new().unwrap()).build().unwrap();
    let error = other.get(server.url("/ok")).send().result().unwrap_err();
    assert_eq!(error.kind(), Kind::NotTransferable);
    let configured =
        FuturesSession::builder().executor(pool.clone()).configure(|session| session.timeout(None)).build();
    assert_eq!(configured.unwrap_err().kind(), Kind::InvalidConfig);
    let own = FuturesSession::builder().client(pool.client().unwrap().clone()).executor(pool).build().unwrap();
    assert_eq!(own.get(server.url("/ok")).send().result().unwrap().status(), 200);
}

fn an_aborted_request_kills_its_worker() {
    let server = plain();
    let pool = ProcessExecutor::new(1).unwrap();
    let session = FuturesSession::builder().executor(pool.clone()).build().unwrap();
    let slow = session.get(server.url("/slow")).send();
    server.wait_requests(1);
    let pid = pool.stats().pids[0];
    assert!(slow.abort());
    assert_eq!(slow.result().unwrap_err().kind(), Kind::Cancelled);
    wait_until("the worker to end", || !crate::lives::is_there(pid));
    assert_eq!(session.get(server.url("/ok")).send().result().unwrap().status(), 200);
}

fn a_worker_that_dies_is_an_error_of_its_request_alone() {
    let server = plain();
    let pool = ProcessExecutor::new(1).unwrap();
    let session = FuturesSession::builder().executor(pool.clone()).build().unwrap();
    let (slow, next) = (session.get(server.url("/slow")).send(), session.get(server.url("/ok")).send());
    server.wait_requests(1);
    let pid = nix::unistd::Pid::from_raw(pool.stats().pids[0] as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    let error = slow.result().unwrap_err();
    assert_eq!((error.kind(), crate::calls::signal(&error)), (Kind::WorkerDied, Some(9)), "{error}");
    assert_eq!(next.result().unwrap().status(), 200);
}
