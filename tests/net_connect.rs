//! Names, addresses, TCP and Unix sockets, from plain threads and from coroutines.

#[path = "peer/body.rs"]
#[allow(dead_code, unreachable_pub, reason = "each binary of tests takes what it needs")]
mod body;
#[path = "peer/patience.rs"]
#[allow(dead_code, unreachable_pub, reason = "each binary of tests takes what it needs")]
mod patience;
#[path = "peer/stopwatch.rs"]
#[allow(dead_code, unreachable_pub, reason = "each binary of tests takes what it needs")]
mod stopwatch;

use std::io::{self, IoSlice, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use body::wait_until;
use maypole::deadline::Until;
use maypole::error::{Error, Kind, Phase, Result};
use maypole::net::{DialTimeouts, IpFamily, Keepalive, Network, NetworkBuilder, Route, Stream, Target, TcpOptions};
use maypole::rt::{self, CancelToken};
use patience::with_some_time;
use stopwatch::Stopwatch;

const V6: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

/// One of 127.0.0.0/8.
fn v4(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Runs a test on this thread and on a coroutine.
fn on_both(test: fn()) {
    test();
    rt::spawn(test).unwrap().join().unwrap();
}

fn connect(network: &Network, host: &str, port: u16) -> Result<Stream> {
    network.connect(&Target::new(host, port, false), &patient(), None)
}

fn patient() -> DialTimeouts {
    DialTimeouts { connect: Some(ms(30_000)), ..DialTimeouts::default() }
}

fn named(addresses: &[IpAddr]) -> NetworkBuilder {
    Network::builder().host("a.test", None, addresses)
}

/// Listens at all of `addresses` on one port.
fn listen(addresses: &[IpAddr]) -> (u16, Vec<TcpListener>) {
    'again: loop {
        let first = TcpListener::bind((addresses[0], 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let mut all = vec![first];
        for address in &addresses[1..] {
            match TcpListener::bind((*address, port)) {
                Ok(listener) => all.push(listener),
                Err(_) => continue 'again,
            }
        }
        return (port, all);
    }
}

/// Black holes at `holes` and a listener at `good`, on one port; another test may hold it at one of them.
fn landscape(holes: &[IpAddr], good: Option<IpAddr>) -> (Vec<BlackHole>, Option<TcpListener>, u16) {
    for _ in 0..100 {
        let mut port = 0;
        let made: io::Result<Vec<_>> = holes
            .iter()
            .map(|address| {
                let hole = BlackHole::at(*address, port)?;
                port = hole.port;
                Ok(hole)
            })
            .collect();
        let listener = good.map(|address| TcpListener::bind((address, port))).transpose();
        if let (Ok(made), Ok(listener)) = (made, listener) {
            return (made, listener, port);
        }
    }
    panic!("no port is free at all addresses");
}

/// Swallows SYNs: a listener whose queue is full.
struct BlackHole {
    port: u16,
    _listener: socket2::Socket,
    _filling: socket2::Socket,
}

impl BlackHole {
    fn at(address: IpAddr, port: u16) -> io::Result<Self> {
        let listener = bound(address, port)?;
        listener.listen(0).unwrap();
        let bound = listener.local_addr().unwrap();
        // Linux takes one more than it was told to; the queue is full when that one stands in it.
        let filling = socket2::Socket::new(bound.domain(), socket2::Type::STREAM, None).unwrap();
        filling.connect_timeout(&bound, ms(20_000)).unwrap();
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let wait = Timespec { tv_sec: 20, tv_nsec: 0 };
        assert_eq!(poll(&mut [PollFd::new(&listener, PollFlags::IN)], Some(&wait)).unwrap(), 1);
        Ok(Self { port: bound.as_socket().unwrap().port(), _listener: listener, _filling: filling })
    }
}

/// A socket that nobody else gets the port of, and that refuses connections as long as it does not listen.
fn bound(address: IpAddr, port: u16) -> io::Result<socket2::Socket> {
    let address = SocketAddr::new(address, port);
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Refuses connections at all of these.
fn refusing(addresses: &[IpAddr]) -> (u16, Vec<socket2::Socket>) {
    for _ in 0..100 {
        let first = bound(addresses[0], 0).unwrap();
        let port = first.local_addr().unwrap().as_socket().unwrap().port();
        let others: io::Result<Vec<_>> = addresses[1..].iter().map(|address| bound(*address, port)).collect();
        if let Ok(mut all) = others {
            all.push(first);
            return (port, all);
        }
    }
    panic!("no port is free at all addresses");
}

/// How many connections to one of 127.0.0.0/8 have begun and are not answered.
fn unanswered(last: u8, port: u16) -> usize {
    let (to, table) = (format!("{last:02X}00007F:{port:04X}"), std::fs::read_to_string("/proc/net/tcp").unwrap());
    let words = table.lines().map(|line| line.split_whitespace().skip(2).take(2).collect::<Vec<_>>());
    words.filter(|words| *words == [&*to, "02"]).count()
}

#[test]
fn bytes_go_both_ways_and_the_addresses_are_known() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut peer, from) = listener.accept().unwrap();
            let mut got = [0; 10];
            peer.read_exact(&mut got).unwrap();
            rt::sleep(ms(20));
            peer.write_all(&got).unwrap();
            from
        });
        let mut stream = connect(&Network::builder().build(), "127.0.0.1", at.port()).unwrap();
        let pieces = [IoSlice::new(b""), IoSlice::new(b"head "), IoSlice::new(b""), IoSlice::new(b"body.")];
        assert_eq!(stream.try_write_vectored(&pieces).unwrap(), 10, "in one call");
        let (mut buffer, mut got) = ([0; 64], Vec::new());
        loop {
            match stream.read(&mut buffer, None).unwrap() {
                0 => break,
                n => got.extend_from_slice(&buffer[..n]),
            }
        }
        assert_eq!(got, b"head body.");
        let info = stream.info();
        assert_eq!((info.peer, info.local), (Some(at), Some(server.join().unwrap())));
        assert_eq!((info.tls.as_ref(), info.peer_text()), (None, at.to_string()));
        assert!(info.timings.connect > Duration::ZERO && info.timings.tls.is_zero());
    });
}

