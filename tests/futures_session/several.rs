//! Several futures at once.

use maypole::error::Kind;
use maypole::queue::{ReturnWhen, as_completed, wait};
use maypole::rt::scope;

use super::*;

/// A server that answers `/0`, `/1` and so on when the gate of that number opens.
fn gated(n: usize) -> (Vec<Gate>, Server) {
    let gates: Vec<Gate> = (0..n).map(|_| Gate::new()).collect();
    let theirs = gates.clone();
    let server = Server::start(move |request, to| {
        theirs[request.target[1..].parse::<usize>().unwrap()].wait();
        to.reply(ok(&request.target));
    });
    (gates, server)
}

#[test]
fn q260_futures_come_out_in_the_order_in_which_they_complete() {
    on_both(|| {
        let (gates, server) = gated(3);
        let session = session();
        let futures = (0..3).map(|n| session.get(server.url(&format!("/{n}"))).send().tagged(n));
        let mut completed = as_completed(futures);
        for expected in [1, 2, 0] {
            gates[expected].open();
            let future = completed.next().unwrap();
            assert_eq!(*future.tag(), expected);
            assert_eq!(future.result().unwrap().text().unwrap(), format!("/{expected}"));
        }
        assert!(completed.next().is_none());
    });
}

#[test]
fn as_completed_ends_with_its_time_or_its_scope_and_gives_the_rest_back() {
    on_both(|| {
        let comes_in_time = with_some_time(Duration::from_millis(100), |time| {
            let (gates, server) = gated(2);
            let session = session();
            let futures = [0, 1].map(|n| session.get(server.url(&format!("/{n}"))).send().tagged(n));
            gates[1].open();
            let mut completed = as_completed(futures).timeout(time);
            let came: Vec<_> = completed.by_ref().map(|future| *future.tag()).collect();
            if came.is_empty() {
                gates[0].open();
                return false;
            }
            let mut again = as_completed(completed.into_rest());
            assert!(scope::with_deadline(Duration::from_millis(20), || again.next()).is_none());
            gates[0].open();
            assert_eq!((came, again.map(|future| *future.tag()).collect()), (vec![1], vec![0]));
            true
        });
        assert!(comes_in_time, "what was answered did not come");
    });
}

#[test]
fn as_completed_takes_what_is_done_already_and_nothing() {
    let (gates, server) = gated(1);
    gates[0].open();
    let session = session();
    let done = session.get(server.url("/0")).send();
    assert!(done.wait(LONG));
    assert_eq!(as_completed([done]).count(), 1);
    assert_eq!(as_completed(Vec::<maypole::queue::ResponseFuture>::new()).count(), 0);
}

#[test]
fn q261_wait_for_the_first_for_all_and_for_so_long() {
    on_both(|| {
        let (gates, server) = gated(3);
        let session = session();
        let futures = [0, 1, 2].map(|n| session.get(server.url(&format!("/{n}"))).send().tagged(n));
        let tags =
            |futures: &[maypole::queue::ResponseFuture<_, usize>]| futures.iter().map(|f| *f.tag()).collect::<Vec<_>>();
        let waited = wait(futures, ReturnWhen::First, Duration::from_millis(20));
        assert_eq!((tags(&waited.done), tags(&waited.not_done)), (vec![], vec![0, 1, 2]));
        gates[1].open();
        let waited = wait(waited.not_done, ReturnWhen::First, LONG);
        assert_eq!((tags(&waited.done), tags(&waited.not_done)), (vec![1], vec![0, 2]));
        let waited = wait(waited.not_done, ReturnWhen::All, Duration::from_millis(20));
        assert_eq!(tags(&waited.not_done), [0, 2]);
        gates[0].open();
        gates[2].open();
        let waited = wait(waited.not_done, ReturnWhen::All, None);
        assert_eq!((tags(&waited.done), tags(&waited.not_done)), (vec![0, 2], vec![]));
    });
}

#[test]
fn q261_wait_for_the_first_failure_or_all() {
    let (gates, server) = gated(2);
    let session = session();
    gates[0].open();
    let good = session.get(server.url("/0")).send();
    assert!(good.wait(LONG));
    let (bad, held) = (session.get("no URL").send(), session.get(server.url("/1")).send());
    let waited = wait([good, bad, held], ReturnWhen::Exception, LONG);
    assert!(waited.done.iter().any(|future| future.error().is_some_and(|error| error.kind() == Kind::InvalidUrl)));
    assert_eq!(waited.not_done.len(), 1);
    gates[1].open();
    let waited = wait(waited.not_done, ReturnWhen::Exception, LONG);
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 0), "none has failed: all");
}
