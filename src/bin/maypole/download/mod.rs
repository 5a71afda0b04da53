//! `maypole download`: files, with aria2's and wget's words.
//!
//! ```text
//!   args ─▶ plan: files, mirrors, checksums ─▶ one thread per file ─▶ maypole::download
//!                                                   │ events
//!   interrupt ── ends them all ─────────────────────┤
//!                                                   ▼
//!                                   screen: bars or lines · json · exit
//! ```

mod args;
mod client;
mod exit;
mod json;
mod plan;
mod screen;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use maypole::download::{Download, Event, Existing, RateLimit, Report};
use maypole::error::{Kind, Phase};
use maypole::rt::CancelToken;
use maypole::{Error, HttpClient, Url};

use crate::load::units;
use crate::{interrupt, say, system};
pub(crate) use args::DownloadArgs;
use json::Ending;
use plan::Wanted;
use screen::Screen;

/// What the files' threads tell the main thread.
enum News {
    Event(usize, Event),
    Ended(usize, Box<Result<Report, Error>>),
    Interrupted,
}

pub(crate) fn main(args: &DownloadArgs) -> ExitCode {
    match run(args) {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            say::error(format_args!("{why}"));
            ExitCode::from(exit::USAGE)
        }
    }
}

fn run(args: &DownloadArgs) -> Result<u8, String> {
    let wanted = plan::plan(args)?;
    // What is none is told with its file.
    let urls: Vec<_> = wanted.iter().flat_map(|file| &file.urls).filter_map(|url| Url::parse(url).ok()).collect();
    let (sender, news) = mpsc::channel();
    let (token, interrupted) = (CancelToken::new(), sender.clone());
    let firing = token.clone();
    interrupt::on_interrupt(move || {
        firing.cancel();
        interrupted.send(News::Interrupted).ok();
    })
    .map_err(|error| format!("cannot wait for signals: {error}"))?;
    system::raise_descriptor_limit();
    // Behind the signals, which no other thread is to get, and before anything is read from files, which takes threads.
    system::start_runtime(None, 32).map_err(|error| format!("cannot start the runtime: {error}"))?;
    let client = client::build(args, &urls)?;
    for dir in wanted.iter().filter_map(|file| file.dir.as_deref()) {
        std::fs::create_dir_all(dir).map_err(|error| format!("cannot make {}: {error}", dir.display()))?;
    }

    let names = wanted.iter().map(|file| shown(&file.urls[0])).collect();
    let screen = Screen::new(names, args.quiet, !args.json);
    let starting = Starting { client, token, limit: args.limit_rate.map(RateLimit::new), sender };
    starting.start(args, &wanted)?;
    Ok(watch(&news, screen, &wanted, args.json))
}

/// What every file needs.
struct Starting {
    client: HttpClient,
    token: CancelToken,
    limit: Option<RateLimit>,
    sender: Sender<News>,
}

impl Starting {
    /// A thread for each file that runs, which is what writes to a disk best, and takes the next one.
    fn start(self, args: &DownloadArgs, wanted: &[Wanted]) -> Result<(), String> {
        let downloads: Vec<_> = wanted.iter().enumerate().map(|(n, file)| (n, self.download(args, n, file))).collect();
        let threads = usize::from(args.max_concurrent_downloads).min(downloads.len());
        let waiting = Arc::new(Mutex::new(downloads.into_iter()));
        for _ in 0..threads {
            let (waiting, sender) = (waiting.clone(), self.sender.clone());
            let next = move || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
            let run = move || {
                while let Some((n, download)) = next() {
                    sender.send(News::Ended(n, Box::new(ended(|| download.run())))).ok();
                }
            };
            let spawned = thread::Builder::new().name("file".into()).spawn(run);
            spawned.map_err(|error| format!("cannot start a thread: {error}"))?;
        }
        Ok(())
    }

