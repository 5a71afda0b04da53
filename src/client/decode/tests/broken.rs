//! What is wrong is an error, after what came before it, and stays one.

use std::time::{Duration, Instant};

use super::samples::{BROTLI, BROTLI_ZEROS, deflate, gzip, hex, text, zlib, zstd, zstd_window};
use super::script::Script;
use super::{drain, layered, over};
use crate::client::decode::Decode;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};
use crate::message::Method;

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let text = text();
    vec![
        ("gzip", gzip(&text)),
        ("deflate", zlib(&text)),
        ("deflate", deflate(&text)),
        ("br", hex(BROTLI)),
        ("zstd", zstd(&text)),
    ]
}

fn fault(coded: &[u8], codings: &str, piece: usize) -> (Vec<u8>, Error) {
    let mut flow = over(Script::in_pieces(coded, piece), codings);
    let (decoded, end) = drain(&mut *flow, 0);
    let Err(error) = end else { panic!("{codings}: no error") };
    assert_eq!((error.kind(), error.phase()), (Kind::Decode, Some(Phase::Decode)), "{codings}: {error}");
    assert!(error.to_string().contains(codings) && error.to_string().contains("at byte"), "{error}");
    let again = flow.fill_buf().map(<[u8]>::len).unwrap_err();
    assert_eq!(again.to_string(), error.to_string(), "an error stays");
    assert!(flow.read(&mut [0; 10]).is_err() && flow.read(&mut vec![0; 100_000]).is_err() && flow.is_ready().is_err());
    assert!(!flow.is_end());
    (decoded, error)
}

#[test]
fn c321_sec_c4_streams_cut_at_each_byte() {
    for (codings, coded) in samples() {
        for length in 0..coded.len() {
            for piece in [1, 1000] {
                let (decoded, error) = fault(&coded[..length], codings, piece);
                assert!(text().starts_with(&decoded), "{codings} {length}");
                let what = if length == 0 { "is empty" } else { "in the middle" };
                assert!(error.to_string().contains(what), "{codings} {length}: {error}");
                assert!(error.to_string().contains(&format!("at byte {length} ")), "{codings} {length}: {error}");
            }
        }
    }
    let (inner, outer) = (gzip(&text()), zstd(&gzip(&text())));
    for length in 0..outer.len() {
        assert!(drain(&mut *over(Script::of(&outer[..length]), "gzip, zstd"), 0).1.is_err());
    }
    let (_, error) = fault(&inner[..inner.len() - 1], "gzip", 1);
    assert!(error.to_string().starts_with("decoding: gzip: the body ends in the middle of the stream (at byte"));
}

#[test]
fn c321_sec_c5_checksums_and_sizes() {
    for (codings, coded, from_end) in [
        ("gzip", gzip(&text()), 8),
        ("gzip", gzip(&text()), 5),
        ("gzip", gzip(&text()), 4),
        ("gzip", gzip(&text()), 1),
        ("deflate", zlib(&text()), 4),
        ("deflate", zlib(&text()), 1),
        ("zstd", zstd(&text()), 4),
        ("zstd", zstd(&text()), 1),
    ] {
        let mut coded = coded;
        let at = coded.len() - from_end;
        coded[at] ^= 0x10;
        for piece in [1, 1000] {
            let (decoded, error) = fault(&coded, codings, piece);
            assert!(decoded == text() || codings == "zstd", "{codings} -{from_end}: {error}");
        }
    }
}

#[test]
fn sec_c5_other_bytes_behind_the_stream() {
    for (codings, coded) in samples() {
        for garbage in [&b"x"[..], b"\0", b"\0\0\0\0\0\0\0\0", b"garbage, and much of it", b"\x1f", b"\x1f\x8b\x09"] {
            let coded = [&coded, garbage].concat();
            for piece in [1, 1000] {
                let (decoded, error) = fault(&coded, codings, piece);
                assert_eq!(decoded, text(), "{codings} {garbage:?}: {error}");
            }
        }
    }
    for codings in ["gzip", "deflate", "br"] {
        let (_, coded) = samples().into_iter().find(|(name, _)| *name == codings).unwrap();
        let (_, error) = fault(&[&coded[..], b"xy"].concat(), codings, 1000);
        assert!(error.to_string().contains("other bytes follow"), "{error}");
    }
}

