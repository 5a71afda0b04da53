//! Answers as values.

use super::fetched::Fetched;
use crate::error::Result;

impl Fetched {
    /// The body as any serde value.
    ///
    /// # Errors
    /// The one for which no answer came; [`Kind::Decode`](crate::error::Kind::Decode) if it is not the JSON asked for.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        if let Some(error) = self.error() {
            return Err(error.again());
        }
        let empty = self.bytes().is_empty();
        let what = if empty { "the body is empty, not JSON" } else { "the body is not the JSON asked for" };
        serde_json::from_slice(self.bytes()).map_err(|error| self.undecoded(what.to_owned()).with_source(error))
    }
}
