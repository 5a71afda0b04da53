//! One URL: send, take the heads, hand the body on, say what happened; and once more where that is asked for.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use maypole::client::CacheStatus;
use maypole::net::ProxyReply;
use maypole::{CookieJar, Error, HttpClient, Response, Version};

use super::args::GetArgs;
use super::data;
use super::disposition;
use super::exit::Code;
use super::facts;
use super::failure::Failure;
use super::head::{self, Dump};
use super::login;
use super::output::{Mode, Output, Pace};
use super::plan::{Plan, Target, Transfer};
use super::request::Common;
use super::resume::{self, Rest};
use super::retry::{Outcome, Retries};
use super::sse::Events;
use super::trace::{Seen, Trace};
use super::values::Offset;
use super::verbose::Verbose;
use super::write_out::{self, Facts};
use crate::say;

/// What is read at once.
const PIECE: usize = 64 << 10;

/// What all transfers of a command share.
pub(super) struct Session<'a> {
    args: &'a GetArgs,
    common: Common<'a>,
    verbose: Verbose,
    dump: Option<Dump>,
    format: Option<String>,
}

/// What one try came to, if it did not fail.
enum Tried {
    Done,
    /// The answer says that another try is worth it.
    Again(Duration),
}

impl<'a> Session<'a> {
    pub(super) fn new(args: &'a GetArgs, plan: &'a Plan, client: &'a HttpClient) -> Result<Self, Failure> {
        let dump = args.output.dump_header.as_deref().map(Dump::create).transpose()?;
        let format = match args.output.write_out.as_deref().map(|format| (format, format.strip_prefix('@'))) {
            Some((_, Some(file))) => Some(String::from_utf8_lossy(&data::read(file)?).into_owned()),
            Some((format, None)) => Some(format.to_owned()),
            None => None,
        };
        let version = if args.connection.http10 { Version::Http10 } else { Version::Http11 };
        let common = Common { plan, client, auth: login::auth(&args.login)?, version, raw: args.request.raw };
        let verbose = Verbose(args.output.verbose);
        Ok(Self { args, common, verbose, dump, format })
    }

    /// Makes one transfer and prints what `-w` asks for, failed or not.
    pub(super) fn transfer(&self, number: usize, transfer: &Transfer) -> Result<(), Failure> {
        let start = Instant::now();
        let mut facts = Facts::default();
        let result = self.tries(transfer, &mut facts, start);
        facts.number = number;
        facts.url.clone_from(&transfer.typed);
        facts.times.total = start.elapsed();
        if let Err(failure) = &result {
            (facts.exit, facts.error) = (failure.code.0, Some(failure.message.clone()));
        }
        self.write_out(&facts)?;
        result
    }

    /// As many tries as `--retry` allows.
    fn tries(&self, transfer: &Transfer, facts: &mut Facts, start: Instant) -> Result<(), Failure> {
        let mut retries = Retries::new(&self.args.follow, start);
        let length = resume::offset(Some(Offset::End), &transfer.target);
        loop {
            *facts = facts::before(transfer, self.common.plan.method_of(transfer));
            let tried = self.attempt(transfer, facts, &mut retries, length);
            let wait = match &tried {
                Ok(Tried::Done) => return Ok(()),
                Ok(Tried::Again(wait)) => Some(*wait),
                // What has been handed on cannot be taken back, and nobody could tell the parts of two answers apart.
                Err(_) if transfer.target == Target::Stdout && facts.downloaded > 0 => None,
                Err(_) if facts.uploaded > 0 && transfer.is_from_stdin() => None,
                Err(failure) => {
                    let outcome = Outcome { status: facts.status, retry_after: None, failure: Some(failure) };
                    retries.again(outcome, Instant::now())
                }
            };
            let Some(wait) = wait else { return tried.map(|_| ()) };
            let why = match &tried {
                Err(failure) => failure.to_string(),
                Ok(_) => format!("the server answered {}", facts.status),
            };
            self.warn(format_args!("{why}; trying again in {wait:.1?}, {} more after that", retries.left));
            thread::sleep(wait);
        }
    }

