//! What a network was built with.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::guard::AddressGuard;
use super::resolve::{IpFamily, Resolution};
use super::tcp::TcpOptions;
use super::tls::TlsConfig;

pub(super) struct Settings {
    pub(super) resolution: Resolution,
    pub(super) family: IpFamily,
    pub(super) delay: Duration,
    pub(super) tcp: Arc<TcpOptions>,
    pub(super) tls: TlsConfig,
    pub(super) guard: Option<AddressGuard>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("resolution", &self.resolution)
            .field("family", &self.family)
            .field("delay", &self.delay)
            .field("tcp", &self.tcp)
            .field("tls", &self.tls)
            .field("guard", &self.guard)
            .finish()
    }
}
