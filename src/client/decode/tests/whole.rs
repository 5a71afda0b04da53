//! What is right comes out right.

use std::io::Write;

use super::samples::{self, BROTLI, BROTLI_EMPTY, BROTLI_FLUSHED, deflate, gzip, hex, text, zlib, zstd};
use super::script::Script;
use super::{drain, over};

/// Every coding of [`text`].
fn all() -> Vec<(&'static str, Vec<u8>)> {
    let text = text();
    vec![
        ("gzip", gzip(&text)),
        ("x-gzip", gzip(&text)),
        ("deflate", zlib(&text)),
        ("deflate", deflate(&text)),
        ("br", hex(BROTLI)),
        ("zstd", zstd(&text)),
        ("identity, gzip", gzip(&text)),
        ("zstd, gzip", gzip(&zstd(&text))),
        ("br, deflate", zlib(&hex(BROTLI))),
        ("gzip, deflate, zstd, gzip, deflate", deflate(&gzip(&zstd(&zlib(&gzip(&text)))))),
    ]
}

#[test]
fn c317_c319_every_coding_whole_cut_at_each_byte_and_byte_by_byte() {
    for (codings, coded) in all() {
        let whole = || Script::of(&coded);
        let cuts = (1..coded.len()).map(|at| Script::pieces(vec![coded[..at].to_vec(), coded[at..].to_vec()]));
        for script in [whole(), whole().until_close(), Script::in_pieces(&coded, 1)].into_iter().chain(cuts) {
            let mut flow = over(script, codings);
            let (decoded, end) = drain(&mut *flow, 0);
            assert!(end.is_ok() && decoded == text(), "{codings}: {end:?}");
            assert!(flow.is_end() && flow.received() == text().len() as u64 && flow.is_ready().unwrap());
        }
    }
}

#[test]
fn c317_reads_of_every_size_give_the_same() {
    for (codings, coded) in all() {
        for size in [1, 2, 7, 100, 709, 710, 711, 16 << 10, 100_000] {
            for piece in [1, 3, 1000] {
                let (decoded, end) = drain(&mut *over(Script::in_pieces(&coded, piece), codings), size);
                assert!(end.is_ok() && decoded == text(), "{codings} {size} {piece}: {end:?}");
            }
        }
    }
}

/// Neither text nor noise, larger than every buffer.
fn large() -> Vec<u8> {
    (0u32..300_000).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_string().into_bytes()).collect()
}

#[test]
fn c317_bodies_larger_than_every_buffer() {
    let large = large();
    for (codings, coded) in [("gzip", gzip(&large)), ("deflate", zlib(&large)), ("zstd", zstd(&large))] {
        for (piece, size) in [(1 << 30, 0), (1000, 0), (16 << 10, 64 << 10), (1 << 30, 1 << 20), (7, 999)] {
            let mut flow = over(Script::in_pieces(&coded, piece), codings);
            let (decoded, end) = drain(&mut *flow, size);
            assert!(end.is_ok() && decoded == large && flow.is_end(), "{codings} {piece} {size}: {end:?}");
        }
    }
}

#[test]
fn c320_members_and_frames_in_a_row_are_all_decoded() {
    let (one, two) = (text(), large());
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    for (codings, coded) in [
        ("gzip", [gzip(&one), gzip(b""), gzip(&two)].concat()),
        ("zstd", [zstd(&one), zstd(b""), skippable, zstd(&two)].concat()),
    ] {
        for piece in [1, 5, 1 << 20] {
            let (decoded, end) = drain(&mut *over(Script::in_pieces(&coded, piece), codings), 0);
            assert!(end.is_ok() && decoded == [&one[..], &two].concat(), "{codings} {piece}: {end:?}");
        }
    }
}

#[test]
fn c321_coded_nothing_is_nothing() {
    let br = hex(BROTLI_EMPTY);
    for (codings, coded) in
        [("gzip", gzip(b"")), ("deflate", zlib(b"")), ("deflate", deflate(b"")), ("zstd", zstd(b"")), ("br", br)]
    {
        for piece in [1, 100] {
            let mut flow = over(Script::in_pieces(&coded, piece), codings);
            assert!(matches!(drain(&mut *flow, 0), (nothing, Ok(())) if nothing.is_empty()), "{codings}");
            assert!(flow.is_end());
        }
    }
}

#[test]
fn c78_what_has_been_flushed_is_handed_out_without_waiting_for_more() {
    let events = [&b"data: one\n\n"[..], b"data: two\n\n"];
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut zs = zstd_encoder();
    let (mut gzipped, mut zstandard) = (vec![], vec![]);
    for event in events {
        gz.write_all(event).and_then(|()| gz.flush()).unwrap();
        gzipped.push(std::mem::take(gz.get_mut()));
        zs.write_all(event).and_then(|()| zs.flush()).unwrap();
        zstandard.push(std::mem::take(zs.get_mut()));
    }
    gzipped.push(gz.finish().unwrap());
    zstandard.push(zs.finish().unwrap());
    for (codings, pieces) in [("gzip", gzipped), ("zstd", zstandard), ("br", BROTLI_FLUSHED.map(hex).to_vec())] {
        for (come, event) in events.iter().enumerate() {
            let mut flow = over(Script::pieces(pieces.clone()).arrived(come + 1), codings);
            for before in &events[..come] {
                assert_eq!(flow.fill_buf().unwrap(), *before, "{codings}");
                flow.consume(before.len());
            }
            assert!(flow.is_ready().unwrap());
            let mut piece = [0; 100];
            let n = flow.read(&mut piece).unwrap();
            assert_eq!(&piece[..n], *event, "{codings}");
            assert!(!flow.is_ready().unwrap() && !flow.is_end());
        }
        assert_eq!(drain(&mut *over(Script::pieces(pieces), codings), 0).0, events.concat(), "{codings}");
    }
}

fn zstd_encoder() -> zstd::stream::write::Encoder<'static, Vec<u8>> {
    zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap()
}

#[test]
fn sec_c2_what_is_not_read_is_not_decoded_and_its_bytes_stay() {
    for (codings, coded) in [("gzip", samples::gzip(&text())), ("br", b"no brotli".to_vec())] {
        let flow = over(Script::of(&coded).arrived(0), codings);
        // A look below would fail the test.
        drop(flow);
    }
}