    fn attempt(
        &self,
        transfer: &Transfer,
        facts: &mut Facts,
        retries: &mut Retries<'_>,
        length: u64,
    ) -> Result<Tried, Failure> {
        let from = resume::offset(self.args.output.continue_at, &transfer.target);
        let ready = self.common.prepare(transfer, from)?;
        let trace = Trace::new(self.verbose, self.common.version);
        let (events, interim) = (trace.clone(), trace.clone());
        self.verbose.note(format_args!("Asking for {}", transfer.url.without_userinfo()));
        let builder = ready.builder.on_interim(move |head| interim.interim(head));
        let sent = builder.on_event(move |event| events.event(event)).send();
        facts.uploaded = ready.uploaded.load(Relaxed);
        let mut output = self.output(transfer, from, length);
        let seen = match &sent {
            Ok(response) => seen_of(response, &trace),
            Err(error) => seen_by(error, &trace, facts),
        };
        facts::note_seen(&seen, facts);
        self.answered(sent, &seen, &mut output, facts, (transfer, from), retries)
    }

    fn answered(
        &self,
        sent: Result<Response, Error>,
        seen: &Seen,
        output: &mut Output,
        facts: &mut Facts,
        (transfer, from): (&Transfer, u64),
        retries: &mut Retries<'_>,
    ) -> Result<Tried, Failure> {
        let status = sent.as_ref().map_or(0, Response::status);
        self.write_heads(seen, output, self.args.output.fail && status >= 400 && output.path().is_some())?;
        let mut response = match sent {
            Ok(response) => response,
            Err(error) => {
                output.flush()?;
                return Err(error.into());
            }
        };
        facts::note(&response, facts);
        if let Some(status) = response.cache_status() {
            self.verbose.note(format_args!("Cache: {status}"));
        }
        let outcome = Outcome { status, retry_after: response.header("retry-after"), failure: None };
        if let Some(wait) = retries.again(outcome, Instant::now()) {
            output.flush()?;
            return Ok(Tried::Again(wait));
        }
        // As curl: a 416 to a request for the rest says that there is none.
        let rest = match &transfer.upload {
            None if !self.common.plan.head_only && !self.is_refused(status, from) => resume::judge(&response, from),
            _ => Ok(Rest::Follows),
        };
        if rest.as_ref().map_or(true, |rest| *rest == Rest::Nothing) {
            output.flush()?;
            return rest.map(|_| Tried::Done);
        }
        self.name(&response, transfer, output);
        facts.file = output.path().map(|path| path.display().to_string()).unwrap_or_default();
        self.body(&mut response, output, facts, from).map(|()| Tried::Done)
    }

    /// What came before the body, to wherever it was asked for.
    fn write_heads(&self, seen: &Seen, output: &mut Output, is_kept_back: bool) -> Result<(), Failure> {
        for text in &seen.heads {
            if let Some(dump) = &self.dump {
                dump.write(text)?;
            }
            if (self.args.output.include || self.common.plan.head_only) && !is_kept_back {
                output.write(text)?;
            }
        }
        Ok(())
    }

    fn body(&self, response: &mut Response, output: &mut Output, facts: &mut Facts, from: u64) -> Result<(), Failure> {
        if self.is_refused(response.status(), from) {
            output.flush()?;
            return Err(bad_status(response));
        }
        if self.max_bytes().is_some_and(|max| response.content_length().is_some_and(|length| length > max)) {
            return Err(too_large());
        }
        if self.args.own.sse && !is_event_stream(response) {
            let found = response.header("content-type").unwrap_or("nothing that is named");
            let what = format!("the server answered {} with {found} instead of an event stream", response.status());
            return Err(Failure::new(Code::WEIRD_REPLY, what));
        }
        let copied = self.copy(response, output, facts);
        // What has come is handed on even if the rest never will.
        let finished = output.finish();
        copied?;
        finished?;
        self.set_time(response, output);
        let is_bad = self.args.output.fail_with_body && response.status() >= 400;
        if is_bad { Err(bad_status(response)) } else { Ok(()) }
    }

    fn copy(&self, response: &mut Response, output: &mut Output, facts: &mut Facts) -> Result<(), Failure> {
        let mut piece = vec![0; PIECE];
        let mut events = self.args.own.sse.then(Events::default);
        loop {
            let n = response.read(&mut piece).map_err(Error::from_io)?;
            if n == 0 {
                return Ok(());
            }
            facts.downloaded += n as u64;
            if self.max_bytes().is_some_and(|max| facts.downloaded > max) {
                return Err(too_large());
            }
            match &mut events {
                None => output.write(&piece[..n])?,
                Some(events) => match events.read(&piece[..n]) {
                    Some(lines) => output.write(&lines)?,
                    None => return Err(Failure::new(Code::WEIRD_REPLY, "an event of more than 16 MiB")),
                },
            }
        }
    }

