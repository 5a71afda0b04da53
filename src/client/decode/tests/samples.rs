//! Coded bytes, made by the reference encoders.

/// What the samples hold.
pub(super) fn text() -> Vec<u8> {
    (0..12).map(|n| format!("line {n}: the quick brown fox jumps over the lazy dog; grün\n")).collect::<String>().into()
}

/// [`text`] by Google's encoder (Python's `brotli` 1.1), quality 11.
pub(super) const BROTLI: &str = "1bc502388c946ee622ab1d912ee03df59b369d3449f23067b542d89b1c068303c0d05f60d8361967d803\
    ae545871dabc0a9d821a541ec99c697a1b612d18eff01eb4acc2fe6f221123418a1cf228a08812ca675cb600";

/// `data: one`, `data: two`, each with an empty line and a flush behind it, and the end.
pub(super) const BROTLI_FLUSHED: [&str; 3] = ["0b0580646174613a206f6e650a0a", "500000405ae18dee4e11a24a04b66000", "03"];

/// Nothing.
pub(super) const BROTLI_EMPTY: &str = "3b";

/// 64 MiB of zeros.
pub(super) const BROTLI_ZEROS: &str =
    "cfffff7f002400e2b14072effff9ffff0f8004401c1680eefd3fffffff01900088c302d0bdffe7ffff3f001200715800baf7ff03";

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.bytes().map(|digit| char::from(digit).to_digit(16).expect("a hexadecimal digit") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub(super) use encoders::*;

mod encoders {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    pub(in super::super) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    pub(in super::super) fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    pub(in super::super) fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// With its checksum, as the `zstd` command writes it.
    pub(in super::super) fn zstd(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A frame that declares a window of 2^`log` bytes.
    pub(in super::super) fn zstd_window(bytes: &[u8], log: u32) -> Vec<u8> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(log).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}
