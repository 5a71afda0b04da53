//! What the flags amount to: for each URL a request and a place for its body. Everything that can be wrong with them is
//! found here, before anything is sent.

mod headers;
mod target;
#[cfg(test)]
mod tests;
mod url;

use std::path::PathBuf;

use clap::ArgMatches;
use maypole::message::Url;

use super::args::GetArgs;
use super::data::{self, Data};
use super::failure::Failure;
use super::form::{self, Field};
use super::values::Offset;
pub(super) use headers::{HeaderEdit, edits, referer};
pub(super) use target::Target;
use target::places;
use url::Address;

/// One request to make.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) url: Url,
    /// Path and query as typed, for --path-as-is.
    pub(super) raw_target: Option<String>,
    /// The URL as typed, for `%{url}`.
    pub(super) typed: String,
    pub(super) upload: Option<PathBuf>,
    pub(super) target: Target,
}

impl Transfer {
    /// Whether what it sends can be read only once.
    pub(super) fn is_from_stdin(&self) -> bool {
        self.upload.as_ref().is_some_and(|path| path.as_os_str() == "-")
    }
}

/// What all requests of a command send, if they do not upload a file.
#[derive(Debug)]
pub(super) enum Source {
    None,
    Data(Data),
    Form(Vec<Field>),
}

/// All transfers and what they share.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) transfers: Vec<Transfer>,
    /// The method asked for; without it each transfer's own.
    pub(super) method: Option<String>,
    pub(super) source: Source,
    pub(super) headers: Vec<HeaderEdit>,
    pub(super) head_only: bool,
}

impl Plan {
    /// `method` is the preset of `post`, `put` and so on; `-X` goes over it.
    pub(super) fn new(preset: Option<&str>, args: &GetArgs, matches: &ArgMatches) -> Result<Self, Failure> {
        let head_only = args.request.head || preset == Some("HEAD");
        let preset = preset.filter(|&method| method != "HEAD");
        let (data, fields) = (data::collect(matches)?, form::collect(matches)?);
        let in_query = data.as_ref().filter(|_| args.request.get);
        let has_data = data.is_some() && !args.request.get;
        check(args, head_only, has_data, !fields.is_empty())?;
        let places = places(matches);
        let mut transfers = Vec::new();
        for (n, typed) in args.urls.iter().enumerate() {
            let mut address = Address::parse(typed, args.follow.proto, args.request.path_as_is)?;
            if let Some(data) = in_query {
                address.add_query(data)?;
            }
            let upload = args.request.upload_file.get(n).cloned();
            if let Some(file) = &upload {
                address.add_name(file);
            }
            let Address { url, target: raw_target } = address;
            let by_server = args.output.remote_header_name;
            let target = places.get(n).map_or(Ok(Target::Stdout), |place| place.target(&url, by_server))?;
            transfers.push(Transfer { url, raw_target, typed: typed.clone(), upload, target });
        }
        let source = match data {
            _ if !fields.is_empty() => Source::Form(fields),
            Some(data) if has_data => Source::Data(data),
            _ => Source::None,
        };
        let headers = headers::headers(args, &source)?;
        let method = args.request.request.clone().or_else(|| preset.map(str::to_owned));
        Ok(Self { transfers, method, source, headers, head_only })
    }

    /// The method of a transfer: what was asked for, else what its body needs.
    pub(super) fn method_of(&self, transfer: &Transfer) -> &str {
        match &self.method {
            Some(method) => method,
            None if self.head_only => "HEAD",
            None if transfer.upload.is_some() => "PUT",
            None if self.has_body() => "POST",
            None => "GET",
        }
    }

    /// Whether every request sends something that is no upload.
    pub(super) fn has_body(&self) -> bool {
        !matches!(self.source, Source::None)
    }

    /// Whether one of the -H removes this header or sets it.
    pub(super) fn edits(&self, name: &str) -> bool {
        self.headers.iter().any(|edit| edit.name().eq_ignore_ascii_case(name))
    }
}

/// What contradicts itself, or is not there.
fn check(args: &GetArgs, head_only: bool, has_data: bool, has_form: bool) -> Result<(), Failure> {
    let has_upload = !args.request.upload_file.is_empty();
    let wrong = [
        (
            args.connection.http2 || args.connection.http2_prior_knowledge,
            "HTTP/2 is not part of this build; leave --http2 and --http2-prior-knowledge out for HTTP/1.1",
        ),
        (head_only && (has_data || has_form || has_upload), "-I asks for a head only, but there is a body to send"),
        (u8::from(has_data) + u8::from(has_form) + u8::from(has_upload) > 1, "-d, -F and -T each give a body"),
        (
            args.output.remote_header_name && args.output.include,
            "-J writes a file by the server's name, and -i a head into it: not together",
        ),
        (
            args.output.remote_header_name && args.output.continue_at.is_some(),
            "-J never writes to a file that is there, which -C goes on with: not together",
        ),
        (
            has_upload && args.output.continue_at == Some(Offset::End),
            "-C - cannot know where an upload stopped; say it in bytes",
        ),
        (args.request.raw && args.request.compressed, "--compressed decodes, and --raw does not: not together"),
    ];
    match wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
        Some((_, what)) => Err(Failure::usage(what)),
        None => Ok(()),
    }
}
