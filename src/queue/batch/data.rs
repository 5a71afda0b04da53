//! A body by what it says that it is.

use super::outcome::Outcome;
use crate::error::Result;

/// A body by its media type; from [`Outcome::data`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// Nothing.
    Empty,
    /// `application/json` and all `+json`.
    Json(serde_json::Value),
    /// `text/…`, XML and forms, by their charset.
    Text(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Outcome {
    /// The body by its `Content-Type`.
    ///
    /// # Errors
    /// [`Kind::Decode`](crate::error::Kind::Decode) if it says JSON and is none. [`bytes`](Self::bytes) has it all the
    /// same.
    pub fn data(&self) -> Result<Data> {
        if self.bytes().is_empty() {
            return Ok(Data::Empty);
        }
        let essence = self.header_params("Content-Type").map_or(String::new(), |(value, _)| value.to_ascii_lowercase());
        match &*essence {
            "application/json" => self.json().map(Data::Json),
            essence if essence.ends_with("+json") => self.json().map(Data::Json),
            essence if is_text(essence) => Ok(Data::Text(self.text())),
            _ => Ok(Data::Bytes(self.bytes().to_vec())),
        }
    }
}

fn is_text(essence: &str) -> bool {
    essence.starts_with("text/")
        || essence.ends_with("+xml")
        || matches!(essence, "application/xml" | "application/javascript" | "application/x-www-form-urlencoded")
}
