//! Proxies: what one is, and the talk with it before bytes go through.
//!
//! ```text
//!   Proxy ── where, how, who: a value, part of a route
//!     │ per connection
//!     ├─ http, https ─▶ connect: CONNECT ─▶ 2xx: through
//!     │                                  ├▶ 407: answered once, here or on a new connection
//!     │                                  └▶ ProxyReply: refused, with status and text
//!     └─ socks* ──────▶ socks: the machine of `wire::socks` on a stream
//! ```

mod connect;
mod goal;
mod parse;
mod parts;
mod reply;
mod socks;
mod value;

pub use parts::ProxyScheme;
pub use reply::ProxyReply;
pub use value::Proxy;

pub(in crate::net) use connect::{Answer, connect_through};
pub(in crate::net) use goal::Goal;
pub(in crate::net) use socks::{is_about_address, socks_through};
