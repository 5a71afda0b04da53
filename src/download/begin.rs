//! The first response: whether what an earlier run has left still counts, and which mirror answers at all.

use std::time::Instant;

use super::backoff;
use super::board::{Board, Take};
use super::job::{Answer, Job, Stream, Trouble};
use super::ranges::Ranges;
use super::report::Event;
use crate::error::{Error, Kind, Result};
use crate::rt;

/// How a file begins.
#[derive(Debug)]
pub(super) enum Begin {
    Stream {
        stream: Box<Stream>,
        /// Whether it is the whole file, and not the first part that lacks.
        is_whole: bool,
        total: Option<u64>,
        done: Ranges,
    },
    /// Nothing lacks.
    Complete { total: u64 },
}

/// What is there already.
#[derive(Clone, Debug, Default)]
pub(super) struct LeftOver {
    pub(super) done: Ranges,
    pub(super) total: Option<u64>,
    /// The caller says that it is the beginning of this file, no validator does.
    pub(super) is_vouched: bool,
}

impl Begin {
    /// From zero, with a response that is the whole file.
    pub(super) fn whole(job: &Job, stream: Stream) -> Self {
        job.settle(&stream);
        let total = stream.response.content_length();
        Self::Stream { stream: Box::new(stream), is_whole: true, total, done: Ranges::default() }
    }
}

/// Asks one mirror after the other.
pub(super) fn begin(job: &Job, there: &LeftOver, listener: &mut dyn FnMut(Event)) -> Result<Begin> {
    let usable = |mirror: usize| !there.done.is_empty() && (there.is_vouched || is_resumable(job, mirror));
    let mut mirrors = job.mirrors_from(0);
    // Who can go on first: another one would begin from zero.
    mirrors.sort_by_key(|&mirror| !usable(mirror));
    let mut last = None;
    for mirror in mirrors {
        let part = usable(mirror).then(|| first_part(job, there));
        match ask(job, mirror, part, there, listener) {
            Ok(begin) => return Ok(begin),
            Err(error) if matches!(error.kind(), Kind::Cancelled | Kind::Closed) => return Err(error),
            Err(error) => {
                if let Some(url) = job.drop_mirror(mirror) {
                    listener(Event::MirrorDropped { url, why: error.to_string() });
                }
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::new(Kind::InvalidConfig, "no URL to download from")))
}

/// Whether it has said which version it has, in a way that can be asked for.
fn is_resumable(job: &Job, mirror: usize) -> bool {
    job.knows(mirror) && job.may_ask_for_parts(mirror)
}

fn first_part(job: &Job, there: &LeftOver) -> (u64, Option<u64>) {
    let settings = &job.settings;
    let mut board = Board::new(there.total, there.done.clone(), settings.connections, settings.least);
    match board.take(0, None, Instant::now()) {
        Take::Piece(grant) => (grant.from, grant.to),
        // Complete, if it still is: what comes behind the end is the question.
        _ => (there.done.end(), None),
    }
}

/// One mirror, as often as it is worth it.
fn ask(
    job: &Job,
    mirror: usize,
    mut part: Option<(u64, Option<u64>)>,
    there: &LeftOver,
    listener: &mut dyn FnMut(Event),
) -> Result<Begin> {
    let mut failures = 0;
    loop {
        match job.ask(mirror, part, part.and(there.total)) {
            Ok(Answer::Part { stream, total }) => {
                let (total, done) = (total.or(there.total), there.done.clone());
                let stream = Box::new(stream);
                return Ok(Begin::Stream { stream, is_whole: false, total, done });
            }
            Ok(Answer::Whole(stream)) => {
                if part.is_some() {
                    listener(Event::Restarted { why: "the server sends the whole file".into() });
                }
                return Ok(Begin::whole(job, stream));
            }
            Ok(Answer::Complete) => return Ok(Begin::Complete { total: part.map_or(0, |(from, _)| from) }),
            Ok(Answer::Differs(why)) => {
                listener(Event::Restarted { why: why.to_owned() });
                job.forget();
                part = None;
            }
            Err(Trouble::Again { error, after }) if failures < job.settings.retries => {
                failures += 1;
                let wait = after.unwrap_or_else(|| backoff::wait(failures, job.settings.retry_wait));
                listener(Event::Retrying { error: error.to_string(), wait });
                rt::sleep(wait);
            }
            Err(Trouble::Again { error, .. }) => return Err(error.with_attempts(failures + 1)),
            Err(Trouble::Out(error) | Trouble::Fatal(error)) => return Err(error),
            Err(Trouble::NoParts | Trouble::Changed(_)) => unreachable!("only a worker sees these"),
        }
    }
}
