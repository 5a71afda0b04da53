//! One connection: takes a piece, asks for it, copies it, takes the next one.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use super::backoff;
use super::board::{Grant, Take};
use super::copy::{Work, Writer, copy};
use super::job::{Answer, Stream, Trouble};
use super::report::Event;
use crate::error::{Error, Kind, Result};
use crate::rt::channel::Sender;
use crate::rt::{self, scope};

/// How often a worker without a piece looks for one. Pieces come free when a connection fails or proves slow.
const LOOK: Duration = Duration::from_millis(50);
/// A try that brought at least this much was none in vain: failures count from the beginning.
const WORTH: u64 = 64 << 10;

const NO_PARTS: &str = "the server sends no parts";

/// What a worker tells the one that waits for all of them.
pub(super) enum News {
    Event(Event),
    Ended(End),
}

/// How a worker has ended.
pub(super) enum End {
    /// Nothing is left to take, or it was told to stop.
    Done,
    /// It cannot go on, others may.
    Retired(Error),
    /// What is in the file must go.
    Restart(&'static str),
    Fatal(Error),
}

pub(super) struct Worker {
    pub(super) work: Arc<Work>,
    pub(super) number: usize,
    pub(super) news: Sender<News>,
    pub(super) stream: Option<Box<Stream>>,
    pub(super) mirror: usize,
    pub(super) has_left: bool,
}

impl Worker {
    /// Runs to its end and tells how it was.
    pub(super) fn run(mut self) {
        let mut writer = Writer::new(self.work.clone());
        let end = self.fetch_all(&mut writer);
        // Whatever it was: what has been claimed is in the file before anybody is told.
        let end = match (writer.flush(), end) {
            (Err(error), _) => End::Fatal(error),
            (Ok(()), end) => end,
        };
        self.leave();
        self.news.send(News::Ended(end)).ok();
    }

    fn fetch_all(&mut self, writer: &mut Writer) -> End {
        let mut failures = 0;
        loop {
            if is_stopped() {
                return End::Done;
            }
            let at = self.stream.as_ref().map(|stream| stream.at);
            let take = self.work.board().take(self.number, at, Instant::now());
            let grant = match take {
                Take::Over => return End::Done,
                Take::Nothing => {
                    self.stream = None;
                    rt::sleep(LOOK);
                    continue;
                }
                Take::Piece(grant) => grant,
            };
            let mut came = 0;
            let fetched = self.fetch(grant, writer, &mut came);
            self.work.board().release(grant.id);
            failures = if came >= WORTH || fetched.is_ok() { 0 } else { failures };
            if let Err(trouble) = fetched {
                self.stream = None;
                if let Some(end) = self.recover(trouble, &mut failures) {
                    return end;
                }
            }
        }
    }

    fn fetch(&mut self, grant: Grant, writer: &mut Writer, came: &mut u64) -> Result<(), Trouble> {
        let mut stream = match self.stream.take() {
            Some(stream) if stream.at == grant.from => stream,
            _ => Box::new(self.open(grant)?),
        };
        let copied = copy(&self.work, grant, &mut stream, writer);
        *came = stream.at - grant.from;
        // One that has ended has nothing for the next piece.
        self.stream = Some(stream).filter(|stream| !stream.response.is_complete());
        copied
    }

    fn open(&self, grant: Grant) -> Result<Stream, Trouble> {
        let (job, mirror) = (&self.work.job, self.mirror);
        let (total, is_known) = (self.work.board().total(), job.knows(mirror));
        if is_known && !job.may_ask_for_parts(mirror) {
            return Err(Trouble::NoParts);
        }
        // A mirror that answers for the first time and does not fit is no mirror; one that did fit has a new version.
        let differs = |why| match is_known {
            true => Trouble::Changed(why),
            false => Trouble::Out(Error::new(Kind::Protocol, why)),
        };
        match job.ask(mirror, Some((grant.from, grant.to)), total)? {
            Answer::Part { stream, total } => {
                // From here on a part that is shorter than asked for does not pass for the rest of the file.
                total.into_iter().for_each(|total| self.work.board().learn(total));
                Ok(stream)
            }
            // Not gone on with, though it would be the whole: it ends with this round.
            Answer::Whole(stream) if is_known && job.is_same(&stream, total) => Err(Trouble::NoParts),
            Answer::Whole(_) if !is_known => Err(Trouble::Out(Error::new(Kind::Unsupported, NO_PARTS))),
            Answer::Whole(_) => Err(differs("the file is another version than before")),
            Answer::Differs(why) => Err(differs(why)),
            Answer::Complete => Err(differs("the file is shorter than before")),
        }
    }

    /// What to do about it: go on, after a wait or with another mirror, or end.
    fn recover(&mut self, trouble: Trouble, failures: &mut u32) -> Option<End> {
        let settings = &self.work.job.settings;
        let error = match trouble {
            Trouble::Again { error, after } if *failures < settings.retries => {
                *failures += 1;
                let wait = after.unwrap_or_else(|| backoff::wait(*failures, settings.retry_wait));
                self.tell(Event::Retrying { error: error.to_string(), wait });
                rt::sleep(wait);
                return None;
            }
            Trouble::Again { error, .. } => error.with_attempts(*failures + 1),
            Trouble::Out(error) => error,
            Trouble::NoParts => {
                // Whoever streams the whole file goes on alone. The last one begins anew.
                return Some(match self.leave() {
                    true => End::Restart(NO_PARTS),
                    false => End::Retired(Error::new(Kind::Unsupported, NO_PARTS)),
                });
            }
            Trouble::Changed(why) => return Some(End::Restart(why)),
            Trouble::Fatal(error) => return Some(if is_stopped() { End::Done } else { End::Fatal(error) }),
        };
        let job = &self.work.job;
        if let Some(url) = job.drop_mirror(self.mirror) {
            self.tell(Event::MirrorDropped { url, why: error.to_string() });
        }
        let next = job.mirrors_from(self.mirror).into_iter().find(|&mirror| mirror != self.mirror);
        let Some(next) = next else { return Some(End::Retired(error)) };
        (self.mirror, *failures) = (next, 0);
        None
    }

    /// Counts it out, once; whether it was the last one.
    fn leave(&mut self) -> bool {
        !std::mem::replace(&mut self.has_left, true) && self.work.live.fetch_sub(1, SeqCst) == 1
    }

    fn tell(&self, event: Event) {
        self.news.send(News::Event(event)).ok();
    }
}

fn is_stopped() -> bool {
    scope::current().token().is_some_and(rt::CancelToken::is_cancelled)
}
