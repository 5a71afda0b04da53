//! `copy`, for coroutines.

use std::io::{self, Read, Write};

use crate::rt;

/// On the heap: `std`'s 8 KiB on the stack are a quarter of what a coroutine of `may`'s default size has.
const BUFFER: usize = 32 << 10;
/// As much as a stream moves before it gives way.
const TURN: usize = 256 << 10;

/// Copies everything from `from` to `to`, and says how many bytes that were.
///
/// For `std::io::copy`, which has a buffer on the stack and never gives way: from a file into memory it would stop its
/// worker's other coroutines until it is through. Here the buffer of 32 KiB is on the heap, and every 256 KiB others
/// have their turn. On a plain thread it does the same and the thread blocks.
///
/// ```
/// let mut out = Vec::new();
/// assert_eq!(maypole::compat::io::copy(&mut &b"some bytes"[..], &mut out)?, 10);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Those of either side, except for [`Interrupted`](io::ErrorKind::Interrupted), which is tried again. Bytes that had
/// been read by then are lost.
///
/// Source: [`std::io::copy`], Python's `shutil.copyfileobj`.
#[doc(alias = "copyfileobj")]
pub fn copy<R: Read + ?Sized, W: Write + ?Sized>(from: &mut R, to: &mut W) -> io::Result<u64> {
    let mut buffer = vec![0; BUFFER].into_boxed_slice();
    let (mut copied, mut turn) = (0, 0);
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        };
        to.write_all(&buffer[..n])?;
        copied += n as u64;
        turn += n;
        if turn >= TURN {
            turn = 0;
            rt::yield_io();
        }
    }
}
