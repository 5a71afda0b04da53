//! What fails, with aquests' numbers.

use std::io;
use std::time::Instant;

use maypole::TlsConfig;
use maypole::error::Kind;
use maypole::queue::batch::{BatchBuilder, Outcome};

use crate::peer::{
    Act, Leaf, Peer, Refused, Tls, any_request, conn, ok as whole, on_both, reply, request, with_some_time,
};
use crate::site::{Site, batch, batch_with, ms, ok};

/// The one outcome of a `GET`.
fn outcome_of(url: &str, options: impl FnOnce(BatchBuilder) -> BatchBuilder) -> Outcome {
    let (batch, kept) = batch_with(1, options);
    batch.get(url).queue().unwrap();
    let report = batch.fetch_all();
    assert_eq!((report.requests, report.failed(), report.statuses.len()), (1, 1, 0));
    let outcome = kept.one();
    assert_eq!(outcome.status(), 0, "a failure is no status");
    outcome
}

#[test]
fn q195_q196_timeouts() {
    on_both(|| {
        for limit in [ms(100), ms(300)] {
            // The limit is that of connecting, too.
            let peer = Peer::always(conn([Act::MayAsk, Act::Stall]));
            let start = Instant::now();
            let outcome = outcome_of(&peer.url("/"), |options| options.idle_timeout(limit));
            assert!(start.elapsed() >= limit);
            assert_eq!((outcome.compat_code(), outcome.error().unwrap().limit()), (Some(702), Some(limit)));
            peer.finish();
        }
    });
}

#[test]
fn q195_a_dripping_server_meets_the_total() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    let drip = crate::peer::pieces(vec![b'x'; 1_000], 1, ms(20));
    let peer = Peer::always(conn([Act::MayAsk, reply(head), drip]));
    let has_head = with_some_time(ms(200), |limit| {
        let (batch, kept) = batch_with(1, |options| options.timeout(limit));
        batch.get(peer.url("/")).queue().unwrap();
        let report = batch.fetch_all();
        let outcome = kept.one();
        assert_eq!((outcome.compat_code(), report.failures), (Some(702), vec![(Kind::Timeout, 1)]));
        assert_eq!(outcome.bytes().len(), 0, "the body did not come");
        outcome.status() == 200
    });
    assert!(has_head, "the head came");
}

#[test]
fn a_timeout_of_one_request() {
    let peer = Peer::always(conn([Act::MayAsk, Act::Stall]));
    let (batch, kept) = batch(1);
    batch.get(peer.url("/")).timeout(ms(100)).queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().compat_code(), Some(702));
    peer.finish();
}

#[test]
fn q197_a_name_that_nobody_has() {
    let nowhere = |_: &str| -> io::Result<Vec<std::net::IpAddr>> { Err(io::Error::other("no such name")) };
    let outcome = outcome_of("http://nowhere.test/", |options| options.resolver(nowhere));
    assert_eq!((outcome.compat_code(), outcome.error().unwrap().kind()), (Some(704), Kind::Resolve));
}

#[test]
fn q198_refused_reset_and_no_tls() {
    let refused = Refused::start();
    let outcome = outcome_of(&format!("http://{}/", refused.address()), |options| options);
    assert_eq!((outcome.compat_code(), outcome.error().unwrap().kind()), (Some(701), Kind::Connect));

    let peer = Peer::always(conn([any_request(), Act::Reset]));
    let (batch, kept) = batch(1);
    batch.post(peer.url("/")).queue().unwrap();
    batch.fetch_all();
    let outcome = kept.one();
    assert_eq!(outcome.compat_code(), Some(700), "{:?}", outcome.error());
    peer.finish();

    // What answers is no TLS.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let outcome = outcome_of(&url, |options| options);
    assert_eq!(outcome.compat_code(), Some(713), "{:?}", outcome.error());
    server.join().unwrap();
}

#[test]
fn q198_no_byte_and_no_end() {
    for (acts, code) in [
        (conn([any_request(), Act::Close]), 708),
        (conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Act::Close]), 710),
        (conn([any_request(), reply("nonsense\r\n\r\n")]), 715),
    ] {
        let peer = Peer::always(acts);
        let (batch, kept) = batch(1);
        batch.post(peer.url("/")).queue().unwrap();
        batch.fetch_all();
        let outcome = kept.one();
        assert_eq!(outcome.compat_code(), Some(code), "{:?}", outcome.error());
        drop(batch);
        drop(peer);
    }
}

