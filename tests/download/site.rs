//! A server of one file that can do everything wrong that servers do, and a directory to download into.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maypole::HttpClient;
use maypole::download::{Download, Event, Report};

use crate::peer::{Request, Responder, Server};

/// How the server behaves; tests change it while it runs.
#[derive(Clone)]
pub(crate) struct Site {
    pub body: Arc<Vec<u8>>,
    pub etag: Option<&'static str>,
    pub modified: Option<&'static str>,
    pub ranges: bool,
    /// Body bytes after which a connection ends, for the first so many responses.
    pub cut: (usize, usize),
    /// Without a length.
    pub chunked: bool,
    /// Bytes that a part has at most, and the length of the whole that it names.
    pub short: Option<(usize, &'static str)>,
    pub extra: &'static str,
    /// The answer to the first so many requests.
    pub refusals: (usize, &'static str),
    /// A pause after each 16 KiB.
    pub pause: Option<Duration>,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            body: Arc::new(bytes(1 << 20)),
            etag: Some("\"v1\""),
            modified: None,
            ranges: true,
            cut: (0, 0),
            chunked: false,
            short: None,
            extra: "",
            refusals: (0, ""),
            pause: None,
        }
    }
}

/// Bytes of which no two pieces are alike.
pub(crate) fn bytes(n: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut words = Vec::with_capacity(n + 8);
    while words.len() < n {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        words.extend_from_slice(&state.to_le_bytes());
    }
    words.truncate(n);
    words
}

/// A running site, a client, and an empty directory.
pub(crate) struct Stage {
    pub server: Server,
    pub site: Arc<Mutex<Site>>,
    pub asked: Arc<Mutex<Vec<Request>>>,
    pub dir: tempfile::TempDir,
    pub client: HttpClient,
    pub events: Arc<Mutex<Vec<Event>>>,
}

impl Stage {
    pub(crate) fn new(site: Site) -> Self {
        let (site, asked) = (Arc::new(Mutex::new(site)), Arc::new(Mutex::new(Vec::new())));
        let server = Server::start({
            let (site, asked) = (site.clone(), asked.clone());
            move |request, responder| {
                let now = {
                    let mut site = site.lock().unwrap();
                    let now = site.clone();
                    site.cut.1 = site.cut.1.saturating_sub(1);
                    site.refusals.0 = site.refusals.0.saturating_sub(1);
                    now
                };
                asked.lock().unwrap().push(request.clone());
                now.answer(request, responder);
            }
        });
        let client = HttpClient::builder().max_per_host(20).idle_timeout(Duration::from_secs(5)).build().unwrap();
        Self { server, site, asked, dir: tempfile::tempdir().unwrap(), client, events: Arc::default() }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url("/file.bin")
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.dir.path().join("f")
    }

    /// A download to `f`, quick to try again.
    pub(crate) fn download(&self) -> Download {
        self.of(&self.url()).to(self.target())
    }

    pub(crate) fn of(&self, url: &str) -> Download {
        let events = self.events.clone();
        Download::new(&self.client, url)
            .retry_wait(Duration::from_millis(1))
            .on_event(move |event| events.lock().unwrap().push(event))
    }

    pub(crate) fn change(&self, f: impl FnOnce(&mut Site)) {
        f(&mut self.site.lock().unwrap());
    }

    /// The `Range` of each request so far.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().iter().map(|request| request.header("range").map(str::to_owned)).collect()
    }

    /// What is in the directory.
    pub(crate) fn files(&self) -> BTreeMap<String, usize> {
        let entries = fs::read_dir(self.dir.path()).unwrap().map(Result::unwrap);
        entries.map(|e| (e.file_name().into_string().unwrap(), e.metadata().unwrap().len() as usize)).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    /// The report's file is the site's, and nothing else is left.
    #[track_caller]
    pub(crate) fn check(&self, report: &Report) {
        let expected = self.site.lock().unwrap().body.clone();
        assert!(fs::read(&report.path).unwrap() == *expected, "the file differs");
        assert_eq!(report.bytes as usize, expected.len());
        assert!(self.names().iter().all(|name| !name.contains(".part")), "{:?}", self.names());
    }

    pub(crate) fn restarts(&self) -> usize {
        self.events.lock().unwrap().iter().filter(|event| matches!(event, Event::Restarted { .. })).count()
    }

    /// Leaves an interrupted download behind: the server cuts after `bytes` bytes.
    pub(crate) fn interrupted_after(&self, bytes: usize) {
        self.change(|site| site.cut = (bytes, 1));
        self.download().retries(0).run().unwrap_err();
        assert_eq!(self.names(), ["f.part", "f.part.meta"]);
        self.change(|site| site.cut = (0, 0));
        self.asked.lock().unwrap().clear();
        self.events.lock().unwrap().clear();
    }
}

impl Site {
    fn answer(&self, request: &Request, responder: &mut Responder<'_>) {
        if self.refusals.0 > 0 {
            responder.reply(self.refusals.1);
            return;
        }
        let total = self.body.len();
        let is_same =
            request.header("if-range").is_none_or(|known| Some(known) == self.etag || Some(known) == self.modified);
        let range = request.header("range").filter(|_| self.ranges && is_same).map(|range| parse(range, total));
        let mut head = self.extra.to_owned();
        self.etag.iter().for_each(|etag| head.push_str(&format!("ETag: {etag}\r\n")));
        self.modified.iter().for_each(|modified| head.push_str(&format!("Last-Modified: {modified}\r\n")));
        if self.ranges {
            head.push_str("Accept-Ranges: bytes\r\n");
        }
        let (status, from, to) = match range {
            Some((from, _)) if from >= total => {
                head.push_str(&format!("Content-Range: bytes */{total}\r\nContent-Length: 0\r\n"));
                responder.reply(format!("HTTP/1.1 416 No\r\n{head}\r\n"));
                return;
            }
            Some((from, to)) => {
                let (to, whole) = match self.short {
                    Some((most, whole)) => (to.min(from + most), whole.to_owned()),
                    None => (to, total.to_string()),
                };
                head.push_str(&format!("Content-Range: bytes {from}-{}/{whole}\r\n", to - 1));
                ("206 Partial Content", from, to)
            }
            None => ("200 OK", 0, total),
        };
        let body = &self.body[from..to];
        head.push_str(&if self.chunked {
            "Transfer-Encoding: chunked\r\n".into()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        });
        responder.reply(format!("HTTP/1.1 {status}\r\n{head}\r\n"));
        self.send(body, responder);
    }

    fn send(&self, body: &[u8], responder: &mut Responder<'_>) {
        let sent = if self.cut.1 > 0 { &body[..self.cut.0.min(body.len())] } else { body };
        for piece in sent.chunks(16 << 10) {
            if self.chunked {
                responder.reply(format!("{:x}\r\n", piece.len()));
            }
            responder.reply(piece);
            if self.chunked {
                responder.reply("\r\n");
            }
            self.pause.iter().for_each(|pause| std::thread::sleep(*pause));
        }
        if sent.len() < body.len() {
            responder.close();
        } else if self.chunked {
            responder.reply("0\r\n\r\n");
        }
    }
}

fn parse(range: &str, total: usize) -> (usize, usize) {
    let (from, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    (from.parse().unwrap(), last.parse().map_or(total, |last: usize| (last + 1).min(total)))
}
