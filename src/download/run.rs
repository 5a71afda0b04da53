//! A download from its first request to the final name.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

use super::begin::{Begin, LeftOver, begin};
use super::checksum::Hasher;
use super::job::{Job, Stream};
use super::meta::Meta;
use super::name;
use super::place::{self, Spot, blocking};
use super::report::{Event, Report};
use super::round::{Ended, Round, kept};
use super::settings::Settings;
use crate::client::HttpClient;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Url;
use crate::rt::{CancelToken, scope};

pub(super) type Listener = dyn FnMut(Event) + Send;

/// What was ordered.
pub(super) struct Order {
    pub(super) client: HttpClient,
    pub(super) urls: Vec<String>,
    pub(super) target: Target,
    pub(super) settings: Settings,
    pub(super) token: Option<CancelToken>,
    pub(super) listener: Box<Listener>,
}

pub(super) enum Target {
    File(PathBuf),
    Directory(PathBuf),
}

pub(super) fn run(order: Order) -> Result<Report> {
    let Order { client, urls, target, settings, token, listener } = order;
    let outer = scope::current();
    let token = CancelToken::child_of(outer.token().into_iter().chain(&token));
    let job = Arc::new(Job::new(client, settings, &urls)?);
    let (started, first) = (Instant::now(), First::default());
    let (has_begun, is_cleared) = (false, false);
    let mut run = Run { job, token: token.clone(), listener, spot: None, has_begun, is_cleared, first, connections: 0 };
    let result = scope::with_cancel(&token, || run.transfer(&target));
    let result = result.map(|path| run.report(path, started)).map_err(|error| run.failed(error));
    if let Some(spot) = &run.spot {
        spot.part.unlock();
    }
    result
}

struct Run {
    job: Arc<Job>,
    token: CancelToken,
    listener: Box<Listener>,
    spot: Option<Spot>,
    /// Whether the unfinished file has been written to; what becomes of it is then known.
    has_begun: bool,
    /// Whether what an earlier run has left in it is gone, or about to go.
    is_cleared: bool,
    first: First,
    connections: usize,
}

/// What the first response has told.
#[derive(Default)]
struct First {
    url: Option<Url>,
    modified: Option<SystemTime>,
    resumed: u64,
    total: u64,
}

impl Run {
    fn transfer(&mut self, target: &Target) -> Result<PathBuf> {
        let (existing, adopt) = (self.job.settings.existing, self.job.settings.adopt);
        if let Some(path) = self.known_path(target) {
            self.spot = Some(place::open(path, existing, adopt)?);
        }
        let mut start = begin(&self.job, &self.left_over(), &mut *self.listener)?;
        if self.spot.is_none()
            && let (Target::Directory(directory), Begin::Stream { stream, .. }) = (target, &start)
        {
            let name = name::choose(stream.response.headers(), stream.response.url());
            self.spot = Some(place::open(directory.join(name), existing, adopt)?);
            if self.is_continued(stream) {
                drop(start);
                start = begin(&self.job, &self.left_over(), &mut *self.listener)?;
            }
        }
        self.fetch(start)
    }

    /// The path, where nobody has to be asked for it.
    fn known_path(&self, target: &Target) -> Option<PathBuf> {
        match target {
            Target::File(path) => Some(path.clone()),
            // What another program has begun can only have the URL's name.
            Target::Directory(directory) if self.job.settings.adopt => {
                let path = directory.join(name::from_url(self.job.client.get(self.job.url(0)).url()?)?);
                let there = path.clone();
                blocking(move || std::fs::symlink_metadata(there)).is_ok_and(|there| there.is_file()).then_some(path)
            }
            Target::Directory(_) => None,
        }
    }

    fn spot(&self) -> &Spot {
        self.spot.as_ref().expect("opened before the first byte is written")
    }

    /// What is there to go on from.
    fn left_over(&self) -> LeftOver {
        let Some(spot) = &self.spot else { return LeftOver::default() };
        if let Some(length) = spot.adopted {
            let mut there = LeftOver { is_vouched: true, ..LeftOver::default() };
            there.done.add(0..length);
            return there;
        }
        let Some(meta) = spot.meta.as_ref().filter(|_| self.job.settings.resume) else { return LeftOver::default() };
        self.job.recall(meta);
        LeftOver { done: meta.done.clone(), total: meta.total, is_vouched: false }
    }

    /// Whether the file that this is the beginning of has been begun before.
    fn is_continued(&self, stream: &Stream) -> bool {
        let spot = self.spot();
        let is_same = |meta: &Meta| {
            let version = self.job.version(stream.mirror);
            self.job.recall(meta);
            let is_same = self.job.knows(stream.mirror) && self.job.is_same(stream, meta.total);
            if !is_same {
                self.job.settle_as(stream.mirror, version);
            }
            is_same
        };
        spot.adopted.is_some() || spot.meta.as_ref().filter(|_| self.job.settings.resume).is_some_and(is_same)
    }

