//! Sessions whose keys change while both directions are full of data: a read then has to write, and a write to read.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use maypole::compat::io::{Connector, Stream};
use maypole::rt;

use crate::peer::{leaf, on_both};
use crate::site::trusting;

/// OpenSSL's own server. It sends what its input brings, and does what a line of one letter asks for.
struct Server(Child);

impl Server {
    fn start(version: &str) -> Option<(Self, String)> {
        let directory = tempfile::tempdir().unwrap();
        let [certificate, key] = ["c", "k"].map(|name| directory.path().join(name));
        std::fs::write(&certificate, leaf().pem()).unwrap();
        std::fs::write(&key, leaf().key_pem()).unwrap();
        let mut command = Command::new("openssl");
        command.args([
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-naccept",
            "1",
            version,
            "-client_renegotiation",
            "-cert",
        ]);
        command.arg(&certificate).arg("-key").arg(&key);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "openssl is not installed");
            eprintln!("SKIPPED: openssl is not installed (apt-get install openssl)");
            return None;
        };
        let mut line = String::new();
        let mut out = BufReader::with_capacity(1, child.stdout.take().unwrap());
        while !line.starts_with("ACCEPT 127") {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "it ended");
        }
        child.stdout = Some(out.into_inner());
        Some((Self(child), format!("tls://localhost:{}", line.trim().rsplit(':').next().unwrap())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Bytes each way, and how many times the keys change meanwhile.
const TOTAL: usize = 8 << 20;
const CHANGES: usize = 12;
/// Nothing that the server prints by itself.
const MARK: u8 = 1;

#[test]
fn keys_change_by_key_update_with_both_directions_full() {
    renewed("-tls1_3", b"K\n");
}

#[test]
fn keys_change_by_renegotiation_while_much_comes() {
    renewed("-tls1_2", b"r\n");
}

fn renewed(version: &'static str, command: &'static [u8]) {
    on_both(move || {
        let Some((mut server, url)) = Server::start(version) else { return };
        let stream = Arc::new(Connector::new().tls(trusting()).connect(&url).unwrap());
        stream.set_read_timeout(Some(Duration::from_secs(10)));
        stream.set_write_timeout(Some(Duration::from_secs(10)));
        let (mut to, from) = (server.0.stdin.take().unwrap(), server.0.stdout.take().unwrap());
        let sending = std::thread::spawn(move || feed(&mut to, command).map(|()| to));
        let receiving = std::thread::spawn(move || marks(from));
        let writer = stream.clone();
        let write = move || (&*writer).write_all(&vec![MARK; TOTAL]);
        if version == "-tls1_2" {
            // Data that meets a renegotiation is an error for the server.
            assert_eq!(digits(&stream), TOTAL);
            write().unwrap();
        } else {
            let writing = rt::spawn(write).unwrap();
            assert_eq!(digits(&stream), TOTAL);
            writing.join().unwrap().unwrap();
        }
        let _input = sending.join().unwrap().unwrap();
        // Before it is killed: what it has in hand when it ends never gets here.
        assert_eq!(receiving.join().unwrap(), TOTAL);
        stream.shutdown(std::net::Shutdown::Both).unwrap();
        drop(server);
    });
}

/// A command counts at the start of what the server reads at once, and what it reads with it is lost: so it is alone in the
/// pipe. What came before is still on its way.
fn feed(to: &mut ChildStdin, command: &[u8]) -> io::Result<()> {
    for _ in 0..CHANGES {
        to.write_all(&vec![b'0'; TOTAL / CHANGES])?;
        emptied(to)?;
        to.write_all(command)?;
        emptied(to)?;
    }
    to.write_all(&[b'0'; TOTAL % CHANGES])
}

/// Nobody tells the writer of a pipe that it was read.
fn emptied(pipe: &ChildStdin) -> io::Result<()> {
    while rustix::io::ioctl_fionread(pipe)? > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// A slow reader, so that the server stops reading and the client's writes get stuck.
fn marks(mut from: impl Read) -> usize {
    let mut buffer = vec![0; 64 << 10];
    let mut count = 0;
    while count < TOTAL {
        match from.read(&mut buffer).unwrap() {
            0 => break,
            n => count += buffer[..n].iter().filter(|byte| **byte == MARK).count(),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    count
}

fn digits(mut stream: &Stream) -> usize {
    let mut buffer = vec![0; 10_000];
    let mut count = 0;
    while count < TOTAL {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            n => count += buffer[..n].iter().filter(|byte| **byte == b'0').count(),
        }
    }
    count
}
