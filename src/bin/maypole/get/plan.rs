//! What the flags amount to: for each URL a request and a place for its body. Everything that can be wrong with them is
//! found here, before anything is sent.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use maypole::message::Url;

use super::args::GetArgs;
use super::data::{self, Data};
use super::exit::Code;
use super::failure::Failure;

const USER_AGENT: &str = concat!("maypole/", env!("CARGO_PKG_VERSION"));

/// One request to make.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) url: Url,
    /// The URL as typed, for `%{url}`.
    pub(super) typed: String,
    pub(super) upload: Option<PathBuf>,
    pub(super) target: Target,
}

/// Where a body goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Stdout,
    File(PathBuf),
}

/// One `-H`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HeaderEdit {
    Add(String, String),
    Remove(String),
}

impl HeaderEdit {
    fn name(&self) -> &str {
        match self {
            Self::Add(name, _) | Self::Remove(name) => name,
        }
    }
}

/// All transfers and what they share.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) transfers: Vec<Transfer>,
    /// The method asked for; without it each transfer's own.
    pub(super) method: Option<String>,
    pub(super) data: Option<Data>,
    pub(super) headers: Vec<HeaderEdit>,
    pub(super) head_only: bool,
}

impl Plan {
    /// `method` is the preset of `post`, `put` and so on; `-X` goes over it.
    pub(super) fn new(preset: Option<&str>, args: &GetArgs, matches: &ArgMatches) -> Result<Self, Failure> {
        let head_only = args.head || preset == Some("HEAD");
        let preset = preset.filter(|&method| method != "HEAD");
        let data = data::collect(matches)?;
        let in_query = data.as_ref().filter(|_| args.get);
        let has_body = data.is_some() && !args.get;
        if head_only && (has_body || !args.upload_file.is_empty()) {
            return Err(Failure::usage("-I asks for a head only, but there is a body to send"));
        }
        if has_body && !args.upload_file.is_empty() {
            return Err(Failure::usage("-T and -d both give a body"));
        }
        let targets = targets(matches);
        let mut transfers = Vec::new();
        for (n, typed) in args.urls.iter().enumerate() {
            let mut url = parse_url(typed)?;
            if let Some(data) = in_query {
                url = with_query(&url, data)?;
            }
            let upload = args.upload_file.get(n).cloned();
            if let Some(file) = &upload {
                append_name(&mut url, file);
            }
            let target = match targets.get(n) {
                None => Target::Stdout,
                Some(Place::Named(path)) if path.as_os_str() == "-" => Target::Stdout,
                Some(Place::Named(path)) => Target::File(path.clone()),
                Some(Place::Remote) => Target::File(remote_name(&url)?),
            };
            transfers.push(Transfer { url, typed: typed.clone(), upload, target });
        }
        let headers = headers(args, data.as_ref().filter(|_| has_body))?;
        let data = data.filter(|_| has_body);
        let method = args.request.clone().or_else(|| preset.map(str::to_owned));
        Ok(Self { transfers, method, data, headers, head_only })
    }

    /// The method of a transfer: what was asked for, else what its body needs.
    pub(super) fn method_of(&self, transfer: &Transfer) -> &str {
        match &self.method {
            Some(method) => method,
            None if self.head_only => "HEAD",
            None if transfer.upload.is_some() => "PUT",
            None if self.data.is_some() => "POST",
            None => "GET",
        }
    }

    /// Whether one of the -H removes this header or sets it.
    pub(super) fn edits(&self, name: &str) -> bool {
        self.headers.iter().any(|edit| edit.name().eq_ignore_ascii_case(name))
    }
}

fn parse_url(typed: &str) -> Result<Url, Failure> {
    let absolute = match typed.split_once("://") {
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
            typed.to_owned()
        }
        Some((scheme, _)) if is_scheme(scheme) => {
            return Err(Failure::new(Code::SCHEME, format!("scheme {scheme:?} is not supported; http and https are")));
        }
        Some(_) => typed.to_owned(),
        None => format!("http://{typed}"),
    };
    let url = Url::parse(&absolute)?;
    if url.credentials().is_some() {
        // Dropping them silently would ask for something else than was meant.
        return Err(Failure::usage("the URL has a user name; give an Authorization header with -H instead"));
    }
    Ok(url)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

