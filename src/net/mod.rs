//! Bytes over sockets: names, Happy Eyeballs, TCP, Unix sockets, proxies, TLS, as one chain whose order `chain.rs` spells out.
//!
//! Everything here waits without holding a worker, ends at a deadline, and works from coroutines and plain threads.

mod chain;
mod duplex;
mod eyeballs;
mod failures;
mod guard;
mod info;
#[cfg(feature = "ureq")]
mod knowing;
mod names;
mod network;
mod proxy;
mod resolve;
mod route;
mod secure;
mod settings;
mod steps;
mod stop;
mod stream;
mod target;
mod tcp;
mod through;
mod timeouts;
mod tls;
mod transport;
mod unix;

#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod os;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod os;

pub(crate) use duplex::{Duplex, Patience, Room};
pub use guard::{AddressGuard, Cidr};
pub use info::{ConnectionInfo, DialTimings, TlsInfo};
pub use network::{Network, NetworkBuilder};
pub use proxy::{Proxy, ProxyReply, ProxyScheme};
pub use resolve::{IpFamily, Resolve, SystemResolver};
pub use route::Route;
pub use stream::Stream;
pub use target::Target;
pub use tcp::{Keepalive, TcpOptions};
pub use timeouts::DialTimeouts;
pub use tls::{Roots, TlsConfig, TlsConfigBuilder, TlsVersion};
