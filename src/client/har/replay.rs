//! Replaying.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::document::{self, Document, Entry};
use crate::client::transport::{Inbound, Outbound, Transport};
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Headers;
use crate::rt;
use crate::wire::h1::Head;

/// Answers from an HTTP Archive instead of the network: a [`Transport`] for
/// [`ClientBuilder::transport`](crate::ClientBuilder::transport).
///
/// ```
/// use maypole::HttpClient;
/// use maypole::client::HarReplay;
/// # let archive = br#"{"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": [{
/// #   "startedDateTime": "2026-01-01T00:00:00.000Z", "time": 1, "cache": {},
/// #   "timings": {"blocked": 0, "dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": 1, "receive": 0},
/// #   "request": {"method": "GET", "url": "http://example.com/", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
/// #     "queryString": [], "headersSize": -1, "bodySize": 0},
/// #   "response": {"status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
/// #     "content": {"size": 5, "mimeType": "", "text": "hello"}, "redirectURL": "", "headersSize": -1, "bodySize": 5}
/// # }]}}"#;
/// let recorded = HarReplay::read(&archive[..])?; // or `HarReplay::open("recorded.har")?`
/// let client = HttpClient::builder().transport(recorded).build()?;
/// assert_eq!(client.get("http://example.com/").send()?.text()?, "hello");
/// # Ok::<(), maypole::Error>(())
/// ```
///
/// A request is answered by the first entry of its method and URL that has not been used; the last one of them goes on
/// to answer. Entries without a response or whose body was not kept are passed over. What an archive of ours holds comes
/// back byte for byte; a browser's has decoded bodies, and their `Content-Encoding` is left out.
pub struct HarReplay(Mutex<HashMap<(String, String), VecDeque<Entry>>>);

impl HarReplay {
    /// Reads an archive from a file.
    ///
    /// # Errors
    /// [`Kind::Io`] if it cannot be read, [`Kind::Decode`] if it is no HAR.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        rt::offload(None, move || {
            let bytes = std::fs::read(&path).map_err(|error| {
                Error::new(Kind::Io, format!("{} could not be read: {error}", path.display())).with_source(error)
            })?;
            Self::read(&bytes[..])
        })
        .unwrap_or_else(|stop| Err(Error::cancelled(Phase::Build).with_source(stop)))
    }

    /// Reads an archive.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(mut archive: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        archive.read_to_end(&mut bytes).map_err(Error::from_io)?;
        let document = rt::roomy(move || serde_json::from_slice::<Document>(&bytes))?;
        let document = document.map_err(|error| Error::new(Kind::Decode, "this is no HAR").with_source(error))?;
        let mut entries: HashMap<_, VecDeque<_>> = HashMap::new();
        for entry in document.log.entries.into_iter().filter(|entry| entry.response.status > 0) {
            let url = entry.request.url.split('#').next().unwrap_or_default().to_owned();
            entries.entry((entry.request.method.clone(), url)).or_default().push_back(entry);
        }
        Ok(Self(Mutex::new(entries)))
    }
}

impl Transport for HarReplay {
    fn exchange(&self, request: Outbound<'_>) -> Result<Inbound> {
        let mut url = request.url.clone();
        url.remove_userinfo();
        url.set_fragment(None);
        let key = (request.method.as_str().to_owned(), url.as_str().to_owned());
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries
            .get_mut(&key)
            .and_then(|entries| if entries.len() > 1 { entries.pop_front() } else { entries.front().cloned() });
        drop(entries);
        let entry = entry.ok_or_else(|| {
            let what = format!("the archive has no answer to {} {}", key.0, url.as_str());
            Error::new(Kind::Connect, what).with_phase(Phase::Connect)
        })?;
        answer(entry)
    }
}

fn answer(entry: Entry) -> Result<Inbound> {
    let content = &entry.response.content;
    let broken = |what: &str| {
        Error::new(Kind::Decode, format!("the archive's answer to {}: {what}", entry.request.url))
            .with_phase(Phase::Decode)
    };
    let body = match &content.text {
        Some(text) => {
            document::decode(text, content.encoding.as_deref()).ok_or_else(|| broken("the body is broken"))?
        }
        None if content.size <= 0 => Vec::new(),
        None => return Err(broken("its body was not kept")),
    };
    let mut headers = Headers::new();
    for line in &entry.response.headers {
        let decoded = !content.coded && line.name.eq_ignore_ascii_case("content-encoding");
        // A browser writes HTTP/2's pseudo-headers as lines.
        if decoded || line.name.starts_with(':') {
            continue;
        }
        headers.append(&line.name, &line.value).map_err(|rule| broken(&format!("header `{}`: {rule}", line.name)))?;
    }
    let head = Head::new(entry.response.status, &entry.response.status_text, &headers);
    Ok(Inbound { head, body: body.into() })
}

impl fmt::Debug for HarReplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner).values().map(VecDeque::len).sum::<usize>();
        f.debug_struct("HarReplay").field("entries", &entries).finish()
    }
}
