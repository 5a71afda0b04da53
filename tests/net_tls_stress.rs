//! Many TLS connections at once on several workers, good ones among bad ones: OpenSSL's error queue belongs to a thread.
#![cfg(feature = "tls")]

#[allow(dead_code, reason = "each file of tests takes what it needs")]
mod net_support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use maypole::error::{Kind, Result};
use maypole::net::{DialTimeouts, Network, Stream, Target, TlsConfig};
use maypole::rt;
use net_support::{acceptor, authority, leaf, server, trusting};

/// What a server does with a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Good,
    WrongName,
    Unknown,
    ResetInHandshake,
    ResetAfterwards,
}

const FATES: [Fate; 8] = [
    Fate::Good,
    Fate::WrongName,
    Fate::Good,
    Fate::Unknown,
    Fate::Good,
    Fate::ResetInHandshake,
    Fate::Good,
    Fate::ResetAfterwards,
];

/// One test at a time, so that what one counts is its own.
static TURN: Mutex<()> = Mutex::new(());

struct Scene {
    tls: TlsConfig,
    good: SocketAddr,
    wrong_name: SocketAddr,
    unknown: SocketAddr,
    resets: SocketAddr,
}

/// Eight workers, whatever the machine has: the runtime is started before anything else uses it.
fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        rt::Runtime::builder().workers(8).start().unwrap();
        let (ca, other) = (authority("ca"), authority("other"));
        let echo = |pair: &net_support::Pair| {
            let serve = |mut stream: openssl::ssl::SslStream<std::net::TcpStream>| {
                let mut buffer = [0; 1000];
                while stream.read_exact(&mut buffer).is_ok() {
                    if buffer[0] == b'r' {
                        let socket = socket2::SockRef::from(stream.get_ref());
                        socket.set_linger(Some(Duration::ZERO)).unwrap();
                        return;
                    }
                    stream.write_all(&buffer).ok();
                }
            };
            server(acceptor(pair), serve).0
        };
        Scene {
            tls: trusting(&ca).build().unwrap(),
            good: echo(&leaf(&ca, &["127.0.0.1"])),
            wrong_name: echo(&leaf(&ca, &["127.0.0.2"])),
            unknown: echo(&leaf(&other, &["127.0.0.1"])),
            resets: resetting(),
        }
    })
}

fn resetting() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            let peer = peer.unwrap();
            std::thread::spawn(move || {
                peer.peek(&mut [0]).ok();
                socket2::SockRef::from(&peer).set_linger(Some(Duration::ZERO)).ok();
            });
        }
    });
    address
}

fn connect(network: &Network, address: SocketAddr) -> Result<Stream> {
    let timeouts = DialTimeouts { tls: Some(Duration::from_secs(60)), ..DialTimeouts::default() };
    network.connect(&Target::new(address.ip().to_string(), address.port(), true), &timeouts, None)
}

fn meet(fate: Fate, network: &Network) {
    let scene = scene();
    let kind = |address| connect(network, address).err().map(|error| (error.kind(), error.to_string()));
    match fate {
        Fate::Good => exchange(&mut connect(network, scene.good).unwrap(), 10),
        Fate::ResetAfterwards => {
            let mut stream = connect(network, scene.good).unwrap();
            exchange(&mut stream, 3);
            stream.write_all(&[b'r'; 1000], None).unwrap();
            assert!(stream.read(&mut [0; 1000], None).is_err());
        }
        Fate::WrongName => {
            let (kind, text) = kind(scene.wrong_name).unwrap();
            assert!(kind == Kind::Certificate && text.contains("IP address mismatch"), "{text}");
        }
        Fate::Unknown => {
            let (kind, text) = kind(scene.unknown).unwrap();
            assert!(kind == Kind::Certificate && text.contains("local issuer certificate"), "{text}");
        }
        Fate::ResetInHandshake => {
            let (kind, text) = kind(scene.resets).unwrap();
            assert_eq!(kind, Kind::ConnectionLost, "{text}");
        }
    }
}

fn exchange(stream: &mut Stream, rounds: usize) {
    for round in 0..rounds {
        stream.write_all(&[round as u8; 1000], None).unwrap();
        let (mut buffer, mut got) = ([0; 600], 0);
        while got < 1000 {
            let n = stream.read(&mut buffer, None).unwrap();
            assert!(n > 0 && buffer[..n].iter().all(|byte| *byte == round as u8));
            got += n;
        }
    }
}

#[test]
fn sec_m1_no_good_connection_reports_another_ones_error() {
    let _turn = TURN.lock();
    let network = Network::builder().tls(scene().tls.clone()).build();
    let meetings: Vec<_> = (0..500)
        .map(|n| {
            let network = network.clone();
            rt::spawn(move || meet(FATES[n % FATES.len()], &network)).unwrap()
        })
        .collect();
    let failures = meetings.into_iter().filter_map(|handle| handle.join().err());
    // The hook that `may` installs hides what coroutines panic with.
    let failures: Vec<_> = failures.map(|panic| panic.downcast_ref::<String>().cloned()).collect();
    assert!(failures.is_empty(), "{failures:?}");
}

#[test]
fn sec_f9_failing_handshakes_leave_nothing_behind() {
    let _turn = TURN.lock();
    let network = Network::builder().tls(scene().tls.clone()).build();
    let round = |times: usize| {
        for n in 0..times {
            meet([Fate::Unknown, Fate::WrongName, Fate::ResetInHandshake][n % 3], &network);
        }
    };
    round(30);
    let before = (descriptors(), resident());
    round(300);
    // The servers' threads are of this process too and close their ends a moment later.
    let flat = (0..400).any(|_| {
        rt::sleep(Duration::from_millis(50));
        descriptors() <= before.0 + 2
    });
    assert!(flat, "{} descriptors, before {}", descriptors(), before.0);
    // A leaked session would be some 30 KiB, 300 of them 9 MiB; the allocator's arenas of 300 threads come and go.
    assert!(resident() < before.1 + (6 << 20), "{} bytes resident, before {}", resident(), before.1);
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
