//! Join handles as futures, polled by hand and by an executor that knows nothing of coroutines.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use maypole::rt::{self, CancelToken, JoinHandle, Semaphore, scope};

use super::executor::{Count, execute};
use super::peer::wait_until;
use super::{LIMIT, two_workers, within};

/// A coroutine that ends when it is let.
fn gated<T: Send + 'static>(value: T) -> (JoinHandle<T>, Semaphore) {
    two_workers();
    let gate = Semaphore::new(0);
    let theirs = gate.clone();
    let handle = rt::spawn(move || {
        drop(theirs.acquire(None));
        value
    });
    (handle.unwrap(), gate)
}

fn poll<T>(handle: &mut JoinHandle<T>, waker: &Waker) -> Poll<std::thread::Result<T>> {
    Pin::new(handle).poll(&mut Context::from_waker(waker))
}

#[test]
fn a_ticket_is_a_future_that_may_move_between_threads() {
    fn check<F: Future + Send + Sync + Unpin + 'static>() {}
    check::<JoinHandle<String>>();
    // What it gives need not be shared, since nobody but the taker sees it.
    check::<JoinHandle<std::cell::Cell<u8>>>();
}

#[test]
fn an_executor_of_a_few_lines_awaits_what_has_ended_and_what_has_not() {
    within(LIMIT, || {
        let (slow, gate) = gated("slow");
        let quick = rt::spawn(|| "quick").unwrap();
        wait_until("the quick one to end", || quick.is_done());
        let opener = std::thread::spawn(move || {
            std::thread::yield_now();
            gate.add(1);
        });
        let both = execute(async move { (quick.await.unwrap(), slow.await.unwrap()) });
        assert_eq!(both, ("quick", "slow"));
        opener.join().unwrap();
    });
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken_and_once() {
    let (mut handle, gate) = gated(7);
    let ((first, first_waker), (second, second_waker)) = (Count::waker(), Count::waker());
    assert!(poll(&mut handle, &first_waker).is_pending());
    assert!(poll(&mut handle, &second_waker).is_pending());
    // The same again: nothing is cloned for it.
    let handles = Arc::strong_count(&second);
    assert!(poll(&mut handle, &second_waker).is_pending());
    assert_eq!(Arc::strong_count(&second), handles);
    assert_eq!(Arc::strong_count(&first), 2, "the replaced waker was let go");
    gate.add(1);
    wait_until("the wake-up", || second.wakes() > 0);
    assert!(matches!(poll(&mut handle, &first_waker), Poll::Ready(Ok(7))));
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
}

#[test]
fn polled_after_it_was_ready_it_says_so() {
    let (mut handle, gate) = gated(());
    let (_, waker) = Count::waker();
    gate.add(1);
    wait_until("the end", || handle.is_done());
    assert!(poll(&mut handle, &waker).is_ready());
    let panic = catch_unwind(AssertUnwindSafe(|| poll(&mut handle, &waker).is_ready())).unwrap_err();
    assert!(panic.downcast_ref::<&str>().unwrap().contains("polled again after it was ready"));
    // And `join` gives an error instead of waiting for ever.
    assert!(handle.join().is_err());
}

#[test]
fn a_panic_is_the_result() {
    two_workers();
    let handle = rt::spawn(|| panic!("on purpose")).unwrap();
    let panic: Box<dyn std::any::Any + Send> = execute(handle).map(|(): ()| ()).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
}

#[test]
fn join_after_a_poll_gets_the_result() {
    let (mut handle, gate) = gated(vec![1, 2]);
    let (_, waker) = Count::waker();
    assert!(poll(&mut handle, &waker).is_pending());
    gate.add(1);
    assert_eq!(handle.join().unwrap(), [1, 2]);
}

#[test]
fn dropped_in_mid_wait_the_coroutine_goes_on_and_wakes_nobody() {
    let done = Semaphore::new(0);
    let (gate, theirs) = (Semaphore::new(0), done.clone());
    let opened = gate.clone();
    two_workers();
    let mut handle = rt::spawn(move || {
        drop(opened.acquire(None));
        theirs.add(1);
    })
    .unwrap();
    let (count, waker) = Count::waker();
    assert!(poll(&mut handle, &waker).is_pending());
    drop(handle);
    gate.add(1);
    drop(done.acquire(None).unwrap());
    wait_until("its waker to be let go", || Arc::strong_count(&count) == 2);
}

#[test]
fn a_drop_guard_ends_what_a_dropped_future_had_started() {
    two_workers();
    let token = CancelToken::new();
    let (ended, theirs) = (Semaphore::new(0), token.clone());
    let told = ended.clone();
    let mut task = Box::pin(async move {
        let _ends_with_me = token.drop_guard();
        let sleep = move || scope::with_cancel(&theirs, || rt::sleep(std::time::Duration::from_secs(600)));
        rt::spawn(move || {
            sleep();
            told.add(1);
        })
        .unwrap()
        .await
    });
    let (_, waker) = Count::waker();
    assert!(task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(task);
    drop(ended.acquire(Some(std::time::Instant::now() + LIMIT)).unwrap());
}

#[test]
fn block_on_awaits_tickets_inside_a_coroutine_and_outside() {
    within(LIMIT, || {
        let sum = || {
            rt::block_on(async {
                let mut sum = 0;
                for n in 0..100 {
                    sum += rt::spawn(move || {
                        rt::yield_io();
                        n
                    })
                    .unwrap()
                    .await
                    .unwrap();
                }
                sum
            })
        };
        assert_eq!(sum(), 4950);
        assert_eq!(rt::spawn(sum).unwrap().join().unwrap(), 4950);
    });
}

#[test]
fn ten_thousand_tickets_at_once() {
    within(LIMIT, || {
        let gate = Semaphore::new(0);
        let handles: Vec<_> = (0..10_000_u64)
            .map(|n| {
                let gate = gate.clone();
                rt::spawn(move || {
                    drop(gate.acquire(None));
                    n
                })
                .unwrap()
            })
            .collect();
        assert!(rt::live() >= 10_000);
        let opener = std::thread::spawn(move || gate.add(1));
        let sum = execute(async move {
            let mut sum = 0;
            for handle in handles {
                sum += handle.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 9_999 * 10_000 / 2);
        opener.join().unwrap();
    });
}
