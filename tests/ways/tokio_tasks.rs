//! Tickets under tokio: on one thread, on several, with what its users do to futures.

use std::future::Future;
use std::time::{Duration, Instant};

use maypole::rt::{self, CancelToken, Semaphore, scope};
use maypole::{HttpClient, error::Kind};

use super::peer::{Peer, conn, reply, request};
use super::{LIMIT, two_workers, within};

fn on_tokio<F>(test: fn() -> F)
where
    F: Future<Output = ()> + 'static,
{
    two_workers();
    let one = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let two = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    within(LIMIT, move || one().block_on(test()));
    within(LIMIT, move || two().block_on(test()));
}

#[test]
fn a_request_is_awaited_and_its_error_comes_through() {
    on_tokio(|| async {
        let peer = Peer::start([conn([
            request("GET /hello HTTP/1.1\r\n"),
            reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        ])]);
        let url = peer.url("/hello");
        let text = rt::spawn(move || HttpClient::new()?.get(&*url).send()?.text()).unwrap().await.unwrap().unwrap();
        assert_eq!(text, "hello");
        peer.finish();
        let refused = rt::spawn(|| HttpClient::new()?.get("http://127.0.0.1:1/").send()).unwrap().await.unwrap();
        assert_eq!(refused.unwrap_err().kind(), Kind::Connect);
    });
}

#[test]
fn the_executor_goes_on_while_coroutines_wait() {
    on_tokio(|| async {
        let gate = Semaphore::new(0);
        let theirs = gate.clone();
        let waits = rt::spawn(move || drop(theirs.acquire(None))).unwrap();
        // On one thread: if the ticket held it, nobody would open.
        let opens = tokio::spawn(async move {
            tokio::task::yield_now().await;
            gate.add(1);
        });
        waits.await.unwrap();
        opens.await.unwrap();
    });
}

#[test]
fn ten_thousand_tasks_with_a_ticket_each() {
    async fn ticket(n: u64) -> u64 {
        let wait = move || {
            rt::sleep(Duration::from_micros(n % 500));
            n
        };
        rt::spawn(wait).unwrap().await.unwrap()
    }
    on_tokio(|| async {
        let tasks: Vec<_> = (0..10_000).map(|n| tokio::spawn(ticket(n))).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        assert_eq!(sum, 9_999 * 10_000 / 2);
    });
}

#[test]
fn a_timeout_drops_the_ticket_and_the_guard_ends_the_coroutine() {
    on_tokio(|| async {
        let (token, ended) = (CancelToken::new(), Semaphore::new(0));
        let (theirs, told) = (token.clone(), ended.clone());
        let sleeps = rt::spawn(move || {
            scope::with_cancel(&theirs, || rt::sleep(Duration::from_secs(600)));
            told.add(1);
        })
        .unwrap();
        let guarded = async move {
            let _ends_with_me = token.drop_guard();
            sleeps.await
        };
        assert!(tokio::time::timeout(Duration::from_millis(20), guarded).await.is_err());
        let at = Instant::now() + LIMIT;
        rt::spawn(move || ended.acquire(Some(at)).map(drop)).unwrap().await.unwrap().unwrap();
    });
}

#[test]
fn a_ticket_loses_a_race_and_is_awaited_later() {
    on_tokio(|| async {
        let gate = Semaphore::new(0);
        let theirs = gate.clone();
        let mut ticket = rt::spawn(move || theirs.acquire(None).map(drop)).unwrap();
        for _ in 0..50 {
            // Each time another timer, and under tokio's hood another waker chain.
            assert!(tokio::time::timeout(Duration::from_micros(100), &mut ticket).await.is_err());
        }
        gate.add(1);
        ticket.await.unwrap().unwrap();
    });
}

#[test]
fn an_aborted_task_lets_its_coroutine_go_on() {
    on_tokio(|| async {
        let (gate, done) = (Semaphore::new(0), Semaphore::new(0));
        let (opened, told) = (gate.clone(), done.clone());
        let ticket = rt::spawn(move || {
            drop(opened.acquire(None));
            told.add(1);
        })
        .unwrap();
        let task = tokio::spawn(ticket);
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        gate.add(1);
        rt::spawn(move || done.acquire(None).map(drop)).unwrap().await.unwrap().unwrap();
    });
}

#[test]
fn a_panic_of_the_coroutine_is_no_panic_of_the_task() {
    on_tokio(|| async {
        let panic = rt::spawn(|| -> () { panic!("on purpose") }).unwrap().await.unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
    });
}

#[test]
fn a_coroutine_awaits_a_task_of_tokio() {
    within(LIMIT, || {
        let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let task = tokio.spawn(async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            42
        });
        assert_eq!(rt::spawn(move || rt::block_on(task)).unwrap().join().unwrap().unwrap(), 42);
    });
}