fn with_query(url: &Url, data: &Data) -> Result<Url, Failure> {
    let data = String::from_utf8_lossy(&data.bytes);
    let base = url.as_str().split('#').next().unwrap_or_default();
    let separator = if url.query().is_some() { '&' } else { '?' };
    Url::parse(&format!("{base}{separator}{data}")).map_err(Failure::from)
}

/// A URL that ends with a slash names a directory: the upload gets the file's name in it.
fn append_name(url: &mut Url, file: &Path) {
    if let (true, Some(name)) = (url.path().ends_with('/') && file.as_os_str() != "-", file.file_name()) {
        url.push_path(&name.to_string_lossy());
    }
}

fn remote_name(url: &Url) -> Result<PathBuf, Failure> {
    match url.path().rsplit('/').next() {
        Some(name) if !name.is_empty() => Ok(PathBuf::from(name)),
        _ => Err(Failure::new(Code::WRITE, format!("-O: {} has no file name", url.without_userinfo()))),
    }
}

enum Place {
    Named(PathBuf),
    Remote,
}

/// -o and -O in the order in which they were typed.
fn targets(matches: &ArgMatches) -> Vec<Place> {
    let paths = matches.get_many::<PathBuf>("output").into_iter().flatten().cloned().map(Place::Named);
    let mut places: Vec<(usize, Place)> = matches.indices_of("output").into_iter().flatten().zip(paths).collect();
    let remote = matches.indices_of("remote_name").into_iter().flatten();
    places.extend(remote.map(|place| (place, Place::Remote)));
    places.sort_by_key(|&(place, _)| place);
    places.into_iter().map(|(_, place)| place).collect()
}

fn headers(args: &GetArgs, body: Option<&Data>) -> Result<Vec<HeaderEdit>, Failure> {
    let mut edits = Vec::new();
    for text in &args.header {
        match text.strip_prefix('@') {
            Some(file) => {
                let lines = String::from_utf8_lossy(&data::read(file)?).into_owned();
                for line in lines.lines().filter(|line| !line.trim().is_empty()) {
                    edits.push(header(line)?);
                }
            }
            None => edits.push(header(text)?),
        }
    }
    let mut lines = defaults(args, body);
    lines.retain(|line| !edits.iter().any(|edit| edit.name().eq_ignore_ascii_case(line.name())));
    lines.extend(edits);
    Ok(lines)
}

/// What is sent unless an -H says otherwise.
fn defaults(args: &GetArgs, body: Option<&Data>) -> Vec<HeaderEdit> {
    let add = |name: &str, value: &str| HeaderEdit::Add(name.into(), value.into());
    let is_json = body.is_some_and(|data| data.is_json);
    let mut lines = vec![match args.user_agent.as_deref() {
        Some("") => HeaderEdit::Remove("User-Agent".into()),
        name => add("User-Agent", name.unwrap_or(USER_AGENT)),
    }];
    // Some servers answer 406 to a request that accepts nothing in particular; curl sends it as well.
    lines.push(add("Accept", if is_json { "application/json" } else { "*/*" }));
    if let Some(range) = &args.range {
        lines.push(add("Range", &format!("bytes={range}")));
    }
    if let Some(referer) = &args.referer {
        lines.push(add("Referer", referer));
    }
    match body {
        Some(_) if is_json => lines.push(add("Content-Type", "application/json")),
        Some(_) => lines.push(add("Content-Type", "application/x-www-form-urlencoded")),
        // The type of an uploaded file is not known, and curl does not guess either.
        None => lines.push(HeaderEdit::Remove("Content-Type".into())),
    }
    lines
}