#[test]
fn sec_c5_every_bit_flipped_never_hangs_or_panics() {
    for (codings, coded) in samples() {
        for bit in 0..coded.len() * 8 {
            let mut wrong = coded.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let (decoded, end) = drain(&mut *over(Script::of(&wrong), codings), 0);
            // Nothing but brotli, and deflate without zlib around it, has a checksum to tell; headers have spare bits.
            assert!(end.is_err() || decoded == text() || matches!(codings, "br" | "deflate"), "{codings} {bit}");
        }
    }
}

#[test]
fn sec_c5_headers_that_no_encoder_writes() {
    let mut with_dictionary = zlib(&text());
    (with_dictionary[0], with_dictionary[1]) = (0x78, 0xbb);
    for (codings, coded) in [
        ("gzip", b"<html>not at all</html>".to_vec()),
        ("gzip", b"\x1f\x8b\x07\0\0\0\0\0\0\0\x03\0".to_vec()),
        ("gzip", b"\x1f\x8b\x08\xe0\0\0\0\0\0\0\x03\0".to_vec()),
        ("gzip", zlib(&text())),
        ("zstd", gzip(&text())),
        ("zstd", b"<html>not at all</html>".to_vec()),
        ("br", b"\xff\xff\xff\xff\xff\xff\xff".to_vec()),
        ("deflate", with_dictionary),
        ("deflate", b"\xff\xff".to_vec()),
    ] {
        for piece in [1, 1000] {
            assert_eq!(fault(&coded, codings, piece).0, b"", "{codings}");
        }
    }
}

#[test]
fn sec_c6_windows_beyond_8_mib_and_brotlis_large_ones() {
    let zeros = vec![0; 100_000];
    let fits = drain(&mut *over(Script::of(&zstd_window(&zeros, 23)), "zstd"), 0);
    assert!(fits.1.is_ok() && fits.0 == zeros);
    for log in [24, 27] {
        let (_, error) = fault(&zstd_window(&zeros, log), "zstd", 1000);
        assert!(error.to_string().contains("larger than 8 MiB"), "{error}");
    }
    // RFC 8878 §3.1.1.1.2: exponent 21 is a window of 2 GiB.
    fault(&[0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0], "zstd", 1);
    // The marker of a large window, and 30 bits of it; RFC 7932 §9.1 calls the pattern invalid.
    fault(&[0x11, 30, 0, 0, 0, 0, 0, 0], "br", 1);
}

#[test]
fn sec_c1_small_bodies_that_become_huge() {
    let zeros = vec![0; 24 << 20];
    let bombs = [
        ("gzip", gzip(&zeros)),
        ("deflate", zlib(&zeros)),
        ("zstd", zstd(&zeros)),
        ("br", hex(BROTLI_ZEROS)),
        ("gzip, gzip", gzip(&gzip(&zeros))),
    ];
    for (codings, coded) in bombs {
        // Whole, and in pieces; those of a debug build take their time.
        let sizes: &[usize] = if cfg!(debug_assertions) { &[0, 1 << 20] } else { &[0, 1000, 1 << 20] };
        for &size in sizes {
            let mut flow = over(Script::in_pieces(&coded, 16 << 10), codings);
            let (decoded, end) = drain(&mut *flow, size);
            let error = end.expect_err(codings);
            assert_eq!((error.kind(), error.phase()), (Kind::TooLarge, Some(Phase::Decode)), "{error}");
            assert!((16 << 20..18 << 20).contains(&decoded.len()), "{codings} {size}: {}", decoded.len());
        }
        let uncapped = Decode { ratio: None, ..Decode::default() };
        let mut flow = layered(Script::of(&coded), 200, codings, &Method::GET, &uncapped, Until::never());
        let (decoded, end) = drain(&mut *flow, 1 << 20);
        assert!(end.is_ok() && decoded.len() >= 24 << 20, "{codings}: {end:?}");
    }
}

#[test]
fn sec_d9_the_end_of_the_request_ends_decoding_that_never_waits() {
    let uncapped = Decode { ratio: None, ..Decode::default() };
    let until = Until::after(Instant::now(), Some(Duration::ZERO));
    for size in [0, 1 << 20] {
        let mut flow = layered(Script::of(&hex(BROTLI_ZEROS)), 200, "br", &Method::GET, &uncapped, until);
        let (decoded, end) = drain(&mut *flow, size);
        let error = end.unwrap_err();
        assert_eq!((error.kind(), error.phase()), (Kind::Timeout, Some(Phase::Decode)), "{error}");
        assert!(decoded.len() <= 1 << 20);
    }
}
