//! One connection, used from threads and coroutines in turn: it is in the workers' event queue for the ones and not for the
//! others, and nothing is lost in between.

use std::io::Read;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use maypole::error::Kind;
use maypole::rt::{self, CancelToken};
use maypole::{HttpClient, run};

use super::peer::Server;
use super::{LIMIT, within};

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

fn one_connection() -> HttpClient {
    HttpClient::builder().max_per_host(1).build().unwrap()
}

#[test]
fn requests_in_turns_over_one_connection() {
    within(LIMIT, || {
        let server = Server::start(|_, responder| responder.reply(HELLO));
        let (client, url) = (one_connection(), server.url("/"));
        let get = || client.get(&*url).send().unwrap().text().unwrap();
        for turn in 0..300 {
            let text = if turn % 3 == 0 { get() } else { run(get).unwrap() };
            assert_eq!(text, "hello");
        }
        assert_eq!(server.connections(), 1);
    });
}

#[test]
fn a_body_begun_on_one_side_is_read_on_the_other() {
    within(LIMIT, || {
        let (more, wanted) = mpsc::channel::<()>();
        let wanted = Mutex::new(wanted);
        let server = Server::start(move |_, responder| {
            responder.reply("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n");
            for piece in 0..40_u8 {
                wanted.lock().unwrap().recv().ok();
                responder.reply([piece]);
            }
        });
        let mut response = one_connection().get(server.url("/")).send().unwrap();
        for piece in 0..40_u8 {
            let mut byte = [255];
            // Sometimes it is there before the wait begins, sometimes not.
            if piece % 4 < 2 {
                more.send(()).unwrap();
            }
            let late = (piece % 4 >= 2).then(|| more.clone());
            let sender = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(1));
                late.map(|more| more.send(()))
            });
            let mut read = || response.read_exact(&mut byte).unwrap();
            if piece % 2 == 0 {
                read()
            } else {
                run(read).unwrap()
            }
            assert_eq!(byte, [piece]);
            sender.join().unwrap();
        }
        assert_eq!(response.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn deadlines_and_tokens_hold_on_the_first_wait_of_a_coroutine() {
    within(LIMIT, || {
        let server = Server::start(|request, responder| {
            if request.target == "/hello" {
                responder.reply(HELLO);
            }
        });
        let hello = server.url("/hello");
        let silent = server.url("/silent");
        for fired_before in [true, false] {
            let client = Arc::new(one_connection());
            // Dialed and used by this thread.
            assert_eq!(client.get(&*hello).send().unwrap().text().unwrap(), "hello");
            let error = run(|| client.get(&*silent).timeout(Duration::from_millis(5)).send().unwrap_err()).unwrap();
            assert_eq!(error.kind(), Kind::Timeout);
            assert_eq!(client.get(&*hello).send().unwrap().text().unwrap(), "hello");
            let token = CancelToken::new();
            let firing = token.clone();
            let fire = move || {
                if !fired_before {
                    std::thread::sleep(Duration::from_millis(5));
                }
                firing.cancel();
            };
            let thread = std::thread::spawn(fire);
            if fired_before {
                while !token.is_cancelled() {
                    std::thread::yield_now();
                }
            }
            let error = run(|| client.get(&*silent).cancel(&token).send().unwrap_err()).unwrap();
            assert_eq!(error.kind(), Kind::Cancelled);
            thread.join().unwrap();
        }
    });
}

#[test]
fn many_of_both_sides_at_once() {
    within(LIMIT, || {
        let server = Server::start(|_, responder| responder.reply(HELLO));
        let client = HttpClient::builder().max_per_host(4).build().unwrap();
        let (client, url) = (&client, &server.url("/"));
        let end = Instant::now() + Duration::from_millis(700);
        let get = || {
            let mut times = 0;
            while Instant::now() < end || times < 10 {
                assert_eq!(client.get(url).send().unwrap().text().unwrap(), "hello");
                times += 1;
            }
        };
        // That each gets its ten answers, and none hangs, is what is proven.
        std::thread::scope(|threads| {
            (0..4).for_each(|_| drop(threads.spawn(get)));
            rt::scoped(8, |s| s.map(0..8, |_| get())).unwrap();
        });
    });
}
