//! Little that becomes much: what it may take of memory, and of the other coroutines' time.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::Instant;

use maypole::HttpClient;
use maypole::client::Decode;
use maypole::error::{Error, Kind, Phase};
use maypole::rt;

use crate::coded;
use crate::peer::*;
use crate::samples::{BROTLI_ZEROS, gzip, hex, zlib, zstd};

/// Decoded; beyond the cap, and enough for many turns.
const SIZE: usize = if cfg!(debug_assertions) { 24 << 20 } else { 64 << 20 };

fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = vec![0; SIZE];
    let zipped = gzip(&zeros);
    vec![
        ("gzip, gzip", gzip(&zipped)),
        ("gzip", zipped),
        ("deflate", zlib(&zeros)),
        ("zstd", zstd(&zeros)),
        ("br", hex(BROTLI_ZEROS)),
    ]
}

#[test]
fn sec_c1_pieces_of_a_bomb_take_little_memory_and_end_in_an_error() {
    alone("bombs::sec_c1_pieces_of_a_bomb_take_little_memory_and_end_in_an_error", || on_coroutine(pieces_of_a_bomb));
}

fn pieces_of_a_bomb() {
    for (coding, body) in bombs() {
        let peer = Peer::start([conn([any_request(), reply(coded(coding, &body))])]);
        let mut response = crate::quick().get(peer.url("/")).send().unwrap();
        let before = resident_bytes();
        let (mut piece, mut total) = ([0; 1000], 0);
        let error = loop {
            match response.read(&mut piece) {
                Ok(n) => total += n,
                Err(error) => break Error::from_io(error),
            }
            assert!(total < SIZE, "{coding}: no error");
        };
        assert_eq!((error.kind(), error.phase()), (Kind::TooLarge, Some(Phase::Decode)), "{error}");
        assert!((16 << 20..18 << 20).contains(&total), "{coding}: {total}");
        // brotli's and zstd's windows are of 16 and 8 MiB.
        let grown = resident_bytes().saturating_sub(before);
        assert!(grown < 40 << 20, "{coding}: {grown} bytes");
    }
}

#[test]
fn sec_c1_whole_bodies_are_capped_decoded() {
    on_both(|| {
        let (coding, body) = ("zstd", zstd(&vec![0; 11 << 20]));
        let peer = Peer::always(conn([serve(coded(coding, &body))]));
        let client = HttpClient::builder().decode(Decode::default().max_ratio(None)).build().unwrap();
        let error = client.get(peer.url("/")).send().unwrap().bytes().unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::TooLarge, Some(Phase::Body)), "{error}");
        assert_eq!(client.get(peer.url("/")).send().unwrap().copy_to(&mut std::io::sink()).unwrap(), 11 << 20);
    });
}

/// With one worker, where whoever gets no turn gets none at all.
#[test]
fn m4_a_huge_body_out_of_little_gives_the_others_their_turns() {
    alone("bombs::m4_a_huge_body_out_of_little_gives_the_others_their_turns", turns_of_the_others);
}

fn turns_of_the_others() {
    rt::Runtime::builder().workers(1).start().unwrap();
    for (coding, body) in bombs() {
        let peer = Peer::start([conn([any_request(), reply(coded(coding, &body))])]);
        let url = peer.url("/");
        let client = HttpClient::builder().decode(Decode::default().max_ratio(None)).build().unwrap();
        let (stop, turns) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let watcher = {
            let (stop, turns) = (stop.clone(), turns.clone());
            move || {
                while !stop.load(SeqCst) {
                    turns.fetch_add(1, SeqCst);
                    // Not a sleep: on a busy machine the thread of the timers would decide how many turns there are.
                    rt::yield_io();
                }
            }
        };
        let reader = {
            let (stop, turns) = (stop.clone(), turns.clone());
            move || {
                let mut response = client.get(url).send().unwrap();
                // Nothing has been decoded yet; from here on little comes and much is made of it.
                let (before, start) = (turns.load(SeqCst), Instant::now());
                assert!(response.copy_to(&mut std::io::sink()).unwrap() >= SIZE as u64);
                stop.store(true, SeqCst);
                (turns.load(SeqCst) - before, start.elapsed())
            }
        };
        let watcher = rt::spawn(watcher).unwrap();
        let (turns, took) = rt::spawn(reader).unwrap().join().unwrap();
        watcher.join().unwrap();
        peer.finish();
        eprintln!("{coding}: {turns} turns of another coroutine in {took:?}");
        assert!(turns >= 5, "{coding}: {turns} turns in {took:?}");
    }
}
