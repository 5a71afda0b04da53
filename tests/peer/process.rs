//! What this process holds: descriptors, sockets, memory; another one for tests that measure it; and ports for children.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use nix::sys::socket::{SockaddrStorage, getpeername};

/// How many descriptors are open.
pub fn fds() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// How many of this process's sockets are connected to this port: exact even while other tests run beside.
pub fn client_sockets(port: u16) -> usize {
    let names = fs::read_dir("/proc/self/fd").unwrap().flatten().filter_map(|fd| fd.file_name().to_str()?.parse().ok());
    let peers = names.filter_map(|fd| getpeername::<SockaddrStorage>(fd).ok());
    let ports = peers.filter_map(|peer| match (peer.as_sockaddr_in(), peer.as_sockaddr_in6()) {
        (Some(four), _) => Some(four.port()),
        (_, Some(six)) => Some(six.port()),
        _ => None,
    });
    ports.filter(|of_peer| *of_peer == port).count()
}

/// Resident memory.
pub fn resident_bytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

/// Runs a test's body in a process of its own, where nothing else opens descriptors or takes memory; `test` is the name
/// under which this binary lists the test that calls this.
pub fn alone(test: &str, body: impl FnOnce()) {
    const ASKED: &str = "MAYPOLE_TEST_ALONE";
    if std::env::var(ASKED).is_ok_and(|asked| asked == test) {
        return body();
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ASKED, test);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("test result: ok. 1 passed"), "{test}, alone:\n{said}");
    eprintln!("{said}");
}

/// Whether no peer of this process had this port. A client of an earlier test may still hold a socket to it, which
/// [`client_sockets`] would count.
pub(super) fn is_new(port: u16) -> bool {
    static HAD: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    HAD.lock().unwrap().insert(port)
}

/// A port below those that the system gives to whoever asks for any: what the tests beside this one open meanwhile
/// cannot get it.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of so many in a row.
pub fn free_ports(many: u16) -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id().wrapping_mul(37).wrapping_add(NEXT.fetch_add(many.into(), SeqCst));
        let port = 12_000 + (number % 20_000) as u16;
        if (port..port + many).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
}
