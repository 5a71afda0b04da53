//! ureq's pool over these connections: what is used again, and what is not.

use std::io::Read;

use crate::both::{alike, config, told};
use crate::peer::{Act, Conn, Gate, Peer, any_request, conn, hold, ok, open, reply};

/// How many requests each connection had, after `calls` have been made with an agent of either kind.
#[track_caller]
fn shape(
    scripts: impl Fn(&Gate) -> Vec<Conn> + Clone + Send + 'static,
    calls: fn(&::ureq::Agent, &Peer, &Gate),
) -> Vec<usize> {
    alike(move |make| {
        let gate = Gate::new();
        let peer = Peer::start(scripts(&gate));
        let agent = make(config().build());
        calls(&agent, &peer, &gate);
        drop(agent);
        peer.finish().shape()
    })
}

fn get(agent: &::ureq::Agent, peer: &Peer) {
    let outcome = told(agent.get(peer.url("/")).call());
    assert!(outcome.starts_with("200"), "{outcome}");
}

#[test]
fn a_connection_serves_request_after_request() {
    let twice = || [any_request(), reply(ok("x")), any_request(), reply(ok("y"))];
    let shape =
        shape(move |_| vec![[twice(), twice()].concat()], |agent, peer, _| (0..4).for_each(|_| get(agent, peer)));
    assert_eq!(shape, [4]);
}

#[test]
fn a_connection_that_the_peer_has_closed_is_not_used() {
    let shape = shape(
        |_| vec![conn([any_request(), reply(ok("x")), Act::Close]), conn([any_request(), reply(ok("y"))])],
        |agent, peer, _| {
            get(agent, peer);
            peer.wait_end(0);
            get(agent, peer);
        },
    );
    assert_eq!(shape, [1, 1]);
}

#[test]
fn bytes_that_nobody_asked_for_end_a_connection() {
    let shape = shape(
        |gate| {
            vec![
                conn([any_request(), reply(ok("x")), reply("HTTP/1.1 200 OK\r\n\r\nof whom?"), open(gate)]),
                conn([any_request(), reply(ok("y"))]),
            ]
        },
        |agent, peer, gate| {
            let mut response = agent.get(peer.url("/")).call().unwrap();
            gate.wait();
            assert_eq!(response.body_mut().read_to_string().unwrap(), "x");
            drop(response);
            get(agent, peer);
        },
    );
    assert_eq!(shape, [1, 1]);
}

#[test]
fn a_body_dropped_half_way_takes_its_connection_along() {
    let large = || reply(ok("x".repeat(500_000)));
    let shape = shape(
        move |gate| vec![conn([any_request(), large(), hold(gate)]), conn([any_request(), large()])],
        |agent, peer, gate| {
            let mut half = vec![0; 1000];
            agent.get(peer.url("/")).call().unwrap().into_body().into_reader().read_exact(&mut half).unwrap();
            get(agent, peer);
            gate.open();
        },
    );
    assert_eq!(shape, [1, 1]);
}

#[test]
fn a_response_that_says_close_is_the_last_on_its_connection() {
    let last = || reply("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
    let shape = shape(
        move |_| vec![conn([any_request(), last()]), conn([any_request(), last()])],
        |agent, peer, _| (0..2).for_each(|_| get(agent, peer)),
    );
    assert_eq!(shape, [1, 1]);
}

/// ureq's own bounds: three idle connections for a host by default.
#[test]
fn as_many_idle_connections_stay_as_ureq_says() {
    let idle = alike(|make| {
        let peer = Peer::always(conn([crate::peer::serve(ok("x"))]));
        let agent = make(config().max_idle_connections_per_host(2).build());
        let held: Vec<_> = (0..5).map(|_| agent.get(peer.url("/")).call().unwrap()).collect();
        held.into_iter().for_each(|mut response| drop(response.body_mut().read_to_string().unwrap()));
        let held: Vec<_> = (0..5).map(|_| agent.get(peer.url("/")).call().unwrap()).collect();
        drop((held, agent));
        peer.connections()
    });
    assert_eq!(idle, 5 + 3);
}
