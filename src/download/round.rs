//! One version of a file: workers fetch its pieces until all are there, or until it shows that it is another version.

use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::begin::LeftOver;
use super::board::Board;
use super::checksum::Hasher;
use super::copy::{WRITERS, Work};
use super::crew::Crew;
use super::job::{Job, Stream};
use super::meta::Meta;
use super::part::{Part, boot_id};
use super::place::blocking;
use super::report::{Event, Progress};
use super::speed::Speed;
use super::worker::{End, News, Worker};
use crate::error::{Error, Phase, Result};
use crate::rt::channel::{self, Receiver, RecvError};
use crate::rt::{CancelToken, Semaphore, scope};

/// How often it tells how far it is.
const TICK: Duration = Duration::from_millis(100);
/// How often it writes down which bytes are there.
const SAVE: Duration = Duration::from_secs(1);

/// How it has ended, other than by an error.
pub(super) enum Ended {
    Complete { total: u64, hasher: Option<Hasher> },
    Restart(&'static str),
}

pub(super) struct Round {
    work: Arc<Work>,
    part: Part,
    pub(super) connections: usize,
    resumed: u64,
    speed: Speed,
    counted: u64,
    told_at: Instant,
    saved_at: Instant,
    saved: u64,
}

impl Round {
    /// Makes the file ready; `stream` is the first part that lacks, or all of it.
    pub(super) fn new(job: &Arc<Job>, part: &Part, there: LeftOver, stream: &Stream, is_whole: bool) -> Result<Self> {
        let (settings, LeftOver { done, total, .. }) = (&job.settings, there);
        let has_parts = !is_whole || stream.response.headers().has_token("accept-ranges", "bytes");
        let can_split = total.is_some() && has_parts && job.may_ask_for_parts(stream.mirror);
        let most = if can_split { settings.connections } else { 1 };
        let resumed = done.bytes();
        let board = Board::new(total, done, most, settings.least);
        let connections = board.pieces().len().clamp(1, most);
        let work = Work {
            job: job.clone(),
            board: Mutex::new(board),
            file: part.file.clone(),
            hasher: Mutex::new(settings.checksum.as_ref().map(super::Checksum::hasher)),
            hashed: AtomicU64::new(0),
            turn: Semaphore::new(WRITERS),
            live: AtomicUsize::new(connections),
        };
        let now = Instant::now();
        let round = Self {
            work: Arc::new(work),
            part: part.clone(),
            connections,
            resumed,
            speed: Speed::default(),
            counted: resumed,
            told_at: now,
            saved_at: now,
            saved: resumed,
        };
        let left = total.map_or(0, |total| total - resumed);
        let (part, meta, space) = (part.clone(), round.meta(), (total.filter(|_| settings.preallocate), left));
        blocking(move || {
            if is_whole {
                part.clear()?;
            }
            part.check_space(space.1)?;
            space.0.map_or(Ok(()), |total| part.preallocate(total))?;
            part.save(&meta)
        })?;
        Ok(round)
    }

    /// Runs the workers until they have it all, or one of them has to say something.
    pub(super) fn run(
        &mut self,
        stream: Box<Stream>,
        token: &CancelToken,
        listener: &mut dyn FnMut(Event),
    ) -> Result<Ended> {
        let (path, total) = (self.part.target.clone(), self.work.board().total());
        listener(Event::Started { path, total, resumed: self.resumed, connections: self.connections });
        let halt = HaltOnDrop(token.child());
        let (sender, news) = channel::unbounded();
        let (mirror, mut stream) = (stream.mirror, Some(stream));
        let mut crew = Crew::new(self.connections, &halt.0);
        self.speed.start(Instant::now());
        let spawned = (0..self.connections).try_for_each(|number| {
            let around = self.work.job.mirrors_from(mirror);
            let mirror = around.get(number % around.len().max(1)).copied().unwrap_or(mirror);
            let (work, news, stream) = (self.work.clone(), sender.clone(), stream.take());
            crew.spawn(move || Worker { work, number, news, stream, mirror, has_left: false }.run())
        });
        drop(sender);
        let watched = spawned.and_then(|()| self.watch(&news, token, listener));
        // Nobody writes into the file any more when this function returns.
        drop(halt);
        crew.join();
        self.tell(listener);
        match watched {
            Ok(Some(why)) => Ok(Ended::Restart(why)),
            Ok(None) => {
                let hasher = self.work.hasher.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
                Ok(Ended::Complete { total: self.work.board().total().unwrap_or(self.counted), hasher })
            }
            Err(error) => Err(self.keep(error, listener)),
        }
    }