#[test]
fn c274_a_read_ends_at_its_deadline_however_short() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream =
            connect(&Network::builder().build(), "127.0.0.1", listener.local_addr().unwrap().port()).unwrap();
        for limit in [Duration::from_micros(500), ms(1), ms(30)] {
            let start = Instant::now();
            let error = stream.read(&mut [0; 8], Some(start + limit)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            assert!(start.elapsed() >= limit && start.elapsed() < limit + ms(10_000));
        }
    });
}

#[test]
fn c260_a_write_to_a_peer_that_never_reads_ends_at_its_deadline() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut stream =
            connect(&Network::builder().build(), "127.0.0.1", listener.local_addr().unwrap().port()).unwrap();
        let (watch, start) = (Stopwatch::start(), Instant::now());
        let error = stream.write_all(&vec![0; 64 << 20], Some(start + ms(100))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        watch.within(100..1000);
    });
}

#[test]
fn c266_a_connect_timeout_covers_all_addresses() {
    on_both(|| {
        let (_holes, _, port) = landscape(&[v4(1), v4(2), v4(3)], None);
        let network = named(&[v4(1), v4(2), v4(3)]).attempt_delay(ms(50)).build();
        let shows = with_some_time(ms(300), |limit| {
            let timeouts = DialTimeouts { connect: Some(limit), ..DialTimeouts::default() };
            let watch = Stopwatch::start();
            let error = network.connect(&Target::new("a.test", port, false), &timeouts, None).unwrap_err();
            let least = limit.as_millis() as u64;
            watch.within(least..least + 250);
            assert_eq!(
                (error.kind(), error.phase(), error.limit()),
                (Kind::Timeout, Some(Phase::Connect), Some(limit))
            );
            error.addresses().len() == 3 || {
                eprintln!("{limit:?}: {error}");
                false
            }
        });
        assert!(shows, "never all three addresses");
    });
}

#[test]
fn c266_one_address_that_swallows_syns() {
    on_both(|| {
        let (_holes, _, port) = landscape(&[v4(1)], None);
        let (watch, start) = (Stopwatch::start(), Instant::now());
        let total = Until::after(start, Some(ms(150)));
        let timeouts = DialTimeouts { total, ..DialTimeouts::default() };
        let network = Network::builder().build();
        let error = network.connect(&Target::new("127.0.0.1", port, false), &timeouts, None).unwrap_err();
        watch.within(150..400);
        assert_eq!((error.kind(), error.phase(), error.limit()), (Kind::Timeout, Some(Phase::Connect), Some(ms(150))));
        assert_eq!(error.addresses(), [format!("127.0.0.1:{port}")]);
        assert!(error.is_retryable());
    });
}

