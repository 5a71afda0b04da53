//! `--har`: what went over the wire, as an HTTP archive (HAR 1.2), written when everything is done.
//!
//! Values of credentials and cookies are left out, so that a recording can be shown to others.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maypole::client::Timings;
use maypole::message::{Headers, Url, Version};
use maypole::net::ConnectionInfo;
use maypole::wire::h1::Head;
use serde_json::{Value, json};

use super::failure::Failure;
use super::verbose::is_secret;

/// More of a body than this is not kept: an archive is for reading.
const KEPT: usize = 4 << 20;

/// One request with its answer.
#[derive(Debug)]
pub(super) struct Exchange {
    began: SystemTime,
    method: String,
    url: String,
    version: Version,
    headers: Vec<Value>,
    response: Option<Value>,
    timings: Timings,
    receive: Duration,
    peer: Option<String>,
    connection: Option<String>,
    error: Option<String>,
    /// The body as it was handed out, its beginning if there was more.
    body: Vec<u8>,
    body_bytes: u64,
    sent_bytes: u64,
    media_type: String,
}

impl Exchange {
    pub(super) fn new(line: (String, String), version: Version, headers: &Headers, began: SystemTime) -> Self {
        Self {
            began,
            method: line.0,
            url: line.1,
            version,
            headers: pairs(headers),
            response: None,
            timings: Timings::default(),
            receive: Duration::ZERO,
            peer: None,
            connection: None,
            error: None,
            body: Vec::new(),
            body_bytes: 0,
            sent_bytes: 0,
            media_type: String::new(),
        }
    }

    pub(super) fn connected(&mut self, connection: &ConnectionInfo, reused: bool) {
        self.peer = connection.peer.map(|peer| peer.ip().to_string());
        self.connection = connection.local.map(|local| local.port().to_string());
        let _ = reused;
    }

    pub(super) fn answered(&mut self, head: &Head, timings: &Timings) {
        self.timings = *timings;
        self.media_type = head.headers.get("content-type").unwrap_or_default().to_owned();
        self.response = Some(json!({
            "status": head.status,
            "statusText": head.reason().unwrap_or_default(),
            "httpVersion": head.version.to_string(),
            "cookies": [],
            "headers": pairs(&head.headers),
            "redirectURL": head.headers.get("location").unwrap_or_default(),
            "headersSize": -1,
        }));
    }

    pub(super) fn failed(&mut self, why: &str) {
        self.error = Some(why.to_owned());
    }

    pub(super) fn sent(&mut self, bytes: u64) {
        self.sent_bytes = bytes;
    }

    pub(super) fn received(&mut self, piece: &[u8]) {
        self.body_bytes += piece.len() as u64;
        let room = KEPT.saturating_sub(self.body.len()).min(piece.len());
        self.body.extend_from_slice(&piece[..room]);
    }

    pub(super) fn ended(&mut self, receive: Duration) {
        self.receive = receive;
    }

    fn to_json(&self) -> Value {
        let milliseconds = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
        let t = &self.timings;
        let steps = [t.checkout, t.resolve, t.connect + t.proxy + t.tls, t.send, t.wait, self.receive];
        let [blocked, dns, connect, send, wait, receive] = steps.map(milliseconds);
        let mut response = self.response.clone().unwrap_or_else(|| {
            json!({ "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [], "redirectURL": "",
                "headersSize": -1 })
        });
        response["content"] = self.content();
        response["bodySize"] = json!(-1);
        let mut entry = json!({
            "startedDateTime": timestamp(self.began),
            "time": milliseconds(steps.iter().sum()),
            "request": {
                "method": self.method,
                "url": self.url,
                "httpVersion": self.version.to_string(),
                "cookies": [],
                "headers": self.headers,
                "queryString": query(&self.url),
                "headersSize": -1,
                "bodySize": self.sent_bytes,
            },
            "response": response,
            "cache": {},
            "timings": {
                "blocked": blocked, "dns": dns, "connect": connect, "ssl": milliseconds(t.tls), "send": send,
                "wait": wait, "receive": receive,
            },
        });
        let more = [("serverIPAddress", &self.peer), ("connection", &self.connection), ("_error", &self.error)];
        for (name, value) in more {
            if let Some(value) = value {
                entry[name] = json!(value);
            }
        }
        entry
    }

    fn content(&self) -> Value {
        let mut content = json!({ "size": self.body_bytes, "mimeType": self.media_type });
        match std::str::from_utf8(&self.body) {
            Ok(text) => content["text"] = json!(text),
            Err(_) => {
                content["text"] = json!(STANDARD.encode(&self.body));
                content["encoding"] = json!("base64");
            }
        }
        if self.body_bytes > self.body.len() as u64 {
            content["comment"] = json!(format!("the first {} bytes", self.body.len()));
        }
        content
    }
}

/// Writes the archive, for its owner alone: it has all that was asked and answered.
pub(super) fn write(path: &Path, exchanges: &[Exchange]) -> Result<(), Failure> {
    let archive = json!({ "log": {
        "version": "1.2",
        "creator": { "name": "maypole", "version": env!("CARGO_PKG_VERSION") },
        "entries": exchanges.iter().map(Exchange::to_json).collect::<Vec<_>>(),
    }});
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| writeln!(file, "{archive:#}"));
    written.map_err(|error| Failure::write(path, &error))
}

fn pairs(headers: &Headers) -> Vec<Value> {
    let value = |name: &str, value: &[u8]| match is_secret(name) {
        true => "(hidden)".to_owned(),
        false => String::from_utf8_lossy(value).into_owned(),
    };
    headers.iter().map(|(name, bytes)| json!({ "name": name, "value": value(name, bytes) })).collect()
}

fn query(url: &str) -> Vec<Value> {
    let url = Url::parse(url).ok();
    let query = url.as_ref().and_then(Url::query).unwrap_or_default();
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, ""))).map(|(n, v)| json!({ "name": n, "value": v })).collect()
}

/// `2026-11-21T13:20:01.500Z` (RFC 3339).
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// The civil date of a day since 1970, by eras of 400 years that begin in March (Hinnant, "chrono-compatible low-level
/// date algorithms").
fn date(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_rfc_3339_has_them() {
        let at = |seconds, millis| timestamp(UNIX_EPOCH + Duration::from_millis(seconds * 1000 + millis));
        assert_eq!(at(0, 0), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(951_782_400, 5), "2000-02-29T00:00:00.005Z");
        assert_eq!(at(1_795_267_201, 999), "2026-11-21T13:20:01.999Z");
    }
}
