//! aquests' module, call by call, on one batch of the process.
//!
//! ```
//! use maypole::queue::batch::{NullLogger, aquests};
//! aquests::configure(|options| options.workers(3).logger(NullLogger))?;
//! for _ in 0..3 {
//!     aquests::get("http://127.0.0.1:9/")?.queue()?;
//! }
//! assert_eq!(aquests::fetch_all()?.requests, 3);
//! # Ok::<(), maypole::Error>(())
//! ```
//!
//! This is for programs that are moved here as they are. A process has one such batch, as a Python process has one module:
//! it belongs to the program, and a library that used it would find the program's requests in its report, or the other way
//! round. Libraries, and programs with more than one list, make a [`Batch`](super::Batch) each.
//!
//! Two things are not as in the original. A second [`configure`] loses nothing: what was queued before is fetched with the
//! options that it was queued with. And numbers count on over it.

mod process;
mod verbs;
#[cfg(feature = "json")]
mod verbs_json;

pub use process::{configure, current, fetch_all};
pub use verbs::{
    delete, delete_json, delete_xml, get, get_json, get_xml, head, options, patch, post, put, request, trace,
};
pub use verbs::{patch_form, patch_nvp, patch_xml, post_form, post_nvp, post_xml, put_form, put_nvp, put_xml};
pub use verbs::{upload, upload_raw};
#[cfg(feature = "json")]
pub use verbs_json::{patch_json, post_json, put_json};
