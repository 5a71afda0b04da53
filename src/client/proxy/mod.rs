//! How each request gets to its host: proxies, other hosts to connect to.
//!
//! ```text
//!   URL ─┬─ rule ─▶ exceptions ─▶ scheme ─▶ Proxy ─┐
//!        └─ connect_to ────────────────────────────┴─▶ net::Route ─▶ pool key, dial
//! ```

mod connect_to;
mod env;
mod no_proxy;
mod proxies;

pub use proxies::{Proxies, ProxyChoice};
