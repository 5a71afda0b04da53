//! Requests that are made in workers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::client::{Auth, Decision, Redirects, Token};
use maypole::error::Kind;
use maypole::message::Body;
use maypole::queue::processes::{Answer, Fetch, ProcessExecutor};
use maypole::{CookieJar, HttpClient, Url};

use crate::peer::{Request, Responder, Server};
use crate::runner::{Case, cases};

pub(crate) const CASES: &[Case] = cases![
    q277_two_processes_get_404_changed_replaced_failed_redirected,
    q278_the_registered_sessions_header_arrives_from_the_worker,
    q280_a_hook_that_is_not_registered_is_refused_where_it_is_submitted,
    q282_data_attached_in_the_worker_is_there_in_the_program,
    q283_cookies_set_in_a_worker_are_in_the_programs_jar,
    q287_ten_mib_come_back_intact,
    what_a_request_has_of_its_own_arrives,
    options_that_are_values_travel,
    errors_of_requests_come_back_as_they_were,
    what_cannot_travel_is_refused,
    an_answer_becomes_a_response,
    an_answer_that_is_too_long_is_an_error,
    a_worker_keeps_its_connections,
    what_is_nested_too_deep_to_travel_is_refused_where_it_is_attached,
];

fn server(log: &Arc<Mutex<Vec<String>>>) -> Server {
    let log = log.clone();
    Server::start(move |request, responder| {
        log.lock().unwrap().push(String::from_utf8_lossy(&request.body).into_owned());
        answer(request, responder);
    })
}

pub(crate) fn plain() -> Server {
    server(&Arc::default())
}

fn reply(responder: &mut Responder<'_>, status: &str, lines: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\n{lines}Content-Length: {}\r\n\r\n", body.len());
    responder.reply([head.as_bytes(), body].concat());
}

