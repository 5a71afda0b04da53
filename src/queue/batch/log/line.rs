//! One line of a log.

use std::fmt::Write;
use std::time::SystemTime;

use super::clock::Date;

/// `[kind:name] text`, with the date before it if there is one. A peer's text cannot begin a line of its own, nor steer a
/// terminal: control characters are escaped.
pub(super) fn line(at: Option<SystemTime>, kind: &str, name: &str, text: &str) -> String {
    let mut line = String::with_capacity(32 + kind.len() + name.len() + text.len());
    if let Some(at) = at {
        line += &Date::of(at).stamp();
        line.push(' ');
    }
    line.push('[');
    escape(&mut line, kind);
    if !name.is_empty() {
        line.push(':');
        escape(&mut line, name);
    }
    line += "] ";
    escape(&mut line, text);
    line
}

fn escape(line: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\t' => line.push(c),
            // Writing into a String cannot fail.
            c if c.is_control() => drop(write!(line, "{}", c.escape_default())),
            c => line.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q160_date_time_kind_name_text() {
        assert_eq!(line(Some(SystemTime::UNIX_EPOCH), "info", "a", "x"), "1970-01-01 00:00:00 [info:a] x");
        assert_eq!(line(None, "error", "", "a\nb\x1b[2J\tc"), "[error] a\\nb\\u{1b}[2J\tc");
    }
}
