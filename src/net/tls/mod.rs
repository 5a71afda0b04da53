//! TLS over any lower stream, by the platform's library (OpenSSL on Linux).
//!
//! ```text
//!   TlsConfig ── what to trust, what to show, what to offer: values, compiled without the feature too
//!       │ once
//!   Connector ── the library's context, shared by every connection of the configuration
//!       │ per connection
//!   Session ── Adapter ── Transport          the library never waits: below it all answers `WouldBlock`
//! ```

mod config;
mod pin;
mod settings;

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(not(feature = "tls"))]
use absent as backend;
#[cfg(feature = "tls")]
mod native;
#[cfg(feature = "tls")]
use native as backend;

pub use config::{TlsConfig, TlsConfigBuilder};
pub use settings::{Roots, TlsVersion};

pub(in crate::net) use backend::{Session, handshake};
pub(in crate::net) use config::is_name;
