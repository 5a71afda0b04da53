//! Recording.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use super::archive::{Shared, milliseconds};
use super::copied::Copied;
use super::document::{self, Content, Creator, Document, Entry, Line, Log, PostData};
use super::hide;
use crate::client::cookies::{beside, is_special};
use crate::client::flow::Flow;
use crate::client::recorder::{Recorder, Recording};
use crate::client::timings::Timings;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Request};
use crate::net::ConnectionInfo;
use crate::rt;
use crate::wire::h1::Head;

/// Records every exchange of the clients built with it, hop by hop and try by try, as an HTTP Archive (HAR 1.2).
///
/// ```
/// use maypole::HttpClient;
/// use maypole::client::HarRecorder;
/// let recorder = HarRecorder::new();
/// let client = HttpClient::builder().record(&recorder).build()?;
/// client.get("http://127.0.0.1:9/").send().unwrap_err();
/// let mut archive = Vec::new();
/// recorder.write(&mut archive)?;
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// Bodies are kept as they came over the wire, up to [`max_body`](Self::max_body) bytes each; of a longer one nothing is
/// kept but its size, and of one that is not read to its end what was read. Values of `Authorization`, `Cookie`,
/// `Set-Cookie` and their like, those of [sensitive headers](crate::ClientBuilder::sensitive_headers), and user names and
/// passwords in URLs are left out unless [`with_secrets`](Self::with_secrets) is set. Everything is held in memory until
/// it is written.
#[derive(Clone)]
pub struct HarRecorder(Arc<Shared>);

impl HarRecorder {
    /// An empty archive.
    pub fn new() -> Self {
        Self(Arc::new(Shared { entries: Mutex::default(), secrets: false, max_body: 10 << 20 }))
    }

    /// Keeps credentials and cookies. Default off: archives are sent around.
    #[must_use]
    pub fn with_secrets(self) -> Self {
        self.changed(|shared| shared.secrets = true)
    }

    /// Bytes of one body that are kept. Default 10 MiB.
    #[must_use]
    pub fn max_body(self, bytes: usize) -> Self {
        self.changed(|shared| shared.max_body = bytes)
    }

    fn changed(self, f: impl FnOnce(&mut Shared)) -> Self {
        let (secrets, max_body) = (self.0.secrets, self.0.max_body);
        let mut shared = Shared { entries: Mutex::new(std::mem::take(&mut self.0.entries())), secrets, max_body };
        f(&mut shared);
        Self(Arc::new(shared))
    }

    /// How many exchanges have been recorded.
    pub fn len(&self) -> usize {
        self.0.entries().len()
    }

    /// Whether nothing has been recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the archive as JSON.
    ///
    /// # Errors
    /// [`Kind::Io`] if the writer fails.
    pub fn write(&self, writer: &mut (impl Write + ?Sized)) -> Result<()> {
        let archive = self.to_vec();
        writer.write_all(&archive).map_err(|error| unwritten(error, "the archive"))
    }

    /// Writes the archive to a file, which appears as a whole or not at all.
    ///
    /// # Errors
    /// [`Kind::Io`] with the path.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let (archive, path) = (self.to_vec(), path.as_ref().to_owned());
        rt::offload(None, move || {
            let unwritten = |error| unwritten(error, &path.display().to_string());
            if is_special(&path) {
                let opened = File::options().write(true).open(&path);
                return opened.and_then(|mut file| file.write_all(&archive)).map_err(unwritten);
            }
            // A file that nobody else has made: a link planted there leads anywhere.
            let temporary = beside(&path).map_err(unwritten)?;
            let mut file = File::create_new(&temporary).map_err(unwritten)?;
            let written = file.write_all(&archive).and_then(|()| std::fs::rename(&temporary, &path));
            written.map_err(|error| {
                std::fs::remove_file(&temporary).ok();
                unwritten(error)
            })
        })
        .unwrap_or_else(|stop| Err(Error::cancelled(Phase::Body).with_source(stop)))
    }

    fn to_vec(&self) -> Vec<u8> {
        let mut entries = self.0.entries().clone();
        entries.sort_by(|a, b| a.started_date_time.cmp(&b.started_date_time));
        let creator = Creator { name: "maypole".into(), version: env!("CARGO_PKG_VERSION").into() };
        let document = Document { log: Log { version: "1.2".into(), creator, entries } };
        let mut bytes = serde_json::to_vec_pretty(&document).expect("no map keys but text");
        bytes.push(b'\n');
        bytes
    }
}

