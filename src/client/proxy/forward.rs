//! What a proxy that forwards is sent besides the request.

use crate::error::{Error, Kind, Phase, Result};
use crate::message::{Headers, Url};
use crate::net::Route;

/// Whether the request is handed to a proxy, whose own lines are then among its headers. In every other case a
/// `Proxy-Authorization` of the caller's is taken out: through a tunnel, or without the proxy that it was meant for, it
/// would reach the origin (CVE-2015-3153).
pub(in crate::client) fn forward(route: Option<&Route>, url: &Url, lines: &mut Headers) -> Result<bool> {
    let forwarding = route.filter(|route| route.forwards(url.is_secure())).and_then(|route| route.proxy.as_ref());
    let Some(proxy) = forwarding else {
        lines.remove("Proxy-Authorization");
        return Ok(false);
    };
    let broken = |rule| Error::new(Kind::InvalidConfig, format!("proxy header: {rule}")).with_phase(Phase::Build);
    if let Some(value) = proxy.authorization().filter(|_| !lines.contains("Proxy-Authorization")) {
        lines.append("Proxy-Authorization", value).map_err(broken)?;
    }
    for (name, value) in proxy.headers() {
        lines.set(name, value).map_err(broken)?;
    }
    Ok(true)
}
