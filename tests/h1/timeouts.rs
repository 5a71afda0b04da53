//! Every phase has its limit, and the error names it: cases 259 to 277, sec-J1.

use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use maypole::deadline::Timeouts;
use maypole::error::{Error, Kind, Phase};
use maypole::message::Body;
use maypole::net::Resolve;
use maypole::rt::{self, CancelToken};
use maypole::{ClientBuilder, HttpClient};

use crate::peer::*;
use crate::{ms, quick};

fn client(timeouts: Timeouts) -> HttpClient {
    HttpClient::builder().timeouts(timeouts).build().unwrap()
}

fn patient() -> Timeouts {
    Timeouts { total: Some(ms(5000)), ..Timeouts::default() }
}

/// Runs it and checks that it timed out in this phase, by this limit, not sooner and not much later.
#[track_caller]
fn times_out<T>(phase: Phase, limit: u64, run: impl FnOnce() -> Result<T, Error>) -> Error {
    let watch = Stopwatch::start();
    let e = run().err().expect("a timeout");
    watch.within(limit..limit + 250);
    assert_eq!((e.kind(), e.phase()), (Kind::Timeout, Some(phase)), "{e:?}");
    // c276: the limit that was reached is named.
    assert_eq!(e.limit(), Some(ms(limit)), "{e}");
    e
}

/// The same for a limit that other phases spend, too: a longer one where they took all of it. `fails` begins anew.
#[track_caller]
fn times_out_in<T>(phase: Phase, shortest: u64, fails: impl Fn(Duration) -> Result<T, Error>) -> Error {
    let mut last = None;
    let shows = with_some_time(ms(shortest), |limit| {
        let e = last.insert(fails(limit).err().expect("a timeout"));
        assert_eq!((e.kind(), e.limit()), (Kind::Timeout, Some(limit)), "{e:?}");
        e.phase() == Some(phase)
    });
    assert!(shows, "never in {phase}: {last:?}");
    last.unwrap()
}

#[test]
fn c259_silent_after_the_request() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), Act::Stall])]);
        let timeouts = Timeouts { head: Some(ms(100)), ..patient() };
        times_out(Phase::Head, 100, || client(timeouts).get(peer.url("/")).send());
        peer.wait_end(0);
    });
}

#[test]
fn c260_never_reads() {
    on_both(|| {
        let peer = Peer::start([conn([Act::Stall])]);
        let timeouts = Timeouts { send: Some(ms(100)), head: Some(ms(100)), ..patient() };
        times_out(Phase::Head, 100, || client(timeouts).get(peer.url("/")).send());
    });
}

#[test]
fn c260_sec_j3_never_reads_a_long_upload() {
    on_both(|| {
        let peer = Peer::always(conn([Act::Stall]));
        let sends = with_some_time(ms(100), |limit| {
            let body = Body::sized(std::io::repeat(b'x'), 1 << 30);
            let limited = client(Timeouts { send: Some(limit), total: None, ..patient() });
            let e = limited.post(peer.url("/")).body(body).send().unwrap_err();
            assert_eq!((e.kind(), e.phase(), e.limit()), (Kind::Timeout, Some(Phase::Send), Some(limit)), "{e:?}");
            // As much as the system's buffers take goes first.
            assert!(e.bytes_sent() < 64 << 20, "{e:?}");
            e.bytes_sent() > 0
        });
        assert!(sends, "nothing was sent");
        peer.wait_released();
    });
}

#[test]
fn c261_stall_in_the_body() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1234567";
        let peer = Peer::start([conn([any_request(), reply(head), Act::Stall])]);
        let response = client(Timeouts { idle: Some(ms(100)), ..patient() }).get(peer.url("/")).send().unwrap();
        let e = times_out(Phase::Body, 100, || response.text());
        assert_eq!(e.bytes_received(), 7);
    });
}

#[test]
fn c262_stall_in_the_tls_handshake() {
    on_both(|| {
        let peer = Peer::start([conn([Act::Stall])]);
        let url = peer.url("/").replace("http", "https");
        times_out(Phase::Tls, 100, || client(Timeouts { tls: Some(ms(100)), ..patient() }).get(&url).send());
        peer.wait_end(0);
    });
}

