//! Cases 247 and 368: bytes per second, down and up, of one body and of all together.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use maypole::error::{Kind, Phase};
use maypole::rt::{self, CancelToken};
use maypole::{Body, HttpClient};

use crate::peer::*;
use crate::{announces, ms, with};

/// What a burst may bring ahead of its time: 50 ms saved up, and a turn of 20 ms.
const AHEAD: f64 = 0.075;

/// Notes when each byte count was reported, and that none was ahead of the rate.
#[derive(Clone, Default)]
struct Watched(Arc<Mutex<Vec<(Instant, u64)>>>);

impl Watched {
    fn watcher(&self) -> impl Fn(u64, Option<u64>) + Send + Sync + 'static {
        let seen = self.0.clone();
        move |bytes, _| seen.lock().unwrap().push((Instant::now(), bytes))
    }

    #[track_caller]
    fn was_smooth(&self, rate: f64, total: u64) {
        let seen = self.0.lock().unwrap();
        let start = seen[0].0;
        for (at, bytes) in seen.iter() {
            let due = (at.duration_since(start).as_secs_f64() + AHEAD) * rate;
            assert!(*bytes as f64 <= due, "{bytes} bytes, of which {due} were due");
        }
        assert_eq!(seen.last().unwrap().1, total);
        // No step is longer than a turn: the bytes come all the time, not in lumps.
        assert!(seen.windows(2).all(|two| (two[1].1 - two[0].1) as f64 <= rate / 40.0), "in lumps");
    }
}

fn drained(response: maypole::Response) -> u64 {
    let mut response = response;
    response.copy_to(&mut std::io::sink()).unwrap()
}

/// Less 10 %, never sooner; and in one of three tries at least not later than a busy machine explains.
#[track_caller]
fn takes_four_seconds(mut moves: impl FnMut() -> Duration) {
    let mut all = Vec::new();
    let is_in_time = (0..3).any(|_| {
        let took = moves();
        assert!(took >= ms(3600), "{took:?}");
        all.push(took);
        took < ms(6400)
    });
    assert!(is_in_time, "{all:?}");
}

#[test]
fn c368_four_megabytes_down_at_one_a_second() {
    on_coroutine(|| {
        let answer = || conn([any_request(), reply(announces(4_000_000)), Act::Repeat(vec![0; 4000], 1000)]);
        takes_four_seconds(|| {
            let peer = Peer::start([answer()]);
            let seen = Watched::default();
            let client = with(|b| b.download_rate(1_000_000).timeout(ms(50_000)));
            let response = client.get(peer.url("/")).on_progress(seen.watcher()).send().unwrap();
            let watch = Stopwatch::start();
            assert_eq!(drained(response), 4_000_000);
            let took = watch.elapsed();
            seen.was_smooth(1e6, 4_000_000);
            took
        });
    });
}

#[test]
fn c247_four_megabytes_up_at_one_a_second() {
    on_coroutine(|| {
        takes_four_seconds(|| {
            let peer = Peer::start([conn([head("POST"), Act::Discard(4_000_000), reply(ok("done"))])]);
            let seen = Watched::default();
            let client = with(|b| b.upload_rate(1_000_000).timeout(ms(50_000)));
            let watch = Stopwatch::start();
            let request = client.post(peer.url("/")).body(vec![0; 4_000_000]).on_upload_progress(seen.watcher());
            assert_eq!(request.send().unwrap().text().unwrap(), "done");
            let took = watch.elapsed();
            seen.was_smooth(1e6, 4_000_000);
            took
        });
    });
}

#[test]
fn c247_a_rate_holds_for_every_kind_of_body() {
    on_both(|| {
        let bodies: [fn() -> Body; 4] = [
            || Body::from(vec![1; 60_000]),
            || Body::stream(std::io::repeat(1).take(60_000)),
            || Body::chunks((0..60).map(|_| Ok(vec![1; 1000]))),
            || Body::sequence([Body::from(vec![1; 30_000]), Body::from(vec![1; 30_000])]),
        ];
        let peer = Peer::start([conn([
            any_request(),
            reply(ok("")),
            any_request(),
            reply(ok("")),
            any_request(),
            reply(ok("")),
            any_request(),
            reply(ok("")),
        ])]);
        let client = with(|b| b.upload_rate(10));
        for body in bodies {
            let start = Instant::now();
            client.post(peer.url("/")).upload_rate(200_000).body(body()).send().unwrap().text().unwrap();
            assert!(start.elapsed() >= ms(240), "{:?}", start.elapsed());
        }
        assert!(peer.finish().requests().iter().all(|r| r.body == vec![1; 60_000]));
    });
}

