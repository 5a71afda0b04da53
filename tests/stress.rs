//! Hundreds of coroutines on one client against a server that does its worst, for as long as one likes.
//!
//! `MAYPOLE_STRESS_SECONDS=600 cargo test --release --test stress -- --nocapture` is the long run. Each part runs in a
//! child process, with its own number of workers. What must hold: every answer is the asker's own, to the byte; no POST
//! arrives twice; no error that cannot come from what the server did to that very request; nothing hangs; descriptors
//! and coroutines are back where they were.
#![cfg(feature = "tls")]

#[path = "stress/act.rs"]
mod act;
#[path = "stress/certs.rs"]
mod certs;
#[path = "stress/dice.rs"]
mod dice;
#[path = "stress/faults.rs"]
mod faults;
#[path = "stress/load.rs"]
mod load;
#[path = "stress/tally.rs"]
mod tally;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use maypole::HttpClient;
use maypole::error::Kind;
use maypole::net::{Roots, TlsConfig};
use maypole::rt::{self, Runtime};

use faults::Seen;
use load::Load;
use tally::{Tally, die};

const COROUTINES: usize = 300;
const THREADS: usize = 4;

/// Seconds for a part that gets `share` percent of the whole.
fn seconds(share: f64) -> f64 {
    let whole = std::env::var("MAYPOLE_STRESS_SECONDS").ok().and_then(|text| text.parse::<f64>().ok());
    whole.unwrap_or(5.0) * share / 100.0
}

/// Runs a part in a process of its own.
fn part(name: &str, workers: usize, seconds: f64) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env("MAYPOLE_STRESS_PART", name)
        .env("MAYPOLE_STRESS_WORKERS", workers.to_string())
        .env("MAYPOLE_STRESS_FOR", seconds.to_string())
        .status()
        .unwrap();
    assert!(child.success(), "{name} with {workers} workers: {child}");
}

/// For a part that runs as a child: workers and seconds.
fn asked(name: &str) -> Option<(usize, Duration)> {
    std::env::var("MAYPOLE_STRESS_PART").ok().filter(|part| part == name)?;
    let number = |name: &str| std::env::var(name).unwrap().parse::<f64>().unwrap();
    Some((number("MAYPOLE_STRESS_WORKERS") as usize, Duration::from_secs_f64(number("MAYPOLE_STRESS_FOR"))))
}

#[test]
fn sec_g3_g4_g5_b15_two_workers() {
    part("faults_part", 2, seconds(50.0));
}

#[test]
fn sec_g3_g4_g5_b15_one_worker() {
    part("faults_part", 1, seconds(25.0));
}

#[test]
fn sec_g3_g4_g5_b15_eight_workers() {
    part("faults_part", 8, seconds(25.0));
}

#[test]
fn sec_m1_no_connection_reports_the_error_of_another() {
    part("certificates_part", 8, seconds(40.0));
}

#[test]
fn connections_that_come_and_go_on_eight_workers() {
    part("churn_part", 8, seconds(25.0));
}

#[test]
fn sec_m3_coroutines_that_are_cancelled_by_unwinding_leave_nothing_behind() {
    part("unwinding_part", 2, seconds(20.0));
}