#[test]
fn c263_silent_after_the_tls_handshake() {
    on_both(|| {
        let peer = Peer::tls(&Tls::default(), [conn([any_request(), Act::Stall])], None);
        let timeouts = Timeouts { head: Some(ms(100)), ..patient() };
        let client = crate::tls::trusting().timeouts(timeouts).build().unwrap();
        let e = client.get(peer.url("/")).send().unwrap_err();
        assert_eq!((e.kind(), e.phase(), e.limit()), (Kind::Timeout, Some(Phase::Head), Some(ms(100))), "{e:?}");
        peer.wait_end(0);
    });
}

/// For longer than anybody waits.
fn dripping() -> Conn {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    conn([Act::MayAsk, reply(head), pieces("x".repeat(1000), 1, ms(30))])
}

#[test]
fn c264_sec_j1_a_total_limit_holds_against_a_drip() {
    on_both(|| {
        let holds = with_some_time(ms(300), |limit| {
            let peer = Peer::always(dripping());
            let request = HttpClient::new().unwrap().get(peer.url("/")).timeout(limit).idle_timeout(limit * 3 / 4);
            let e = request.send().and_then(|response| response.text()).unwrap_err();
            assert_eq!(e.kind(), Kind::Timeout, "{e:?}");
            (e.phase(), e.limit()) == (Some(Phase::Body), Some(limit))
        });
        assert!(holds, "never by the total limit in the body");
    });
}

#[test]
fn c265_an_idle_limit_allows_a_drip() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n";
        let allows = with_some_time(ms(300), |limit| {
            // Longer altogether than the limit.
            let drip = pieces("x".repeat(20), 1, limit / 15);
            let peer = Peer::always(conn([any_request(), reply(head), drip, Act::Swallow]));
            let request = HttpClient::new().unwrap().get(peer.url("/")).idle_timeout(limit);
            request.send().unwrap().text().is_ok_and(|text| text.len() == 20)
        });
        assert!(allows, "the limit was reached");
    });
}

#[test]
fn sec_j1_a_head_that_drips() {
    on_both(|| {
        let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(10_000));
        let peer = Peer::always(conn([any_request(), pieces(head, 1, ms(10))]));
        let timeouts = Timeouts { head: Some(ms(100)), ..patient() };
        times_out(Phase::Head, 100, || client(timeouts).get(peer.url("/")).send());
    });
}

#[test]
fn sec_j1_the_total_limit_holds_in_each_phase() {
    on_both(|| {
        let hole = Blackhole::start();
        times_out_in(Phase::Connect, 80, |limit| quick().get(hole.url("/")).timeout(limit).send());
        let peer = Peer::always(conn([Act::Stall]));
        let https = peer.url("/").replace("http", "https");
        times_out_in(Phase::Tls, 80, |limit| quick().get(&https).timeout(limit).send());
        times_out_in(Phase::Head, 80, |limit| quick().get(peer.url("/")).timeout(limit).send());
    });
}

#[test]
fn c266_a_connect_that_is_never_answered() {
    on_both(|| {
        let hole = Blackhole::start();
        let other = Blackhole::at(([127, 0, 0, 2], hole.address().port()).into());
        let timeouts = Timeouts { connect: Some(ms(100)), ..patient() };
        times_out(Phase::Connect, 100, || client(timeouts).get(hole.url("/")).send());
        let tries_both = with_some_time(ms(100), |limit| {
            let timeouts = Timeouts { connect: Some(limit), total: None, ..patient() };
            let both = addresses(&[hole.address(), other.address()], ms(30)).timeouts(timeouts).build().unwrap();
            let e = both.get(many(hole.address())).send().unwrap_err();
            assert_eq!((e.kind(), e.phase(), e.limit()), (Kind::Timeout, Some(Phase::Connect), Some(limit)), "{e:?}");
            e.addresses().len() == 2
        });
        assert!(tries_both, "the second address was not tried");
    });
}

/// A client for which `many.test` has these addresses, all on one port, tried with this delay.
fn addresses(all: &[SocketAddr], delay: Duration) -> ClientBuilder {
    HttpClient::builder().resolve("many.test", all[0].port(), all.iter().map(|a| a.ip())).attempt_delay(delay)
}

