//! Authentication (RFC 9110 §11): what a request shows, and what is answered when that was not enough.
//!
//! ```text
//!   Auth, user name in the URL, Netrc ──▶ Credentials ── authorize ──▶ Authorization ──▶ try
//!                                            ▲   ▲                                        │
//!                     Store ── by origin ────┘   └── answer ◀── decide ◀── 401 ◀──────────┤
//!                       ▲                                                                 │
//!                       └── the next nonce ◀── Authentication-Info ◀── 2xx ◀──────────────┘
//! ```

mod authenticate;
mod credentials;
mod decide;
mod login;
mod netrc;
mod options;
mod refresh;
mod scheme;
mod store;
mod turn;
#[cfg(all(unix, feature = "json"))]
mod value;

pub use authenticate::{AuthContext, Authenticate};
pub(super) use credentials::Credentials;
pub use netrc::Netrc;
pub use refresh::Token;
pub use scheme::Auth;
pub(super) use store::Store;
#[cfg(all(unix, feature = "json"))]
pub(crate) use value::AuthValue;
