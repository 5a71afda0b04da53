//! Header lines: curl's defaults, and what -H makes of them.

use super::super::args::GetArgs;
use super::super::cookies;
use super::super::data;
use super::super::failure::Failure;
use super::Source;

pub(super) const USER_AGENT: &str = concat!("maypole/", env!("CARGO_PKG_VERSION"));

/// One `-H`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderEdit {
    Add(String, String),
    Remove(String),
}

impl HeaderEdit {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Add(name, _) | Self::Remove(name) => name,
        }
    }
}

pub(super) fn headers(args: &GetArgs, source: &Source) -> Result<Vec<HeaderEdit>, Failure> {
    let edits = edits(&args.request.header)?;
    let mut lines = defaults(args, source);
    lines.retain(|line| !edits.iter().any(|edit| edit.name().eq_ignore_ascii_case(line.name())));
    lines.extend(edits);
    Ok(lines)
}

/// What -H and its like say, files of them included.
pub(crate) fn edits(typed: &[String]) -> Result<Vec<HeaderEdit>, Failure> {
    let mut edits = Vec::new();
    for text in typed {
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
    Ok(edits)
}

/// What is sent unless an -H says otherwise.
fn defaults(args: &GetArgs, source: &Source) -> Vec<HeaderEdit> {
    let add = |name: &str, value: &str| HeaderEdit::Add(name.into(), value.into());
    let is_json = matches!(source, Source::Data(data) if data.is_json);
    let mut lines = vec![match args.request.user_agent.as_deref() {
        Some("") => HeaderEdit::Remove("User-Agent".into()),
        name => add("User-Agent", name.unwrap_or(USER_AGENT)),
    }];
    // Some servers answer 406 to a request that accepts nothing in particular; curl sends it as well.
    lines.push(add(
        "Accept",
        match (is_json, args.own.sse) {
            (_, true) => "text/event-stream",
            (true, _) => "application/json",
            _ => "*/*",
        },
    ));
    if let (Some(range), None) = (&args.request.range, args.output.continue_at) {
        lines.push(add("Range", &format!("bytes={range}")));
    }
    if let Some((referer, _)) = referer(args).filter(|(referer, _)| !referer.is_empty()) {
        lines.push(add("Referer", referer));
    }
    if let Some(cookies) = cookies::line(&args.login) {
        lines.push(add("Cookie", &cookies));
    }
    match source {
        Source::Data(_) if is_json => lines.push(add("Content-Type", "application/json")),
        Source::Data(_) => lines.push(add("Content-Type", "application/x-www-form-urlencoded")),
        // It has a boundary, which only the body knows.
        Source::Form(_) => {}
        // The type of an uploaded file is not known, and curl does not guess either.
        Source::None => lines.push(HeaderEdit::Remove("Content-Type".into())),
    }
    lines
}

/// The value of -e, and whether redirects get theirs.
pub(crate) fn referer(args: &GetArgs) -> Option<(&str, bool)> {
    let typed = args.request.referer.as_deref()?;
    Some(typed.strip_suffix(";auto").map_or((typed, false), |referer| (referer, true)))
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
