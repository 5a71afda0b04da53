//! Cookies (RFC 6265bis): what servers set, who gets it back, and files to keep it in.
//!
//! ```text
//!   Set-Cookie ─▶ set_cookie ─▶ accept ─────────────▶ store ─────────▶ line ─▶ Cookie
//!                 grammar,      domain, prefixes,     by site,         the caller's, one-off,
//!                 date          Secure, sizes         bounded          then the jar's
//!                                  ▲                     │
//!               netscape, json ────┴─────────────────────┘ file: private, replaced in one step
//! ```
//!
//! What reads and decides is pure: the time is an argument. `jar` reads the clock, `file` waits for the disk.

mod accept;
mod builder;
mod caps;
mod cookie;
mod date;
mod file;
mod jar;
#[cfg(feature = "json")]
mod json;
mod line;
mod loaded;
mod netscape;
mod options;
#[cfg(not(unix))]
#[path = "private_elsewhere.rs"]
mod private;
#[cfg(unix)]
#[path = "private_unix.rs"]
mod private;
mod received;
mod refused;
mod scope;
mod set_cookie;
mod store;
#[cfg(test)]
mod tests;

pub use builder::CookieJarBuilder;
pub use cookie::{Cookie, SameSite};
#[cfg(feature = "json")]
pub(in crate::client) use file::{beside, is_special};
pub use jar::CookieJar;
pub(crate) use line::{cookie_line, own_cookies};
pub use loaded::Loaded;
