//! Every phase that stalls ends with the same `ureq::Error::Timeout` as with ureq's own connections.

use std::time::Duration;

use ::ureq::config::ConfigBuilder;
use ::ureq::typestate::AgentScope;
use ::ureq::{Agent, SendBody};

use crate::both::{alike, config, named, ours, told};
use crate::peer::{Act, Blackhole, Conn, Peer, any_request, conn, head, ok, on_both, pieces, reply};

const SHORT: Option<Duration> = Some(Duration::from_millis(60));

const LONG: Option<Duration> = Some(Duration::from_secs(600));

type Configured = fn() -> ConfigBuilder<AgentScope>;

/// What a call that ends in its body's reading comes to.
fn get(agent: &Agent, url: &str) -> String {
    match agent.get(url).call() {
        Ok(mut response) => response.body_mut().read_to_vec().map_or_else(|error| named(&error), |_| "whole".into()),
        Err(error) => named(&error),
    }
}

fn post(agent: &Agent, url: &str) -> String {
    let mut endless = std::io::repeat(b'x');
    agent.post(url).send(SendBody::from_reader(&mut endless)).map_or_else(|error| named(&error), |_| "sent".into())
}

#[track_caller]
fn each(scripts: fn() -> Vec<Conn>, call: fn(&Agent, &str) -> String, cases: &[(Configured, &str)]) {
    for (configured, expected) in cases.iter().copied() {
        let outcome = alike(move |make| {
            let peer = Peer::start(scripts());
            let outcome = call(&make(configured().build()), &peer.url("/"));
            peer.finish();
            outcome
        });
        assert_eq!(outcome, expected);
    }
}

#[test]
fn an_address_that_does_not_answer() {
    let connect = alike(|make| {
        let hole = Blackhole::start();
        get(&make(config().timeout_connect(SHORT).build()), &hole.url("/"))
    });
    assert_eq!(connect, "Timeout(Connect)");
    // ureq's own says `Connect` for these as well, since its timer runs out a fraction of a millisecond before its clock.
    on_both(|| {
        let hole = Blackhole::start();
        for (config, expected) in [
            (config().timeout_global(SHORT), "Timeout(Global)"),
            (config().timeout_per_call(SHORT), "Timeout(PerCall)"),
            (config().timeout_global(SHORT).timeout_connect(LONG), "Timeout(Global)"),
            (config().timeout_global(LONG).timeout_connect(SHORT), "Timeout(Connect)"),
        ] {
            assert_eq!(get(&ours(config.build()), &hole.url("/")), expected);
        }
    });
}

#[test]
fn a_peer_that_does_not_answer() {
    each(
        || vec![conn([any_request(), Act::Stall])],
        get,
        &[
            (|| config().timeout_recv_response(SHORT), "Timeout(RecvResponse)"),
            (|| config().timeout_global(SHORT), "Timeout(Global)"),
            (|| config().timeout_per_call(SHORT), "Timeout(PerCall)"),
            (|| config().timeout_per_read(SHORT), "Timeout(PerRead)"),
        ],
    );
}

#[test]
fn a_body_that_stalls() {
    each(
        || vec![conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Act::Stall])],
        get,
        &[
            (|| config().timeout_recv_body(SHORT), "Timeout(RecvBody)"),
            (|| config().timeout_global(SHORT), "Timeout(Global)"),
            (|| config().timeout_per_read(SHORT), "Timeout(PerRead)"),
        ],
    );
}

/// A limit of all of the body counts over its reads, one of each read begins anew.
#[test]
fn a_body_that_drips() {
    let drips = || {
        let dripping = pieces(ok("x".repeat(12)), 5, Duration::from_millis(20));
        vec![conn([any_request(), dripping])]
    };
    each(drips, get, &[(|| config().timeout_per_read(Some(Duration::from_secs(5))), "whole")]);
    let slowly = || {
        let dripping = pieces(ok("x".repeat(500)), 5, Duration::from_millis(20));
        vec![conn([head(""), dripping])]
    };
    each(slowly, get, &[(|| config().timeout_recv_body(SHORT), "Timeout(RecvBody)")]);
}

#[test]
fn a_peer_that_does_not_read() {
    each(
        || vec![conn([head("POST "), Act::Stall])],
        post,
        &[
            (|| config().timeout_send_body(SHORT), "Timeout(SendBody)"),
            (|| config().timeout_global(SHORT), "Timeout(Global)"),
            (|| config().timeout_per_write(SHORT), "Timeout(PerWrite)"),
        ],
    );
}

#[test]
fn a_handshake_that_stalls() {
    for (configured, expected) in [
        ((|| config().timeout_connect(SHORT)) as Configured, "Timeout(Connect)"),
        (|| config().timeout_global(SHORT), "Timeout(Global)"),
        (|| config().timeout_per_read(SHORT), "Timeout(PerRead)"),
    ] {
        let outcome = alike(move |make| {
            let peer = Peer::start([conn([Act::Swallow])]);
            let agent = make(configured().tls_config(crate::secured::native().build()).build());
            let outcome = get(&agent, &peer.url("/").replace("http:", "https:"));
            drop(agent);
            peer.finish();
            outcome
        });
        assert_eq!(outcome, expected);
    }
}

/// A connection whose timeout was used up is nobody's next one.
#[test]
fn after_a_timeout_the_next_call_is_as_good_as_new() {
    let outcomes = alike(|make| {
        let peer = Peer::start([conn([any_request(), Act::Stall]), conn([any_request(), reply(ok("x"))])]);
        let agent = make(config().build());
        let limited = agent.get(peer.url("/")).config().timeout_recv_response(SHORT).build().call();
        let outcomes = [named(&limited.unwrap_err()), told(agent.get(peer.url("/")).call())];
        drop(agent);
        peer.finish();
        outcomes
    });
    assert_eq!(outcomes[0], "Timeout(RecvResponse)");
}