/// Never sooner, and with a machine that is not too busy not later either: in one of ten tries at least.
#[track_caller]
fn takes(millis: Range<u64>, mut connects: impl FnMut()) {
    let mut all = Vec::new();
    let is_in_time = (0..10).any(|_| {
        let watch = Stopwatch::start();
        connects();
        let took = watch.elapsed();
        assert!(took >= ms(millis.start), "{took:?} is sooner than {millis:?} ms");
        all.push(took);
        took < ms(millis.end)
    });
    assert!(is_in_time, "each one is later than {millis:?} ms: {all:?}");
}

#[test]
fn c268_two_dead_addresses_and_a_good_one_take_two_delays() {
    on_both(|| {
        let (_holes, _good, port) = landscape(&[v4(1), v4(2)], Some(v4(3)));
        takes(500..740, || {
            let stream = connect(&named(&[v4(1), v4(2), v4(3)]).build(), "a.test", port).unwrap();
            assert_eq!(stream.info().peer.unwrap().ip(), v4(3));
        });
    });
}

#[test]
fn c269_a_refused_ipv6_address_costs_nothing() {
    on_both(|| {
        let (port, _good) = listen(&[v4(1)]);
        let _refuses = bound(V6, port);
        // Not even a minute.
        let watch = Stopwatch::start();
        let stream = connect(&named(&[v4(1), V6]).attempt_delay(ms(60_000)).build(), "a.test", port).unwrap();
        watch.within(0..100);
        assert_eq!(stream.info().peer.unwrap().ip(), v4(1));
    });
}

#[test]
fn c379_a_broken_ipv6_costs_one_delay() {
    on_both(|| {
        let (_holes, _good, port) = landscape(&[V6], Some(v4(1)));
        takes(250..490, || {
            let stream = connect(&named(&[v4(1), V6]).build(), "a.test", port).unwrap();
            assert_eq!(stream.info().peer.unwrap().ip(), v4(1));
        });
    });
}

#[test]
fn sec_i1_dead_black_hole_good_and_losers_are_closed() {
    on_both(|| {
        let (_holes, _good, port) = landscape(&[v4(2)], Some(v4(3)));
        takes(250..490, || {
            let stream = connect(&named(&[V6, v4(2), v4(3)]).build(), "a.test", port).unwrap();
            assert_eq!(stream.info().peer.unwrap().ip(), v4(3));
        });
        // The loser closes as soon as its coroutine has run.
        wait_until("the loser to close", || unanswered(2, port) == 0);
    });
}

#[test]
fn c270_refused_names_every_address_with_its_cause() {
    on_both(|| {
        let (port, _held) = refusing(&[v4(1), v4(2), V6]);
        let error = connect(&Network::builder().build(), "127.0.0.1", port).unwrap_err();
        assert_eq!(error.to_string(), format!("connect: connection refused (127.0.0.1:{port})"));
        assert_eq!((error.kind(), error.is_retryable()), (Kind::Connect, true));

        let error = connect(&named(&[v4(1), v4(2), V6]).build(), "a.test", port).unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Connect, Some(Phase::Connect)));
        let all = [format!("[::1]:{port}"), format!("127.0.0.1:{port}"), format!("127.0.0.2:{port}")];
        // In the order in which they were refused.
        let mut refused = error.addresses().to_vec();
        refused.sort_by_key(|address| all.iter().position(|one| one == address));
        assert_eq!(refused, all);
        let causes = std::error::Error::source(&error).unwrap().to_string();
        assert!(all.iter().all(|address| causes.contains(&format!("{address}: connection refused"))), "{causes}");
    });
}

#[test]
fn c271_an_unknown_host_is_named() {
    on_both(|| {
        let error = connect(&Network::builder().build(), "no-such-host.invalid", 80).unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Resolve, Some(Phase::Resolve)));
        assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
    });
}

