//! From the flags to a plan; files are read here, before anything is sent.

use std::time::Duration;

use super::args::{End, LoadArgs, Plan};
use super::files::{self, is_standard};
use super::mix::{self, Body, Defaults, Entry};
use super::pace::Pace;

impl LoadArgs {
    /// Half of the cores unless told: the other half is the server's, and with more threads than cores both would
    /// wait for each other (measured on two cores: 69,000 requests per second with two workers on each side, 124,000
    /// with one).
    pub(super) fn workers(&self) -> u16 {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.workers.unwrap_or((cores / 2).clamp(1, 128) as u16)
    }

    /// What the flags amount to.
    pub(super) fn plan(&self) -> Result<Plan, String> {
        let defaults = self.defaults()?;
        let (entries, base) = self.entries()?;
        let is_embedded = base.is_none() && entries.iter().any(Entry::is_relative);
        if is_embedded && !(self.resolve.is_empty() && self.connect_to.is_empty() && self.unix_socket.is_none()) {
            return Err(
                "--resolve, --connect-to and --unix-socket are for a server with a URL, not for the embedded one"
                    .into(),
            );
        }
        let (pace, end) = self.pace_and_end()?;
        let connections = match end {
            // More of them would find nothing to do.
            End::Requests(n) => n.min(self.connections.into()) as usize,
            End::Duration(_) => self.connections as usize,
        };
        Ok(Plan {
            entries,
            defaults,
            base,
            is_embedded,
            seed: self.seed()?,
            title: self.title(),
            connections,
            end,
            pace,
            max_late: self.max_late,
            warm_up: self.warm_up.unwrap_or_default(),
            thresholds: self.thresholds.clone(),
            timeout: self.timeout,
            insecure: self.insecure,
        })
    }

    fn defaults(&self) -> Result<Defaults, String> {
        if [&self.urls_from, &self.data_file].iter().all(|path| path.as_deref().is_some_and(is_standard)) {
            return Err("--urls-from and -D are both -, and there is one standard input".into());
        }
        let body = match (&self.data, &self.data_file) {
            (Some(text), _) => Some(Body::Text(text.clone())),
            (None, Some(path)) => Some(Body::File(files::read(path)?.into())),
            (None, None) => None,
        };
        let has_type = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if self.content_type.is_some() && has_type {
            return Err("-T and -H both give a Content-Type".into());
        }
        let (method, headers, content_type) = (self.method.clone(), self.headers.clone(), self.content_type.clone());
        Ok(Defaults { method, headers, content_type, body })
    }

    /// The requests, and the server of those that are paths.
    fn entries(&self) -> Result<(Vec<Entry>, Option<String>), String> {
        let Some(file) = &self.urls_from else {
            let urls = if self.urls.is_empty() { &["/".to_owned()][..] } else { &self.urls };
            return Ok((urls.iter().map(|url| Entry::of_url(url)).collect(), None));
        };
        let entries = mix::read(file)?;
        let base = match &self.urls[..] {
            [] => None,
            [url] if url.contains("://") => Some(url.clone()),
            [url] if url.starts_with('/') => {
                return Err(format!("with --urls-from URL is put before the paths in it; {url} has no server"));
            }
            [url] => Some(format!("http://{url}")),
            _ => {
                return Err(
                    "with --urls-from one URL is put before the paths in it; others belong into the file".into()
                );
            }
        };
        if base.is_some() && !entries.iter().any(Entry::is_relative) {
            return Err(format!("the URL is put before paths, and {} has none", files::name(file)));
        }
        Ok((entries, base))
    }

    fn pace_and_end(&self) -> Result<(Option<Pace>, End), String> {
        let (ramp_up, stages, warm_up) = (self.ramp_up, self.stages.clone(), self.warm_up.unwrap_or_default());
        let pace = match (self.rate, stages.is_empty()) {
            (None, true) => None,
            (rate, _) => Some(Pace { rate: rate.unwrap_or(0.0), ramp_up, stages }),
        };
        if self.max_late.is_some() && pace.is_none() {
            return Err("--max-late is for -q and --stage: without a rate nothing is late".into());
        }
        let end = match (&pace, self.requests) {
            (_, Some(n)) => End::Requests(n),
            (Some(pace), None) if !pace.stages.is_empty() => End::Duration(pace.length(warm_up, self.duration)?),
            _ => End::Duration(self.duration.unwrap_or(Duration::from_secs(10))),
        };
        if let (End::Duration(time), Some(ramp_up)) = (end, ramp_up)
            && ramp_up > time.saturating_add(warm_up)
        {
            return Err("--ramp-up is longer than the run: -q would not be reached".into());
        }
        Ok((pace, end))
    }

    /// A short one, so that it can be typed again.
    fn seed(&self) -> Result<u64, String> {
        match self.seed {
            Some(seed) => Ok(seed),
            None => getrandom::u32().map(u64::from).map_err(|error| format!("no random seed: {error}; give --seed")),
        }
    }

    /// What is loaded, where it is not one URL.
    fn title(&self) -> Option<String> {
        match (&self.urls_from, &self.urls[..]) {
            (Some(file), []) => Some(format!("requests of {}", files::name(file))),
            (Some(file), [base, ..]) => Some(format!("requests of {} on {base}", files::name(file))),
            (None, [first, _, ..]) => Some(format!("{first} and {} more", self.urls.len() - 1)),
            _ => None,
        }
    }
}
