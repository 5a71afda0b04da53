//! One URL: send, take the head, hand the body on, say what happened.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use maypole::client::Timings;
use maypole::{Error, HttpClient, Response, Version};

use super::args::GetArgs;
use super::data;
use super::exit::Code;
use super::failure::Failure;
use super::head::{self, Dump, Interim};
use super::output::{Output, Pace};
use super::plan::{Plan, Target, Transfer};
use super::request;
use super::verbose::Verbose;
use super::write_out::{self, Facts, Times};

/// What is read at once.
const PIECE: usize = 64 << 10;

/// What all transfers of a command share.
pub(super) struct Session<'a> {
    args: &'a GetArgs,
    plan: &'a Plan,
    client: HttpClient,
    verbose: Verbose,
    dump: Option<Dump>,
    format: Option<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(args: &'a GetArgs, plan: &'a Plan, client: HttpClient) -> Result<Self, Failure> {
        let dump = args.dump_header.as_deref().map(Dump::create).transpose()?;
        let format = match args.write_out.as_deref().map(|format| (format, format.strip_prefix('@'))) {
            Some((_, Some(file))) => Some(String::from_utf8_lossy(&data::read(file)?).into_owned()),
            Some((format, None)) => Some(format.to_owned()),
            None => None,
        };
        Ok(Self { args, plan, client, verbose: Verbose(args.verbose), dump, format })
    }

    /// Makes one transfer and prints what `-w` asks for, failed or not.
    pub(super) fn transfer(&self, number: usize, transfer: &Transfer) -> Result<(), Failure> {
        let mut facts = Facts {
            number,
            url: transfer.typed.clone(),
            url_effective: transfer.url.to_string(),
            scheme: transfer.url.scheme().to_owned(),
            method: self.plan.method_of(transfer).to_owned(),
            ..Facts::default()
        };
        let start = Instant::now();
        let result = self.exchange(transfer, &mut facts);
        facts.times.total = start.elapsed();
        if let Err(failure) = &result {
            (facts.exit, facts.error) = (failure.code.0, Some(failure.message.clone()));
        }
        self.write_out(&facts)?;
        result
    }

    fn exchange(&self, transfer: &Transfer, facts: &mut Facts) -> Result<(), Failure> {
        let version = if self.args.http10 { Version::Http10 } else { Version::Http11 };
        let ready = request::prepare(self.plan, transfer, &self.client, version)?;
        let interim = Interim::default();
        let seen = interim.clone();
        self.verbose.note(format_args!("Asking for {}", transfer.url.without_userinfo()));
        let response = ready.builder.on_interim(move |head| seen.add(head)).send();
        if response.as_ref().map_or_else(|error| error.bytes_sent() > 0, |_| true) {
            self.verbose.sent(&ready.line, &ready.head);
        }
        facts.uploaded = ready.uploaded.load(Relaxed);
        let mut response = response?;
        note(&response, facts);
        if let Target::File(path) = &transfer.target {
            facts.file = path.display().to_string();
        }
        let mut output = Output::new(transfer.target.clone(), self.args.create_dirs, self.pace(&transfer.target));
        self.heads(&interim, &response, &mut output)?;
        self.body(&mut response, &mut output, facts)
    }

    /// What came before the body, to wherever it was asked for.
    fn heads(&self, interim: &Interim, response: &Response, output: &mut Output) -> Result<(), Failure> {
        let peer = response.peer_addr().map_or_else(|| "the Unix socket".into(), |address| address.to_string());
        let reused = if response.is_reused() { ", used before" } else { "" };
        self.verbose.note(format_args!("Connected to {peer}{reused}"));
        let last = head::status_line(response.version(), response.status(), response.reason());
        let interim = interim.take();
        let heads = interim
            .iter()
            .map(|head| (head::status_line(head.version, head.status, head.reason()), &head.headers))
            .chain([(last, response.headers())]);
        for (line, headers) in heads {
            self.verbose.received(&line, headers);
            let text = head::text(&line, headers);
            if let Some(dump) = &self.dump {
                dump.write(&text)?;
            }
            if (self.args.include || self.plan.head_only) && !self.is_refused(response) {
                output.write(&text)?;
            }
        }
        Ok(())
    }

    fn body(&self, response: &mut Response, output: &mut Output, facts: &mut Facts) -> Result<(), Failure> {
        if self.is_refused(response) {
            return Err(bad_status(response));
        }
        if self.args.max_filesize.is_some_and(|max| response.content_length().is_some_and(|length| length > max)) {
            return Err(too_large());
        }
        let copied = self.copy(response, output, facts);
        // What has come is handed on even if the rest never will.
        let finished = output.finish();
        copied?;
        finished?;
        if self.args.fail_with_body && response.status() >= 400 { Err(bad_status(response)) } else { Ok(()) }
    }

    /// Whether `-f` keeps everything of this response from being written.
    fn is_refused(&self, response: &Response) -> bool {
        self.args.fail && response.status() >= 400
    }

    fn copy(&self, response: &mut Response, output: &mut Output, facts: &mut Facts) -> Result<(), Failure> {
        let mut piece = vec![0; PIECE];
        loop {
            let n = response.read(&mut piece).map_err(Error::from_io)?;
            if n == 0 {
                return Ok(());
            }
            facts.downloaded += n as u64;
            if self.args.max_filesize.is_some_and(|max| facts.downloaded > max) {
                return Err(too_large());
            }
            output.write(&piece[..n])?;
        }
    }

    fn pace(&self, target: &Target) -> Pace {
        // Who watches a terminal wants to see what is there.
        let is_watched = *target == Target::Stdout && io::stdout().is_terminal();
        match (self.args.follow_lines, self.args.no_buffer || is_watched) {
            (true, _) => Pace::Lines,
            (false, true) => Pace::AtOnce,
            (false, false) => Pace::Buffered,
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

/// What the head tells about the transfer.
fn note(response: &Response, facts: &mut Facts) {
    facts.status = response.status();
    facts.version = match response.version() {
        Version::Http10 => "1.0",
        Version::Http11 => "1.1",
    };
    facts.headers = Some(response.headers().clone());
    facts.connects = u32::from(!response.is_reused());
    facts.remote = response.peer_addr();
    facts.local = response.local_addr();
    facts.times = times(response.timings());
}

/// Phases to points in time: curl counts each from the start.
fn times(timings: Timings) -> Times {
    let name_lookup = timings.checkout + timings.resolve;
    let connect = name_lookup + timings.connect;
    let tls = if timings.tls.is_zero() { Duration::ZERO } else { connect + timings.tls };
    let pre_transfer = connect + timings.tls;
    let start_transfer = pre_transfer + timings.send + timings.wait;
    Times { name_lookup, connect, tls, pre_transfer, start_transfer, total: Duration::ZERO }
}

fn bad_status(response: &Response) -> Failure {
    let reason = response.reason().map_or_else(String::new, |reason| format!(" {reason}"));
    Failure::new(Code::STATUS, format!("the server answered {}{reason}", response.status()))
}

fn too_large() -> Failure {
    Failure::new(Code::FILE_SIZE, "the body is larger than --max-filesize")
}
