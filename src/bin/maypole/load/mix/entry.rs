//! A request as it was written, and what those say that leave something out.

use bytes::Bytes;

/// One request of a mix.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::load) struct Entry {
    /// The file and its line; nothing for the command line.
    pub(in crate::load) place: String,
    /// What it is called in the report.
    pub(super) name: Option<String>,
    /// How often it comes, beside the others; 0 is 1.
    pub(super) weight: u32,
    pub(super) method: Option<String>,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Body>,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::load) enum Body {
    /// With placeholders.
    Text(String),
    /// The same, and its type is known.
    Json(String),
    /// As it is.
    File(Bytes),
}

/// What the command line says for requests that do not say it themselves.
#[derive(Clone, Debug, Default)]
pub(in crate::load) struct Defaults {
    pub(in crate::load) method: Option<String>,
    pub(in crate::load) headers: Vec<(String, String)>,
    pub(in crate::load) content_type: Option<String>,
    pub(in crate::load) body: Option<Body>,
}

impl Entry {
    /// One of the command line; without a scheme it is http.
    pub(in crate::load) fn of_url(url: &str) -> Self {
        let is_whole = url.contains("://") || url.starts_with('/');
        let url = if is_whole { url.to_owned() } else { format!("http://{url}") };
        Self { url, ..Self::default() }
    }

    /// A path, on a server that is named elsewhere.
    pub(in crate::load) fn is_relative(&self) -> bool {
        self.url.starts_with('/')
    }

    /// `why`, with where it stands.
    pub(super) fn wrong(&self, why: impl std::fmt::Display) -> String {
        if self.place.is_empty() { why.to_string() } else { format!("{}: {why}", self.place) }
    }
}

/// Whether one of the headers has this name.
pub(super) fn has(headers: &[(String, String)], name: &str) -> bool {
    headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
}