fn answer(request: &Request, responder: &mut Responder<'_>) {
    let path = request.target.split('?').next().unwrap_or_default();
    let header = |name: &str| request.header(name).unwrap_or("none").to_owned();
    match path {
        "/missing" => reply(responder, "404 Not Found", "", b"not here"),
        "/json" => reply(responder, "200 OK", "Content-Type: application/json\r\n", br#"{"n": 7}"#),
        "/old" => reply(responder, "302 Found", "Location: /ok\r\nSet-Cookie: hop=1; Path=/\r\n", b""),
        "/loop" => reply(responder, "302 Found", "Location: /loop\r\n", b""),
        "/login" => reply(responder, "200 OK", "Set-Cookie: id=7; Path=/\r\nSet-Cookie: b=2; Path=/\r\n", b"in"),
        "/logout" => reply(responder, "200 OK", "Set-Cookie: id=; Path=/; Max-Age=0\r\n", b"out"),
        "/cookies" => reply(responder, "200 OK", "", header("cookie").as_bytes()),
        "/headers" => {
            let names = ["foo", "x-own", "x-stamp", "authorization", "content-type"];
            let lines = names.map(|name| format!("{name}: {}\n", header(name))).concat();
            reply(responder, "200 OK", "", format!("{} {}\n{lines}", request.method, request.target).as_bytes());
        }
        "/gzip" => {
            let coded = [
                0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0,
                0, 0,
            ];
            reply(responder, "200 OK", "Content-Encoding: gzip\r\n", &coded);
        }
        "/large" => reply(responder, "200 OK", "", &large()),
        "/short" => {
            std::thread::sleep(Duration::from_millis(20));
            reply(responder, "200 OK", "", b"");
        }
        "/slow" => std::thread::sleep(Duration::from_secs(50)),
        _ => reply(responder, "200 OK", "X-Odd: caf\u{e9}\r\n", b"hello"),
    }
}

fn large() -> Vec<u8> {
    (0..10_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn pool() -> ProcessExecutor {
    ProcessExecutor::new(2).unwrap()
}

fn get(pool: &ProcessExecutor, url: &str) -> Answer {
    pool.fetch(pool.client().unwrap().get(url)).unwrap()
}

fn q277_two_processes_get_404_changed_replaced_failed_redirected() {
    let (server, pool) = (plain(), pool());
    let client = pool.client().unwrap();
    let answer = get(&pool, &server.url("/ok"));
    assert_eq!((answer.status(), answer.body(), answer.reason()), (200, &b"hello"[..], Some("OK")));
    assert!(pool.stats().pids.contains(&answer.pid()) && answer.elapsed() > Duration::ZERO);
    let missing = get(&pool, &server.url("/missing"));
    assert_eq!((missing.status(), missing.body()), (404, &b"not here"[..]));
    let changed = pool.fetch(Fetch::new(client.get(server.url("/ok"))).on_response("shouted")).unwrap();
    assert_eq!(changed.body(), b"HELLO");
    let replaced = pool.fetch(Fetch::new(client.get(server.url("/ok"))).on_response("length")).unwrap();
    assert_eq!(replaced.replacement::<usize>().unwrap(), Some(5));
    assert_eq!(changed.replacement::<usize>().unwrap(), None);
    let failed = pool.fetch(Fetch::new(client.get(server.url("/ok"))).on_response("boom")).unwrap_err();
    assert_eq!((failed.kind(), failed.to_string()), (Kind::Job, "boom".to_owned()));
    let panicked = pool.fetch(Fetch::new(client.get(server.url("/ok"))).on_response("bang")).unwrap_err();
    assert_eq!(panicked.kind(), Kind::Panicked);
    let moved = get(&pool, &server.url("/old"));
    assert_eq!((moved.status(), moved.url().path(), moved.history().len()), (200, "/ok", 1));
    assert_eq!((moved.history()[0].status, moved.history()[0].url.path()), (302, "/old"));
    // Left with two requests under way: a queued one is not made.
    let pending: Vec<_> = (0..3).map(|_| pool.submit_fetch(client.get(server.url("/slow"))).unwrap()).collect();
    server.wait_requests(10);
    pool.stop(maypole::queue::Stop::Abort);
    assert!(pending.into_iter().all(|pending| pending.join().unwrap_err().kind() == Kind::Cancelled));
    assert!(pool.wait_all());
    assert_eq!(server.requests(), 10, "redirect and its target, and one of the three never");
}

fn q278_the_registered_sessions_header_arrives_from_the_worker() {
    let server = plain();
    let pool = ProcessExecutor::builder(1).session("foo").build().unwrap();
    let answer = get(&pool, &server.url("/headers"));
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(text.contains("foo: bar\n"), "{text}");
    let broken = ProcessExecutor::builder(1).session("broken").build().unwrap();
    assert_eq!(broken.client().unwrap_err().kind(), Kind::InvalidConfig);
}

fn q280_a_hook_that_is_not_registered_is_refused_where_it_is_submitted() {
    let pool = pool();
    let request = || Fetch::new(pool.client().unwrap().get("http://127.0.0.1:9/"));
    for fetch in [request().on_response("nobody's"), request().on_request("nobody's")] {
        let error = pool.submit_fetch(fetch).unwrap_err();
        assert_eq!(error.kind(), Kind::NotTransferable);
        assert!(error.to_string().contains("`nobody's`") && error.to_string().contains("documentation of"), "{error}");
    }
    assert_eq!(pool.stats().started, 0);
}

fn q282_data_attached_in_the_worker_is_there_in_the_program() {
    let (server, pool) = (plain(), pool());
    let client = pool.client().unwrap();
    let request = Fetch::new(client.get(server.url("/json"))).on_response("parsed").on_response("statuses");
    let answer = pool.fetch(request).unwrap();
    let parsed: std::collections::BTreeMap<String, u32> = answer.data("parsed").unwrap().unwrap();
    assert_eq!(parsed["n"], 7);
    assert_eq!(answer.data::<Vec<(u16, bool)>>("statuses").unwrap(), Some(vec![(200, false)]));
    assert_eq!(answer.data::<u8>("nothing").unwrap(), None);
    assert_eq!(answer.data::<u8>("parsed").unwrap_err().kind(), Kind::Decode);
    // Of the redirect, too, and in order.
    let answer = pool.fetch(Fetch::new(client.get(server.url("/old"))).on_response("statuses")).unwrap();
    assert_eq!(answer.data::<Vec<(u16, bool)>>("statuses").unwrap(), Some(vec![(302, true), (200, false)]));
}

fn q283_cookies_set_in_a_worker_are_in_the_programs_jar() {
    let (server, pool) = (plain(), pool());
    let jar: CookieJar = pool.client().unwrap().cookie_jar().unwrap().clone();
    let url = Url::parse(&server.url("/")).unwrap();
    get(&pool, &server.url("/login"));
    assert_eq!(jar.get(&url, "id").unwrap().value(), "7");
    // Whichever worker is next, it has them.
    for _ in 0..4 {
        assert_eq!(get(&pool, &server.url("/cookies")).body(), b"id=7; b=2");
    }
    get(&pool, &server.url("/old"));
    assert_eq!(jar.get(&url, "hop").unwrap().value(), "1", "set by a redirect");
    get(&pool, &server.url("/logout"));
    assert!(jar.get(&url, "id").is_none() && jar.get(&url, "b").is_some(), "removed as well");
    jar.set(&url, "own=1; Path=/").unwrap();
    assert_eq!(get(&pool, &server.url("/cookies")).body(), b"b=2; hop=1; own=1");
    let without = ProcessExecutor::builder(1).session("plain").build().unwrap();
    get(&without, &server.url("/login"));
    assert_eq!(get(&without, &server.url("/cookies")).body(), b"none");
}

fn q287_ten_mib_come_back_intact() {
    let (server, pool) = (plain(), pool());
    assert!(get(&pool, &server.url("/large")).body() == large());
    let hooked =
        pool.fetch(Fetch::new(pool.client().unwrap().get(server.url("/large"))).on_response("length")).unwrap();
    assert!(hooked.body() == large());
    assert_eq!(hooked.replacement::<usize>().unwrap(), Some(10 << 20));
    let echoed: String = pool.call("echo", &"x".repeat(10 << 20)).unwrap();
    assert_eq!(echoed.len(), 10 << 20);
}

fn what_a_request_has_of_its_own_arrives() {
    let log = Arc::default();
    let (server, pool) = (server(&log), pool());
    let client = pool.client().unwrap();
    let request = client
        .put(server.url("/headers"))
        .query([("q", "a b")])
        .header("X-Own", b"\xe9".as_slice())
        .without_header("User-Agent")
        .body("grüße");
    let answer = pool.fetch(Fetch::new(request).on_request("stamped")).unwrap();
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    for line in ["PUT /headers?q=a", "x-stamp: child\n", "content-type: text/plain; charset=utf-8\n"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let stream = Body::chunks((0..3).map(|n| Ok(format!("line {n}\n"))));
    pool.fetch(client.post(server.url("/ok")).body(stream)).unwrap();
    pool.fetch(client.post(server.url("/ok")).json(&[1, 2])).unwrap();
    pool.fetch(client.post(server.url("/ok")).form([("a", "1")])).unwrap();
    assert_eq!(*log.lock().unwrap(), ["grüße", "line 0\nline 1\nline 2\n", "[1,2]", "a=1"]);
    let odd = get(&pool, &server.url("/ok"));
    assert_eq!(odd.headers().get_bytes("x-odd"), Some("caf\u{e9}".as_bytes()));
    let late = pool.fetch(client.get(server.url("/slow")).timeout(Duration::from_millis(50))).unwrap_err();
    assert_eq!((late.kind(), late.limit()), (Kind::Timeout, Some(Duration::from_millis(50))));
    assert_eq!(pool.stats().died, 0, "its own timeout needs no killing");
}

fn options_that_are_values_travel() {
    let (server, pool) = (plain(), pool());
    let client = pool.client().unwrap();
    let stopped = pool.fetch(client.get(server.url("/old")).redirects(Redirects::none())).unwrap();
    assert_eq!((stopped.status(), stopped.history().len()), (302, 0));
    let refused = pool.fetch(client.get(server.url("/loop")).redirects(Redirects::limited(2))).unwrap_err();
    assert_eq!(refused.kind(), Kind::Redirect);
    // A session's own rule, a closure, is that of the worker's session, too.
    assert_eq!(pool.fetch(client.head(server.url("/old")).cookie("own", "1")).unwrap().status(), 302);
    let sent = pool.fetch(client.get(server.url("/cookies")).cookie("own", "1")).unwrap();
    assert_eq!(sent.body(), b"own=1; hop=1", "and what the redirect has set");
    let shown = |request| String::from_utf8(pool.fetch(request).unwrap().body().to_vec()).unwrap();
    let headers = || client.get(server.url("/headers"));
    assert!(shown(headers().basic_auth("user", "pass")).contains("authorization: Basic dXNlcjpwYXNz\n"));
    assert!(shown(headers().bearer_auth("token")).contains("authorization: Bearer token\n"));
    assert!(shown(headers().sensitive_header("X-Own", "secret")).contains("x-own: secret\n"));
    let coded = pool.fetch(client.get(server.url("/gzip")).decode(false)).unwrap();
    assert_eq!(coded.body()[..2], [0x1f, 0x8b]);
    let token = maypole::rt::CancelToken::new();
    let slow = pool.submit_fetch(client.get(server.url("/slow")).cancel(&token)).unwrap();
    server.wait_requests(11);
    token.cancel();
    assert_eq!(slow.join().unwrap_err().kind(), Kind::Cancelled);
}

fn errors_of_requests_come_back_as_they_were() {
    let pool = pool();
    let refused = crate::peer::Refused::start();
    let url = format!("http://{}/", refused.address());
    let error = pool.fetch(pool.client().unwrap().get(&url)).unwrap_err();
    let here = pool.client().unwrap().get(&url).send().unwrap_err();
    assert_eq!((error.kind(), error.phase(), error.url()), (here.kind(), here.phase(), here.url()));
    assert_eq!((error.addresses(), error.to_string()), (here.addresses(), here.to_string()));
    assert_eq!(pool.fetch(pool.client().unwrap().get("no url")).unwrap_err().kind(), Kind::InvalidUrl);
}

fn what_cannot_travel_is_refused() {
    let pool = pool();
    let client = pool.client().unwrap();
    let other = HttpClient::new().unwrap();
    let error = pool.submit_fetch(other.get("http://127.0.0.1:9/")).unwrap_err();
    assert_eq!(error.kind(), Kind::NotTransferable);
    assert!(error.to_string().contains("register_session"), "{error}");
    let url = "http://127.0.0.1:9/";
    for request in [
        client.get(url).middleware(|request, next| next.run(request)),
        client.get(url).on_interim(|_| ()),
        client.get(url).retry(maypole::client::Retry::standard()),
        client.get(url).redirects(Redirects::limited(3).decide(|_| Decision::Follow)),
        client.get(url).auth(Auth::refreshing(|_| Ok(Token::new("token")))),
        client.get(url).cookie_jar(CookieJar::new()),
    ] {
        assert_eq!(pool.submit_fetch(request).unwrap_err().kind(), Kind::NotTransferable);
    }
    let small = ProcessExecutor::builder(1).max_result(10).build().unwrap();
    let request = small.client().unwrap().post(url).body("x".repeat(11));
    assert_eq!(small.submit_fetch(request).unwrap_err().kind(), Kind::TooLarge);
}

fn an_answer_becomes_a_response() {
    let (server, pool) = (plain(), pool());
    let response = get(&pool, &server.url("/gzip")).into_response();
    assert!(response.is_decoded() && response.content_length().is_none() && response.is_success());
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    assert_eq!(response.text().unwrap(), "hello");
    let response = get(&pool, &server.url("/missing")).into_response();
    assert_eq!((response.reason(), response.content_length()), (Some("Not Found"), Some(8)));
    let error = response.error_for_status().unwrap_err();
    assert_eq!(error.take_response().unwrap().text().unwrap(), "not here");
    let response = get(&pool, &server.url("/large")).into_response();
    assert_eq!(response.bytes().unwrap().len(), 10 << 20);
}

fn an_answer_that_is_too_long_is_an_error() {
    let server = plain();
    let pool = ProcessExecutor::builder(1).max_result(1 << 20).build().unwrap();
    let client = pool.client().unwrap();
    let first = get(&pool, &server.url("/ok")).pid();
    assert_eq!(pool.fetch(client.get(server.url("/large"))).unwrap_err().kind(), Kind::TooLarge);
    let hooked = Fetch::new(client.get(server.url("/large"))).on_response("length");
    assert_eq!(pool.fetch(hooked).unwrap_err().kind(), Kind::TooLarge);
    assert_eq!(get(&pool, &server.url("/ok")).pid(), first);
}

fn a_worker_keeps_its_connections() {
    let server = plain();
    let pool = ProcessExecutor::new(1).unwrap();
    for _ in 0..5 {
        get(&pool, &server.url("/ok"));
    }
    assert_eq!((server.connections(), server.requests()), (1, 5));
}

fn what_is_nested_too_deep_to_travel_is_refused_where_it_is_attached() {
    let (server, pool) = (plain(), ProcessExecutor::new(1).unwrap());
    let request = || Fetch::new(pool.client().unwrap().get(server.url("/ok")));
    let before = pool.fetch(request()).unwrap().pid();
    let error = pool.fetch(request().on_response("nested")).unwrap_err();
    assert_eq!(error.kind(), Kind::Decode, "{error}");
    assert_eq!(pool.fetch(request()).unwrap().pid(), before, "the worker goes on");
}
