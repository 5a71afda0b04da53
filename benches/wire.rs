//! In-memory costs of the `wire` floor, one readable line each.
//!
//! `cargo bench --bench wire` prints nanoseconds an operation: the best of several rounds, which is the figure that
//! other load on the machine disturbs least. `-- --instructions` adds instructions an operation, counted by callgrind
//! (needs valgrind), which do not move with the machine at all. Another argument selects benches by name.

#![allow(clippy::disallowed_macros, reason = "printing is what a bench is for, and no coroutine runs here")]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use maypole::limits::Limits;
use maypole::wire::h1::{BodyDecoder, Framing, Head, HeadParser, Step, encode_head, keep_alive, response_framing};
use maypole::wire::{Headers, Version};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [child, name, operations] = &args[..]
        && child == CHILD
    {
        let operations = operations.parse().expect("a number");
        benches().into_iter().find(|bench| bench.name == name).expect("known").repeat(operations);
        return;
    }
    let (flags, names): (Vec<_>, Vec<_>) = args.into_iter().partition(|arg| arg == "--instructions");
    for mut bench in benches() {
        if names.is_empty() || names.iter().any(|name| bench.name.contains(&**name)) {
            bench.report(!flags.is_empty());
        }
    }
}

fn benches() -> Vec<Bench> {
    vec![
        bench("head/nginx").bytes(NGINX.len()).run(|| parse(NGINX)),
        bench("head/100-lines").bytes(large().len()).run_with(large, |head| parse(head)),
        bench("head/nginx-framing")
            .run_with(nginx_head, |head| response_framing("GET", head).map(|f| keep_alive(head, f, false))),
        bench("request/encode").run_with(request, |(headers, out)| {
            out.clear();
            encode_head(out, Version::Http11, "GET", "/static/page.html?lang=en", headers)
        }),
        bench("chunked/64-of-1-KiB").run_with(|| chunked(64, 1 << 10), |wire| decode(wire)),
        bench("chunked/1024-of-16-B").run_with(|| chunked(1024, 16), |wire| decode(wire)),
        bench("headers/get-of-8").run_with(nginx_head, |head| head.headers.get(black_box("accept-ranges")).is_some()),
        bench("headers/miss-of-100")
            .run_with(|| parse(&large()), |head| head.headers.get(black_box("x-none")).is_some()),
        bench("headers/build-4").run(|| request().0),
    ]
}

/// What nginx answers for a static page of 612 bytes.
const NGINX: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.26.3\r\nDate: Thu, 20 Nov 2025 12:00:00 GMT\r\n\
    Content-Type: text/html\r\nContent-Length: 612\r\nLast-Modified: Tue, 04 Feb 2025 10:00:00 GMT\r\n\
    Connection: keep-alive\r\nETag: \"67a1e8f0-264\"\r\nAccept-Ranges: bytes\r\n\r\n";

fn large() -> Vec<u8> {
    let lines: String =
        (0..100).map(|n| format!("X-Header-{n}: a value of forty characters, as many are.\r\n")).collect();
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes()
}

fn parse(wire: &[u8]) -> Head {
    HeadParser::new().parse(black_box(wire), &Limits::default()).expect("valid").expect("complete").0
}

fn nginx_head() -> Head {
    parse(NGINX)
}

fn request() -> (Headers, Vec<u8>) {
    let lines =
        [("Host", "localhost:8080"), ("User-Agent", "maypole/0.1"), ("Accept", "*/*"), ("Accept-Encoding", "gzip")];
    (Headers::try_from(lines).expect("valid"), Vec::with_capacity(256))
}

fn chunked(chunks: usize, bytes: usize) -> Vec<u8> {
    format!("{bytes:x}\r\n{}\r\n", "x".repeat(bytes))
        .repeat(chunks)
        .into_bytes()
        .into_iter()
        .chain(*b"0\r\n\r\n")
        .collect()
}

fn decode(mut input: &[u8]) -> u64 {
    let (limits, mut body, mut bytes) = (Limits::default(), BodyDecoder::new(Framing::Chunked), 0);
    loop {
        match body.step(black_box(input), &limits).expect("valid") {
            Step::Skip(n) => input = &input[n..],
            Step::Data(n) => {
                input = &input[n as usize..];
                bytes += n;
                body.took(n);
            }
            Step::More => panic!("all of it is there"),
            Step::End => return bytes,
        }
    }
}

/// The argument that makes this program run one bench so many times and nothing else, for callgrind to count.
const CHILD: &str = "--repeat";

const ROUND: Duration = Duration::from_millis(20);
const ROUNDS: usize = 15;

struct Bench {
    name: &'static str,
    bytes: usize,
    operation: Box<dyn FnMut()>,
}

fn bench(name: &'static str) -> Bench {
    Bench { name, bytes: 0, operation: Box::new(|| ()) }
}

impl Bench {
    /// Bytes that an operation goes through; the report then says GB/s.
    fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    fn run<R>(self, operation: impl Fn() -> R + 'static) -> Self {
        self.run_with(|| (), move |()| operation())
    }

    fn run_with<I: 'static, R>(self, input: impl FnOnce() -> I, operation: impl Fn(&mut I) -> R + 'static) -> Self {
        let mut input = input();
        Self { operation: Box::new(move || drop(black_box(operation(black_box(&mut input))))), ..self }
    }

    fn repeat(&mut self, operations: u64) -> Duration {
        let start = Instant::now();
        for _ in 0..operations {
            (self.operation)();
        }
        start.elapsed()
    }

    fn report(&mut self, instructions: bool) {
        let once = self.repeat(1000).as_nanos() / 1000;
        let operations = (ROUND.as_nanos() / once.max(1)).clamp(1, 1 << 24) as u64;
        let best = (0..ROUNDS).map(|_| self.repeat(operations)).min().expect("rounds");
        let nanos = best.as_nanos() as f64 / operations as f64;
        let rate = if self.bytes == 0 { String::new() } else { format!("{:8.2} GB/s", self.bytes as f64 / nanos) };
        let counted = if instructions { self.instructions() } else { String::new() };
        println!("{:<22}{nanos:10.1} ns/op{counted}{rate}", self.name);
    }

    /// The difference of two runs, so that what the program does before and after does not count.
    fn instructions(&self) -> String {
        match (count(self.name, 100), count(self.name, 1100)) {
            (Some(few), Some(many)) => format!("{:10} instr/op", many.saturating_sub(few) / 1000),
            _ => "  (no valgrind)".to_owned(),
        }
    }
}

fn count(name: &str, operations: u64) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([CHILD, name, &operations.to_string()])
        .stdout(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}
