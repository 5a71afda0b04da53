//! From the text of a proxy's URL to its parts.

use url::Url;

use super::parts::{Credentials, ProxyScheme};
use crate::error::{Error, Kind, Phase, Result};

/// What a URL alone tells.
pub(super) struct Parsed {
    pub(super) scheme: ProxyScheme,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) credentials: Option<Credentials>,
}

pub(super) fn parse(text: &str) -> Result<Parsed> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (
            scheme_of(scheme)
                .ok_or_else(|| refused("its scheme is not one of http, https, socks4, socks4a, socks5, socks5h"))?,
            rest,
        ),
        None => (ProxyScheme::Http, text),
    };
    if rest.contains(|c: char| c.is_control() || c == ' ' || c == '\\') {
        return Err(refused("a blank, a backslash or a control character in it"));
    }
    // The one parser of hosts that requests have too. It drops a port that is the scheme's own, so two schemes are
    // asked, and no scheme of ours takes part: hosts of unknown ones are not normalised.
    let url = Url::parse(&format!("http://{rest}")).map_err(|error| refused(&error.to_string()))?;
    let port = match url.port() {
        None => Url::parse(&format!("ftp://{rest}")).ok().and_then(|url| url.port()),
        known => known,
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(refused("something follows the port"));
    }
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() || port == Some(0) {
        return Err(refused("no host, or port 0"));
    }
    let credentials = (!url.username().is_empty() || url.password().is_some()).then(|| Credentials {
        user: unescape(url.username()),
        password: unescape(url.password().unwrap_or_default()),
    });
    if let Some(credentials) = &credentials {
        credentials.check(scheme).map_err(|why| refused(&why))?;
    }
    Ok(Parsed {
        scheme,
        host: host.to_owned(),
        port: port.unwrap_or(if scheme == ProxyScheme::Https { 443 } else { 1080 }),
        credentials,
    })
}

fn scheme_of(text: &str) -> Option<ProxyScheme> {
    use ProxyScheme::*;
    let all = [Http, Https, Socks4, Socks4a, Socks5, Socks5h];
    let named = all.into_iter().find(|scheme| scheme.as_str().eq_ignore_ascii_case(text));
    named.or(text.eq_ignore_ascii_case("socks").then_some(Socks4))
}

/// Decodes `%2f`; what is no escape stays.
fn unescape(text: &str) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Without the text itself: nobody knows where in it the password stands.
fn refused(why: &str) -> Error {
    Error::new(Kind::InvalidUrl, format!("invalid proxy URL: {why}")).with_phase(Phase::Build)
}
