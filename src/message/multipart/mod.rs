//! Bodies of several parts: HTML's `multipart/form-data` (RFC 7578), and `mixed`, `related` and others (RFC 2046).
//!
//! ```text
//!   Form ─ fields, files, Parts, in order ──▶ into_body ──▶ Body: exact length if all are known, else chunked
//!              │                                 │
//!              └─ Part: bytes, a file, a reader  └─ a boundary that no part in memory holds
//! ```
//!
//! ```
//! use maypole::message::multipart::{Form, Part};
//! let form = Form::new()
//!     .text("title", "Annual report")
//!     .part("file", Part::bytes("a,b\n1,2\n").file_name("table.csv"))
//!     .boundary("cut-here");
//! let body = form.into_body()?;
//! assert_eq!(
//!     std::str::from_utf8(body.as_bytes().unwrap()).unwrap(),
//!     "--cut-here\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nAnnual report\r\n\
//!      --cut-here\r\nContent-Disposition: form-data; name=\"file\"; filename=\"table.csv\"\r\n\
//!      Content-Type: text/csv\r\n\r\na,b\n1,2\n\r\n--cut-here--\r\n",
//! );
//! # Ok::<(), maypole::error::Error>(())
//! ```

mod boundary;
mod form;
mod part;

pub use form::Form;
pub use part::Part;