impl Default for HarRecorder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HarRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HarRecorder").field("entries", &self.len()).finish_non_exhaustive()
    }
}

impl Recorder for HarRecorder {
    fn request(&self, request: &Request, lines: &Headers, sensitive: &[Box<str>]) -> Box<dyn Recording> {
        let body = request.body.as_bytes().filter(|bytes| !bytes.is_empty() && bytes.len() <= self.0.max_body);
        let post_data = body.map(|bytes| {
            let (text, encoding) = document::encode(bytes);
            PostData { mime_type: lines.get("content-type").unwrap_or_default().to_owned(), text, encoding }
        });
        let query = request.url.query_pairs();
        let entry = Entry {
            started_date_time: now(),
            time: 0.0,
            request: document::Request {
                method: request.method.as_str().into(),
                url: request.url.without_userinfo().into_owned(),
                http_version: request.version.as_str().into(),
                cookies: Vec::new(),
                headers: self.0.lines(lines, sensitive),
                query_string: query.map(|(name, value)| Line { name: name.into(), value: value.into() }).collect(),
                post_data,
                headers_size: -1,
                body_size: request.body.length().and_then(|n| i64::try_from(n).ok()).unwrap_or(-1),
            },
            response: nothing(),
            cache: serde_json::json!({}),
            timings: document::Timings {
                blocked: -1.0,
                dns: -1.0,
                connect: -1.0,
                send: 0.0,
                wait: 0.0,
                receive: 0.0,
                ssl: -1.0,
            },
            server_ip_address: None,
        };
        Box::new(Try { shared: self.0.clone(), entry: Some(entry), started: Instant::now() })
    }
}

/// A try that has no response yet.
struct Try {
    shared: Arc<Shared>,
    entry: Option<Entry>,
    started: Instant,
}

impl Recording for Try {
    fn response(
        mut self: Box<Self>,
        head: &Head,
        timings: &Timings,
        connection: &ConnectionInfo,
        flow: Box<dyn Flow>,
    ) -> Box<dyn Flow> {
        let mut entry = self.entry.take().expect("taken here alone");
        entry.response.status = head.status;
        entry.response.status_text = head.reason().unwrap_or_default().into();
        entry.response.headers = self.shared.lines(&head.headers, &[]);
        let location = head.headers.get("location").unwrap_or_default();
        entry.response.redirect_url =
            if self.shared.secrets { location.into() } else { hide::userinfo(location).into_owned() };
        entry.response.content.mime_type = head.headers.get("content-type").unwrap_or_default().into();
        entry.response.content.coded = head.headers.contains("content-encoding");
        entry.server_ip_address = connection.peer.map(|peer| peer.ip().to_string());
        let needed = |time: Duration| if time.is_zero() { -1.0 } else { milliseconds(time) };
        entry.timings.blocked = milliseconds(timings.checkout);
        entry.timings.dns = needed(timings.resolve);
        // HAR counts TLS as a part of connecting.
        entry.timings.connect = needed(timings.connect + timings.tls);
        entry.timings.ssl = needed(timings.tls);
        entry.timings.send = milliseconds(timings.send);
        entry.timings.wait = milliseconds(timings.wait);
        Box::new(Copied::new(flow, self.shared.clone(), entry, self.started))
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        if let Some(mut entry) = self.entry.take() {
            entry.time = milliseconds(self.started.elapsed());
            self.shared.entries().push(entry);
        }
    }
}

fn nothing() -> document::Response {
    document::Response {
        status: 0,
        status_text: String::new(),
        http_version: "HTTP/1.1".into(),
        cookies: Vec::new(),
        headers: Vec::new(),
        content: Content::default(),
        redirect_url: String::new(),
        headers_size: -1,
        body_size: -1,
    }
}

/// ISO 8601 in UTC with milliseconds, which HAR asks for and whose order as text is that of time.
fn now() -> String {
    let now = SystemTime::now();
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let date = httpdate::HttpDate::from(now).to_string();
    // `Sat, 21 Nov 2026 13:20:00 GMT`
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == &date[8..11]).unwrap_or(0) + 1;
    format!("{}-{month:02}-{}T{}.{:03}Z", &date[12..16], &date[5..7], &date[17..25], since.subsec_millis())
}

fn unwritten(error: std::io::Error, what: &str) -> Error {
    Error::new(Kind::Io, format!("{what} could not be written: {error}")).with_source(error)
}
