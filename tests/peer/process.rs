//! What this process holds: descriptors, sockets, memory.

use std::collections::HashSet;
use std::fs;

use super::body::aside;

/// How many descriptors are open.
pub fn fds() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// How many of this process's sockets are connected to this port: exact even while other tests run beside.
pub fn client_sockets(port: u16) -> usize {
    // The table lists what lingers, too, and can take a worker's time for half a second.
    aside(move || count_sockets(port))
}

fn count_sockets(port: u16) -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let ours: HashSet<String> =
        links.filter_map(|l| Some(fs::read_link(l.path()).ok()?.to_str()?.to_owned())).collect();
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(|t| fs::read_to_string(t).unwrap_or_default());
    let remote = format!(":{port:04X}");
    let of_port = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.len() > 9 && words[2].ends_with(&remote) && ours.contains(&format!("socket:[{}]", words[9]))
    };
    tables.iter().flat_map(|t| t.lines()).filter(of_port).count()
}

/// Resident memory.
pub fn resident_bytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
