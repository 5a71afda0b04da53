//! Clients of one's own, options on top of them, and pools that follow the workers.

use std::sync::{Arc, Mutex};

use maypole::client::Auth;
use maypole::error::Kind;
use maypole::queue::{DEFAULT_MAX_WORKERS, LocalExecutor};
use maypole::rt::Group;

use super::*;

/// A server that repeats the values of these headers.
fn headers(names: &'static [&'static str]) -> Server {
    Server::start(move |request, to| {
        let values = names.iter().map(|name| request.all(name).join("+")).collect::<Vec<_>>();
        to.reply(ok(values.join(",")));
    })
}

#[test]
fn q246_q247_options_are_layered_over_a_client_that_is_given() {
    let server = headers(&["Foo", "X-Outer", "Authorization", "Cookie"]);
    let inner = Session::builder().default_header("Foo", "bar").client(|client| client.no_proxy()).build().unwrap();
    let plain = FuturesSession::builder().session(inner.clone()).build().unwrap();
    assert_eq!(plain.get(server.url("/")).send().result().unwrap().text().unwrap(), "bar,,,");
    let layered = FuturesSession::builder()
        .client((*inner).clone())
        .default_header("X-Outer", "1")
        .auth(Auth::bearer("token"))
        .each(|request| request.cookie("theme", "dark"))
        .build()
        .unwrap();
    let text = |request: maypole::RequestBuilder<maypole::queue::InBackground>| {
        request.send().result().unwrap().text().unwrap()
    };
    assert_eq!(text(layered.get(server.url("/"))), "bar,1,Bearer token,theme=dark");
    let own = layered.get(server.url("/")).header("X-Outer", "2").header("Foo", "own").bearer_auth("mine");
    assert_eq!(text(own), "own,2,Bearer mine,theme=dark", "the request's own win");
    assert_eq!(
        text(layered.get(server.url("/")).without_header("X-Outer").without_header("Foo")),
        ",,Bearer token,theme=dark"
    );
    let over = FuturesSession::builder().session(inner).default_header("Foo", "outer").build().unwrap();
    assert_eq!(text(over.get(server.url("/"))), "outer,,,", "in place of the client's");
}

#[test]
fn q248_how_many_workers() {
    assert_eq!((session().max_workers(), DEFAULT_MAX_WORKERS), (8, 8));
    assert_eq!(built(|builder| builder.max_workers(5)).max_workers(), 5);
    let ten = LocalExecutor::coroutines(10);
    assert_eq!(built(|builder| builder.executor(ten.clone())).max_workers(), 10);
    assert_eq!(built(|builder| builder.executor(ten).max_workers(5)).max_workers(), 10);
}

/// A server that holds every request until `n` are there.
fn until(n: usize) -> Server {
    let there = Arc::new(Mutex::new((0_usize, Gate::new())));
    Server::start(move |_, to| {
        let gate = {
            let mut there = there.lock().unwrap();
            there.0 += 1;
            let gate = there.1.clone();
            if there.0.is_multiple_of(n) {
                there.1.open();
                there.1 = Gate::new();
            }
            gate
        };
        gate.wait();
        to.reply(ok("ok"));
    })
}

#[test]
fn q249_q250_the_pool_is_as_large_as_the_workers_are_many() {
    let server = until(11);
    let session = built(|builder| builder.max_workers(11));
    let futures = (0..22).map(|_| session.get(server.url("/")).send()).collect::<Vec<_>>();
    assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    assert_eq!(
        (server.peak(), server.connections()),
        (11, 11),
        "each worker has a connection, and none is thrown away"
    );
}

#[test]
fn q249_a_pool_that_is_full_blocks() {
    let gate = Gate::new();
    let server = site(&gate);
    let session = built(|builder| builder.max_workers(2).configure(|s| s.client(|client| client.max_per_host(1))));
    let futures = [1, 2].map(|n| session.get(server.url(&format!("/hold/{n}"))).send());
    server.wait_requests(1);
    wait_until("one to wait for the connection", || session.client().stats().waiting == 1);
    gate.open();
    assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    assert_eq!(server.connections(), 1);
}

#[test]
fn q250_a_pool_size_that_is_set_counts() {
    let server = until(20);
    let executor = LocalExecutor::coroutines(10);
    let session = built(|builder| builder.executor(executor).configure(|s| s.client(|client| client.max_per_host(20))));
    let (group, client, url) = (Group::new(20), session.client().clone(), server.url("/"));
    let answers = group.map(0..20, move |_| client.get(&url).send().unwrap().text().unwrap()).unwrap();
    assert_eq!(answers.len(), 20);
    assert_eq!(server.connections(), 20);
}

#[test]
fn q251_a_pool_follows_an_executor_that_is_given() {
    let server = until(100);
    let session = built(|builder| builder.executor(LocalExecutor::coroutines(100)));
    let futures = (0..300).map(|_| session.get(server.url("/")).send()).collect::<Vec<_>>();
    assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    assert_eq!((server.connections(), session.client().stats().discarded), (100, 0));
}

#[test]
fn what_contradicts_is_refused() {
    let refused = |builder: FuturesSessionBuilder| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidConfig);
        error.to_string()
    };
    let builder = FuturesSession::builder;
    assert!(refused(builder().max_workers(0)).contains("max_workers"));
    assert!(refused(builder().executor(LocalExecutor::threads(0))).contains("max_workers"));
    assert!(refused(builder().executor(LocalExecutor::threads(1)).bounded(5)).contains("bounded"));
    assert!(refused(builder().client(client()).configure(|session| session)).contains("configure"));
    assert!(refused(builder().default_header("no name", "x")).contains("default_header"));
}

#[test]
fn q271_cookies_of_fifty_requests_at_once_are_all_kept() {
    let server = Server::start(|request, to| {
        let name = request.target[1..].to_owned();
        to.reply(format!("HTTP/1.1 200 OK\r\nSet-Cookie: {name}=1\r\nContent-Length: 0\r\n\r\n"));
    });
    let session = FuturesSession::builder().session(inner()).max_workers(50).build().unwrap();
    let futures = (0..50).map(|n| session.get(server.url(&format!("/c{n}"))).send()).collect::<Vec<_>>();
    assert!(futures.into_iter().all(|future| future.result().unwrap().status() == 200));
    let jar = session.client().cookie_jar().unwrap();
    assert_eq!(jar.len(), 50);
}