#[test]
fn c371_localhost_and_families() {
    on_both(|| {
        let (port, _listeners) = listen(&[v4(1), V6]);
        let peer = |family| {
            let stream = connect(&named(&[v4(1), V6]).ip_family(family).build(), "a.test", port).unwrap();
            stream.info().peer.unwrap().ip()
        };
        assert_eq!(peer(IpFamily::V4), v4(1));
        assert_eq!(peer(IpFamily::V6), V6);
        assert_eq!(peer(IpFamily::Any), V6);
        assert!(connect(&Network::builder().build(), "localhost", port).is_ok());
        let error = connect(&Network::builder().ip_family(IpFamily::V6).build(), "127.0.0.1", port).unwrap_err();
        assert_eq!(error.kind(), Kind::Resolve);
    });
}

#[test]
fn c371_local_address_interface_and_other_options() {
    on_both(|| {
        let (port, _listeners) = listen(&[v4(1), V6]);
        let tcp = TcpOptions {
            local_address: Some(v4(77)),
            keepalive: Some(Keepalive { interval: Some(ms(5000)), probes: Some(3), ..Keepalive::after(ms(60_000)) }),
            send_buffer: Some(64 << 10),
            receive_buffer: Some(64 << 10),
            ..TcpOptions::default()
        };
        let stream = connect(&named(&[v4(1), V6]).tcp(tcp).build(), "a.test", port).unwrap();
        assert_eq!(stream.info().local.unwrap().ip(), v4(77));
        assert_eq!(stream.info().peer.unwrap().ip(), v4(1), "only its family is tried");

        let refused = |tcp: TcpOptions| connect(&Network::builder().tcp(tcp).build(), "127.0.0.1", port).unwrap_err();
        let error = refused(TcpOptions { local_address: Some([192, 0, 2, 1].into()), ..TcpOptions::default() });
        assert_eq!(error.kind(), Kind::InvalidConfig);
        assert!(error.to_string().contains("`local_address` `192.0.2.1`"), "{error}");
        let error = refused(TcpOptions { interface: Some("nosuch0".into()), ..TcpOptions::default() });
        assert_eq!(error.kind(), Kind::InvalidConfig);
        assert!(error.to_string().contains("`interface` `nosuch0`"), "{error}");
    });
}

#[test]
fn c371_unix_socket() {
    on_both(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || listener.accept().unwrap().0.write_all(b"hello").unwrap());
        let at = |path| Target::new("a.test", 80, false).by(Route { unix: Some(path), ..Route::default() });
        let target = at(path.clone());
        let network = Network::builder().build();
        let mut stream = network.connect(&target, &DialTimeouts::default(), None).unwrap();
        let mut buffer = [0; 16];
        assert_eq!(stream.read(&mut buffer, None).unwrap(), 5);
        assert_eq!(stream.read(&mut buffer, None).unwrap(), 0);
        server.join().unwrap();
        assert_eq!((stream.info().peer, stream.info().unix.as_ref()), (None, Some(&path)));

        let error = network.connect(&at(folder.path().join("none")), &DialTimeouts::default(), None).unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Connect, Some(Phase::Connect)));
        assert!(error.to_string().contains("/none"), "{error}");
        let error = network.connect(&at("x".repeat(200).into()), &DialTimeouts::default(), None).unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidConfig);
    });
}

#[test]
fn c267_a_slow_lookup_ends_at_its_limit() {
    on_both(|| {
        let (endless, _end) = gated();
        let network = Network::builder().resolver(endless).build();
        let timeouts = DialTimeouts { resolve: Some(ms(100)), ..DialTimeouts::default() };
        let watch = Stopwatch::start();
        let error = network.connect(&Target::new("slow.test", 80, false), &timeouts, None).unwrap_err();
        watch.within(100..350);
        assert_eq!((error.kind(), error.phase(), error.limit()), (Kind::Timeout, Some(Phase::Resolve), Some(ms(100))));
        assert!(error.to_string().contains("slow.test"), "{error}");
    });
}