#[test]
fn q201_self_signed() {
    let script = || conn([request("GET / "), reply(whole("hello"))]);
    let tls = Tls::leaf(Leaf::self_signed());
    let peer = Peer::tls(&tls, [conn([Act::Refused("unknown ca")])], None);
    let outcome = outcome_of(&peer.url("/"), |options| options);
    assert_eq!((outcome.compat_code(), outcome.error().unwrap().kind()), (Some(713), Kind::Certificate));
    peer.finish();
    let peer = Peer::tls(&tls, [script()], None);
    let allowed = TlsConfig::builder().danger_accept_invalid_certs(true).build().unwrap();
    let (batch, kept) = batch_with(1, |options| options.client_options(|client| client.tls(allowed)));
    batch.get(peer.url("/")).queue().unwrap();
    batch.fetch_all();
    assert_eq!(kept.one().text(), "hello");
    peer.finish();
}

#[test]
fn q202_q203_a_kept_connection_that_has_gone() {
    // The peer answers one request a connection and closes without saying so, when the next one has come.
    let dying = || conn([any_request(), reply(whole("first")), any_request(), Act::Close]);
    let peer = Peer::then_always([dying()], conn([any_request(), reply(whole("again"))]));
    let (batch, kept) = batch(1);
    batch.get(peer.url("/1")).queue().unwrap();
    batch.get(peer.url("/2")).queue().unwrap();
    batch.fetch_all();
    let texts: Vec<_> = kept.take().iter().map(|outcome| outcome.text()).collect();
    assert_eq!((texts, peer.finish().shape()), (vec!["first".into(), "again".into()], vec![2, 1]));

    let peer = Peer::start([dying()]);
    let (batch, kept) = crate::site::batch(1);
    batch.get(peer.url("/1")).queue().unwrap();
    batch.post_form(peer.url("/2"), [("a", "1")]).queue().unwrap();
    let report = batch.fetch_all();
    assert_eq!((report.failed(), kept.take()[1].compat_code()), (1, Some(708)));
    assert_eq!(peer.finish().shape(), [2], "not sent again");
}

#[test]
fn q159_what_cannot_be_built_has_one_outcome() {
    let site = Site::echo();
    let (batch, kept) = batch(2);
    batch.get("no url").queue().unwrap();
    batch.get("ftp://host/").queue().unwrap();
    batch.get("").queue().unwrap();
    batch.get(site.url("/")).header("X\r\nY", "1").queue().unwrap();
    batch.get(site.url("/")).header("X", "1\r\nY: 2").queue().unwrap();
    batch.request("get", site.url("/")).queue().unwrap();
    batch.post(site.url("/")).header("Content-Type", "text/xml").data([("a", "1")]).queue().unwrap();
    batch.get(site.url("/")).header("Accept-Content-Length", "many").queue().unwrap();
    batch.get(site.url("/")).header("Content-Length", "7").queue().unwrap();
    batch.get(site.url("/")).auth(("a:b", "p\n")).queue().unwrap();
    batch.trace(site.url("/")).body("TRACE has none").queue().unwrap();
    batch.get(site.url("/")).with(|_| panic!("on purpose")).queue().unwrap();
    batch.get(site.url("/good")).queue().unwrap();
    let report = batch.fetch_all();
    let mut outcomes = kept.take();
    outcomes.sort_by_key(Outcome::req_id);
    assert_eq!(outcomes.iter().map(Outcome::req_id).collect::<Vec<_>>(), (0..13).collect::<Vec<_>>());
    assert_eq!((report.requests, report.failed(), report.statuses[&200]), (13, 12, 1));
    assert!(outcomes[..11].iter().all(|outcome| outcome.compat_code() == Some(701)), "{outcomes:?}");
    assert_eq!(outcomes[11].compat_code(), Some(703));
    assert!(outcomes[11].error().unwrap().to_string().contains("on purpose"));
    assert_eq!((outcomes[12].status(), site.one().target.as_str()), (200, "/good"));
    site.end(batch, &kept);
}

#[test]
fn q199_an_answer_that_is_too_long() {
    let site = Site::start(|_, responder| responder.reply(ok(&"x".repeat(5_000))));
    let (batch, kept) = batch(1);
    batch.get(site.url("/")).max_body(1_000).queue().unwrap();
    batch.get(site.url("/")).header("Accept-Content-Length", "1000").queue().unwrap();
    batch.get(site.url("/")).max_body(5_000).queue().unwrap();
    batch.fetch_all();
    let codes: Vec<_> = kept.take().iter().map(Outcome::compat_code).collect();
    assert_eq!(codes, [Some(719), Some(719), None]);
    site.end(batch, &kept);
}

/// What is panicked with, whose destructor panics, too.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb has gone off");
    }
}

#[test]
fn a_panic_whose_payload_panics_costs_no_outcome() {
    let (batch, kept) = batch(1);
    batch.get("http://127.0.0.1:9/").with(|_| std::panic::panic_any(Bomb)).queue().unwrap();
    let report = batch.fetch_all();
    assert_eq!((report.requests, kept.one().compat_code()), (1, Some(703)));
}