    fn output(&self, transfer: &Transfer, from: u64, length: u64) -> Output {
        let target = transfer.target.clone();
        // Who watches a terminal wants to see what is there.
        let is_watched = target == Target::Stdout && io::stdout().is_terminal();
        let pace = match (self.args.own.follow_lines, self.args.output.no_buffer || self.args.own.sse || is_watched) {
            (true, _) => Pace::Lines,
            (false, true) => Pace::AtOnce,
            (false, false) => Pace::Buffered,
        };
        let mode = match self.args.output.continue_at {
            _ if from == 0 => Mode::Replace,
            Some(Offset::At(_)) => Mode::Append(length),
            _ => Mode::Append(u64::MAX),
        };
        Output::new(target, mode, self.args.output.create_dirs, pace)
    }

    /// -J: the name that the server gives.
    fn name(&self, response: &Response, transfer: &Transfer, output: &mut Output) {
        let named = response.header("content-disposition").and_then(disposition::file_name);
        if let (Target::Named(_), Some(name)) = (&transfer.target, named) {
            output.rename(&name);
        }
    }

    /// -R.
    fn set_time(&self, response: &Response, output: &Output) {
        let modified = response.header("last-modified").and_then(|date| httpdate::parse_http_date(date).ok());
        if let (true, Some(time)) = (self.args.output.remote_time, modified)
            && let Err(error) = output.set_time(time)
        {
            self.warn(format_args!("the time of the file could not be set: {error}"));
        }
    }

    /// As curl: 0 is no limit.
    fn max_bytes(&self) -> Option<u64> {
        self.args.output.max_filesize.filter(|max| *max > 0)
    }

    /// Whether `-f` keeps this response's body from being written.
    fn is_refused(&self, status: u16, from: u64) -> bool {
        self.args.output.fail && status >= 400 && !(status == 416 && from > 0)
    }

    pub(super) fn warn(&self, text: std::fmt::Arguments<'_>) {
        if !self.args.output.silent {
            say::error(format_args!("warning: {text}"));
        }
    }

    /// Cookies into their file; as in curl, a failure is told and changes no exit code.
    pub(super) fn save_cookies(&self, jar: Option<&CookieJar>) {
        if let Err(failure) = super::cookies::save(&self.args.login, jar) {
            self.warn(format_args!("{}", failure.message));
        }
    }

    fn write_out(&self, facts: &Facts) -> Result<(), Failure> {
        let Some(format) = &self.format else { return Ok(()) };
        let printed = write_out::render(format, facts);
        let mut out = io::stdout().lock();
        let written = out.write_all(printed.out.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Failure::write("standard output".as_ref(), &error))?;
        io::stderr()
            .lock()
            .write_all(printed.err.as_bytes())
            .map_err(|error| Failure::write("standard error".as_ref(), &error))
    }
}

/// What was seen of a request with an answer. What the cache answers has been on the wire before, or only in part.
fn seen_of(response: &Response, trace: &Trace) -> Seen {
    let mut seen = trace.take();
    if let Some(status) = response.cache_status().filter(|status| status.is_from_cache()) {
        if status == CacheStatus::Revalidated {
            seen.heads.pop();
        }
        let line = head::status_line(response.version(), response.status(), response.reason());
        seen.heads.push(head::text(&line, response.headers()));
    }
    seen
}

/// What was seen of a request that failed: the last head may be part of the error.
fn seen_by(error: &Error, trace: &Trace, facts: &mut Facts) -> Seen {
    if let Some(reply) = std::error::Error::source(error).and_then(|source| source.downcast_ref::<ProxyReply>()) {
        trace.refused(reply.status, &reply.reason, &reply.headers);
    }
    if let Some(response) = error.take_response() {
        facts::note(&response, facts);
    }
    trace.take()
}

fn is_event_stream(response: &Response) -> bool {
    let media_type = response.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
    response.is_success() && media_type.trim().eq_ignore_ascii_case("text/event-stream")
}

fn bad_status(response: &Response) -> Failure {
    let reason = response.reason().map_or_else(String::new, |reason| format!(" {reason}"));
    Failure::new(Code::STATUS, format!("the server answered {}{reason}", response.status()))
}

fn too_large() -> Failure {
    Failure::new(Code::FILE_SIZE, "the body is larger than --max-filesize")
}
