//! The body of an outcome: bytes, text.

use std::io::Read;

use super::outcome::Outcome;
use super::text;

impl Outcome {
    /// The body, decoded; empty if no answer came.
    #[doc(alias = "content")]
    #[doc(alias = "binary")]
    pub fn bytes(&self) -> &[u8] {
        self.answer.as_ref().map_or(&[], |answer| &answer.body)
    }

    /// The body as a reader.
    #[doc(alias = "raw")]
    pub fn reader(&self) -> impl Read + '_ {
        self.bytes()
    }

    /// The body as text, in the first of these in which it is valid: its byte order mark's charset, the one that
    /// `Content-Type` declares, that of `<meta charset>`, UTF-8, Latin-1 (windows-1252, as on the web). No character is
    /// replaced or left out.
    pub fn text(&self) -> String {
        text::decode(self.bytes(), self.declared_charset().as_deref()).0
    }

    /// The body as text, in the charset with this label if the body is valid in it; else as [`text`](Self::text).
    pub fn text_with_charset(&self, label: &str) -> String {
        text::decode(self.bytes(), Some(label)).0
    }

    /// The charset that [`text`](Self::text) reads the body in, by its name on the web.
    #[doc(alias = "encoding")]
    pub fn charset(&self) -> &'static str {
        text::decode(self.bytes(), self.declared_charset().as_deref()).1
    }

    fn declared_charset(&self) -> Option<String> {
        let (_, parameters) = self.header_params("Content-Type")?;
        parameters.into_iter().find(|(name, _)| name == "charset").map(|(_, label)| label)
    }
}
