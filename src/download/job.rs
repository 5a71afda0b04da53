//! What all connections of one download share, and the one request that they send.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use super::answer::{Asked, Verdict, judge};
use super::backoff;
use super::meta::{Meta, Source, source_id};
use super::pacer::Pacer;
use super::settings::Settings;
use super::validators::Validators;
use crate::client::{HttpClient, Response, Retry};
use crate::error::{Error, Kind, Phase, Result};

pub(super) struct Job {
    pub(super) client: HttpClient,
    pub(super) settings: Settings,
    pub(super) pacer: Option<Arc<Pacer>>,
    pub(super) requests: AtomicU64,
    pub(super) received: AtomicU64,
    mirrors: Mutex<Vec<Mirror>>,
}

/// One of the URLs.
struct Mirror {
    url: String,
    shown: String,
    id: String,
    version: Option<Validators>,
    is_out: bool,
}

/// A body on its way into the file.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) response: Response,
    /// Which byte of the file comes next.
    pub(super) at: u64,
    pub(super) mirror: usize,
}

#[derive(Debug)]
pub(super) enum Answer {
    Part { stream: Stream, total: Option<u64> },
    Whole(Stream),
    Complete,
    Differs(&'static str),
}

/// Why a piece did not come.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The same may go well next time.
    Again { error: Error, after: Option<Duration> },
    /// This mirror cannot help.
    Out(Error),
    /// No part can be had from here.
    NoParts,
    /// What is in the file must go: this is another version.
    Changed(&'static str),
    /// Nothing can help.
    Fatal(Error),
}

impl Trouble {
    pub(super) fn of(error: Error) -> Self {
        match error.kind() {
            Kind::Cancelled | Kind::Closed => Self::Fatal(error),
            _ if backoff::is_passing(&error) => Self::Again { error, after: None },
            _ => Self::Out(error),
        }
    }
}

impl Job {
    /// Checks the URLs; nothing is sent.
    pub(super) fn new(client: HttpClient, settings: Settings, urls: &[String]) -> Result<Self> {
        let mirrors = urls.iter().map(|url| {
            let request = client.get(url);
            let Some(parsed) = request.url() else {
                // Sending is how it tells what is wrong, and sends nothing.
                let error = request.send().err();
                return Err(error.unwrap_or_else(|| Error::new(Kind::InvalidUrl, "not a URL")));
            };
            let (shown, id) = (parsed.without_userinfo().into_owned(), source_id(parsed));
            Ok(Mirror { url: url.clone(), shown, id, version: None, is_out: false })
        });
        let mirrors = Mutex::new(mirrors.collect::<Result<_>>()?);
        let pacer = settings.limit_rate.as_ref().map(|limit| limit.0.clone());
        Ok(Self { client, settings, pacer, requests: AtomicU64::new(0), received: AtomicU64::new(0), mirrors })
    }

    fn mirrors(&self) -> MutexGuard<'_, Vec<Mirror>> {
        self.mirrors.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Asks a mirror for the file, or for the part from one byte to before another one.
    pub(super) fn ask(
        &self,
        mirror: usize,
        part: Option<(u64, Option<u64>)>,
        total: Option<u64>,
    ) -> Result<Answer, Trouble> {
        let (url, version) = {
            let mirrors = self.mirrors();
            (mirrors[mirror].url.clone(), mirrors[mirror].version.clone())
        };
        let mut request = self.client.get(&url).headers(&self.settings.headers);
        // Tries and continuations are counted here, where it is known what is in the file; and what goes there is no
        // use in a cache.
        request = request.retry(Retry::none()).resume(0).hedge(None).without_cache();
        // Ranges count bytes of what is sent: coded, they would not be bytes of the file (RFC 9110 §14.1.2).
        request = request.header("Accept-Encoding", "identity");
        if let Some((from, to)) = part {
            // To the end without an end: the file may have grown.
            let to = to.filter(|to| Some(*to) != total).map_or_else(String::new, |to| (to - 1).to_string());
            request = request.header("Range", format!("bytes={from}-{to}"));
            if let Some(known) = version.as_ref().and_then(Validators::if_range) {
                request = request.header("If-Range", known);
            }
        }
        if let Some(prepare) = &self.settings.prepare {
            request = prepare(request);
        }
        self.requests.fetch_add(1, Relaxed);
        let response = request.send().map_err(Trouble::of)?;
        let now = SystemTime::now();
        let asked = Asked { part, total, version: version.as_ref() };
        let verdict = judge(response.status(), response.headers(), &asked, now);
        let at = if verdict == Verdict::Whole { 0 } else { part.map_or(0, |(from, _)| from) };
        match verdict {
            Verdict::Part { total, .. } => {
                if version.is_none() {
                    self.learn(mirror, &response)?;
                }
                Ok(Answer::Part { stream: Stream { response, at, mirror }, total })
            }
            Verdict::Whole => Ok(Answer::Whole(Stream { response, at, mirror })),
            Verdict::Complete => Ok(Answer::Complete),
            Verdict::Differs(why) => Ok(Answer::Differs(why)),
            Verdict::Refused => Err(refused(response, now)),
        }
    }

