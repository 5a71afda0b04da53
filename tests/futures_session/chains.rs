//! Futures made of futures.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll, Waker};

use maypole::client::{Inbound, Outbound, Transport};
use maypole::error::Kind;
use maypole::queue::{LocalExecutor, ResponseFuture, join_all, race};
use maypole::{Error, Response};

use super::*;

#[test]
fn map_and_then_or_else() {
    on_both(|| {
        let server = site(&Gate::new());
        let session = session();
        let text = |path: &str| session.get(server.url(path)).map(Response::text).send();
        assert_eq!(text("/a").map(|text| Ok(text.len())).result().unwrap(), 7);
        let (more, next) = (session.clone(), server.url("/next"));
        let chained = text("/a").and_then(move |text| more.post(next).body(text).map(Response::text).send());
        assert_eq!(chained.result().unwrap(), "POST /next GET /a ");
        let (more, next) = (session.clone(), server.url("/instead"));
        let saved = session.get("no URL").send().or_else(move |error| {
            assert_eq!(error.kind(), Kind::InvalidUrl);
            more.get(next).send()
        });
        assert_eq!(saved.result().unwrap().text().unwrap(), "GET /instead ");
        let error =
            session.get("no URL").send().map(|_| -> maypole::Result<()> { unreachable!() }).result().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidUrl);
        let error = text("/a").and_then(|_| -> ResponseFuture { panic!("boom") }).result().unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (Kind::Panicked, "a callback panicked: boom".to_owned()));
        let failed = text("/a").map(|_| -> maypole::Result<()> { Err(Error::new(Kind::Decode, "boom")) });
        assert_eq!(failed.result().unwrap_err().kind(), Kind::Decode);
    });
}

#[test]
fn what_is_done_to_a_made_future_is_done_to_its_request() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.max_workers(1));
    let running = session.get(server.url("/hold")).send().map(|response| Ok(response.status()));
    server.wait_requests(1);
    let waiting = session.get(server.url("/never")).send().map(|response| Ok(response.status())).tagged("w");
    assert!(running.is_running() && !running.cancel());
    assert!(waiting.cancel() && waiting.is_cancelled());
    assert_eq!((*waiting.tag(), waiting.request().url().unwrap().path()), ("w", "/never"));
    assert!(running.abort());
    assert_eq!(running.result().unwrap_err().kind(), Kind::Cancelled);
    gate.open();
}

#[test]
fn a_chain_that_is_aborted_ends_its_second_link() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = session();
    let (more, next, begun) = (session.clone(), server.url("/hold"), mpsc::channel());
    let chain = session.get(server.url("/first")).send().and_then(move |_| {
        let future = more.get(next).send();
        begun.0.send(()).unwrap();
        future
    });
    begun.1.recv_timeout(LONG).unwrap();
    server.wait_requests(2);
    assert!(chain.abort());
    assert_eq!(chain.result().unwrap_err().kind(), Kind::Cancelled);
    gate.open();
    session.wait(LONG).unwrap();
}

#[test]
fn a_dropped_chain_aborts_if_its_first_link_does() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = session();
    let (more, next) = (session.clone(), server.url("/hold"));
    let chain = session.get(server.url("/first")).send().abort_on_drop().and_then(move |_| more.get(next).send());
    server.wait_requests(2);
    drop(chain);
    session.wait(LONG).unwrap();
    assert!(!gate.is_open());
    gate.open();
}

#[test]
fn dropped_futures_of_several_abort_them_if_each_says_so() {
    let server = site(&Gate::new());
    let session = session();
    let hold = || (0..2).map(|_| session.get(server.url("/hold")).send().abort_on_drop());
    let (all, first) = (join_all(hold()), race(hold()));
    server.wait_requests(4);
    drop((all, first));
    session.wait(LONG / 5).unwrap();
}

#[test]
fn join_all_has_every_result_in_order() {
    on_both(|| {
        let server = site(&Gate::new());
        let session = session();
        let urls = [server.url("/0"), "no URL".into(), server.url("/404")];
        let results = join_all(urls.map(|url| session.get(url).send())).result().unwrap();
        let results = results.into_iter().map(|result| result.map(|r| r.status()).map_err(|error| error.kind()));
        assert_eq!(results.collect::<Vec<_>>(), [Ok(200), Err(Kind::InvalidUrl), Ok(404)]);
        assert!(join_all(Vec::<ResponseFuture>::new()).result().unwrap().is_empty());
    });
}

#[test]
fn race_has_the_first_good_result_and_aborts_the_others() {
    on_both(|| {
        let gate = Gate::new();
        let server = site(&gate);
        let session = session();
        let urls = [server.url("/hold"), "no URL".into(), server.url("/quick")];
        let won = race(urls.map(|url| session.get(url).send())).result().unwrap();
        assert_eq!(won.text().unwrap(), "GET /quick ");
        session.wait(LONG).unwrap();
        assert!(!gate.is_open(), "the slow one was ended");
        gate.open();
        let lost = race(["no URL", "ftp://x"].map(|url| session.get(url).send()));
        assert_eq!(lost.result().unwrap_err().kind(), Kind::InvalidUrl);
        assert!(race(Vec::<ResponseFuture>::new()).result().is_err());
    });
}

/// A future whose result has been taken by polling it, as `select!` in a loop may do.
fn taken(session: &FuturesSession) -> ResponseFuture {
    let mut future = session.get("no URL").send();
    assert!(future.wait(LONG));
    let polled = Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Err(_))));
    future
}

#[test]
fn what_is_made_of_a_result_that_has_been_taken_ends_all_the_same() {
    let session = session();
    let closed = |error: Error| assert_eq!(error.kind(), Kind::Closed);
    let mapped = taken(&session).map(|response| Ok(response.status()));
    closed(mapped.result_timeout(LONG).unwrap().unwrap_err());
    let chained = taken(&session).and_then(|_| -> ResponseFuture { unreachable!() });
    closed(chained.result_timeout(LONG).unwrap().unwrap_err());
    let mut all = join_all([taken(&session)]).result_timeout(LONG).unwrap().unwrap();
    closed(all.remove(0).unwrap_err());
    closed(race([taken(&session)]).result_timeout(LONG).unwrap().unwrap_err());
    closed(taken(&session).shared().result_timeout(LONG).unwrap_err());
}

/// Ends every request at once.
struct Nobody;

impl Transport for Nobody {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        Inbound::new(200, [], "")
    }
}

#[test]
fn a_race_is_won_although_the_last_one_fails_at_the_same_moment() {
    let client = HttpClient::builder().transport(Nobody).build().unwrap();
    let session = FuturesSession::builder().client(client).executor(LocalExecutor::threads(2)).build().unwrap();
    for round in 0..2_000 {
        let line = Arc::new(Barrier::new(2));
        let runner = |is_good: bool| {
            let line = line.clone();
            let end = move |_| match (line.wait(), is_good) {
                (_, true) => Ok(()),
                (_, false) => Err(Error::new(Kind::Decode, "lost")),
            };
            session.get("http://127.0.0.1:9/").map(end).send()
        };
        race([true, false].map(runner)).result().unwrap_or_else(|error| panic!("round {round}: {error}"));
    }
}