fn many(address: SocketAddr) -> String {
    format!("http://many.test:{}/", address.port())
}

/// A lookup that takes longer than anybody would wait.
struct SlowResolver(Gate);

impl Resolve for SlowResolver {
    fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let start = Instant::now();
        while !self.0.is_open() && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(ms(1));
        }
        Ok(vec![[127, 0, 0, 1].into()])
    }
}

#[test]
fn c267_sec_j1_a_name_lookup_that_hangs() {
    on_both(|| {
        let done = Gate::new();
        let timeouts = Timeouts { resolve: Some(ms(100)), ..patient() };
        let client = HttpClient::builder().timeouts(timeouts).resolver(SlowResolver(done.clone())).build().unwrap();
        times_out(Phase::Resolve, 100, || client.get("http://slow.test/").send());
        times_out(Phase::Resolve, 60, || client.get("http://slower.test/").timeout(ms(60)).send());
        done.open();
    });
}

#[test]
fn c268_dead_addresses_before_a_good_one() {
    on_both(|| {
        // One port, free at three addresses: the system looks at one of them only.
        let all_free = || {
            let peer = Peer::always(conn([serve(ok("x"))]));
            let hole = |n| Blackhole::try_at(([127, 0, 0, n], peer.port()).into()).ok();
            let holes = [hole(2)?, hole(3)?];
            Some((peer, holes))
        };
        let (peer, holes) = std::iter::repeat_with(all_free).take(100).flatten().next().unwrap();
        let all = [holes[0].address(), holes[1].address(), peer.address()];
        // 150 ms for each of the two and for no other: in one of some tries at least, on a busy machine.
        let mut all_took = Vec::new();
        let is_in_time = (0..10).any(|_| {
            let client = addresses(&all, ms(150)).build().unwrap();
            let watch = Stopwatch::start();
            assert_eq!(client.get(many(peer.address())).send().unwrap().text().unwrap(), "x");
            let took = watch.elapsed();
            assert!(took >= ms(295), "{took:?}");
            all_took.push(took);
            took < ms(440)
        });
        assert!(is_in_time, "{all_took:?}");
    });
}

#[test]
fn c269_a_refused_address_before_a_good_one() {
    on_both(|| {
        let peer = Peer::start([conn([serve(ok("x"))])]);
        let refused = ([127, 0, 0, 2], peer.port()).into();
        let client = addresses(&[refused, peer.address()], Duration::from_secs(60)).build().unwrap();
        // Not when its time to go first is over.
        assert_eq!(client.get(many(peer.address())).timeout(ms(20_000)).send().unwrap().text().unwrap(), "x");
    });
}

#[test]
fn c270_refused() {
    on_both(|| {
        let a = Refused::start();
        let b = ([127, 0, 0, 2], a.address().port()).into();
        let e = quick().get(format!("http://{}/", a.address())).send().unwrap_err();
        assert_eq!((e.kind(), e.phase()), (Kind::Connect, Some(Phase::Connect)), "{e:?}");
        assert!(e.addresses().concat().contains(&a.address().to_string()), "{e:?}");
        let e = addresses(&[a.address(), b], ms(250)).build().unwrap().get(many(b)).send().unwrap_err();
        assert_eq!(e.addresses().len(), 2, "{e:?}");
        assert!(e.is_retryable(), "nothing was sent");
    });
}

#[test]
fn c271_unknown_host() {
    on_both(|| {
        let e = quick().get("http://no-such-host.invalid/").send().unwrap_err();
        assert_eq!((e.kind(), e.phase()), (Kind::Resolve, Some(Phase::Resolve)), "{e:?}");
        assert!(e.to_string().contains("no-such-host.invalid"));
    });
}

