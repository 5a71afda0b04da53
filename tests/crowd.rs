//! Many at once: 30,000 coroutines of which 10,000 wait for an answer, more than the system can map, more connections
//! than there are descriptors, and small requests beside a download on one worker.
//!
//! Client and server are processes of their own, each with its own limit of descriptors. Figures are printed with
//! `--nocapture`; only what no noise can explain fails.
#![cfg(feature = "tls")]

#[path = "stress/certs.rs"]
#[allow(dead_code, reason = "this file needs the server only")]
mod certs;
#[path = "stress/plain.rs"]
mod plain;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use maypole::HttpClient;
use maypole::error::{Error, Kind};
use maypole::rt::{self, Runtime, Semaphore};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A fifth of it in debug builds, where the figures mean nothing and the tests should be short.
const PART: usize = if cfg!(debug_assertions) { 5 } else { 1 };
/// Coroutines that wait for an answer, each on a connection of its own.
const READING: usize = 10_000 / PART;
/// All coroutines; those that do not read wait in line for a connection.
const PARKED: usize = 30_000 / PART;
/// Resident memory of a request in flight.
const BYTES_EACH: usize = 14 << 10;
/// Resident memory of an idle connection, its host's part of the pool and of the remembered names included.
const BYTES_IDLE: usize = 8 << 10;

fn child(part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", part, "--nocapture", "--test-threads=1"]).env("MAYPOLE_CROWD_PART", part);
    command
}

fn run(part: &str) {
    let status = child(part).status().unwrap();
    assert!(status.success(), "{part}: {status}");
}

fn is_asked_for(part: &str) -> bool {
    std::env::var("MAYPOLE_CROWD_PART").is_ok_and(|asked| asked == part)
}

#[test]
fn c374_sec_m5_thirty_thousand_at_once_and_no_panic_beyond() {
    run("crowd_part");
}

#[test]
fn sec_j4_out_of_descriptors_is_an_error_and_passes() {
    run("descriptors_part");
}

#[test]
fn sec_m4_small_requests_beside_a_download_on_one_worker() {
    run("beside_part");
}

#[test]
fn c402_idle_connections_are_small() {
    run("idle_part");
}

/// A server in a process of its own; it ends with its standard input.
struct Server {
    process: Child,
    address: SocketAddr,
    // Open as long as the server runs: its test harness prints to it in the end.
    _output: BufReader<ChildStdout>,
}

impl Server {
    fn start(part: &str) -> Self {
        let mut process = child(part).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut lines = output.by_ref().lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.split_once("ADDRESS ").and_then(|(_, address)| address.parse().ok()));
        Self { process, address: address.expect("the server says where it listens"), _output: output }
    }

    /// Tells the server to answer.
    fn go(&mut self) {
        self.process.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}

fn announce(address: SocketAddr) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nADDRESS {address}").unwrap();
    out.flush().unwrap();
}

fn wait_for_a_line() {
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn plain_server() {
    if is_asked_for("plain_server") {
        announce(plain::serve(None));
        wait_for_a_line();
    }
}

/// Holds every connection until it is told to go; then answers each request, until all are closed.
#[test]
fn holding_server() {
    if !is_asked_for("holding_server") {
        return;
    }
    set_descriptors(u64::MAX);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // The default queue of 128 would drop what arrives in a burst, and a SYN is sent again only after a second.
    socket2::SockRef::from(&listener).listen(4096).unwrap();
    announce(listener.local_addr().unwrap());
    let held = Arc::new(Mutex::new(Vec::new()));
    let holding = held.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nonblocking(true).unwrap();
            holding.lock().unwrap().push(stream);
        }
    });
    wait_for_a_line();
    let mut request = [0; 1000];
    while !held.lock().unwrap().is_empty() {
        held.lock().unwrap().retain_mut(|stream| match stream.read(&mut request) {
            Ok(0) => false,
            Ok(_) => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok(),
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        });
        std::thread::yield_now();
    }
}

/// Sets the soft limit, at most the hard one; returns what it is then.
fn set_descriptors(wanted: u64) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or(wanted, |hard| hard.min(wanted));
    setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: limit.maximum }).unwrap();
    most as usize
}