#[test]
fn c277_a_token_ends_lookup_and_connect() {
    on_both(|| {
        let (endless, _end) = gated();
        let asked = Arc::new(AtomicUsize::new(0));
        let asking = asked.clone();
        let endless = move |host: &str| {
            asking.fetch_add(1, SeqCst);
            endless(host)
        };
        let (_holes, _, port) = landscape(&[v4(1), v4(2)], None);
        for (network, phase) in [
            (Network::builder().resolver(endless).build(), Phase::Resolve),
            (named(&[v4(1)]).build(), Phase::Connect),
            (named(&[v4(1), v4(2)]).build(), Phase::Connect),
        ] {
            wait_until("nobody to connect any more", || unanswered(1, port) == 0);
            let token = CancelToken::new();
            let (firing, asked) = (token.clone(), asked.clone());
            std::thread::spawn(move || {
                match phase {
                    Phase::Resolve => wait_until("it to ask", || asked.load(SeqCst) > 0),
                    _ => wait_until("it to connect", || unanswered(1, port) > 0),
                }
                std::thread::sleep(ms(20));
                firing.cancel();
            });
            let target = Target::new("a.test", port, false);
            let error = network.connect(&target, &patient(), Some(&token)).unwrap_err();
            assert_eq!((error.kind(), error.phase()), (Kind::Cancelled, Some(phase)), "{error}");
        }
    });
}

/// A resolver that answers when the gate is opened, or let go.
fn gated() -> (impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static, mpsc::Sender<()>) {
    let (open, opened) = mpsc::channel();
    let opened = Mutex::new(opened);
    let resolver = move |_: &str| {
        opened.lock().unwrap().recv().ok();
        Ok(vec![v4(1)])
    };
    (resolver, open)
}

/// Counts its queries.
fn counting(answer: fn(&str) -> io::Result<Vec<IpAddr>>, delay: Duration) -> (NetworkBuilder, Arc<AtomicUsize>) {
    let queries = Arc::new(AtomicUsize::new(0));
    let counted = queries.clone();
    let resolver = move |host: &str| {
        counted.fetch_add(1, SeqCst);
        std::thread::sleep(delay);
        answer(host)
    };
    (Network::builder().resolver(resolver), queries)
}

fn all_at_once(network: &Network, hosts: Vec<String>, port: u16) -> Vec<Result<Stream>> {
    let connects: Vec<_> = hosts
        .into_iter()
        .map(|host| {
            let network = network.clone();
            rt::spawn(move || connect(&network, &host, port)).unwrap()
        })
        .collect();
    connects.into_iter().map(|handle| handle.join().unwrap()).collect()
}

#[test]
fn c380_concurrent_lookups_of_a_name_are_one_query_and_remembered() {
    let (port, _listeners) = listen(&[v4(1)]);
    let (builder, queries) = counting(|_| Ok(vec![v4(1)]), ms(50));
    let network = builder.remember_names(ms(60_000)).build();
    assert!(all_at_once(&network, vec!["a.test".into(); 50], port).iter().all(Result::is_ok));
    assert!(connect(&network, "A.TEST", port).is_ok());
    assert_eq!(queries.load(SeqCst), 1);
    let (builder, queries) = counting(|_| Ok(vec![v4(1)]), ms(1));
    let network = builder.remember_names(ms(50)).build();
    assert!(connect(&network, "a.test", port).is_ok());
    rt::sleep(ms(60));
    assert!(connect(&network, "a.test", port).is_ok());
    assert_eq!(queries.load(SeqCst), 2, "forgotten in time");
}

#[test]
fn c380_two_hundred_names_block_no_worker() {
    let (port, listeners) = listen(&[v4(1)]);
    std::thread::spawn(move || listeners[0].incoming().for_each(drop));
    let (builder, queries) = counting(|_| Ok(vec![v4(1)]), ms(100));
    let network = builder.build();
    let ticks = rt::spawn(|| {
        let start = Instant::now();
        let mut longest = Duration::ZERO;
        while start.elapsed() < ms(200) {
            let tick = Instant::now();
            rt::sleep(ms(1));
            longest = longest.max(tick.elapsed());
        }
        longest
    })
    .unwrap();
    let names = (0..200).map(|n| format!("n{n}.test")).collect();
    assert!(all_at_once(&network, names, port).iter().all(Result::is_ok));
    assert_eq!(queries.load(SeqCst), 200);
    let longest = ticks.join().unwrap();
    // On the workers themselves the lookups would take 20 s together.
    assert!(longest < ms(4000), "another coroutine waited {longest:?}");
}

