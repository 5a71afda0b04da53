//! What a stream of `compat::io` costs on a plain thread beside `std`'s: `cargo bench --bench compat`
//!
//! One byte there and back, a thousand small reads of what is there, and large writes, against the same echo on
//! loopback: microseconds an operation, the best of several rounds, which is what other load on the machine disturbs
//! least. `-- --check` fails when an operation costs more than 5 µs above `std`'s.

#![allow(clippy::disallowed_macros, reason = "printing is what a bench is for, and no coroutine runs here")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use maypole::compat::io::Stream;
use maypole::rt;

const ROUNDS: usize = 15;
const BAR: f64 = 5.0;

type Work = fn(&mut dyn Both) -> (Duration, usize);

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

fn main() {
    let address = echo();
    let check = std::env::args().any(|argument| argument == "--check");
    let works: [(&str, Work); 3] =
        [("1 byte there and back", ping_pong), ("read of 16 bytes", small_reads), ("write of 64 KiB", writes)];
    println!("{:24} {:>10} {:>10} {:>10} {:>14}", "µs an operation", "std", "thread", "above", "on a coroutine");
    let mut above_bar = false;
    for (name, work) in works {
        // In turns, so that the machine's moods meet all of them.
        let (mut std, mut thread, mut coroutine) = (f64::MAX, f64::MAX, f64::MAX);
        for _ in 0..ROUNDS {
            std = std.min(per_operation(work, &mut tcp(address)));
            thread = thread.min(per_operation(work, &mut stream(address)));
            let there = rt::spawn(move || per_operation(work, &mut stream(address)));
            coroutine = coroutine.min(there.expect("a coroutine").join().expect("no panic"));
        }
        let above = thread - std;
        above_bar |= above > BAR;
        println!("{name:24} {std:10.2} {thread:10.2} {above:10.2} {coroutine:14.2}");
    }
    assert!(!(check && above_bar), "more than {BAR} µs above std");
}

fn per_operation(work: Work, stream: &mut dyn Both) -> f64 {
    let (time, operations) = work(stream);
    time.as_secs_f64() * 1e6 / operations as f64
}

fn tcp(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the echo listens");
    stream.set_nodelay(true).expect("a TCP socket");
    stream
}

fn stream(address: SocketAddr) -> Stream {
    Stream::connect(&format!("tcp://{address}")).expect("the echo listens")
}

fn ping_pong(stream: &mut dyn Both) -> (Duration, usize) {
    const TIMES: usize = 2_000;
    let mut byte = [0];
    let start = Instant::now();
    for _ in 0..TIMES {
        stream.write_all(b"x").expect("the echo reads");
        stream.read_exact(&mut byte).expect("the echo answers");
    }
    // A write and a read.
    (start.elapsed(), TIMES * 2)
}

fn small_reads(stream: &mut dyn Both) -> (Duration, usize) {
    const TIMES: usize = 1_000;
    let mut time = Duration::ZERO;
    for _ in 0..5 {
        stream.write_all(&[7; TIMES * 16]).expect("the echo reads");
        // Until all of it is there.
        std::thread::sleep(Duration::from_millis(5));
        let start = Instant::now();
        for _ in 0..TIMES {
            stream.read_exact(&mut [0; 16]).expect("the echo answers");
        }
        time += start.elapsed();
    }
    (time, TIMES * 5)
}

fn writes(stream: &mut dyn Both) -> (Duration, usize) {
    const TIMES: usize = 100;
    let piece = vec![7; 64 << 10];
    let mut back = vec![0; 64 << 10];
    let mut time = Duration::ZERO;
    for _ in 0..TIMES {
        let start = Instant::now();
        stream.write_all(&piece).expect("the echo reads");
        time += start.elapsed();
        stream.read_exact(&mut back).expect("the echo answers");
    }
    (time, TIMES)
}

/// Sends back what comes, a thread a connection.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            std::thread::spawn(move || {
                socket.set_nodelay(true)?;
                let mut buffer = vec![0; 64 << 10];
                loop {
                    match (&socket).read(&mut buffer)? {
                        0 => return std::io::Result::Ok(()),
                        n => (&socket).write_all(&buffer[..n])?,
                    }
                }
            });
        }
    });
    address
}
