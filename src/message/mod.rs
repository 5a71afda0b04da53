//! What is asked for and what it is made of.
//!
//! ```text
//!   Url ─────┐
//!   Method ──┤                      defaults of the client
//!   Headers ─┼─► Request ─ assemble ────────┴───────────► Outgoing: every line, and how the body is delimited
//!   Body ────┘     ▲
//!   form, JSON,  ──┘
//!   multipart
//! ```
//!
//! All of it is values: nothing here waits, except for a body's own source when its next piece is asked for.

mod body;
pub mod form;
#[cfg(feature = "http")]
mod http_types;
mod method;
pub mod multipart;
mod request;
mod url;

pub use crate::wire::{Headers, Version};
pub use body::{Body, Progress};
#[cfg(feature = "http")]
pub(crate) use http_types::sensitive;
pub use method::Method;
pub use request::{Outgoing, Request, Transfer};
pub(crate) use url::unparsed;
pub use url::{UnsupportedScheme, Url};
