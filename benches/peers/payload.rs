//! The bodies: what is served, what is expected, how it is checked.

/// nginx's welcome page has 612 bytes; so had the measurements that the bars were taken from.
pub(crate) const SMALL_BYTES: usize = 612;

/// A piece of a stream.
pub(crate) const PIECE: usize = 16 * 1024;

/// A line of a large body, its `\n` included.
pub(crate) const LINE: usize = 100;

pub(crate) fn small() -> Vec<u8> {
    (0..SMALL_BYTES).map(|at| b'a' + (at % 26) as u8).collect()
}

/// Large bodies are lines of 99 `x`. This is what stands at an offset.
fn byte_at(offset: u64) -> u8 {
    match offset % LINE as u64 {
        99 => b'\n',
        _ => b'x',
    }
}

/// `bytes` bytes of a large body, from an offset that begins a line.
pub(crate) fn lines(bytes: usize) -> Vec<u8> {
    (0..bytes as u64).map(byte_at).collect()
}

/// What a body of `bytes` bytes is on the wire in chunks of 16 KiB.
pub(crate) fn chunked_bytes(bytes: u64) -> u64 {
    let framing = |length: u64| format!("{length:x}\r\n\r\n").len() as u64;
    let (whole, rest) = (bytes / PIECE as u64, bytes % PIECE as u64);
    let last = if rest > 0 { rest + framing(rest) } else { 0 };
    whole * (PIECE as u64 + framing(PIECE as u64)) + last + framing(0)
}

/// Whether a large body stands in a file.
pub(crate) fn check_file(path: &std::path::Path, bytes: u64) -> Result<(), String> {
    let mut file = std::fs::File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (mut piece, mut checker) = (vec![0; PIECE], Checker::default());
    while let n @ 1.. = std::io::Read::read(&mut file, &mut piece).map_err(|e| e.to_string())? {
        checker.take(&piece[..n]);
    }
    checker.finish(bytes);
    Ok(())
}

/// Checks a large body piece by piece at the cost of two comparisons: the ends of each piece must be what stands at
/// their offset, so that a lost byte or a framing byte taken for data shows.
#[derive(Default)]
pub(crate) struct Checker {
    offset: u64,
}

impl Checker {
    #[inline]
    pub(crate) fn take(&mut self, piece: &[u8]) {
        let (Some(&first), Some(&last)) = (piece.first(), piece.last()) else { return };
        assert_eq!(first, byte_at(self.offset), "at offset {}", self.offset);
        self.offset += piece.len() as u64;
        assert_eq!(last, byte_at(self.offset - 1), "at offset {}", self.offset - 1);
    }

    pub(crate) fn finish(self, expected: u64) -> u64 {
        assert_eq!(self.offset, expected, "length of the body");
        self.offset
    }
}
