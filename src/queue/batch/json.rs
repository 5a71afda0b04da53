//! JSON out of and into serde types.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Handle;
use super::outcome::Outcome;
use super::request::BatchRequest;
use crate::error::{Error, Kind, Phase, Result};
use crate::message::Body;

impl Handle {
    /// A `POST` request with any serde value as its body, `application/json`.
    pub fn post_json<T: Serialize + ?Sized>(&self, url: impl AsRef<str>, value: &T) -> BatchRequest {
        self.request("POST", url).json(value)
    }

    /// A `PUT` request with any serde value as its body, `application/json`.
    pub fn put_json<T: Serialize + ?Sized>(&self, url: impl AsRef<str>, value: &T) -> BatchRequest {
        self.request("PUT", url).json(value)
    }

    /// A `PATCH` request with any serde value as its body, `application/json`.
    pub fn patch_json<T: Serialize + ?Sized>(&self, url: impl AsRef<str>, value: &T) -> BatchRequest {
        self.request("PATCH", url).json(value)
    }
}

impl BatchRequest {
    /// Sets any serde value as the body, `application/json`.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.checked(Body::json(value))
    }
}

impl Outcome {
    /// The body as JSON.
    ///
    /// # Errors
    /// [`Kind::Decode`] if it is not the JSON asked for; also where no answer came.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(self.bytes()).map_err(|error| {
            let undecoded = Error::new(Kind::Decode, "the body is not the JSON asked for");
            undecoded.with_phase(Phase::Decode).with_url(self.shown_url()).with_source(error)
        })
    }
}