    /// Round after round, until one version is complete; then its name.
    fn fetch(&mut self, mut start: Begin) -> Result<PathBuf> {
        let mut restarts = 0;
        loop {
            let (stream, is_whole, there) = match start {
                Begin::Complete { total } => {
                    (self.first.total, self.first.resumed) = (total, total);
                    return self.finish(None);
                }
                Begin::Stream { stream, is_whole, total, done } => {
                    (stream, is_whole, LeftOver { total, done, is_vouched: false })
                }
            };
            self.note(&stream, there.done.bytes());
            if is_whole {
                self.is_cleared = true;
            } else {
                let left = there.total.map_or(0, |total| total.saturating_sub(there.done.bytes()));
                self.adopt(left)?;
            }
            let mut round = Round::new(&self.job, &self.spot().part, there, &stream, is_whole)?;
            (self.has_begun, self.connections) = (true, round.connections);
            let why = match round.run(stream, &self.token, &mut *self.listener)? {
                Ended::Complete { total, hasher } => {
                    self.first.total = total;
                    return self.finish(hasher);
                }
                Ended::Restart(why) => why,
            };
            restarts += 1;
            if restarts > self.job.settings.retries {
                let what = format!("{restarts} times it could not go on from where it was: {why}");
                let error = Error::new(Kind::Incomplete, what).with_phase(Phase::Body);
                return Err(round.keep(error, &mut *self.listener));
            }
            (self.listener)(Event::Restarted { why: why.to_owned() });
            self.job.forget();
            start = begin(&self.job, &LeftOver::default(), &mut *self.listener)?;
        }
    }

    fn note(&mut self, stream: &Stream, resumed: u64) {
        let modified = stream.response.header("last-modified");
        self.first.url = Some(stream.response.url().clone());
        self.first.modified = modified.and_then(|date| httpdate::parse_http_date(date).ok());
        self.first.resumed = resumed;
    }

    /// What another program has begun becomes the beginning of the unfinished file, now that the server goes on from it.
    /// Not without room for the `left` bytes: until then nothing of what is there has been touched.
    fn adopt(&mut self, left: u64) -> Result<()> {
        let spot = self.spot();
        let part = spot.part.clone();
        blocking(move || part.check_space(left))?;
        if spot.adopted.is_some() && !self.has_begun {
            let part = spot.part.clone();
            let part = blocking(move || part.adopt())?;
            if let Some(spot) = &mut self.spot {
                spot.part = part;
            }
        }
        Ok(())
    }

    /// Checks the digest and gives the file its name.
    fn finish(&mut self, hasher: Option<Hasher>) -> Result<PathBuf> {
        let (spot, settings, total) = (self.spot().clone(), self.job.settings.clone(), self.first.total);
        // A file of another program that was complete is where it belongs.
        let is_in_place = spot.adopted.is_some() && !self.has_begun;
        if let Some(checksum) = settings.checksum {
            let mut hasher = hasher.unwrap_or_else(|| checksum.hasher());
            if hasher.length() < total {
                (self.listener)(Event::Verifying);
            }
            let (part, token) = (spot.part.clone(), self.token.clone());
            let hashed = blocking(move || {
                let file = if is_in_place { Arc::new(File::open(&part.target)?) } else { part.file };
                let is_all = hasher.catch_up(&file, total, || token.is_cancelled())?;
                Ok(is_all.then(|| hasher.finish()))
            })?;
            match hashed {
                Some(found) if found == checksum => {}
                Some(found) => {
                    let what = format!("the file's checksum is {found} and not {checksum}");
                    return Err(self.distrusted(Error::new(Kind::Checksum, what), is_in_place));
                }
                None => return Err(Error::cancelled(Phase::Body)),
            }
        }
        let modified = self.first.modified.filter(|_| settings.remote_time);
        blocking(move || {
            let part = spot.part;
            if is_in_place {
                part.discard()?;
                return Ok(part.target);
            }
            // Space that was set aside and is not used goes back.
            part.file.set_len(total)?;
            modified.map_or(Ok(()), |modified| part.file.set_modified(modified))?;
            if settings.sync {
                part.file.sync_all()?;
            }
            place::publish(&part, settings.existing, spot.replaces)
        })
    }

    /// The bytes stay to be looked at; nothing goes on from them.
    fn distrusted(&mut self, error: Error, is_in_place: bool) -> Error {
        let part = self.spot().part.clone();
        self.has_begun = true;
        let path = if is_in_place { part.target.clone() } else { part.path.clone() };
        let forgotten = blocking(move || {
            if is_in_place {
                return part.discard();
            }
            part.save(&Meta { total: Some(0), ..Meta::default() })
        });
        let error = forgotten.err().unwrap_or(error);
        error.because(format_args!("it stays in {} to be looked at", path.display()))
    }

    /// What becomes of the file if it was not the workers that failed.
    fn failed(&mut self, error: Error) -> Error {
        let Some(spot) = self.spot.clone().filter(|_| !self.has_begun) else { return error };
        let meta = spot.meta.filter(|meta| !self.is_cleared && !meta.done.is_empty());
        match meta {
            // Somebody's file, taken over a moment ago.
            _ if spot.part.is_adopted => {
                blocking(move || spot.part.give_back()).ok();
                error
            }
            Some(meta) => {
                let (path, bytes, total) = (spot.part.path, meta.done.bytes(), meta.total);
                let error = kept(error, &path, bytes, total);
                (self.listener)(Event::Kept { path, bytes, total });
                error
            }
            None => {
                blocking(move || spot.part.discard()).ok();
                error
            }
        }
    }

    fn report(&mut self, path: PathBuf, started: Instant) -> Report {
        Report {
            path,
            bytes: self.first.total,
            resumed: self.first.resumed,
            received: self.job.received.load(Relaxed),
            requests: self.job.requests.load(Relaxed),
            connections: self.connections,
            mirrors_dropped: self.job.mirrors_dropped(),
            checksum: self.job.settings.checksum.clone(),
            url: self.first.url.take(),
            elapsed: started.elapsed().max(Duration::from_nanos(1)),
        }
    }
}
