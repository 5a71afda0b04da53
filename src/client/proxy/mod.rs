//! How each request gets to its host: proxies, other hosts to connect to.
//!
//! ```text
//!   URL ─┬─ rule ─▶ exceptions ─▶ scheme ─▶ Proxy ─┐
//!        └─ connect_to ────────────────────────────┴─▶ net::Route ─▶ pool key, dial
//! ```

mod connect_to;
mod env;
mod forward;
mod no_proxy;
mod options;
mod proxies;
mod way;

pub(super) use connect_to::ConnectTo;
pub(super) use forward::forward;
pub use proxies::{Proxies, ProxyChoice};
pub(super) use way::route;