#[test]
fn c272_reset_during_head_and_body() {
    on_both(|| {
        let half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        let read = Gate::new();
        let peer = Peer::start([
            conn([any_request(), reply("HTTP/1.1 2"), pause(10), Act::Reset]),
            conn([any_request(), reply(half), hold(&read), Act::Reset]),
        ]);
        let e = quick().get(peer.url("/")).send().unwrap_err();
        assert_eq!((e.kind(), e.phase()), (Kind::ConnectionLost, Some(Phase::Head)), "{e:?}");
        let mut response = quick().get(peer.url("/")).send().unwrap();
        response.read_exact(&mut [0; 4]).unwrap();
        read.open();
        let e = Error::from_io(response.read(&mut [0; 4]).unwrap_err());
        assert_eq!((e.kind(), e.phase(), e.bytes_received()), (Kind::ConnectionLost, Some(Phase::Body), 4), "{e:?}");
    });
}

#[test]
fn c273_a_limit_of_one_request_leaves_the_others_alone() {
    on_both(|| {
        let (mute, slow) =
            (Peer::always(conn([Act::Stall])), Peer::start([conn([any_request(), pause(120), reply(ok("x"))])]));
        let client = quick();
        times_out_in(Phase::Head, 80, |limit| client.get(mute.url("/")).timeout(limit).send());
        assert_eq!(client.get(slow.url("/")).send().unwrap().text().unwrap(), "x");
    });
}

#[test]
fn c274_very_short_limits_fire() {
    on_both(|| {
        for limit in [Duration::from_millis(1), Duration::from_micros(500), Duration::from_nanos(1), Duration::ZERO] {
            let peer = Peer::always(conn([Act::Stall]));
            let watch = Stopwatch::start();
            let e = quick().get(peer.url("/")).timeout(limit).send().unwrap_err();
            watch.within(0..250);
            assert!(e.is_timeout(), "{limit:?}: {e:?}");
        }
    });
}

#[test]
fn c276_what_a_timeout_error_says() {
    on_both(|| {
        let peer = Peer::always(conn([Act::Stall]));
        let e = times_out_in(Phase::Head, 60, |limit| quick().get(peer.url("/path")).timeout(limit).send());
        let text = e.to_string();
        for part in [
            &Phase::Head.to_string(),
            &format!("after {:?}", e.limit().unwrap()),
            &peer.url("/path"),
            &peer.authority(),
        ] {
            assert!(text.contains(part), "{part:?} in {text:?}");
        }
    });
}

#[test]
fn c277_cancelled_from_a_thread_and_from_a_coroutine() {
    on_both(|| {
        for from_coroutine in [false, true] {
            let peer = Peer::start([conn([any_request(), Act::Stall])]);
            let (client, token) = (quick(), CancelToken::new());
            let (sender, request, fired) = (token.clone(), client.get(peer.url("/")), Gate::new());
            let running = rt::spawn(move || request.cancel(&token).send().map(drop)).unwrap();
            peer.wait_requests(1);
            let fire = {
                let fired = fired.clone();
                move || {
                    sender.cancel();
                    fired.open();
                }
            };
            match from_coroutine {
                true => drop(rt::spawn(fire).unwrap()),
                false => drop(std::thread::spawn(fire)),
            }
            fired.wait();
            let watch = Stopwatch::start();
            let e = running.join().unwrap().unwrap_err();
            watch.within(0..50);
            assert_eq!(e.kind(), Kind::Cancelled, "{e:?}");
            assert_eq!(client.stats().in_use, 0);
            peer.wait_end(0);
        }
    });
}

#[test]
fn c277_a_token_that_was_fired_before() {
    on_both(|| {
        let peer = Peer::start([]);
        let token = CancelToken::new();
        token.cancel();
        let e = quick().get(peer.url("/")).cancel(&token).send().unwrap_err();
        assert_eq!(e.kind(), Kind::Cancelled);
    });
}

#[test]
fn sec_j1_the_total_deadline_holds_on_a_stream_that_never_pauses() {
    on_both(|| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n";
        let peer = Peer::always(conn([Act::MayAsk, reply(head), flood("x".repeat(10_000))]));
        let client = HttpClient::new().unwrap();
        times_out_in(Phase::Body, 200, |limit| {
            let mut response = client.get(peer.url("/")).timeout(limit).send()?;
            // Small reads of a fast peer always find something, and so never wait.
            let mut piece = [0; 512];
            loop {
                response.read(&mut piece).map_err(Error::from_io)?;
            }
            #[expect(unreachable_code, reason = "what the loop would give")]
            Ok(())
        });
    });
}

