//! Bodies from serde types.

use super::Body;
use crate::error::{Error, Kind, Phase, Result};

impl Body {
    /// A value as JSON, `application/json`, which has no charset parameter (RFC 8259 §11).
    ///
    /// ```
    /// use maypole::message::Body;
    /// let body = Body::json(&std::collections::BTreeMap::from([("a", 1)]))?;
    /// assert_eq!(body.as_bytes(), Some(&b"{\"a\":1}"[..]));
    /// # Ok::<(), maypole::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidRequest`] when the value has no JSON form, such as a map with keys that are not text.
    pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self> {
        let bytes = serde_json::to_vec(value).map_err(|error| {
            Error::new(Kind::InvalidRequest, format!("not JSON: {error}")).with_phase(Phase::Build).with_source(error)
        })?;
        Ok(Self::from(bytes).with_content_type("application/json"))
    }
}
