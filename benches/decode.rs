//! What decoding costs beside the bare codec: 64 MiB of text, in memory. The bar is 1.1 times.
//!
//! `cargo bench --bench decode`. The client reads through a stand-in for the network, so that its layers are measured and
//! not a socket. brotli has no encoder here: its line needs the `brotli` command.

#![allow(clippy::disallowed_methods, reason = "no coroutine runs here")]

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use maypole::client::{Inbound, Outbound, Transport};
use maypole::wire::h1::Head;
use maypole::{Body, Headers, HttpClient, Version};

const TEXT: usize = 64 << 20;
/// Reads of both sides, and what a program that copies a body uses.
const PIECE: usize = 64 << 10;
const ROUNDS: usize = 7;

fn main() {
    let text = Arc::new(text());
    bench("gzip", gzip(&text), |coded| drain(flate2::bufread::MultiGzDecoder::new(coded)));
    bench("deflate", zlib(&text), |coded| drain(flate2::bufread::ZlibDecoder::new(coded)));
    bench("zstd", zstd::encode_all(&text[..], 3).expect("in memory"), |coded| {
        drain(zstd::stream::read::Decoder::with_buffer(coded).expect("in memory"))
    });
    match brotli(&text) {
        Some(coded) => bench("br", coded, |coded| drain(brotli_decompressor::Decompressor::new(coded, PIECE))),
        None => println!("br          skipped: no `brotli` command"),
    }
}

fn bench(coding: &'static str, coded: Vec<u8>, bare: impl Fn(&[u8]) -> usize) {
    let coded = Bytes::from(coded);
    let client = HttpClient::builder().transport(Canned { coding, body: coded.clone() }).build().expect("valid");
    let (mut bare_best, mut ours_best) = (Duration::MAX, Duration::MAX);
    // In turns, so that a busy moment of the machine meets both.
    for _ in 0..ROUNDS {
        bare_best = bare_best.min(timed(|| bare(&coded)));
        let response = client.get("http://canned/").send().expect("canned");
        ours_best = ours_best.min(timed(|| drain(response)));
    }
    println!(
        "{coding:<8} {:>7.1} MB/s bare  {:>7.1} MB/s by the client  {:.3} x  ({:.1} MB coded)",
        rate(bare_best),
        rate(ours_best),
        ours_best.as_secs_f64() / bare_best.as_secs_f64(),
        coded.len() as f64 / 1e6
    );
}

fn timed(read: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    assert_eq!(read(), TEXT);
    start.elapsed()
}

fn rate(time: Duration) -> f64 {
    TEXT as f64 / 1e6 / time.as_secs_f64()
}

fn drain(mut from: impl Read) -> usize {
    let (mut piece, mut total) = (vec![0; PIECE], 0);
    loop {
        match from.read(&mut piece).expect("well coded") {
            0 => return total,
            n => total += n,
        }
    }
}

struct Canned {
    coding: &'static str,
    body: Bytes,
}

impl Transport for Canned {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        let headers = Headers::from_pairs([("Content-Encoding", self.coding)]).expect("valid");
        let head = Head { version: Version::Http11, status: 200, headers };
        let body = self.body.clone();
        let pieces = (0..body.len()).step_by(PIECE).map(move |at| Ok(body.slice(at..body.len().min(at + PIECE))));
        Ok(Inbound { head, body: Body::chunks(pieces) })
    }
}

/// Words, numbers and marks, four times as long as packed: what an API or a page is like.
fn text() -> Vec<u8> {
    let words = "the quick brown fox jumps over a lazy dog response request header status value 0123 {\"id\": }, \"name\":\
        \" lorem ipsum dolor sit amet";
    let words: Vec<&str> = words.split(' ').collect();
    let (mut state, mut text) = (42u64, Vec::with_capacity(TEXT + 64));
    while text.len() < TEXT {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend_from_slice(words[(state % words.len() as u64) as usize].as_bytes());
        if state & 0x700 == 0 {
            write!(text, "{:x}", state >> 40).expect("in memory");
        }
        text.push(b' ');
    }
    text.truncate(TEXT);
    text
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("in memory");
    encoder.finish().expect("in memory")
}

fn zlib(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("in memory");
    encoder.finish().expect("in memory")
}

fn brotli(text: &Arc<Vec<u8>>) -> Option<Vec<u8>> {
    let command = Command::new("brotli").args(["-c", "-q", "5"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = command.ok()?;
    let (mut stdin, text) = (child.stdin.take()?, text.clone());
    let feeding = std::thread::spawn(move || stdin.write_all(&text));
    let output = child.wait_with_output().ok()?;
    feeding.join().ok()?.ok()?;
    output.status.success().then_some(output.stdout)
}
