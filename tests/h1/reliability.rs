//! Connections that die at the worst moment: what may be repeated is, once; what may not is never, sec-G3 and sec-G4.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use maypole::HttpClient;
use maypole::error::Kind;
use maypole::rt;

use crate::peer::*;
use crate::{ms, quick};

#[test]
fn c304_sec_g3_a_get_on_a_connection_that_closes_as_it_is_written() {
    on_both(|| {
        for end in [Act::Close, Act::Reset] {
            let peer = Peer::start([
                conn([request("GET /1"), reply(ok("a")), request("GET /2"), end]),
                conn([request("GET /2"), reply(ok("b"))]),
            ]);
            let client = quick();
            client.get(peer.url("/1")).send().unwrap().text().unwrap();
            assert_eq!(client.get(peer.url("/2")).send().unwrap().text().unwrap(), "b");
            peer.finish();
        }
    });
}

#[test]
fn c304_sec_g3_the_same_over_tls() {
    on_both(|| {
        for end in [Act::Close, Act::Sever, Act::Reset] {
            let dies = conn([request("GET /1"), reply(ok("a")), request("GET /2"), end]);
            let peer = Peer::tls(&Tls::default(), [dies, conn([request("GET /2"), reply(ok("b"))])], None);
            let client = crate::tls_client();
            client.get(peer.url("/1")).send().unwrap().text().unwrap();
            assert_eq!(client.get(peer.url("/2")).send().unwrap().text().unwrap(), "b");
            peer.finish();
        }
    });
}

#[test]
fn sec_g3_no_second_replay_and_none_on_a_fresh_connection() {
    on_both(|| {
        let dies = || conn([request("GET /2"), Act::Close]);
        let peer = Peer::start([conn([request("GET /1"), reply(ok("a")), request("GET /2"), Act::Close]), dies()]);
        let client = quick();
        client.get(peer.url("/1")).send().unwrap().text().unwrap();
        let e = client.get(peer.url("/2")).send().unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (Kind::ClosedBeforeResponse, 2), "{e:?}");
        peer.finish();

        let peer = Peer::start([dies()]);
        let e = client.get(peer.url("/2")).send().unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (Kind::ClosedBeforeResponse, 1), "{e:?}");
        peer.finish();
    });
}

#[test]
fn c305_a_post_that_may_have_arrived_is_not_repeated() {
    on_both(|| {
        for end in [Act::Close, Act::Reset] {
            let peer = Peer::start([conn([any_request(), reply(ok("a")), request("POST"), end])]);
            let client = quick();
            client.get(peer.url("/")).send().unwrap().text().unwrap();
            let e = client.post(peer.url("/")).body("hello").send().unwrap_err();
            assert!(matches!(e.kind(), Kind::ClosedBeforeResponse | Kind::ConnectionLost), "{e:?}");
            assert!(e.is_reused() && !e.is_retryable(), "{e:?}");
            peer.finish();
        }
    });
}

#[test]
fn sec_g3_nothing_is_repeated_once_a_byte_of_the_answer_came() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("a")), any_request(), reply("HTTP/1.1 2"), Act::Close])]);
        let client = quick();
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        assert_eq!(client.get(peer.url("/")).send().unwrap_err().kind(), Kind::Incomplete);
        peer.finish();
    });
}

#[test]
fn sec_g3_replay_can_be_switched_off() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(ok("a")), any_request(), Act::Close])]);
        let client = HttpClient::builder().replay(false).timeout(ms(5000)).build().unwrap();
        client.get(peer.url("/")).send().unwrap().text().unwrap();
        let e = client.get(peer.url("/")).send().unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (Kind::ClosedBeforeResponse, 1), "{e:?}");
        peer.finish();
    });
}

/// A server that ends each connection at a moment of its own choice after a few answers: at once, a little later, while
/// the next request comes, by a close or by a reset.
fn capricious(executed: &Arc<Mutex<HashMap<String, usize>>>, answers_the_last: bool) -> Server {
    let executed = executed.clone();
    Server::start(move |request, to| {
        *executed.lock().unwrap().entry(request.target.clone()).or_default() += 1;
        let seed = to.connection * 7 + to.turn;
        let last = to.turn > to.connection % 4;
        if !last || answers_the_last {
            to.reply(ok("x"));
        }
        if last {
            // Enough for the next request to be on its way, or not.
            std::thread::sleep(std::time::Duration::from_micros(seed as u64 % 5 * 50));
            if seed % 2 == 0 { to.close() } else { to.reset() }
        }
    })
}

#[test]
fn c375_sec_g3_random_closes_are_never_seen_by_a_get() {
    on_both(|| {
        let executed = Arc::default();
        let server = capricious(&executed, true);
        let client = HttpClient::builder().max_per_host(2).timeout(ms(5000)).build().unwrap();
        for n in 0..300 {
            let text = client.get(server.url(&format!("/{n}"))).send().and_then(|r| r.text());
            assert_eq!(text.unwrap_or_else(|e| panic!("request {n}: {e:?}")), "x");
        }
        assert_eq!(executed.lock().unwrap().len(), 300);
    });
}

#[test]
fn c306_sec_g4_a_post_is_executed_at_most_once() {
    on_both(|| {
        let executed = Arc::default();
        let server = capricious(&executed, false);
        let client = HttpClient::builder().max_per_host(4).timeout(ms(5000)).build().unwrap();
        let (next, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (client, base, next, answered) = (client.clone(), server.url("/"), next.clone(), answered.clone());
                rt::spawn(move || {
                    loop {
                        let n = next.fetch_add(1, SeqCst);
                        if n >= 300 {
                            return;
                        }
                        let sent = client.post(format!("{base}{n}")).body("hello").send().and_then(|r| r.text());
                        answered.fetch_add(sent.is_ok() as usize, SeqCst);
                    }
                })
                .unwrap()
            })
            .collect();
        workers.into_iter().for_each(|w| w.join().unwrap());
        let executed = executed.lock().unwrap();
        assert!(
            executed.values().all(|times| *times == 1),
            "{:?}",
            executed.iter().filter(|(_, n)| **n > 1).collect::<Vec<_>>()
        );
        assert!(answered.load(SeqCst) > 100, "{} of 300 were answered", answered.load(SeqCst));
    });
}