#[test]
fn c368_all_responses_of_a_client_share_its_rate() {
    on_coroutine(|| {
        let peer = Peer::always(conn([serve(ok(vec![0; 100_000]))]));
        let url = peer.url("/");
        // They took turns: none was done when half the time was over. One that begins late lets the others be done soon.
        let took_turns = (0..3).any(|_| {
            let client = with(|b| b.total_download_rate(500_000));
            let start = Instant::now();
            let all: Vec<_> = (0..8)
                .map(|_| {
                    let request = client.get(&url);
                    rt::spawn(move || (drained(request.send().unwrap()), Instant::now())).unwrap()
                })
                .collect();
            let ends: Vec<_> = all.into_iter().map(|one| one.join().unwrap()).collect();
            assert!(ends.iter().all(|(bytes, _)| *bytes == 100_000));
            let took = ends.iter().map(|(_, at)| *at).max().unwrap() - start;
            assert!(took >= ms(1500), "800 kB in {took:?}");
            ends.iter().map(|(_, at)| *at).min().unwrap() - start > took / 2
        });
        assert!(took_turns, "one was done soon");
    });
}

#[test]
fn c247_all_uploads_of_a_client_share_its_rate() {
    on_coroutine(|| {
        let peer = Peer::always(conn([serve(ok(""))]));
        let client = with(|b| b.total_upload_rate(500_000));
        let url = peer.url("/");
        let start = Instant::now();
        let all: Vec<_> = (0..8)
            .map(|_| {
                let request = client.post(&url).body(vec![0; 50_000]);
                rt::spawn(move || request.send().unwrap().text().unwrap()).unwrap()
            })
            .collect();
        all.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), ""));
        assert!(start.elapsed() >= ms(700), "400 kB in {:?}", start.elapsed());
        // Small bodies pay for what they have, not for a whole turn.
        let is_quick = (0..3).any(|_| {
            let start = Instant::now();
            (0..100).for_each(|_| drop(client.post(&url).body("x").send().unwrap().text().unwrap()));
            start.elapsed() < ms(1900)
        });
        assert!(is_quick, "a hundred turns take 2 s");
    });
}

#[test]
fn a_deadline_and_a_token_end_the_waits_of_a_rate() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok(vec![0; 100_000]))]));
        let client = with(|b| b.download_rate(10));
        let in_body = with_some_time(ms(300), |limit| {
            let mut response = match client.get(peer.url("/")).timeout(limit).send() {
                Ok(response) => response,
                Err(error) => {
                    eprintln!("{limit:?}: {error}");
                    return false;
                }
            };
            let error = response.copy_to(&mut std::io::sink()).unwrap_err();
            assert_eq!((error.kind(), error.phase(), error.limit()), (Kind::Timeout, Some(Phase::Body), Some(limit)));
            assert!(error.bytes_received() as f64 <= 10.0 * limit.as_secs_f64() + 2.0, "{error}");
            assert_eq!(response.copy_to(&mut std::io::sink()).unwrap_err().kind(), Kind::Timeout, "an error stays");
            true
        });
        assert!(in_body, "the head came in time");

        let asked = Gate::new();
        let peer = Peer::start([conn([head("POST"), open(&asked), Act::Swallow])]);
        let token = CancelToken::new();
        let request = client.post(peer.url("/")).upload_rate(1).body("a long body").cancel(&token);
        let firing = rt::spawn(move || {
            asked.wait();
            token.cancel();
        });
        let error = request.send().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Cancelled, Some(Phase::Send)), "{error}");
        firing.unwrap().join().unwrap();
    });
}

#[test]
fn what_a_rate_holds_back_is_not_available() {
    on_both(|| {
        let peer = Peer::always(conn([serve(ok("x".repeat(100)))]));
        let client: HttpClient = with(|b| b.download_rate(200));
        let mut response = client.get(peer.url("/")).send().unwrap();
        let (start, mut got, mut empty) = (Instant::now(), 0, 0);
        let mut out = vec![0; 1000];
        loop {
            match response.read_available(&mut out).unwrap() {
                Some(0) => break,
                Some(n) => got += n,
                None => {
                    empty += 1;
                    rt::sleep(ms(5));
                }
            }
        }
        assert!(got == 100 && empty > 1, "{got} bytes, {empty} times nothing");
        assert!(start.elapsed() >= Duration::from_millis(400));
    });
}
