//! What ends a wait.

use std::io::{self, BufRead, Read, Write};
use std::time::{Duration, Instant};

use maypole::compat::io::Connector;
use maypole::error::{Error, Kind};
use maypole::rt::{self, CancelToken, scope};

use crate::peer::Act::{Closed, Stall};
use crate::peer::{Blackhole, Gate, conn, hold, on_both, reply, with_some_time};
use crate::site::{WAYS, Way, trusting};

const SHORT: Duration = Duration::from_millis(60);
const LONG: Duration = Duration::from_secs(60);

#[track_caller]
fn assert_timed_out(error: io::Error, text: &str) {
    assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
    assert!(error.to_string().contains(text), "{error}");
    assert_eq!(Error::from_io(error).kind(), Kind::Timeout);
}

#[test]
fn a_read_timeout_ends_a_read_and_the_stream_goes_on() {
    for way in WAYS {
        on_both(move || {
            let gate = Gate::new();
            let peer = way.peer(conn([hold(&gate), reply("late\n"), Closed]));
            let mut stream = way.connect(&peer);
            assert_eq!(stream.read_timeout(), None);
            stream.set_read_timeout(Some(SHORT));
            assert_eq!(stream.try_clone().unwrap().read_timeout(), Some(SHORT));
            for _ in 0..2 {
                let start = Instant::now();
                assert_timed_out(stream.read(&mut [0]).unwrap_err(), "read timed out after 60ms");
                assert!(start.elapsed() >= SHORT);
                assert_timed_out(stream.fill_buf().map(<[u8]>::len).unwrap_err(), "read timed out");
            }
            stream.set_read_timeout(Some(Duration::ZERO));
            assert_timed_out(stream.read(&mut [0]).unwrap_err(), "read timed out after 0ns");
            gate.open();
            stream.set_read_timeout(Some(LONG));
            // Once it is there it needs no time.
            assert_eq!(stream.fill_buf().unwrap(), b"late\n");
            stream.consume(4);
            assert_eq!(stream.read(&mut [0; 9]).unwrap(), 1);
            drop(stream);
            peer.finish();
        });
    }
}

#[test]
fn errors_name_the_peer() {
    on_both(|| {
        let peer = Way::Tls.peer(conn([Stall]));
        let stream = Way::Tls.connect(&peer);
        stream.set_read_timeout(Some(SHORT));
        let error = (&stream).read(&mut [0]).unwrap_err().to_string();
        let names = format!("(localhost:{0}, 127.0.0.1:{0})", peer.port());
        assert!(error.ends_with(&names), "{error}");
        assert!(format!("{stream:?}").contains(&peer.authority()));
    });
}

#[test]
fn a_write_timeout_ends_a_write() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([Stall]));
            let connector = Connector::new().tls(trusting()).write_timeout(Some(SHORT));
            let stream = connector.connect(&way.url(&peer)).unwrap();
            assert_eq!(stream.write_timeout(), Some(SHORT));
            let error = (&stream).write_all(&vec![7; 64 << 20]).unwrap_err();
            assert_timed_out(error, "write timed out after 60ms");
        });
    }
}

#[test]
fn a_deadline_ends_every_call_also_those_that_need_no_wait() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([reply("there"), Stall]));
            let stream = way.connect(&peer);
            (&stream).read_exact(&mut [0]).unwrap();
            stream.set_read_timeout(Some(LONG));
            let reads = with_some_time(SHORT, |time| {
                stream.set_deadline(Some(Instant::now() + time));
                (&stream).read_exact(&mut [0; 4]).is_ok()
            });
            assert!(reads, "what was there before the deadline");
            assert_timed_out((&stream).read(&mut [0]).unwrap_err(), "read reached the deadline");
            assert_timed_out((&stream).write(b"x").unwrap_err(), "write reached the deadline");
            stream.set_deadline(None);
            (&stream).write_all(b"x").unwrap();
        });
    }
}

#[test]
fn a_scope_ends_connecting_reading_and_writing() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([Stall]));
            let stream = way.connect(&peer);
            scope::with_deadline(SHORT, || {
                assert_timed_out((&stream).read(&mut [0]).unwrap_err(), "read reached the deadline");
                assert_timed_out((&stream).write(b"x").unwrap_err(), "deadline");
            });
            (&stream).write_all(b"x").unwrap();
        });
    }
    on_both(|| {
        let hole = Blackhole::start();
        let error =
            scope::with_deadline(SHORT, || Connector::new().connect(&format!("tcp://{}", hole.address()))).unwrap_err();
        assert_eq!(error.kind(), Kind::Timeout, "{error}");
        let error =
            Connector::new().connect_timeout(Some(SHORT)).connect(&format!("tcp://{}", hole.address())).unwrap_err();
        assert_eq!(error.kind(), Kind::Timeout, "{error}");
    });
}

#[test]
fn tokens_end_waits_and_later_calls() {
    for way in WAYS {
        on_both(move || {
            let peer = way.peer(conn([Stall]));
            let stream = way.connect(&peer);
            for scoped in [false, true] {
                let token = CancelToken::new();
                let firing = token.clone();
                let fire = rt::spawn(move || {
                    rt::sleep(SHORT);
                    firing.cancel();
                });
                let call = || (&stream).read(&mut [0]).unwrap_err();
                let error = if scoped {
                    scope::with_cancel(&token, call)
                } else {
                    stream.set_cancel_token(Some(&token));
                    call()
                };
                assert_eq!(error.kind(), io::ErrorKind::ConnectionAborted, "{error}");
                assert_eq!(Error::from_io(error).kind(), Kind::Cancelled);
                fire.unwrap().join().unwrap();
                if !scoped {
                    assert_eq!(Error::from_io((&stream).write(b"x").unwrap_err()).kind(), Kind::Cancelled);
                    stream.set_cancel_token(None);
                }
            }
            (&stream).write_all(b"x").unwrap();
        });
    }
}

#[test]
fn a_token_ends_the_wait_for_another_ones_turn() {
    on_both(|| {
        let peer = Way::Tls.peer(conn([Stall]));
        let stream = std::sync::Arc::new(Way::Tls.connect(&peer));
        let first = stream.clone();
        let reading = rt::spawn(move || {
            loop {
                match (&*first).read(&mut [0]) {
                    // On a busy machine it begins late, and has the limits that are meant for the second one.
                    Err(error) if error.kind() != io::ErrorKind::ConnectionReset => rt::yield_io(),
                    result => return result,
                }
            }
        })
        .unwrap();
        rt::sleep(SHORT);
        // Of two readers the second waits for the first.
        stream.set_read_timeout(Some(SHORT));
        assert_timed_out((&*stream).read(&mut [0]).unwrap_err(), "read timed out");
        stream.set_read_timeout(None);
        let token = CancelToken::new();
        stream.set_cancel_token(Some(&token));
        let firing = rt::spawn(move || {
            rt::sleep(SHORT);
            token.cancel();
        });
        assert_eq!((&*stream).read(&mut [0]).unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        firing.unwrap().join().unwrap();
        stream.set_cancel_token(None);
        stream.shutdown(std::net::Shutdown::Both).unwrap();
        assert_eq!(reading.join().unwrap().unwrap(), 0);
    });
}
