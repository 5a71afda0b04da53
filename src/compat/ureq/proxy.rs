//! ureq's proxies, spoken to by `net`.

use ureq::config::{AutoHeaderValue, Config};
use ureq::{Error, ProxyProtocol};

use crate::net::{Proxy, TlsConfig};

/// What ureq calls itself to proxies, unless it is told to. Its own number after the dot is not to be had.
const USER_AGENT: &str = "ureq/3.5";

/// `tls` makes the configuration for an `https` proxy, which is the one for origins, as in ureq.
pub(super) fn of(
    proxy: &ureq::Proxy,
    config: &Config,
    tls: impl FnOnce() -> Result<TlsConfig, Error>,
) -> Result<Proxy, Error> {
    let scheme = match proxy.protocol() {
        ProxyProtocol::Http => "http",
        ProxyProtocol::Https => "https",
        ProxyProtocol::Socks4 => "socks4",
        ProxyProtocol::Socks4A => "socks4a",
        ProxyProtocol::Socks5 => "socks5",
        ProxyProtocol::Socks5h => "socks5h",
        _ => return Err(Error::InvalidProxyUrl),
    };
    let invalid = |_| Error::InvalidProxyUrl;
    // ureq asks HTTP proxies for a tunnel for `http` URLs too.
    let mut ours =
        Proxy::parse(&format!("{scheme}://{}:{}", proxy.host(), proxy.port())).map_err(invalid)?.tunnel(true);
    if proxy.username().is_some() || proxy.password().is_some() {
        let (user, password) = (proxy.username().unwrap_or_default(), proxy.password().unwrap_or_default());
        ours = ours.credentials(user, password).map_err(invalid)?;
    }
    if proxy.protocol() == ProxyProtocol::Https {
        ours = ours.tls(tls()?);
    }
    let agent = match config.user_agent() {
        AutoHeaderValue::None => return Ok(ours),
        AutoHeaderValue::Default => USER_AGENT,
        AutoHeaderValue::Provided(text) => text.as_str(),
    };
    ours.header("User-Agent", agent).and_then(|ours| ours.header("Proxy-Connection", "Keep-Alive")).map_err(invalid)
}
