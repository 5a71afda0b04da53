//! `maypole::run`: where it runs, what it borrows, what it hands on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use maypole::error::Kind;
use maypole::rt::{self, CancelToken, scope};
use maypole::{HttpClient, run};

use super::peer::{Peer, alone, conn, on_both, reply, request, wait_until};
use super::{LIMIT, two_workers, within};

/// Runs `f` on a coroutine whose stack is too small for requests of its own: half of what counts as roomy.
fn on_small_stack<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    two_workers();
    let small = may::coroutine::Builder::new().stack_size(0x1800);
    may::go!(small, f).unwrap().join().unwrap()
}

#[test]
fn from_a_thread_it_is_a_coroutine_that_borrows_and_gives_back() {
    two_workers();
    let words = ["a".to_owned(), "b".to_owned()];
    let mut seen = Vec::new();
    let last = run(|| {
        assert!(rt::is_coroutine() && rt::is_roomy());
        seen.extend(words.iter().map(String::as_str));
        rt::sleep(Duration::from_millis(1));
        words.last()
    });
    assert_eq!((last.unwrap().map(String::as_str), seen), (Some("b"), vec!["a", "b"]));
}

#[test]
fn on_a_roomy_coroutine_it_runs_right_there() {
    two_workers();
    let roomy = may::coroutine::Builder::new().name("roomy".into()).stack_size(0x4000);
    let stayed = may::go!(roomy, || {
        assert!(rt::is_roomy());
        run(|| may::coroutine::current().name() == Some("roomy")).unwrap()
    });
    assert!(stayed.unwrap().join().unwrap());
}

#[test]
fn on_a_small_stack_it_gets_a_bigger_one() {
    let (small, big) = on_small_stack(|| {
        let mut sizes = [may::coroutine::current().stack_size(), 0];
        let (first, second) = sizes.split_at_mut(1);
        run(|| second[0] = first[0].max(may::coroutine::current().stack_size())).unwrap();
        (sizes[0], sizes[1])
    });
    assert!(small < big, "{small} words, {big} words");
}

#[test]
fn a_panic_goes_on_in_the_caller() {
    on_both(|| {
        two_workers();
        let panic = catch_unwind(AssertUnwindSafe(|| run(|| -> () { panic!("on purpose") }))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    });
    let panic = on_small_stack(|| catch_unwind(AssertUnwindSafe(|| run(|| -> () { panic!("on purpose") }))).is_err());
    assert!(panic);
}

#[test]
fn deadline_and_token_of_the_surrounding_scope_hold() {
    on_both(|| {
        two_workers();
        scope::with_deadline(Duration::from_millis(10), || run(|| rt::sleep(Duration::from_secs(600))).unwrap());
        let token = CancelToken::new();
        token.cancel();
        scope::with_cancel(&token, || {
            run(|| {
                assert!(scope::current().token().is_some_and(CancelToken::is_cancelled));
                rt::sleep(Duration::from_secs(600));
            })
            .unwrap();
        });
        // And are gone behind it.
        run(|| assert!(scope::current().token().is_none())).unwrap();
    });
}

#[test]
fn a_request_of_a_thread_is_made_on_a_coroutine() {
    on_both(|| {
        two_workers();
        let peer = Peer::start([conn([
            request("GET /hello HTTP/1.1\r\n"),
            reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        ])]);
        let (client, url) = (HttpClient::new().unwrap(), peer.url("/hello"));
        assert_eq!(run(|| client.get(&*url).send()?.text()).unwrap().unwrap(), "hello");
        peer.finish();
        let refused = run(|| client.get("http://127.0.0.1:1/").send()).unwrap().unwrap_err();
        assert_eq!(refused.kind(), Kind::Connect);
    });
}

#[test]
fn many_threads_at_once() {
    alone("run::many_threads_at_once", || within(LIMIT, eight_threads));
}

fn eight_threads() {
    std::thread::scope(|threads| {
        for thread in 0..8_u64 {
            threads.spawn(move || {
                let mut sum = 0;
                for n in 0..500 {
                    run(|| sum += n + thread).unwrap();
                }
                assert_eq!(sum, 499 * 250 + 500 * thread);
            });
        }
    });
    wait_until("all to be counted down", || rt::live() == 0);
}
