//! Case 369: too slow for too long, with a kind of its own, down and up.

use std::io::Read;
use std::time::Instant;

use maypole::deadline::{MinSpeed, Timeouts};
use maypole::error::{Error, Kind, Phase};
use maypole::rt;
use maypole::{Body, Response};

use crate::peer::*;
use crate::{announces, ms, with};

#[track_caller]
fn too_slow(phase: Phase, after: u64, run: impl FnOnce() -> Result<u64, Error>) -> Error {
    let start = Instant::now();
    let error = run().expect_err("too slow");
    let took = start.elapsed();
    assert!(took >= ms(after), "{took:?}");
    assert_eq!((error.kind(), error.phase()), (Kind::TooSlow, Some(phase)), "{error}");
    assert!(!error.is_timeout() && error.to_string().contains("bytes/s"), "{error}");
    error
}

fn drained(mut response: Response) -> Result<u64, Error> {
    response.copy_to(&mut std::io::sink())
}

#[test]
fn c369_silence_in_the_body() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(announces(1000)), reply("0123456789"), Act::Stall])]);
        let client = with(|b| b.min_speed(100, ms(1000)));
        let error = too_slow(Phase::Body, 900, || client.get(peer.url("/")).send().and_then(drained));
        assert_eq!(error.bytes_received(), 10);
        assert!(error.to_string().contains("slower than 100 bytes/s: "), "{error}");
        peer.wait_end(0);
        assert_eq!(client.stats().in_use, 0);
    });
}

#[test]
fn c369_a_drip_below_the_limit_and_one_above() {
    on_both(|| {
        // 5 bytes each 25 ms are 200 a second.
        let drips = |bytes: usize| {
            let drip = pieces("x".repeat(bytes), 5, ms(25));
            Peer::always(conn([any_request(), reply(announces(bytes as u64)), drip, Act::Swallow]))
        };
        let client = with(|b| b);
        let below = drips(10_000);
        too_slow(Phase::Body, 250, || client.get(below.url("/")).min_speed(2000, ms(300)).send().and_then(drained));
        let above = drips(100);
        let is_fast_enough = with_some_time(ms(300), |over| {
            let response = client.get(above.url("/")).min_speed(50, over).send().unwrap();
            drained(response).is_ok_and(|bytes| bytes == 100)
        });
        assert!(is_fast_enough, "too slow");
    });
}

#[test]
fn c369_a_reader_that_takes_its_time_is_not_the_servers_fault() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), reply(announces(100_000)), Act::Repeat(vec![0; 1000], 100)])]);
        let client = with(|b| b.min_speed(1_000_000, ms(400)));
        let mut response = client.get(peer.url("/")).send().unwrap();
        let announced = announces(100_000).len() as u64;
        wait_until("all of it to be there", || peer.so_far().connections[0].written == announced + 100_000);
        let mut piece = vec![0; 33_000];
        for _ in 0..3 {
            response.read_exact(&mut piece).unwrap();
            rt::sleep(ms(300));
        }
    });
}

#[test]
fn c369_an_upload_that_is_not_taken() {
    on_both(|| {
        let peer = Peer::start([conn([head("POST"), Act::Stall])]);
        let client = with(|b| b.min_speed(1000, ms(500)));
        let body = Body::sized(std::io::repeat(1).take(100 << 20), 100 << 20);
        too_slow(Phase::Send, 450, || client.post(peer.url("/")).body(body).send().map(|_| 0));
    });
}

#[test]
fn c369_other_limits_go_first_where_they_are_sooner() {
    on_both(|| {
        let peer = Peer::always(conn([Act::MayAsk, reply(announces(1000)), Act::Stall]));
        let client = with(|b| b.min_speed(100, ms(60_000)));
        for timeouts in [
            Timeouts { idle: Some(ms(100)), ..Timeouts::default() },
            Timeouts { total: Some(ms(100)), ..Timeouts::default() },
        ] {
            let least = Some(MinSpeed { bytes_per_second: 100, over: ms(60_000) });
            let request = client.get(peer.url("/")).timeouts(Timeouts { min_speed: least, ..timeouts });
            let error = request.send().and_then(drained).unwrap_err();
            assert_eq!((error.kind(), error.limit()), (Kind::Timeout, Some(ms(100))), "{error}");
        }
    });
}

#[test]
fn c369_a_stalled_download_goes_on_where_it_was_cut() {
    on_both(|| {
        let lines = "Accept-Ranges: bytes\r\nETag: \"v1\"\r\n";
        let first = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 10\r\n\r\n0123");
        let rest = format!(
            "HTTP/1.1 206 Partial Content\r\n{lines}Content-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789"
        );
        let peer = Peer::start([conn([any_request(), reply(first), Act::Stall]), conn([any_request(), reply(rest)])]);
        let client = with(|b| b.min_speed(100, ms(200)).max_concurrent(1).resume(1));
        assert_eq!(client.get(peer.url("/")).send().unwrap().text().unwrap(), "0123456789");
        assert_eq!(peer.finish().requests()[1].header("range"), Some("bytes=4-"));
    });
}
