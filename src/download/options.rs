//! Building one download.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::checksum::Checksum;
use super::pacer::RateLimit;
use super::report::{Event, Report};
use super::run::{Listener, Order, Target, run};
use super::settings::{Existing, Settings};
use crate::client::{HttpClient, RequestBuilder};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Headers;
use crate::rt::CancelToken;

/// One file on its way from a server, or several that have the same, to the disk.
///
/// ```no_run
/// use maypole::download::Download;
/// let client = maypole::HttpClient::new()?;
/// let report = Download::new(&client, "https://example.com/image.iso")
///     .mirror("https://mirror.example.org/image.iso")
///     .to("/tmp/image.iso")
///     .connections(4)
///     .checksum("sha-256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".parse()?)
///     .run()?;
/// println!("{} bytes in {:?}", report.bytes, report.elapsed);
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// The first option that is wrong is the error of [`run`](Self::run), before anything is sent.
#[must_use = "nothing is fetched before `run`"]
pub struct Download {
    client: HttpClient,
    urls: Vec<String>,
    target: Option<Target>,
    existing: Option<Existing>,
    settings: Settings,
    token: Option<CancelToken>,
    listener: Box<Listener>,
    wrong: Option<Error>,
}

impl Download {
    /// A download of `url` with `client`, whose options hold for every request; see [`to`](Self::to) and
    /// [`into_dir`](Self::into_dir) for where it goes.
    pub fn new(client: &HttpClient, url: impl Into<String>) -> Self {
        let settings = Settings {
            connections: 1,
            least: 1 << 20,
            retries: 5,
            retry_wait: Duration::from_millis(500),
            limit_rate: None,
            headers: Headers::new(),
            prepare: None,
            checksum: None,
            existing: Existing::Refuse,
            resume: true,
            adopt: false,
            preallocate: false,
            sync: false,
            remote_time: false,
        };
        Self {
            client: client.clone(),
            urls: vec![url.into()],
            target: None,
            existing: None,
            settings,
            token: None,
            listener: Box::new(|_| ()),
            wrong: None,
        }
    }

    /// Another URL of the same file. Pieces are spread over all; one that has another length, no parts, or is not there
    /// is dropped with an [`Event::MirrorDropped`]. That its bytes are the same is the caller's word, which a
    /// [`checksum`](Self::checksum) verifies. Default none.
    pub fn mirror(mut self, url: impl Into<String>) -> Self {
        self.urls.push(url.into());
        self
    }

    /// Where the file goes. Default: into the current directory.
    pub fn to(mut self, path: impl Into<PathBuf>) -> Self {
        self.target = Some(Target::File(path.into()));
        self
    }