/// Resident bytes of this process.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says it");
    line.split_whitespace().next().unwrap().parse::<usize>().unwrap() << 10
}

fn wait_until(what: &str, mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} was not reached in a minute");
        rt::sleep(Duration::from_millis(5));
    }
}

#[test]
fn crowd_part() {
    if !is_asked_for("crowd_part") {
        return;
    }
    let room = set_descriptors(u64::MAX);
    let reading = READING.min(room.saturating_sub(200));
    if reading < READING {
        eprintln!("{room} descriptors allow {reading} connections only, not {READING}: raise `ulimit -Hn`");
    }
    let mut server = Server::start("holding_server");
    let limit = Duration::from_secs(120);
    let client = HttpClient::builder().max_per_host(reading).checkout_timeout(limit).head_timeout(limit);
    let client = client.connect_timeout(limit).build().unwrap();
    let (url, right) = (format!("http://{}/", server.address), Arc::new(AtomicUsize::new(0)));
    let start = |many: usize| {
        for _ in 0..many {
            let (client, url, right) = (client.clone(), url.clone(), right.clone());
            let ask = move || {
                assert_eq!(client.get(&*url).send().unwrap().text().unwrap(), "ok");
                right.fetch_add(1, SeqCst);
            };
            rt::spawn(ask).unwrap();
        }
    };
    start(1);
    wait_until("one connection", || client.stats().created == 1);
    let (empty, clock) = (resident(), Instant::now());
    start(reading - 1);
    wait_until("every connection", || client.stats().created == reading as u64);
    // The last of them are still on their way from the connection to the read.
    rt::sleep(Duration::from_millis(200));
    let (each, took) = ((resident() - empty) / reading, clock.elapsed());
    let before = resident();
    start(PARKED - reading);
    wait_until("the line", || client.stats().waiting == PARKED - reading);
    let waiting = (resident() - before) / (PARKED - reading).max(1);
    eprintln!("{reading} wait for an answer: {each} bytes resident each, after {took:?}; in line: {waiting} each");
    if !cfg!(debug_assertions) {
        assert!(each <= BYTES_EACH, "{each} bytes for each request in flight, more than {BYTES_EACH}");
    }

    let gate = Semaphore::new(0);
    let more = fill_up(&gate);
    eprintln!("{} coroutines at once, then an error", PARKED + more);
    gate.add(more);

    let clock = Instant::now();
    server.go();
    wait_until("every answer", || right.load(SeqCst) == PARKED);
    wait_until("the end of all coroutines", || rt::live() <= 1);
    eprintln!("{PARKED} answers after {:?}", clock.elapsed());
    assert_eq!(client.get(&*url).send().unwrap().text().unwrap(), "ok");
    assert_eq!(rt::spawn(|| 7).unwrap().join().unwrap(), 7);
    client.close();
}

/// One connection to each of as many hosts, since a host with as many would need as many requests at once.
#[test]
fn idle_part() {
    if !is_asked_for("idle_part") {
        return;
    }
    let idle = READING.min(set_descriptors(u64::MAX).saturating_sub(200));
    let server = Server::start("plain_server");
    let here = |_: &str| Ok(vec![[127, 0, 0, 1].into()]);
    let client = HttpClient::builder().resolver(here).max_idle_total(idle).pool_idle_timeout(Duration::from_secs(600));
    let client = client.build().unwrap();
    let port = server.address.port();
    let ask = {
        let client = client.clone();
        move |hosts: std::ops::Range<usize>| {
            for host in hosts {
                assert_eq!(client.get(format!("http://h{host}.test:{port}/")).send().unwrap().text().unwrap(), "hello");
            }
        }
    };
    ask(0..100);
    let empty = resident();
    ask(100..idle);
    assert_eq!((client.stats().idle, client.stats().created), (idle, idle as u64));
    let each = (resident() - empty) / (idle - 100);
    eprintln!("{idle} idle connections: {each} bytes resident each");
    if !cfg!(debug_assertions) {
        assert!(each <= BYTES_IDLE, "{each} bytes for each idle connection, more than {BYTES_IDLE}");
    }
}

