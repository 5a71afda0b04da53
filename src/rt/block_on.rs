//! Futures on coroutines, without an async runtime.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::socket::Socket;
use super::waiter::Waiter;

/// Runs a future here, parking this coroutine or thread while it waits for something else to wake it.
///
/// The future must bring its own wake-ups: there is no reactor. A future that reads one socket is driven with
/// [`drive`].
///
/// ```
/// assert_eq!(maypole::rt::block_on(async { 2 + 2 }), 4);
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waiter = Waiter::current();
    let waker = Waker::from(Arc::new(waiter.clone()));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        // No deadline and no token: nothing else ends it.
        waiter.wait(None).ok();
    }
}

/// Runs a future whose only source of events is `socket`, on this coroutine: poll, then wait for the socket or a wake.
///
/// The future answers `Pending` when a non-blocking call on the socket would block, and registers nothing. It ends with
/// the future, so shut the socket down to stop it.
pub fn drive<F: Future>(future: F, socket: &Socket) -> F::Output {
    let mut future = pin!(future);
    let waker = socket.waker();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        socket.wait_any();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt;

    #[test]
    fn br2_br4_a_future_is_woken_from_a_coroutine_and_from_a_thread() {
        struct Value(Option<u8>, Option<Waker>);
        let test = || {
            let cell = Arc::new(std::sync::Mutex::new(Value(None, None)));
            let setting = cell.clone();
            let set = move || {
                let mut value = setting.lock().unwrap();
                value.0 = Some(7);
                if let Some(waker) = value.1.take() {
                    waker.wake();
                }
            };
            if rt::is_coroutine() {
                drop(std::thread::spawn(set))
            } else {
                drop(rt::spawn(set).unwrap())
            }
            let future = std::future::poll_fn(move |context| {
                let mut value = cell.lock().unwrap();
                value.1 = Some(context.waker().clone());
                value.0.map_or(Poll::Pending, Poll::Ready)
            });
            assert_eq!(block_on(future), 7);
        };
        test();
        rt::spawn(test).unwrap().join().unwrap();
    }
}
