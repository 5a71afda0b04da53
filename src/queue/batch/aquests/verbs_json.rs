//! The verbs with JSON, on the batch of the process.

use serde::Serialize;

use super::process::current;
use crate::error::Result;
use crate::queue::batch::request::BatchRequest;

macro_rules! of_json {
    ($($name:ident)*) => { $(
        #[doc = concat!("[`Handle::", stringify!($name), "`](super::super::Handle::", stringify!($name), ") of the current batch.")]
        ///
        /// # Errors
        /// Those of [`current`](super::current).
        pub fn $name<T: Serialize + ?Sized>(url: impl AsRef<str>, value: &T) -> Result<BatchRequest> {
            Ok(current()?.$name(url, value))
        }
    )* };
}

of_json! { post_json put_json patch_json }