/// No limit but this one.
fn alone(set: impl FnOnce(&mut Timeouts)) -> Timeouts {
    let mut none = Timeouts {
        resolve: None,
        connect: None,
        tls: None,
        checkout: None,
        send: None,
        head: None,
        idle: None,
        min_speed: None,
        total: None,
        ..Timeouts::default()
    };
    set(&mut none);
    none
}

/// Fires by the limit that is set alone, for the client as for one request.
#[track_caller]
fn fires_alone(phase: Phase, set: impl Fn(&mut Timeouts, Duration), builder: impl Fn() -> ClientBuilder, url: &str) {
    let fires = with_some_time(ms(60), |time| {
        let limit = alone(|t| set(t, time));
        let by_client = builder().timeouts(limit).build().unwrap();
        let by_request = builder().timeouts(alone(|_| ())).build().unwrap();
        [by_client.post(url), by_request.post(url).timeouts(limit)].into_iter().all(|request| {
            let endless = || Body::sized(std::io::repeat(b'x'), 1 << 30);
            let body = if phase == Phase::Send { endless() } else { Body::from("x") };
            let e = request.body(body).send().and_then(|response| response.text()).unwrap_err();
            let kind = if limit.min_speed.is_some() { Kind::TooSlow } else { Kind::Timeout };
            assert_eq!(e.kind(), kind, "{e:?}");
            assert!(e.phase().is_some_and(|phase| e.to_string().starts_with(&phase.to_string())), "{e}");
            // The total limit may be over before this phase.
            assert!(e.phase() == Some(phase) || limit.total.is_some(), "{e:?}");
            e.phase() == Some(phase)
        })
    });
    assert!(fires, "never in {phase}");
}

#[test]
fn c381_each_limit_fires_alone_for_a_client_and_for_one_request() {
    let plain = HttpClient::builder;
    on_both(move || {
        let (hole, never) = (Blackhole::start(), Gate::new());
        let slow = || plain().resolver(SlowResolver(never.clone()));
        fires_alone(Phase::Resolve, |t, limit| t.resolve = Some(limit), slow, "http://slow.test/");
        fires_alone(Phase::Connect, |t, limit| t.connect = Some(limit), plain, &hole.url("/"));
        never.open();
        let mute = Peer::always(conn([Act::Stall]));
        let https = mute.url("/").replace("http", "https");
        fires_alone(Phase::Tls, |t, limit| t.tls = Some(limit), plain, &https);
        fires_alone(Phase::Send, |t, limit| t.send = Some(limit), plain, &mute.url("/"));
        fires_alone(Phase::Head, |t, limit| t.head = Some(limit), plain, &mute.url("/"));
        fires_alone(Phase::Head, |t, limit| t.total = Some(limit), plain, &mute.url("/"));
        let half = || reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        let stopping = Peer::always(conn([any_request(), half(), Act::Stall]));
        fires_alone(Phase::Body, |t, limit| t.idle = Some(limit), plain, &stopping.url("/"));
        let least = |over| maypole::deadline::MinSpeed { bytes_per_second: 1_000, over };
        fires_alone(Phase::Body, |t, limit| t.min_speed = Some(least(limit)), plain, &stopping.url("/"));
    });
}

#[test]
fn c381_the_wait_for_a_connection_has_its_own_limit() {
    on_both(|| {
        let peer = Peer::start([conn([any_request(), Act::Stall])]);
        let client = HttpClient::builder().max_per_host(1).timeouts(alone(|_| ())).build().unwrap();
        let (token, holding) = (CancelToken::new(), client.get(peer.url("/")));
        let fired = token.clone();
        let held = rt::spawn(move || holding.cancel(&fired).send().map(drop)).unwrap();
        peer.wait_requests(1);
        let limit = alone(|t| t.checkout = Some(ms(60)));
        times_out(Phase::Checkout, 60, || client.get(peer.url("/")).timeouts(limit).send());
        token.cancel();
        held.join().unwrap().unwrap_err();
    });
}
