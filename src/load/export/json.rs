//! A run as JSON, and from there again.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::report::{FORMAT, Report, VERSION};
use crate::error::{Error, Kind, Result};

impl Report {
    /// The run as one JSON object with units in its names, a line for each second and each bar. For a
    /// `serde_json::Value` give it to `serde_json::to_value`.
    pub fn to_json(&self) -> String {
        to_lines(self)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`Kind::Decode`]: it is no JSON, no saved run, one of a newer maypole, or a field is missing or of another type; it
    /// is named, with its line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            format: Option<String>,
            version: Option<u64>,
        }
        let wrong = |what: String| Error::new(Kind::Decode, what);
        let head: Head = match serde_json::from_str(text) {
            Ok(head) => head,
            Err(error) if error.is_data() => return Err(wrong(format!("not a run saved by maypole: {error}"))),
            Err(error) => return Err(wrong(format!("not JSON: {error}"))),
        };
        if head.format.as_deref() != Some(FORMAT) {
            return Err(wrong(format!("not a run saved by maypole: its \"format\" is not \"{FORMAT}\"")));
        }
        match head.version {
            Some(VERSION) => {}
            Some(version) => {
                return Err(wrong(format!("a saved run of version {version}; this maypole reads version {VERSION}")));
            }
            None => return Err(wrong("a saved run without its \"version\"".to_owned())),
        }
        serde_json::from_str(text).map_err(|error| wrong(format!("a saved run that is not whole: {error}")))
    }
}

/// With what stands in arrays on one line each.
pub(super) fn to_lines(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, Lines::default());
    // Numbers, strings and maps with strings for names: nothing that JSON has not, and memory takes what is written.
    value.serialize(&mut serializer).ok();
    String::from_utf8(text).unwrap_or_default()
}

/// Indents as usual, but an array's elements take a line each, and what is within them none.
#[derive(Default)]
struct Lines {
    pretty: PrettyFormatter<'static>,
    arrays: usize,
}

macro_rules! pretty_outside_arrays {
    ($($name:ident($($argument:ident: $of:ty),*) if $most:literal;)*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $of)*) -> io::Result<()> {
            if self.arrays <= $most {
                self.pretty.$name(writer $(, $argument)*)
            } else {
                CompactFormatter.$name(writer $(, $argument)*)
            }
        })*
    };
}

impl Formatter for Lines {
    pretty_outside_arrays! {
        begin_array_value(first: bool) if 1;
        end_array_value() if 1;
        begin_object() if 0;
        end_object() if 0;
        begin_object_key(first: bool) if 0;
        begin_object_value() if 0;
        end_object_value() if 0;
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.arrays += 1;
        if self.arrays == 1 { self.pretty.begin_array(writer) } else { CompactFormatter.begin_array(writer) }
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.arrays -= 1;
        if self.arrays == 0 { self.pretty.end_array(writer) } else { CompactFormatter.end_array(writer) }
    }
}
