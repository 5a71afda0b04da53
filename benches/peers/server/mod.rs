//! The servers that every contender talks to, each a child process on the first core.

mod certificate;
mod nginx;
mod origin;
mod slow;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::delays;
use crate::job::{Job, Work};
use crate::payload;
use crate::scenarios::Case;

/// A child that listens until its input ends: when this is dropped, or when this process dies, however it dies.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Only fails when it has been waited for already.
        let _ = self.child.wait();
    }
}

/// Down to one part in so many of its scale a run has crowds, lists of URLs and soaks in full.
const WHOLE: f64 = 5.0;

pub(crate) struct Servers {
    directory: TempDir,
    nginx: Option<nginx::Nginx>,
    origin: Server,
    slow: Server,
    large: u64,
}

impl Servers {
    /// `large` bytes are what the largest body of this run has.
    pub(crate) fn start(large: u64) -> Result<Self, String> {
        let directory = scratch()?;
        let large = large - large % payload::LINE as u64;
        std::fs::write(directory.path().join("index.html"), payload::small()).map_err(failed("index.html"))?;
        write_large(&directory.path().join("large"), large)?;
        let nginx = match nginx::version() {
            Some(_) => Some(nginx::Nginx::start(directory.path())?),
            None => None,
        };
        Ok(Self { nginx, origin: own("origin")?, slow: own("slow")?, directory, large })
    }

    /// What the tables call the server.
    pub(crate) fn describe(&self) -> String {
        match &self.nginx {
            Some(_) => format!("{}; own for chunks, uploads and delays", nginx::version().unwrap_or_default()),
            None => "own, nginx not found (apt-get install nginx): no TLS".to_owned(),
        }
    }

    /// The case's work against these servers, or why it cannot be done here.
    pub(crate) fn job(&self, case: &Case, scale: f64) -> Result<Job, String> {
        // What is about a size, as the bars name it, stays whole for longer.
        let scale_of_count = match case.work {
            Work::Crowd | Work::Queue | Work::Cached => (scale * WHOLE).min(1.0),
            _ => scale,
        };
        let scaled_by = |scale: f64, n: u64, least: u64| ((n as f64 * scale) as u64).max(least);
        let scaled = |n: u64, least: u64| scaled_by(scale_of_count, n, least);
        let bytes = scaled_by(scale, case.bytes, 0).min(self.large);
        // A crowd is as many connections as requests; elsewhere their number is what the case is about.
        let connections = match case.work {
            Work::Crowd => scaled(case.connections as u64, 1) as usize,
            _ => case.connections,
        };
        let (address, path) = self.place(case, bytes)?;
        let origin = match case.tls {
            true => format!("https://localhost:{}", address.port()),
            false => format!("http://{address}"),
        };
        Ok(Job {
            work: case.work,
            url: origin + &path,
            address,
            authority: case.tls.then(|| self.directory.path().join(certificate::AUTHORITY)),
            file: matches!(case.work, Work::Upload | Work::UploadChunked).then(|| self.large()),
            count: scaled(case.count, connections as u64),
            connections,
            bytes,
            seconds: seconds_of(case, scale),
            rate: case.rate,
            delays: delays_of(case, scaled(case.count, 1)),
        })
    }

    fn place(&self, case: &Case, bytes: u64) -> Result<(SocketAddr, String), String> {
        Ok(match (case.work, &self.nginx) {
            (Work::Crowd | Work::Queue | Work::Cached, _) => (self.slow.address, "/".to_owned()),
            (Work::Stalled, _) => (self.slow.address, "/stalls".to_owned()),
            (Work::Soak, None) => return Err("needs nginx, which counts (apt-get install nginx)".to_owned()),
            (Work::Upload | Work::UploadChunked, _) => (self.origin.address, "/".to_owned()),
            (Work::Read, _) if case.chunked => (self.origin.address, format!("/chunked/{bytes}")),
            (Work::Read | Work::Lines | Work::Download, Some(nginx)) => (nginx.address(case.tls), "/large".to_owned()),
            (_, Some(nginx)) => (nginx.address(case.tls), "/".to_owned()),
            (_, None) if case.tls => return Err("needs nginx (apt-get install nginx)".to_owned()),
            (Work::Download, None) => return Err("needs nginx, for ranges (apt-get install nginx)".to_owned()),
            (Work::Read | Work::Lines, None) => (self.origin.address, format!("/length/{bytes}")),
            (_, None) => (self.origin.address, "/".to_owned()),
        })
    }

    fn large(&self) -> PathBuf {
        self.directory.path().join("large")
    }
}

/// A schedule of stalls is as long as it is.
fn seconds_of(case: &Case, scale: f64) -> u64 {
    let scale = match case.work {
        Work::Stalled => 1.0,
        Work::Soak => (scale * WHOLE).min(1.0),
        _ => scale,
    };
    (case.seconds as f64 * scale).round().max(1.0) as u64
}

fn delays_of(case: &Case, count: u64) -> Vec<u32> {
    let mut delays = match case.work {
        Work::Queue | Work::Cached => delays::list(count),
        _ => Vec::new(),
    };
    if case.slow_first {
        delays.sort_unstable_by(|a, b| b.cmp(a));
    }
    delays
}

/// In memory where there is room: a disk would be measured too.
fn scratch() -> Result<TempDir, String> {
    let builder = || tempfile::Builder::new().prefix("maypole-peers-").to_owned();
    builder().tempdir_in("/dev/shm").or_else(|_| builder().tempdir()).map_err(failed("temporary directory"))
}

fn write_large(path: &std::path::Path, bytes: u64) -> Result<(), String> {
    let block = payload::lines(payload::LINE * 10_000);
    let mut file = std::fs::File::create(path).map_err(failed("large body"))?;
    let mut left = bytes;
    while left > 0 {
        let n = left.min(block.len() as u64) as usize;
        file.write_all(&block[..n]).map_err(failed("large body"))?;
        left -= n as u64;
    }
    Ok(())
}

/// This binary again, as a server that says on its first line where it listens.
fn own(kind: &str) -> Result<Server, String> {
    let mut child = again(&[kind])?;
    let mut line = String::new();
    let stdout = child.stdout.take().ok_or("no pipe to the server")?;
    BufReader::new(stdout).read_line(&mut line).map_err(failed(kind))?;
    let address = line.trim().parse().map_err(|_| format!("server {kind} did not start"))?;
    Ok(Server { child, address })
}

fn again(arguments: &[&str]) -> Result<Child, String> {
    let binary = std::env::current_exe().map_err(failed("own path"))?;
    let mut command = Command::new(binary);
    command.arg("server").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().map_err(failed("server"))
}

/// The child's side.
pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    crate::usage::raise_descriptor_limit();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["nginx", directory] = words[..] {
        return nginx::keep(directory);
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(failed("bind"))?;
    println!("{}", listener.local_addr().map_err(failed("address"))?);
    std::thread::spawn(|| {
        wait_for_end_of_input();
        std::process::exit(0);
    });
    match words[..] {
        ["origin"] => origin::serve(&listener).map_err(failed("origin")),
        ["slow"] => slow::serve(listener).map_err(failed("slow")),
        _ => Err(format!("no server {words:?}")),
    }
}

fn wait_for_end_of_input() {
    // Nothing is ever written there: this returns when the other end is gone.
    let _ = std::io::stdin().read(&mut [0]);
}

fn failed<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}
