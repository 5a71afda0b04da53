//! What is to be fetched, line by line: never more of it in memory than the queue has room for.
//!
//! ```text
//!   FILE … or standard input ─▶ sources ─▶ lines: bounded, numbered ─▶ item: a request, or what is wrong with it
//! ```

mod item;
mod lines;
mod sources;

use std::fmt;
use std::io;

pub(super) use item::Item;
#[cfg(test)]
pub(super) use item::parse;
use lines::{Line, Lines};
pub(super) use sources::{Refused, Source, open};

/// What one line is.
pub(super) enum Read {
    Item(Item),
    Malformed(BadLine),
}

/// A line that is none, with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) place: String,
    pub(super) why: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// All sources, one after the other.
pub(super) struct Input {
    sources: std::vec::IntoIter<Source>,
    current: Option<(String, Lines)>,
    /// Lines of all sources so far: who has no id is called by it.
    number: u64,
    line: Vec<u8>,
}

impl Input {
    pub(super) fn new(sources: Vec<Source>) -> Self {
        Self { sources: sources.into_iter(), current: None, number: 0, line: Vec::new() }
    }

    /// Whether the next line would have to be waited for.
    pub(super) fn is_drained(&self) -> bool {
        self.current.as_ref().is_none_or(|(_, lines)| lines.is_drained())
    }

    /// The next line that says something.
    ///
    /// # Errors
    /// With the name of the source that cannot be read on.
    pub(super) fn next(&mut self) -> Result<Option<Read>, (String, io::Error)> {
        loop {
            let Some((name, lines)) = &mut self.current else {
                let Some(source) = self.sources.next() else { return Ok(None) };
                self.current = Some((source.name, Lines::new(source.file)));
                continue;
            };
            let Some(line) = lines.next(&mut self.line).map_err(|error| (name.clone(), error))? else {
                self.current = None;
                continue;
            };
            self.number += 1;
            let parsed = match line {
                Line::Whole => item::parse(&self.line, self.number),
                Line::TooLong(bytes) => Err(format!("{bytes} bytes in one line; {} are allowed", lines::LONGEST)),
            };
            match parsed {
                Ok(None) => {}
                Ok(Some(item)) => return Ok(Some(Read::Item(item))),
                Err(why) => {
                    let place = format!("{name}:{}", lines.number());
                    return Ok(Some(Read::Malformed(BadLine { place, why })));
                }
            }
        }
    }
}
