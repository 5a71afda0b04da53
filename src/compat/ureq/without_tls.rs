//! The same name in a build without the feature `tls`.

use ureq::Error;
use ureq::config::Config;

use crate::net::TlsConfig;

#[derive(Debug, Default)]
pub(super) struct Configs(());

impl Configs {
    /// What ureq says of a connection that should be secured and is not.
    pub(super) fn of(&self, _: &Config) -> Result<TlsConfig, Error> {
        Err(Error::TlsRequired)
    }
}