    /// `None` when every byte is there.
    fn watch(
        &mut self,
        news: &Receiver<News>,
        token: &CancelToken,
        listener: &mut dyn FnMut(Event),
    ) -> Result<Option<&'static str>> {
        let until = scope::current().until();
        let mut last = None;
        loop {
            match news.recv_until(Some(self.told_at + TICK)) {
                Ok(News::Event(event)) => listener(event),
                Ok(News::Ended(End::Restart(why))) => return Ok(Some(why)),
                Ok(News::Ended(End::Fatal(error))) => return Err(error),
                Ok(News::Ended(End::Retired(error))) => last = Some(error),
                Ok(News::Ended(End::Done)) | Err(RecvError::Stopped(_)) => {}
                Err(RecvError::Disconnected) if self.work.board().is_complete() => return Ok(None),
                Err(RecvError::Disconnected) => {
                    let cancelled = || Error::cancelled(Phase::Body);
                    return Err(if token.is_cancelled() { cancelled() } else { last.unwrap_or_else(cancelled) });
                }
            }
            if self.work.board().is_complete() {
                return Ok(None);
            }
            if token.is_cancelled() {
                return Err(Error::cancelled(Phase::Body));
            }
            if until.at().is_some_and(|at| at <= Instant::now()) {
                return Err(Error::timeout(Phase::Body, until.limit()));
            }
            self.tick(listener)?;
        }
    }

    fn tick(&mut self, listener: &mut dyn FnMut(Event)) -> Result<()> {
        let now = Instant::now();
        if now.duration_since(self.told_at) >= TICK {
            self.told_at = now;
            self.tell(listener);
        }
        if now.duration_since(self.saved_at) >= SAVE && self.saved != self.counted {
            (self.saved_at, self.saved) = (now, self.counted);
            let (part, meta) = (self.part.clone(), self.meta());
            blocking(move || part.save(&meta))?;
        }
        Ok(())
    }

    fn tell(&mut self, listener: &mut dyn FnMut(Event)) {
        let (bytes, total, pieces) = {
            let board = self.work.board();
            (board.done().bytes(), board.total(), board.pieces())
        };
        let now = Instant::now();
        self.speed.add(bytes.saturating_sub(self.counted), now);
        self.counted = bytes;
        listener(Event::Progress(Progress { bytes, total, per_second: self.speed.per_second(now), pieces }));
    }

    fn meta(&self) -> Meta {
        let board = self.work.board();
        let (total, done) = (board.total(), board.done().clone());
        Meta { boot: boot_id(), synced: false, total, sources: self.work.job.sources(), done }
    }

    /// What has come stays for the next run, safe on disk; nothing stays of nothing.
    pub(super) fn keep(&self, error: Error, listener: &mut dyn FnMut(Event)) -> Error {
        let (part, meta) = (self.part.clone(), Meta { synced: true, ..self.meta() });
        let (bytes, total, path) = (meta.done.bytes(), meta.total, self.part.path.clone());
        if bytes == 0 {
            blocking(move || part.discard()).ok();
            return error;
        }
        let saved = blocking(move || part.file.sync_data().and_then(|()| part.save(&meta)));
        if saved.is_err() {
            return error;
        }
        let error = kept(error, &path, bytes, total);
        listener(Event::Kept { path, bytes, total });
        error
    }
}

/// Says what there is to go on from.
pub(super) fn kept(error: Error, path: &std::path::Path, bytes: u64, total: Option<u64>) -> Error {
    let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
    error.because(format_args!("{bytes}{of} bytes stay in {}, where the next run goes on", path.display()))
}

/// Workers must not go on, nor keep the file locked, when the listener panics.
struct HaltOnDrop(CancelToken);

impl Drop for HaltOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