/// Spawns until it fails, and says how many that were.
fn fill_up(gate: &Semaphore) -> usize {
    let mut more = 0;
    loop {
        let waiting = gate.clone();
        match rt::spawn(move || drop(waiting.acquire(None))) {
            Ok(_) => more += 1,
            Err(error) => {
                assert_eq!(error.kind(), Kind::Exhausted, "{error}");
                return more;
            }
        }
        assert!(more < 1_000_000, "the limit of this machine is out of reach");
    }
}

#[test]
fn descriptors_part() {
    if !is_asked_for("descriptors_part") {
        return;
    }
    let mut server = Server::start("holding_server");
    let client = HttpClient::builder().max_per_host(200).build().unwrap();
    rt::spawn(|| ()).unwrap().join().unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count();
    set_descriptors(open as u64 + 50);
    let url = format!("http://{}/", server.address);
    let ask = {
        let client = client.clone();
        move || client.get(&*url).send().and_then(|response| response.text())
    };
    let all: Vec<_> = (0..200).map(|_| rt::spawn(ask.clone()).unwrap()).collect();
    wait_until("the end of those without a descriptor", || all.iter().filter(|handle| handle.is_done()).count() >= 140);
    server.go();
    let results: Vec<Result<String, Error>> = all.into_iter().map(|handle| handle.join().expect("no panic")).collect();
    let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(refused.iter().all(|error| error.kind() == Kind::Exhausted), "{:?}", refused.first());
    eprintln!("{} of 200 without a descriptor: {}", refused.len(), refused[0]);
    set_descriptors(u64::MAX);
    assert_eq!(ask().unwrap(), "ok");
    assert_eq!(client.stats().in_use, 0);
    client.close();
}

#[test]
fn beside_part() {
    if !is_asked_for("beside_part") {
        return;
    }
    Runtime::builder().workers(1).start().unwrap();
    let server = Server::start("plain_server");
    let client = HttpClient::builder().max_per_host(101).build().unwrap();
    let base = format!("http://{}", server.address);
    let (stop, downloaded) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let download = {
        let (client, url, stop, downloaded) =
            (client.clone(), format!("{base}/endless"), stop.clone(), downloaded.clone());
        rt::spawn(move || {
            let mut response = client.get(&*url).send().unwrap();
            let mut piece = vec![0; 16 << 10];
            while !stop.load(SeqCst) {
                downloaded.fetch_add(response.read(&mut piece).unwrap(), SeqCst);
            }
        })
        .unwrap()
    };
    let small: Vec<_> = (0..100)
        .map(|_| {
            let (client, url, stop) = (client.clone(), format!("{base}/"), stop.clone());
            rt::spawn(move || {
                let mut times = Vec::new();
                while !stop.load(SeqCst) {
                    let start = Instant::now();
                    assert_eq!(client.get(&*url).send().unwrap().text().unwrap(), "hello");
                    times.push(start.elapsed());
                    rt::sleep(Duration::from_millis(5));
                }
                times
            })
            .unwrap()
        })
        .collect();
    let (start, before) = (Instant::now(), resident());
    rt::sleep(Duration::from_secs(2));
    let rate = downloaded.load(SeqCst) as f64 / start.elapsed().as_secs_f64() / f64::from(1 << 20);
    let grown = resident().saturating_sub(before) >> 10;
    stop.store(true, SeqCst);
    download.join().unwrap();
    let mut times: Vec<_> = small.into_iter().flat_map(|handle| handle.join().unwrap()).collect();
    times.sort();
    let (at, last) = (|part: f64| times[(times.len() as f64 * part) as usize], times[times.len() - 1]);
    eprintln!(
        "{} small requests beside {rate:.0} MiB/s: p50 {:?}, p99 {:?}, worst {last:?}; {grown} KiB more",
        times.len(),
        at(0.5),
        at(0.99)
    );
    assert!(rate > 1.0, "the download does not starve either");
    // Not the worst, which may be one that the machine held up, with everybody else that was on the way just then.
    assert!(at(0.9) < Duration::from_secs(1), "small requests waited for {:?}", at(0.9));
}
