//! The verbs, on the batch of the process.

use super::process::current;
use crate::error::Result;
use crate::message::form::Pair;
use crate::message::multipart::Form;
use crate::queue::batch::request::BatchRequest;

macro_rules! plain {
    ($($name:ident)*) => { $(
        #[doc = concat!("[`Handle::", stringify!($name), "`](super::super::Handle::", stringify!($name), ") of the current batch.")]
        ///
        /// # Errors
        /// Those of [`current`](super::current).
        pub fn $name(url: impl AsRef<str>) -> Result<BatchRequest> {
            Ok(current()?.$name(url))
        }
    )* };
}

macro_rules! of_pairs {
    ($($name:ident)*) => { $(
        #[doc = concat!("[`Handle::", stringify!($name), "`](super::super::Handle::", stringify!($name), ") of the current batch.")]
        ///
        /// # Errors
        /// Those of [`current`](super::current).
        pub fn $name<P: Pair>(url: impl AsRef<str>, pairs: impl IntoIterator<Item = P>) -> Result<BatchRequest> {
            Ok(current()?.$name(url, pairs))
        }
    )* };
}

macro_rules! of_bytes {
    ($($name:ident)*) => { $(
        #[doc = concat!("[`Handle::", stringify!($name), "`](super::super::Handle::", stringify!($name), ") of the current batch.")]
        ///
        /// # Errors
        /// Those of [`current`](super::current).
        pub fn $name(url: impl AsRef<str>, body: impl Into<Vec<u8>>) -> Result<BatchRequest> {
            Ok(current()?.$name(url, body))
        }
    )* };
}

plain! { get head post put patch delete options trace get_json delete_json get_xml delete_xml }
of_pairs! { post_form put_form patch_form post_nvp put_nvp patch_nvp }
of_bytes! { post_xml put_xml patch_xml upload_raw }

/// [`Handle::upload`](super::super::Handle::upload) of the current batch.
///
/// # Errors
/// Those of [`current`](super::current).
pub fn upload(url: impl AsRef<str>, form: Form) -> Result<BatchRequest> {
    Ok(current()?.upload(url, form))
}

/// [`Handle::request`](super::super::Handle::request) of the current batch.
///
/// # Errors
/// Those of [`current`](super::current).
pub fn request(method: &str, url: impl AsRef<str>) -> Result<BatchRequest> {
    Ok(current()?.request(method, url))
}
