//! What an operation costs from a plain thread, and what the same costs from a coroutine.
//!
//! `cargo bench --bench ways` prints microseconds an operation: the best of several rounds, thread and coroutine in turns,
//! which is the figure that other load on the machine disturbs least. The bar is 5 µs more from a plain thread. Behind it
//! what it costs to come from a thread to a coroutine and back, which wakes one worker and one thread.
//!
//! The server is a child process of threads that block; `-- --url http://…` adds requests to another one, such as nginx.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "measuring, on threads of its own")]

use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use maypole::rt::{self, Runtime};
use maypole::{HttpClient, Response};

/// How many rounds of each kind, of which the best counts.
const ROUNDS: usize = 15;
/// A body that is read in `READ`s.
const BIG: usize = 64 << 20;
const READ: usize = 16 << 10;
/// What nginx's own page has.
const PAGE: usize = 612;
const BAR_MICROS: f64 = 5.0;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "serve") {
        return serve();
    }
    let workers = Runtime::builder().workers(1).start().expect("the first use").workers();
    let server = Server::start();
    println!("{workers} worker; µs an operation, best of {ROUNDS} rounds\n");
    println!("{:<34} {:>9} {:>9} {:>11}", "", "coroutine", "thread", "difference");
    let page = server.url("/page");
    compare("GET of 612 bytes, kept alive", 3_000, gets(&page));
    if let Some(url) = args.iter().position(|arg| arg == "--url").and_then(|at| args.get(at + 1)) {
        compare("the same from --url", 3_000, gets(url));
    }
    let big = server.url("/big");
    compare("read of 16 KiB, 64 MiB streaming", BIG / READ, move |client, reads| drain(client, &big, reads));
    let small = server.url("/big");
    compare("read of 1 byte, buffered", 200_000, move |client, reads| sip(client, &small, reads));
    let echo = server.url("/echo");
    compare("write, then a read that waits", 3_000, move |client, turns| ping(client, &echo, turns));
    println!("\nfrom a thread to a coroutine and back");
    crossing("maypole::run", 3_000, |turns| {
        (0..turns).for_each(|n| assert_eq!(maypole::run(|| black_box(n)).expect("room"), n));
    });
    crossing("rt::spawn, joined by the thread", 3_000, |turns| {
        (0..turns).for_each(|n| assert_eq!(rt::spawn(move || n).expect("room").join().expect("no panic"), n));
    });
    crossing("rt::spawn, awaited by the thread", 3_000, |turns| {
        (0..turns).for_each(|n| assert_eq!(rt::block_on(rt::spawn(move || n).expect("room")).expect("no panic"), n));
    });
    crossing("rt::scoped, one of 1,000 closures", 10_000, |turns| {
        let numbers: Vec<usize> = (0..turns).collect();
        rt::scoped(1_000, |s| s.map(&numbers, |n| black_box(*n))).expect("room");
    });
    crossing("std::thread, spawned and joined", 1_000, |turns| {
        (0..turns).for_each(|n| assert_eq!(std::thread::spawn(move || n).join().expect("no panic"), n));
    });
}

fn crossing(name: &str, turns: usize, cross: impl Fn(usize)) {
    let rounds = (0..ROUNDS).map(|_| timed(turns, &cross));
    println!("{name:<44} {:>9.2}", rounds.fold(f64::INFINITY, f64::min));
}

fn timed(operations: usize, operate: impl Fn(usize)) -> f64 {
    let start = Instant::now();
    operate(operations);
    start.elapsed().as_secs_f64() * 1e6 / operations as f64
}

/// Runs `operation`, which does as many as it is told, in turns on a coroutine and on this thread.
fn compare(name: &str, operations: usize, operation: impl Fn(&HttpClient, usize) + Clone + Send + 'static) {
    let client = HttpClient::new().expect("defaults");
    let once = {
        let client = client.clone();
        move |operations| timed(operations, |operations| operation(&client, operations))
    };
    once(operations / 10 + 1);
    let (mut coroutine, mut thread) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        let theirs = once.clone();
        coroutine = coroutine.min(rt::spawn(move || theirs(operations)).expect("room").join().expect("no panic"));
        thread = thread.min(once(operations));
    }
    let more = thread - coroutine;
    let verdict = if more > BAR_MICROS { "  above the bar" } else { "" };
    println!("{name:<34} {coroutine:>9.2} {thread:>9.2} {more:>+11.2}{verdict}");
}

fn gets(url: &str) -> impl Fn(&HttpClient, usize) + Clone + Send + 'static {
    let url = url.to_owned();
    move |client, times| {
        for _ in 0..times {
            black_box(client.get(&url).send().and_then(Response::bytes).expect("an answer"));
        }
    }
}

fn drain(client: &HttpClient, url: &str, reads: usize) {
    let mut response = client.get(url).send().expect("an answer");
    let mut buffer = vec![0; READ];
    for _ in 0..reads {
        response.read_exact(&mut buffer).expect("the body");
    }
}

fn sip(client: &HttpClient, url: &str, reads: usize) {
    let mut response = client.get(url).send().expect("an answer");
    for _ in 0..reads {
        response.read_exact(black_box(&mut [0])).expect("the body");
    }
}

fn ping(client: &HttpClient, url: &str, turns: usize) {
    let request = client.get(url).header("Connection", "upgrade").header("Upgrade", "echo");
    let mut stream = request.send().expect("an answer").into_upgraded().expect("101");
    for _ in 0..turns {
        stream.write_all(b"x").expect("sent");
        stream.read_exact(black_box(&mut [0])).expect("echoed");
    }
}

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Self {
        let own = std::env::current_exe().expect("this program");
        let child = Command::new(own).arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the server");
        let mut address = String::new();
        let output = child.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut address).expect("its address");
        Self { child, address: address.trim().to_owned() }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}

/// The child: one thread a connection, until its standard input ends.
fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || answer(connection));
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new()).ok();
}

fn answer(mut connection: TcpStream) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    loop {
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let mut line = String::from("-");
        while !line.trim().is_empty() {
            line.clear();
            reader.read_line(&mut line)?;
        }
        match first.split(' ').nth(1) {
            Some("/page") => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {PAGE}\r\n\r\n");
                connection.write_all(&[head.as_bytes(), &[b'x'; PAGE]].concat())?;
            }
            Some("/big") => {
                connection.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {BIG}\r\n\r\n").as_bytes())?;
                let piece = vec![b'x'; 256 << 10];
                (0..BIG / piece.len()).try_for_each(|_| connection.write_all(&piece))?;
            }
            Some("/echo") => {
                let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
                connection.write_all(head.as_bytes())?;
                std::io::copy(&mut reader, &mut connection)?;
                return Ok(());
            }
            _ => return Ok(()),
        }
    }
}