    /// A mirror that answers for the first time, in the middle of the file.
    fn learn(&self, mirror: usize, response: &Response) -> Result<(), Trouble> {
        let version = Validators::of(response.headers(), SystemTime::now());
        let is_vouched = self.settings.has_checksum() || self.settings.adopt;
        if version.if_range().is_none() && !is_vouched {
            let what = "it has neither a strong ETag nor a date, so that its parts may be of different versions";
            return Err(Trouble::Out(Error::new(Kind::Unsupported, what)));
        }
        self.mirrors()[mirror].version = Some(version);
        Ok(())
    }

    /// Whether this mirror has said which version it has.
    pub(super) fn knows(&self, mirror: usize) -> bool {
        self.mirrors()[mirror].version.is_some()
    }

    /// Whether parts of this mirror can be told from those of another version, or the checksum would.
    pub(super) fn may_ask_for_parts(&self, mirror: usize) -> bool {
        let is_known = |mirror: &Mirror| mirror.version.as_ref().is_some_and(|version| version.if_range().is_some());
        self.settings.has_checksum() || is_known(&self.mirrors()[mirror])
    }

    /// Whether a response that is the whole file is the version that this mirror had before.
    pub(super) fn is_same(&self, stream: &Stream, total: Option<u64>) -> bool {
        let version = Validators::of(stream.response.headers(), SystemTime::now());
        let length = stream.response.content_length();
        let is_same_length = length.is_none() || total.is_none() || length == total;
        is_same_length && self.mirrors()[stream.mirror].version.as_ref().is_none_or(|known| known.agrees(&version))
    }

    /// From here on, this response's version is the one.
    pub(super) fn settle(&self, stream: &Stream) {
        self.settle_as(stream.mirror, Some(Validators::of(stream.response.headers(), SystemTime::now())));
    }

    pub(super) fn url(&self, mirror: usize) -> String {
        self.mirrors()[mirror].url.clone()
    }

    pub(super) fn version(&self, mirror: usize) -> Option<Validators> {
        self.mirrors()[mirror].version.clone()
    }

    /// From here on, this is the version, and nothing is known of the others.
    pub(super) fn settle_as(&self, mirror: usize, version: Option<Validators>) {
        let mut mirrors = self.mirrors();
        mirrors.iter_mut().for_each(|mirror| mirror.version = None);
        mirrors[mirror].version = version;
    }

    /// What an earlier run has learned.
    pub(super) fn recall(&self, meta: &Meta) {
        for mirror in self.mirrors().iter_mut() {
            let known = meta.sources.iter().find(|source| source.id == mirror.id);
            mirror.version = known.map(|source| source.version.clone());
        }
    }

    /// Forgets versions: everything begins anew.
    pub(super) fn forget(&self) {
        self.mirrors().iter_mut().for_each(|mirror| mirror.version = None);
    }

    pub(super) fn sources(&self) -> Vec<Source> {
        let mirrors = self.mirrors();
        let known = mirrors.iter().filter_map(|mirror| Some((mirror.id.clone(), mirror.version.clone()?)));
        known.map(|(id, version)| Source { id, version }).collect()
    }

    /// The mirrors that are left, from `first` on, around.
    pub(super) fn mirrors_from(&self, first: usize) -> Vec<usize> {
        let mirrors = self.mirrors();
        let around = (0..mirrors.len()).map(|n| (first + n) % mirrors.len());
        around.filter(|&mirror| !mirrors[mirror].is_out).collect()
    }

    /// Gives a mirror up, if others are left and it has not been before; its URL then.
    pub(super) fn drop_mirror(&self, mirror: usize) -> Option<String> {
        let mut mirrors = self.mirrors();
        let others = mirrors.iter().enumerate().any(|(other, state)| other != mirror && !state.is_out);
        let is_new = others && !mirrors[mirror].is_out;
        mirrors[mirror].is_out |= others;
        is_new.then(|| mirrors[mirror].shown.clone())
    }

    pub(super) fn mirrors_dropped(&self) -> usize {
        self.mirrors().iter().filter(|mirror| mirror.is_out).count()
    }
}

fn refused(response: Response, now: SystemTime) -> Trouble {
    let status = response.status();
    let reason = response.reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let what = match status {
        300..400 => format!("status {status}{reason}: redirects are not followed"),
        _ => format!("status {status}{reason}"),
    };
    let error = Error::new(Kind::Status, what).with_phase(Phase::Head).with_url(response.url().without_userinfo());
    match backoff::is_passing_status(status) {
        true => Trouble::Again { error, after: backoff::retry_after(response.headers(), now) },
        false => Trouble::Out(error),
    }
}