    fn download(&self, args: &DownloadArgs, number: usize, file: &Wanted) -> Download {
        let sender = self.sender.clone();
        let existing = match (args.allow_overwrite, args.auto_file_renaming) {
            (true, _) => Existing::Replace,
            (false, true) => Existing::Rename,
            (false, false) => Existing::Refuse,
        };
        let connections = usize::from(args.split).min(usize::from(args.max_connection_per_server) * file.urls.len());
        let mut download = Download::new(&self.client, &file.urls[0])
            .existing(existing)
            .adopt(args.go_on)
            .connections(connections)
            .min_piece(args.min_split_size)
            .retries(args.max_tries - 1)
            .retry_wait(args.retry_wait)
            .remote_time(args.remote_time)
            .preallocate(args.file_allocation == "falloc")
            .cancel(&self.token)
            .on_event(move |event| drop(sender.send(News::Event(number, event))));
        for mirror in &file.urls[1..] {
            download = download.mirror(mirror);
        }
        if let Some(limit) = &self.limit {
            download = download.limit_rate(limit);
        }
        if let Some(checksum) = &file.checksum {
            download = download.checksum(checksum.clone());
        }
        let dir = file.dir.clone().unwrap_or_default();
        match &file.out {
            Some(name) => download.to(dir.join(name)),
            None => download.into_dir(dir),
        }
    }
}

/// A panic is an end, too: whoever waits for this file would wait for ever.
fn ended(run: impl FnOnce() -> Result<Report, Error>) -> Result<Report, Error> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let what = "this is a defect of maypole, whose panic stands above; what has come is kept";
        Err(Error::new(Kind::Io, what).with_phase(Phase::Body))
    })
}

/// Until every file has ended; the code of the last one that failed.
fn watch(news: &mpsc::Receiver<News>, mut screen: Screen, wanted: &[Wanted], json: bool) -> u8 {
    let (mut left, mut code) = (wanted.len(), 0);
    let mut endings: Vec<Ending> = wanted.iter().map(|file| Ending::new(shown(&file.urls[0]))).collect();
    while left > 0 {
        match news.recv() {
            Ok(News::Event(file, event)) => {
                endings[file].note(&event);
                screen.event(file, event);
            }
            Ok(News::Ended(file, result)) => {
                left -= 1;
                let text = match &*result {
                    Ok(report) => done(report),
                    Err(error) => failed(error, &shown(&wanted[file].urls[0]), &endings[file]),
                };
                let failed = result.as_ref().as_ref().err();
                screen.ended(file, &text, failed.is_some());
                code = failed.map_or(code, exit::code);
                let written = if json { say::line(format_args!("{}", endings[file].json(&result))) } else { Ok(()) };
                if written.is_err() {
                    code = exit::code(&Error::new(Kind::Io, "standard output"));
                }
            }
            Ok(News::Interrupted) => screen.interrupted(),
            Err(_) => break,
        }
    }
    screen.close();
    code
}

fn done(report: &Report) -> String {
    let path = report.path.display();
    let size = units::bytes(report.bytes as f64);
    if report.received == 0 && report.resumed > 0 {
        return format!("{path}: {size}, complete already");
    }
    let rate = units::bytes(report.received as f64 / report.elapsed.as_secs_f64());
    let checked = if report.checksum.is_some() { ", checksum right" } else { "" };
    format!("{path}: {size} in {}, {rate}/s{checked}", time(report.elapsed))
}

fn failed(error: &Error, url: &str, ending: &Ending) -> String {
    match (error.kind(), ending.kept()) {
        (Kind::Cancelled, Some((path, bytes, total))) => {
            let of = total.map(|total| format!(" of {}", units::bytes(total as f64))).unwrap_or_default();
            format!("{}: {}{of} kept; the same command goes on from there", path.display(), units::bytes(bytes as f64))
        }
        _ if error.url().is_some() => format!("({}) {error}", exit::code(error)),
        _ => format!("({}) {error} ({url})", exit::code(error)),
    }
}

fn time(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if seconds < 99.95 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

/// The URL without user name and password.
fn shown(url: &str) -> String {
    let parsed = maypole::Url::parse(url);
    let name = |url: &maypole::Url| url.without_userinfo().into_owned();
    parsed.map_or_else(|_| Path::new(url).display().to_string(), |url| name(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_its_file_with_an_error() {
        let error = ended(|| panic!("on purpose")).unwrap_err();
        assert_eq!(exit::code(&error), 56);
        assert!(error.to_string().contains("defect"), "{error}");
    }
}