    /// The directory that the file goes into. Its name is that in the server's `Content-Disposition` (RFC 6266), else
    /// the last part of the URL's path behind all redirects, else `index.html`; without directories, control characters
    /// and what else could do harm. Default: the current directory.
    pub fn into_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.target = Some(Target::Directory(directory.into()));
        self
    }

    /// What to do when a file of that name is there already. Default [`Existing::Refuse`] for a path, which names the
    /// file, and [`Existing::Rename`] for a directory, where a server does.
    pub fn existing(mut self, existing: Existing) -> Self {
        self.existing = Some(existing);
        self
    }

    /// How many connections fetch pieces at once, 1 to 1,024, all mirrors together. Default 1: more take a larger share
    /// of a server than others get. The client's [`max_per_host`](crate::ClientBuilder::max_per_host) must allow them.
    pub fn connections(mut self, connections: usize) -> Self {
        self.settings.connections = connections;
        let legal = (1..=1024).contains(&connections);
        self.require(legal, || format!("connections: {connections} is not between 1 and 1,024"))
    }

    /// No piece is smaller than this many bytes, unless its connection is so slow that the others would wait for it.
    /// Default 1 MiB: below it a request costs more than it brings.
    pub fn min_piece(mut self, bytes: u64) -> Self {
        self.settings.least = bytes;
        self.require(bytes > 0, || "min_piece must be at least 1".into())
    }

    /// How many times in a row a connection may fail, and how many times everything may begin from zero, before it is
    /// an error. A try that brought 64 KiB starts the count anew. Default 5, aria2's.
    pub fn retries(mut self, retries: u32) -> Self {
        self.settings.retries = retries;
        self
    }

    /// The wait before the second try, at random between nothing and this; doubled each time, up to a minute. What a
    /// server asks for in `Retry-After` counts instead. Default 500 ms.
    pub fn retry_wait(mut self, wait: Duration) -> Self {
        self.settings.retry_wait = wait;
        self
    }

    /// What the file's digest must be. Default none.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.settings.checksum = Some(checksum);
        self
    }

    /// Whether to go on from what an earlier run has left in `NAME.part`. It does so only if the server confirms that it
    /// has the same version still, by a strong ETag or a date (RFC 9110 §13.1.5), or if a checksum will tell. Default on.
    pub fn resume(mut self, resume: bool) -> Self {
        self.settings.resume = resume;
        self
    }

    /// Whether to take a file that is there under its final name for the beginning of this one, left by a browser or
    /// another program, as `wget -c` does. Nothing can tell whether it is one but a checksum. Default off.
    pub fn adopt(mut self, adopt: bool) -> Self {
        self.settings.adopt = adopt;
        self
    }

    /// Whether to set the file's space aside at the beginning, so that nobody else takes it meanwhile and the file lies in
    /// one piece. Default off: an unfinished file would take all of it while it waits for its next run, and a disk that
    /// is too small is seen at once either way.
    pub fn preallocate(mut self, preallocate: bool) -> Self {
        self.settings.preallocate = preallocate;
        self
    }

    /// Whether to wait until the file is safe from a loss of power before it gets its name. Default off: it takes as
    /// long as the disk needs. A killed process never leaves half a file under the final name either way.
    pub fn sync(mut self, sync: bool) -> Self {
        self.settings.sync = sync;
        self
    }

    /// Whether the file gets the time of the server's `Last-Modified`. Default off.
    pub fn remote_time(mut self, remote_time: bool) -> Self {
        self.settings.remote_time = remote_time;
        self
    }

    /// At most so many bytes per second, over all connections and all downloads with a clone of `limit`. Default none.
    pub fn limit_rate(mut self, limit: &RateLimit) -> Self {
        self.settings.limit_rate = Some(limit.clone());
        self
    }

    /// Adds a header line to every request. Default the client's. `Range`, `If-Range` and `Accept-Encoding` are the
    /// download's own, and an error of [`run`](Self::run).
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let own = ["range", "if-range", "accept-encoding"].iter().any(|own| own.eq_ignore_ascii_case(name));
        if let Err(rule) = self.settings.headers.append(name, value) {
            return self.require(false, || format!("header `{name}`: {rule}"));
        }
        self.require(!own, || format!("header `{name}` is the download's own"))
    }

    /// Changes every request before it is sent: timeouts, credentials, whatever [`RequestBuilder`] has. Default nothing.
    /// The last call counts.
    pub fn prepare(mut self, f: impl Fn(RequestBuilder) -> RequestBuilder + Send + Sync + 'static) -> Self {
        self.settings.prepare = Some(Arc::new(f));
        self
    }

    /// Ends the download when `token` is fired. What is there stays for the next run. Default none but that of a
    /// surrounding [`scope`](crate::rt::scope).
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.token = Some(token.clone());
        self
    }

    /// Calls `f` with everything that it has to tell, on the coroutine or thread that called [`run`](Self::run). While
    /// `f` runs nothing else is told, but the bytes go on. Default none; the last call counts.
    pub fn on_event(mut self, f: impl FnMut(Event) + Send + 'static) -> Self {
        self.listener = Box::new(f);
        self
    }

    /// Fetches the file. On a coroutine only the coroutine waits, on a plain thread the thread. Its pieces are
    /// fetched on coroutines and written on threads for what blocks; for a plain thread both is done on one thread per
    /// connection, which takes the least CPU time.
    ///
    /// # Errors
    /// Those of requests, once the retries are used up; [`Kind::Status`] for a status that is no file;
    /// [`Kind::Checksum`]; [`Kind::Io`] for the file, with the system's error as its source: `AlreadyExists`,
    /// `ResourceBusy` if another download writes the same file, `StorageFull`; [`Kind::Cancelled`];
    /// [`Kind::InvalidConfig`] and [`Kind::InvalidUrl`] before anything is sent.
    pub fn run(mut self) -> Result<Report> {
        let target = self.target.take().unwrap_or_else(|| Target::Directory(PathBuf::new()));
        if matches!(&target, Target::File(path) if path.file_name().is_none()) {
            self = self.require(false, || "to: the path has no file name".into());
        }
        let lost = self.settings.adopt && !self.settings.resume;
        self = self.require(!lost, || "resume(false) and adopt: what is adopted is gone on with; leave one out".into());
        if let Some(error) = self.wrong {
            return Err(error);
        }
        let by_default = if matches!(target, Target::File(_)) { Existing::Refuse } else { Existing::Rename };
        self.settings.existing = self.existing.unwrap_or(by_default);
        let Self { client, urls, settings, token, listener, .. } = self;
        run(Order { client, urls, target, settings, token, listener })
    }

    fn require(mut self, legal: bool, what: impl FnOnce() -> String) -> Self {
        if !legal {
            self.wrong.get_or_insert_with(|| Error::new(Kind::InvalidConfig, what()).with_phase(Phase::Build));
        }
        self
    }
}
