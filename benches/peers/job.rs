//! What a contender is told to do, and what it answers: both travel as one line of JSON.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Work {
    /// `count` keep-alive GETs of the small body over `connections` connections.
    Small,
    /// The same, a new connection for each.
    Fresh,
    /// One GET of `bytes` bytes, read in 16 KiB pieces.
    Read,
    /// One GET of `bytes` bytes in lines of 100 bytes, read line by line.
    Lines,
    /// One POST of `bytes` bytes from a file, with a `Content-Length`.
    Upload,
    /// The same in chunks.
    UploadChunked,
    /// One file of `bytes` bytes to a disk, `connections` ranges at once.
    Download,
    /// `count` requests in flight at once, each answered after a second.
    Crowd,
    /// `count` tasks that do one small GET each, started and joined; the same GETs without tasks are subtracted.
    Spawn,
    /// The URLs of `delays`, `connections` at once, by a queue.
    Queue,
    /// The same again and again, with a cache that has them all.
    Cached,
    /// A load generator's own: `connections` for `seconds`, at `rate` a second or each as fast as it can.
    Load,
    /// The same against a server that stalls by the schedule of `stall.rs`.
    Stalled,
    /// The same at full rate, and a look at its memory and at the server's count.
    Soak,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) work: Work,
    pub(crate) url: String,
    /// Where the server listens, for contenders without a resolver.
    pub(crate) address: std::net::SocketAddr,
    /// The authority that signed the server's certificate.
    pub(crate) authority: Option<PathBuf>,
    /// The body to upload.
    pub(crate) file: Option<PathBuf>,
    pub(crate) count: u64,
    pub(crate) connections: usize,
    pub(crate) bytes: u64,
    /// How long a load generator loads.
    pub(crate) seconds: u64,
    /// Requests a second that are to begin; 0 for the closed model.
    pub(crate) rate: f64,
    /// Milliseconds that each answer takes, where that is what the case is about.
    pub(crate) delays: Vec<u32>,
}

impl Job {
    /// How many of the requests each connection does: never fewer in sum than `count`.
    pub(crate) fn share(&self) -> u64 {
        self.count.div_ceil(self.connections as u64)
    }

    /// The URLs of `delays`: no two are the same.
    pub(crate) fn delayed_urls(&self) -> impl Iterator<Item = String> + '_ {
        self.delays.iter().enumerate().map(|(n, ms)| format!("{}after/{ms}?{n}", self.url))
    }

    /// Requests before the clock starts: connections are dialled and caches are warm.
    pub(crate) fn warm_up(&self) -> u64 {
        (self.share() / 20).clamp(1, 500)
    }

    /// Over TLS a small request first: reading the authority's certificate, which with `SSL_CERT_FILE` set means reading
    /// all of the system's, is a cost of the process and not of a body.
    pub(crate) fn warm_up_url(&self) -> Option<String> {
        self.authority.as_ref().map(|_| format!("{}/", self.url.trim_end_matches(self.path())))
    }

    /// A folder of its own for what a contender downloads. `TMPDIR` says on which disk.
    pub(crate) fn folder(&self) -> Result<tempfile::TempDir, String> {
        tempfile::tempdir().map_err(|e| e.to_string())
    }

    /// The path within `url`.
    pub(crate) fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.find('/').map_or("/", |slash| &rest[slash..])
    }
}

/// One turn of one contender.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) wall_seconds: f64,
    /// User and system time of the process.
    pub(crate) cpu_seconds: f64,
    pub(crate) p50_micros: Option<f64>,
    pub(crate) p99_micros: Option<f64>,
    pub(crate) peak_kib: u64,
    pub(crate) start_kib: u64,
    pub(crate) errors: u64,
    /// Some of the URLs one after the other: seconds, over those that their delays say.
    #[serde(default)]
    pub(crate) sequential: Option<f64>,
    /// Percent and microseconds, where a contender has more of them.
    #[serde(default)]
    pub(crate) percentiles: Vec<(f64, f64)>,
    /// The same from sending on, of one that corrects the others.
    #[serde(default)]
    pub(crate) uncorrected: Vec<(f64, f64)>,
}

impl Sample {
    pub(crate) fn percentile(&self, percent: f64) -> Option<f64> {
        let (_, micros) = self.percentiles.iter().find(|(known, _)| *known == percent)?;
        Some(*micros)
    }
}