fn header(text: &str) -> Result<HeaderEdit, Failure> {
    let colon = text.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    match (colon, text.trim_end().strip_suffix(';')) {
        (Some((name, "")), _) if !name.is_empty() => Ok(HeaderEdit::Remove(name.into())),
        (Some((name, value)), _) if !name.is_empty() => Ok(HeaderEdit::Add(name.into(), value.into())),
        (None, Some(name)) if !name.is_empty() => Ok(HeaderEdit::Add(name.into(), String::new())),
        _ => Err(Failure::usage(format!("header {text:?} is not `Name: value`, `Name;` or `Name:`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};

    fn plan(preset: Option<&str>, arguments: &[&str]) -> Result<Plan, Failure> {
        let command = GetArgs::augment_args(Command::new("get").no_binary_name(true));
        let matches = command.get_matches_from(arguments);
        Plan::new(preset, &GetArgs::from_arg_matches(&matches).unwrap(), &matches)
    }

    fn method(preset: Option<&str>, arguments: &[&str]) -> String {
        let plan = plan(preset, arguments).unwrap();
        plan.method_of(&plan.transfers[0]).to_owned()
    }

    #[test]
    fn the_method_is_what_the_body_needs_unless_named() {
        assert_eq!(method(None, &["h"]), "GET");
        assert_eq!(method(None, &["h", "-d", "x"]), "POST");
        assert_eq!(method(None, &["h", "-d", "x", "-G"]), "GET");
        assert_eq!(method(None, &["h", "-T", "f"]), "PUT");
        assert_eq!(method(None, &["h", "-I"]), "HEAD");
        assert_eq!(method(Some("PATCH"), &["h", "-d", "x"]), "PATCH");
        assert_eq!(method(Some("POST"), &["h", "-X", "PURGE"]), "PURGE");
        assert_eq!(method(Some("HEAD"), &["h"]), "HEAD");
    }

    #[test]
    fn urls_get_a_scheme_a_query_and_the_name_of_the_upload() {
        let url = |arguments: &[&str]| plan(None, arguments).unwrap().transfers[0].url.to_string();
        assert_eq!(url(&["h:81/x"]), "http://h:81/x");
        assert_eq!(url(&["h/?a=1#f", "-G", "-d", "b=2"]), "http://h/?a=1&b=2");
        assert_eq!(url(&["h/d/", "-T", "/tmp/f.txt"]), "http://h/d/f.txt");
        assert_eq!(plan(None, &["ftp://h/"]).unwrap_err().code, Code::SCHEME);
        assert_eq!(plan(None, &["http://"]).unwrap_err().code, Code::URL);
    }

    #[test]
    fn bodies_go_where_the_nth_flag_says() {
        let plan = plan(None, &["h/a", "h/b", "h/c", "h/d", "-o", "x", "-O", "-o", "-"]).unwrap();
        let targets: Vec<_> = plan.transfers.into_iter().map(|transfer| transfer.target).collect();
        assert_eq!(targets, [Target::File("x".into()), Target::File("b".into()), Target::Stdout, Target::Stdout]);
    }

    #[test]
    fn headers_are_added_emptied_and_removed() {
        let plan = plan(None, &["h", "-H", "A: b: c", "-H", "Empty;", "-H", "accept:", "-e", "http://r/"]).unwrap();
        let add = |name: &str, value: &str| HeaderEdit::Add(name.into(), value.into());
        let remove = |name: &str| HeaderEdit::Remove(name.into());
        let defaults = [add("User-Agent", USER_AGENT), add("Referer", "http://r/"), remove("Content-Type")];
        assert_eq!(plan.headers[..3], defaults);
        assert_eq!(plan.headers[3..], [add("A", "b: c"), add("Empty", ""), remove("accept")]);
        assert!(plan.edits("Accept") && !plan.edits("Host"));
    }

    #[test]
    fn what_contradicts_itself_or_means_nothing_is_a_usage_error() {
        for arguments in [
            &["h", "-I", "-d", "x"][..],
            &["h", "-T", "f", "-d", "x"],
            &["h", "-H", "no colon"],
            &["h", "-H", ": x"],
            &["u:p@h"],
        ] {
            assert_eq!(plan(None, arguments).unwrap_err().code, Code::USAGE, "{arguments:?}");
        }
    }
}
