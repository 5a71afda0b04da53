//! The same names in a build without the feature `tls`: no session can exist, and asking for one says why.

use std::convert::Infallible;
use std::io;
use std::time::Instant;

use super::config::TlsConfig;
use super::settings::Settings;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::net::info::TlsInfo;
use crate::net::transport::Transport;
use crate::rt::{CancelToken, Interest, Stop};

const MISSING: &str = "TLS not built in: this build of maypole has no feature `tls`";

pub(super) struct Connector;

impl Connector {
    pub(super) fn new(_: &Settings) -> Result<Self, String> {
        Err(MISSING.into())
    }
}

pub(super) fn check(settings: &Settings) -> Result<()> {
    // Accepting a key or a pin here would look as if it were used.
    if *settings == Settings::default() { Ok(()) } else { Err(unsupported(Phase::Build)) }
}

pub(in crate::net) fn handshake(
    _: Transport,
    _: &TlsConfig,
    _: &str,
    _: Until,
    _: Option<&CancelToken>,
) -> Result<(Session, TlsInfo)> {
    Err(unsupported(Phase::Tls))
}

fn unsupported(phase: Phase) -> Error {
    Error::new(Kind::Unsupported, MISSING).with_phase(phase)
}

#[derive(Debug)]
pub(in crate::net) struct Session(Infallible);

impl Session {
    pub(in crate::net) fn try_read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(in crate::net) fn try_write(&mut self, _: &[u8]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(in crate::net) fn wait(&self, _: Option<Instant>) -> Result<(), Stop> {
        match self.0 {}
    }

    pub(in crate::net) fn has_buffered(&self) -> bool {
        match self.0 {}
    }

    pub(in crate::net) fn wants(&self) -> Option<Interest> {
        match self.0 {}
    }

    pub(in crate::net) fn goodbye(&mut self) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::net) fn lower(&self) -> &Transport {
        match self.0 {}
    }

    pub(in crate::net) fn lower_mut(&mut self) -> &mut Transport {
        match self.0 {}
    }
}
