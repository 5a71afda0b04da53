//! TLS over a transport that stands.

use super::info::TlsInfo;
use super::tls::{self, TlsConfig};
use super::transport::Transport;
use crate::deadline::Until;
use crate::error::{Error, Kind, Phase, Result};
use crate::rt::{self, CancelToken};

/// TLS with whoever is at the other end of `transport`, which must be `name`.
#[inline(never)]
pub(super) fn secured(
    transport: Transport,
    config: &TlsConfig,
    name: &str,
    until: Until,
    token: Option<&CancelToken>,
) -> Result<(Transport, TlsInfo)> {
    let (config, name, token) = (config.clone(), verifiable(name)?.to_owned(), token.cloned());
    // OpenSSL goes 9 KiB deep.
    let (session, info) = rt::aside(move || tls::handshake(transport, &config, &name, until, token.as_ref()))??;
    Ok((Transport::Tls(Box::new(session)), info))
}

/// A trailing dot belongs to lookup, not to certificates (RFC 6066 §3).
fn verifiable(name: &str) -> Result<&str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if tls::is_name(name) {
        return Ok(name);
    }
    Err(Error::new(Kind::InvalidRequest, format!("`{name}` is not a name to verify")).with_phase(Phase::Build))
}
