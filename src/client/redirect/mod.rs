//! Redirects (RFC 9110 §15.4 and the fetch standard).
//!
//! ```text
//!   answer ─▶ next ─┬─▶ Stay: no redirect, or the caller wants it as it is
//!                   ├─▶ Follow(request) ─▶ the loop again
//!                   └─▶ error that holds the answer: limit, scheme, body that cannot be sent twice …
//! ```

mod history;
mod next;
mod options;
mod policy;
#[cfg(all(unix, feature = "json"))]
mod value;

pub use history::Visited;
pub(super) use next::{Journey, Next};
pub use policy::{Decision, Hop, Redirects};
#[cfg(all(unix, feature = "json"))]
pub(crate) use value::RedirectsValue;