#[test]
fn faults_part() {
    let Some((workers, duration)) = asked("faults_part") else { return };
    Runtime::builder().workers(workers).start().unwrap();
    let seen = Arc::new(Seen::default());
    let (good, other) = (certs::good(), certs::of_another());
    let url = |scheme: &str, address| format!("{scheme}://{address}");
    let of = |certified: &certs::Certified| url("https", faults::serve(Some(certified.acceptor.clone()), seen.clone()));
    let load = Arc::new(Load {
        client: trusting(&good, 20),
        plain: (0..3).map(|_| url("http", faults::serve(None, seen.clone()))).collect(),
        tls: vec![of(&good), of(&good)],
        untrusted: vec![of(&other), of(&certs::good())],
        next: AtomicU64::new(1),
        tally: Arc::new(Tally::new(COROUTINES + THREADS)),
    });
    let before = Before::now();
    let coroutines: Vec<_> = (0..COROUTINES).map(|n| runner(&load, n)).map(|run| rt::spawn(run).unwrap()).collect();
    let threads: Vec<_> =
        (COROUTINES..COROUTINES + THREADS).map(|n| runner(&load, n)).map(std::thread::spawn).collect();
    load.tally.watch(duration);
    let ended = Instant::now();
    while !(coroutines.iter().all(|handle| handle.is_done()) && threads.iter().all(|thread| thread.is_finished())) {
        rt::sleep(Duration::from_millis(10));
        load.tally.check();
        if ended.elapsed() > Duration::from_secs(90) {
            die(&format!("coroutines that do not end: {} live\n{}", rt::live(), load.tally.report()));
        }
    }
    coroutines.into_iter().for_each(|handle| handle.join().expect("no panic"));
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    let stats = load.client.stats();
    eprintln!("{workers} workers\n{}{stats:?}", load.tally.report());
    let mut wrong = load.tally.failures();
    wrong.extend(seen.wrong.lock().unwrap().iter().cloned());
    assert!(wrong.is_empty(), "{workers} workers: {}", wrong.join("\n"));
    assert_eq!((stats.in_use, stats.waiting), (0, 0), "every place is free again");
    load.client.close();
    drop(load);
    before.comes_back();
}

fn runner(load: &Arc<Load>, place: usize) -> impl FnOnce() + Send + use<> {
    let load = load.clone();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    move || load.run(place, seed ^ (place as u64) << 32)
}

fn trusting(certified: &certs::Certified, connections: usize) -> HttpClient {
    let tls = TlsConfig::builder().roots(Roots::Only(certified.authority_pem.clone())).build().unwrap();
    // What the server holds back for 80 ms at most takes 20 s on the worst machine; then it is a hang.
    let limit = Duration::from_secs(20);
    let client = HttpClient::builder().tls(tls).max_per_host(connections).head_timeout(limit).idle_timeout(limit);
    client.connect_timeout(limit).checkout_timeout(Duration::from_secs(40)).build().unwrap()
}

/// `may` cancels the arm of a `select!` that lost by a panic: here in line for one of two connections, asleep, or behind
/// a handshake. Waits on a socket go on to their end.
#[test]
fn unwinding_part() {
    let Some((workers, duration)) = asked("unwinding_part") else { return };
    Runtime::builder().workers(workers).start().unwrap();
    let good = certs::good();
    let hosts = [
        format!("http://{}", faults::serve(None, Arc::default())),
        format!("https://{}", faults::serve(Some(good.acceptor.clone()), Arc::default())),
    ];
    let client = trusting(&good, 2);
    let (before, start) = (Before::now(), Instant::now());
    let one = {
        let (client, hosts) = (client.clone(), hosts.clone());
        move |place: u64| {
            let (mut dice, mut lost) = (dice::Dice(place), 0u64);
            while start.elapsed() < duration {
                let url =
                    format!("{}/{}/{place}/100", dice.pick(&[&hosts[0], &hosts[1]]), dice.pick(&["Length", "Last"]));
                let patience = Duration::from_micros(dice.below(3_000));
                may::select!(
                    _ = drop(client.get(&*url).send().and_then(|response| response.bytes()).expect("an answer")) => (),
                    _ = rt::sleep(patience) => lost += 1
                );
            }
            lost
        }
    };
    let all: Vec<_> = (0..50)
        .map(|place| {
            let one = one.clone();
            rt::spawn(move || one(place)).unwrap()
        })
        .collect();
    let lost: u64 = all.into_iter().map(|handle| handle.join().expect("no panic")).sum();
    eprintln!("{lost} requests cancelled by unwinding");
    assert!(lost > 0);
    let stats = client.stats();
    assert_eq!((stats.in_use, stats.waiting), (0, 0), "{stats:?}");
    for host in &hosts {
        assert_eq!(client.get(format!("{host}/Length/1/9")).send().unwrap().bytes().unwrap().len(), 9);
    }
    drop((one, client));
    before.comes_back();
}

