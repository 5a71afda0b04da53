//! Colours of the reports.

/// Escape sequences, or nothing.
#[derive(Clone, Copy)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }
    pub(super) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }
    pub(super) fn bar(self, text: &str) -> String {
        self.with("36", text)
    }
    pub(super) fn good(self, text: &str) -> String {
        self.with("32", text)
    }
    pub(super) fn bad(self, text: &str) -> String {
        self.with("31", text)
    }
    pub(super) fn warning(self, text: &str) -> String {
        self.with("33", text)
    }
}
