//! Notes of any serde type.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::item::Item;
use crate::error::{Error, Kind, Phase, Result};

impl Item {
    /// With a note of any serde type, kept as JSON; feature `json`.
    ///
    /// ```
    /// use maypole::queue::Item;
    /// let item = Item::get("http://example.com/").with_json_meta(&("page", 7))?;
    /// assert_eq!(item.meta, r#"["page",7]"#);
    /// assert_eq!(item.json_meta::<(String, u32)>()?.1, 7);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](Kind::InvalidRequest) if it cannot be JSON.
    pub fn with_json_meta(mut self, meta: &(impl Serialize + ?Sized)) -> Result<Self> {
        self.meta = serde_json::to_string(meta).map_err(|why| {
            Error::new(Kind::InvalidRequest, "the note cannot be JSON").with_phase(Phase::Build).with_source(why)
        })?;
        Ok(self)
    }

    /// The note, read as JSON; feature `json`.
    ///
    /// # Errors
    /// Of kind [`Decode`](Kind::Decode) if it is not what is expected.
    pub fn json_meta<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.meta)
            .map_err(|why| Error::new(Kind::Decode, "the note is not the JSON that is expected").with_source(why))
    }
}