/// A connection for each request, as fast as it goes: descriptors, events and coroutines change hands all the time.
#[test]
fn churn_part() {
    let Some((workers, duration)) = asked("churn_part") else { return };
    Runtime::builder().workers(workers).start().unwrap();
    let host = faults::serve(None, Arc::default());
    let client = trusting(&certs::good(), 200);
    let (before, start) = (Before::now(), Instant::now());
    let one = move |place: u64| {
        let mut done = 0u64;
        while start.elapsed() < duration {
            let (id, act) = (place << 32 | done, ["Last", "UntilClose", "Length"][done as usize % 3]);
            let response = client.get(format!("http://{host}/{act}/{id}/20")).send().expect("an answer");
            assert!(response.bytes().expect("a body").iter().copied().eq(dice::pattern(id, 0, 20)));
            done += 1;
        }
        done
    };
    let all: Vec<_> = (0..200)
        .map(|place| {
            rt::spawn({
                let one = one.clone();
                move || one(place)
            })
            .unwrap()
        })
        .collect();
    let done: u64 = all.into_iter().map(|handle| handle.join().expect("no panic")).sum();
    eprintln!("{done} requests on connections that come and go, with {workers} workers");
    drop(one);
    before.comes_back();
}

/// 500 connections at once, half of them to servers that cannot be trusted or break off.
#[test]
fn certificates_part() {
    let Some((workers, duration)) = asked("certificates_part") else { return };
    Runtime::builder().workers(workers).start().unwrap();
    let seen = Arc::new(Seen::default());
    let good = certs::good();
    let serve = |certified: &certs::Certified| faults::serve(Some(certified.acceptor.clone()), seen.clone());
    let hosts = [serve(&good), serve(&certs::of_another()), serve(&good), serve(&certs::good())];
    let client = trusting(&good, 500);
    let before = Before::now();
    let (start, mut rounds) = (Instant::now(), 0);
    while rounds == 0 || start.elapsed() < duration {
        let all: Vec<_> = (0..500u64)
            .map(|n| {
                let (client, host) = (client.clone(), hosts[n as usize % 4]);
                let act = if n % 8 == 0 { "Reset" } else { "Last" };
                let url = format!("https://{host}/{act}/{}/100", rounds * 500 + n);
                rt::spawn(move || client.get(&*url).send().and_then(|response| response.bytes())).unwrap()
            })
            .collect();
        for (n, handle) in all.into_iter().enumerate() {
            let kind = handle.join().expect("no panic").map(drop).map_err(|error| (error.kind(), error));
            match (n % 8, kind) {
                (0, Err((Kind::ConnectionLost | Kind::ClosedBeforeResponse, _))) => {}
                (2 | 4 | 6, Ok(())) => {}
                (1 | 3 | 5 | 7, Err((Kind::Certificate, _))) => {}
                (n, kind) => panic!("connection {n} of 8: {kind:?}"),
            }
        }
        rounds += 1;
    }
    eprintln!("{rounds} rounds of 500 connections with {workers} workers");
    drop(client);
    before.comes_back();
}

/// What must be the same after the load as before it.
#[derive(Debug, PartialEq)]
struct Before {
    coroutines: usize,
    sockets: usize,
}

impl Before {
    fn now() -> Self {
        let links = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let is_socket = |link: std::path::PathBuf| link.to_string_lossy().starts_with("socket:");
        let sockets =
            links.filter_map(|link| std::fs::read_link(link.path()).ok()).filter(|link| is_socket(link.clone()));
        Self { coroutines: rt::live(), sockets: sockets.count() }
    }

    fn comes_back(&self) {
        let start = Instant::now();
        while Self::now() != *self {
            if start.elapsed() > Duration::from_secs(10) {
                die(&format!("before: {self:?}, after: {:?}", Self::now()));
            }
            rt::sleep(Duration::from_millis(20));
        }
    }
}
