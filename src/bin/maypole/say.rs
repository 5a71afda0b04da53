//! What is said, and where: results to standard output, everything else to standard error.

use std::fmt;
use std::io::{self, IsTerminal, Write};

/// A line of the result, written at once: whoever reads the other end of a pipe waits for it.
pub(crate) fn line(text: fmt::Arguments<'_>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// One line of error on standard error, with the program's name.
pub(crate) fn error(text: fmt::Arguments<'_>) {
    // Nobody is left to be told when standard error is gone.
    writeln!(io::stderr().lock(), "maypole: {text}").ok();
}

/// Whether to colour what goes to `stream`: on a terminal, unless <https://no-color.org> is asked for.
pub(crate) fn is_coloured(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    stream.is_terminal() && !refused && !dumb
}

/// What is wrong with something that is no request: without the phase that would call it one.
pub(crate) fn reason(error: &maypole::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("request: ").map_or(text.clone(), str::to_owned)
}

/// The error's causes, one after the other, without repeating what the line before said.
pub(crate) fn causes(error: &dyn std::error::Error) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}
