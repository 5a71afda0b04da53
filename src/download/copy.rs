//! From a response into the file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::board::{Board, Grant};
use super::checksum::Hasher;
use super::job::{Job, Stream, Trouble};
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, CancelToken, JoinHandle, Semaphore};

/// Bytes per write: handing one to a thread costs some 20 µs, and a connection has up to two of these.
const BATCH: usize = 512 << 10;
/// Writers at once. A file system lets one at a time into a file and the others spin for it: with eight of them 1 GiB
/// took up to twice the CPU time on ext4, with one the workers waited for each other.
pub(super) const WRITERS: usize = 2;
/// What has come is written after this, full or not: the file shows how far it is, and little is lost when it ends.
const LINGER: Duration = Duration::from_millis(300);

/// What the connections share while one version of the file comes.
pub(super) struct Work {
    pub(super) job: Arc<Job>,
    pub(super) board: Mutex<Board>,
    pub(super) file: Arc<File>,
    pub(super) hasher: Mutex<Option<Hasher>>,
    /// How far the digest is; read without the lock, which is held while it is computed.
    pub(super) hashed: AtomicU64,
    /// Who may write.
    pub(super) turn: Semaphore,
    /// Workers that have not ended.
    pub(super) live: AtomicUsize,
}

impl Work {
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Blocks.
    fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, at)?;
        // Bytes that come in order are still in the cache; the others are read again at the end.
        if self.hashed.load(Relaxed) == at
            && let Some(hasher) = &mut *self.hasher.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
        {
            hasher.update(bytes);
            self.hashed.store(hasher.length(), Relaxed);
        }
        self.board().wrote(at..at + bytes.len() as u64);
        Ok(())
    }
}

/// Writes: on a coroutine one batch while the next one is read, on a thread at once.
pub(super) struct Writer {
    work: Arc<Work>,
    pending: Option<JoinHandle<io::Result<Vec<u8>>>>,
    spare: Option<Vec<u8>>,
}

impl Writer {
    pub(super) fn new(work: Arc<Work>) -> Self {
        Self { work, pending: None, spare: None }
    }

    fn buffer(&mut self) -> Vec<u8> {
        self.spare.take().unwrap_or_else(|| vec![0; BATCH])
    }

    fn write(&mut self, buffer: Vec<u8>, n: usize, at: u64) -> Result<()> {
        self.flush()?;
        let work = self.work.clone();
        if !rt::is_coroutine() {
            let _turn = work.turn.acquire(None);
            work.write(&buffer[..n], at).map_err(unwritten)?;
            self.spare = Some(buffer);
            return Ok(());
        }
        let write = move || {
            let _turn = work.turn.acquire(None);
            let work = work.clone();
            let written = rt::offload(None, move || work.write(&buffer[..n], at).map(|()| buffer));
            written.unwrap_or_else(|stop| Err(io::Error::other(stop)))
        };
        self.pending = Some(rt::spawn(write)?);
        Ok(())
    }

    /// Waits until everything is in the file.
    pub(super) fn flush(&mut self) -> Result<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let written = pending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        self.spare = Some(written.map_err(unwritten)?);
        Ok(())
    }
}

fn unwritten(error: io::Error) -> Error {
    Error::new(Kind::Io, format!("the file could not be written: {error}")).with_source(error)
}

/// Copies until the piece ends, which another worker may have made earlier meanwhile.
pub(super) fn copy(work: &Work, grant: Grant, stream: &mut Stream, writer: &mut Writer) -> Result<(), Trouble> {
    loop {
        let Some(end) = work.board().end_of(grant.id) else { return Ok(()) };
        let mut buffer = writer.buffer();
        let most = usize::try_from(end - stream.at).unwrap_or(usize::MAX).min(buffer.len());
        let (n, result) = fill(&work.job, stream, &mut buffer[..most]);
        let at = stream.at;
        stream.at += n as u64;
        work.job.received.fetch_add(n as u64, Relaxed);
        let claimed = work.board().claim(grant.id, n as u64, Instant::now());
        if claimed > 0 {
            writer.write(buffer, claimed as usize, at).map_err(Trouble::Fatal)?;
        } else {
            writer.spare = Some(buffer);
        }
        if result.map_err(Trouble::of)? {
            return ended(work, grant, stream, writer);
        }
    }
}

/// The body has ended before the piece.
fn ended(work: &Work, grant: Grant, stream: &Stream, writer: &mut Writer) -> Result<(), Trouble> {
    let mut board = work.board();
    if board.total().is_none() {
        board.ended(grant.id);
        drop(board);
        return writer.flush().map_err(Trouble::Fatal);
    }
    // A part may be shorter than asked for (RFC 9110 §15.3.7), and the rest is asked for again.
    if stream.at > grant.from || board.end_of(grant.id).is_none() {
        return Ok(());
    }
    let error = Error::new(Kind::Incomplete, "the server sent no bytes").with_phase(Phase::Body);
    Err(Trouble::Again { error, after: None })
}

/// Reads until `out` is full, the body ends, or some time has passed; whether it has ended. What came before an error
/// counts.
///
/// A token or deadline ends waits, the pauses of a rate among them, and where bytes are always there nothing else waits.
fn fill(job: &Job, stream: &mut Stream, out: &mut [u8]) -> (usize, Result<bool>) {
    let start = Instant::now();
    let scope = rt::scope::current();
    let mut n = 0;
    while n < out.len() {
        if scope.token().is_some_and(CancelToken::is_cancelled) {
            return (n, Err(Error::cancelled(Phase::Body)));
        }
        if scope.until().is_over(Instant::now()) {
            return (n, Err(Error::timeout(Phase::Body, scope.until().limit())));
        }
        let most = job.pacer.as_ref().map_or(out.len() - n, |pacer| pacer.piece().min(out.len() - n));
        match stream.response.read(&mut out[n..n + most]) {
            Ok(0) => return (n, Ok(true)),
            Ok(read) => {
                n += read;
                if let Some(pacer) = &job.pacer {
                    rt::sleep(pacer.take(read, Instant::now()));
                }
            }
            Err(error) => return (n, Err(Error::from_io(error))),
        }
        if start.elapsed() >= LINGER {
            break;
        }
    }
    (n, Ok(false))
}
