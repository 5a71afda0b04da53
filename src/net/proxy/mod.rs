//! Proxies: what one is, and the talk with it before bytes go through.

mod parse;
mod parts;
mod value;

pub use parts::ProxyScheme;
pub use value::Proxy;
