//! Ended from outside: cancel tokens, deadlines of scopes, `ureq::Agent::shutdown`.

use std::io::{self, ErrorKind};
use std::time::Duration;

use ::ureq::{Agent, Error};
use maypole::error::Kind;
use maypole::rt::{self, CancelToken, scope};

use crate::both::{alike, config, ours};
use crate::peer::{Act, Blackhole, Gate, Peer, any_request, conn, hold, on_both, on_coroutine, on_thread, open, reply};

/// Far beyond what the test waits for.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_millis(40);

/// What a scope's end is to ureq: our error inside of an I/O error.
fn kind(error: Error) -> Kind {
    let Error::Io(error) = error else { panic!("{error:?}") };
    inner(error)
}

fn inner(error: io::Error) -> Kind {
    error.downcast::<maypole::Error>().unwrap().kind()
}

/// The head, then the whole body.
fn get(agent: &Agent, url: &str) -> Result<Vec<u8>, Error> {
    agent.get(url).call()?.body_mut().read_to_vec()
}

fn fired_after(gate: &Gate) -> CancelToken {
    let (token, gate) = (CancelToken::new(), gate.clone());
    let firing = token.clone();
    std::thread::spawn(move || {
        gate.wait();
        firing.cancel();
    });
    token
}

#[test]
fn a_token_ends_the_wait_for_a_response() {
    on_both(|| {
        let gate = Gate::new();
        let peer = Peer::start([conn([any_request(), open(&gate), Act::Stall])]);
        let agent = ours(config().build());
        let token = fired_after(&gate);
        let ended = scope::with_cancel(&token, || get(&agent, &peer.url("/")));
        assert_eq!(kind(ended.unwrap_err()), Kind::Cancelled);
        let before = scope::with_cancel(&token, || get(&agent, &peer.url("/")));
        assert_eq!(kind(before.unwrap_err()), Kind::Cancelled);
        peer.finish();
    });
}

/// To ureq an aborted connection is the end of a body without a length: a cancelled one must not pass for it.
#[test]
fn a_cancelled_body_is_not_a_whole_one() {
    on_both(|| {
        let gate = Gate::new();
        let peer = Peer::start([conn([any_request(), reply("HTTP/1.1 200 OK\r\n\r\nhalf"), open(&gate), Act::Stall])]);
        let token = fired_after(&gate);
        let ended = scope::with_cancel(&token, || get(&ours(config().build()), &peer.url("/")));
        assert_eq!(kind(ended.unwrap_err()), Kind::Cancelled);
        peer.finish();
    });
}

#[test]
fn a_token_ends_connecting_and_lookups() {
    on_both(|| {
        let hole = Blackhole::start();
        let asked = Gate::new();
        let token = fired_after(&asked);
        let ended = scope::with_cancel(&token, || {
            asked.open();
            get(&ours(config().build()), &hole.url("/"))
        });
        assert_eq!(kind(ended.unwrap_err()), Kind::Cancelled);
    });
}

#[test]
fn the_deadline_of_a_scope_is_told_from_ureqs_own() {
    on_both(|| {
        let stalls = [
            conn([any_request(), Act::Stall]),
            conn([any_request(), reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), Act::Stall]),
        ];
        for script in stalls {
            let peer = Peer::start([script]);
            let agent = ours(config().timeout_global(Some(LONG)).timeout_per_read(Some(LONG)).build());
            let ended = scope::with_deadline(SHORT, || get(&agent, &peer.url("/")));
            assert_eq!(kind(ended.unwrap_err()), Kind::Timeout);
            peer.finish();
        }
        let hole = Blackhole::start();
        let agent = ours(config().timeout_connect(Some(LONG)).build());
        let ended = scope::with_deadline(SHORT, || get(&agent, &hole.url("/")));
        assert_eq!(kind(ended.unwrap_err()), Kind::Timeout);
        // And the other way round.
        let agent = ours(config().timeout_connect(Some(SHORT)).build());
        let ended = scope::with_deadline(LONG, || get(&agent, &hole.url("/")));
        assert!(matches!(ended, Err(Error::Timeout(::ureq::Timeout::Connect))), "{ended:?}");
    });
}

/// Data that is there without a wait does not outrun it.
#[test]
fn a_deadline_ends_a_body_that_never_makes_wait() {
    on_both(|| {
        let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        let peer = Peer::start([conn([any_request(), reply(head), crate::peer::flood(vec![b'x'; 1 << 16])])]);
        let agent = ours(config().build());
        let ended = scope::with_deadline(SHORT, || {
            let mut response = agent.get(peer.url("/")).call().unwrap();
            io::copy(&mut response.body_mut().as_reader(), &mut io::sink())
        });
        assert_eq!(inner(ended.unwrap_err()), Kind::Timeout);
        peer.finish();
    });
}

#[test]
fn shutting_the_agent_down_ends_its_requests() {
    for make in [on_thread::<()> as fn(fn()), on_coroutine::<()>] {
        make(|| {
            let gate = Gate::new();
            let peer = Peer::start([conn([any_request(), open(&gate), Act::Stall])]);
            let agent = ours(config().build());
            let (ending, waiting) = (agent.clone(), gate.clone());
            std::thread::spawn(move || {
                waiting.wait();
                ending.shutdown();
            });
            let Err(Error::Io(error)) = agent.get(peer.url("/")).call() else { panic!("not ended") };
            assert_eq!(error.kind(), ErrorKind::NotConnected);
            peer.finish();
        });
    }
}

#[test]
fn shutting_the_agent_down_ends_connecting_too() {
    on_coroutine(|| {
        let hole = Blackhole::start();
        let agent = ours(config().build());
        let (calling, url) = (agent.clone(), hole.url("/"));
        let call = rt::spawn(move || calling.get(url).call().map(drop)).unwrap();
        rt::sleep(SHORT);
        agent.shutdown();
        let Err(Error::Io(error)) = call.join().unwrap() else { panic!("not ended") };
        assert_eq!(error.kind(), ErrorKind::NotConnected);
    });
}

#[test]
fn after_a_shutdown_nothing_is_called() {
    let outcome = alike(|make| {
        let gate = Gate::new();
        let peer = Peer::start([conn([any_request(), reply(crate::peer::ok("x")), hold(&gate)])]);
        let agent = make(config().build());
        get(&agent, &peer.url("/")).unwrap();
        agent.clone().shutdown();
        let outcome = crate::both::named(&get(&agent, &peer.url("/")).unwrap_err());
        gate.open();
        peer.finish();
        outcome
    });
    assert_eq!(outcome, "Io(NotConnected)");
}