#[test]
fn c380_a_failure_reaches_all_that_wait_and_is_not_remembered() {
    // Who comes after the answer asks again.
    let is_shared = with_some_time(ms(50), |takes| {
        let (builder, queries) = counting(|_| Err(io::Error::other("server failure")), takes);
        let network = builder.build();
        for error in all_at_once(&network, vec!["a.test".into(); 20], 80) {
            let error = error.unwrap_err();
            assert_eq!(error.kind(), Kind::Resolve);
            assert!(error.to_string().contains("a.test not found: server failure"), "{error}");
        }
        let before = queries.load(SeqCst);
        assert!(connect(&network, "a.test", 80).is_err());
        assert_eq!(queries.load(SeqCst), before + 1);
        before == 1 || {
            eprintln!("{takes:?}: {before} queries");
            false
        }
    });
    assert!(is_shared, "never one query for all");
}

#[test]
fn c380_who_starts_a_lookup_may_leave_before_it_lands() {
    let (port, _listeners) = listen(&[v4(1)]);
    let (resolver, open) = gated();
    let queries = Arc::new(AtomicUsize::new(0));
    let counted = queries.clone();
    let network = Network::builder().resolver(move |host: &str| {
        counted.fetch_add(1, SeqCst);
        resolver(host)
    });
    let network = network.build();
    let timeouts = DialTimeouts { resolve: Some(ms(20)), ..DialTimeouts::default() };
    let error = network.connect(&Target::new("a.test", port, false), &timeouts, None).unwrap_err();
    assert_eq!(error.phase(), Some(Phase::Resolve));
    let opening = std::thread::spawn(move || {
        std::thread::sleep(ms(20));
        open.send(()).unwrap();
        open
    });
    assert!(connect(&network, "a.test", port).is_ok());
    drop(opening.join().unwrap());
    assert_eq!(queries.load(SeqCst), 1);
}

#[test]
fn sec_i7_strange_answers() {
    on_both(|| {
        let (port, _listeners) = listen(&[v4(200)]);
        let failing = |resolver: fn(&str) -> io::Result<Vec<IpAddr>>| -> Error {
            connect(&Network::builder().resolver(resolver).build(), "a.test", port).unwrap_err()
        };
        let error = failing(|_| Ok(Vec::new()));
        assert_eq!((error.kind(), error.phase()), (Kind::Resolve, Some(Phase::Resolve)));
        let error = failing(|_| panic!("on purpose"));
        assert_eq!((error.kind(), error.phase()), (Kind::Resolve, Some(Phase::Resolve)));
        // 4,000 addresses, each refused at once: 64 of them are tried.
        let watch = Stopwatch::start();
        let error = failing(|_| Ok((0..4000u16).map(|n| [127, 1, (n >> 8) as u8, n as u8].into()).collect()));
        assert_eq!((error.kind(), error.addresses().len()), (Kind::Connect, 64));
        watch.within(0..1000);
    });
}

#[test]
fn c370_an_override_is_used_and_literals_are_never_looked_up() {
    on_both(|| {
        let (port, _listeners) = listen(&[v4(9)]);
        let (builder, queries) = counting(|_| Err(io::Error::other("not to be asked")), Duration::ZERO);
        let network = builder.host("A.test", Some(port), [v4(9)]).host("10.1.2.3", None, [v4(9)]).build();
        assert_eq!(connect(&network, "a.TEST", port).unwrap().info().peer.unwrap().ip(), v4(9));
        assert_eq!(connect(&network, "127.0.0.9", port).unwrap().info().peer.unwrap().ip(), v4(9));
        assert_eq!(connect(&network, "10.1.2.3", port).unwrap().info().peer.unwrap().ip(), v4(9));
        assert_eq!(queries.load(SeqCst), 0);
        assert_eq!(connect(&network, "a.test", port ^ 1).unwrap_err().kind(), Kind::Resolve);
    });
}

#[test]
fn an_idle_connection_is_quiet_until_the_peer_says_something_or_leaves() {
    on_both(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let network = Network::builder().build();
        let pair = || -> (Stream, TcpStream) {
            let stream = connect(&network, "127.0.0.1", listener.local_addr().unwrap().port()).unwrap();
            (stream, listener.accept().unwrap().0)
        };
        let (mut stream, mut peer) = pair();
        assert!(stream.is_quiet());
        peer.write_all(b"stray").unwrap();
        wait_until("it to come", || !stream.is_quiet());
        let (mut stream, peer) = pair();
        drop(peer);
        wait_until("the end to come", || !stream.is_quiet());
    });
}
