//! `-v`: what goes over the wire, on standard error, with curl's signs: `>` sent, `<` received, `*` about it.

use std::io::{self, Write};

use maypole::message::Headers;

/// Header values that are secrets.
const SECRET: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Prints, or not.
#[derive(Clone, Copy)]
pub(super) struct Verbose(pub(super) bool);

impl Verbose {
    pub(super) fn note(self, text: std::fmt::Arguments<'_>) {
        self.line("*", text);
    }

    pub(super) fn sent(self, line: &str, headers: &Headers) {
        self.head(">", line, headers);
    }

    pub(super) fn received(self, line: &str, headers: &Headers) {
        self.head("<", line, headers);
    }

    fn head(self, sign: &str, line: &str, headers: &Headers) {
        self.line(sign, format_args!("{line}"));
        headers.iter().for_each(|(name, value)| self.header(sign, name, value));
        self.line(sign, format_args!(""));
    }

    fn header(self, sign: &str, name: &str, value: &[u8]) {
        if SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            self.line(sign, format_args!("{name}: (hidden)"));
        } else {
            self.line(sign, format_args!("{name}: {}", String::from_utf8_lossy(value)));
        }
    }

    fn line(self, sign: &str, text: std::fmt::Arguments<'_>) {
        if self.0 {
            // Nobody is left to be told when standard error is gone.
            writeln!(io::stderr().lock(), "{sign} {text}").ok();
        }
    }
}
