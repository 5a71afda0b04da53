//! From a configuration to the library's context.

use std::sync::OnceLock;

use native_tls::{Certificate, Identity as NativeIdentity, Protocol, TlsConnector};

use super::reason::reason;
use crate::error::{Error, Kind, Phase, Result};
use crate::net::tls::settings::{Identity, Roots, Settings, TlsVersion};

/// Mozilla's roots; `vendor-certs/README.md` says which and how to update them.
const VENDORED: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/vendor-certs/cacert.pem"));

pub(in crate::net::tls) struct Connector(TlsConnector);

impl Connector {
    #[inline(never)]
    pub(in crate::net::tls) fn new(settings: &Settings) -> Result<Self, String> {
        let mut builder = TlsConnector::builder();
        builder
            .disable_built_in_roots(settings.roots != Roots::System)
            .min_protocol_version(Some(protocol(settings.min_version)))
            .max_protocol_version(settings.max_version.map(protocol))
            .use_sni(settings.sni)
            .danger_accept_invalid_certs(settings.accept_invalid_certs)
            .danger_accept_invalid_hostnames(settings.accept_invalid_hostnames)
            .request_alpns(&settings.alpn.iter().map(String::as_str).collect::<Vec<_>>());
        for root in roots(settings)? {
            builder.add_root_certificate(root);
        }
        if let Some(found) = &settings.identity {
            builder.identity(identity(found)?);
        }
        builder.build().map(Self).map_err(|error| {
            let option = if settings.identity.is_some() { "identity" } else { "min_version` or `max_version" };
            format!("TLS option `{option}`: {}", reason(&error.to_string()))
        })
    }

    pub(super) fn native(&self) -> &TlsConnector {
        &self.0
    }
}

/// Whether certificates and keys can be read.
#[inline(never)]
pub(in crate::net::tls) fn check(settings: &Settings) -> Result<()> {
    let read = || {
        if let Roots::Only(pem) = &settings.roots {
            certificates(pem, "roots")?;
        }
        for pem in &settings.more_roots {
            certificates(pem, "add_root_pem")?;
        }
        settings.identity.as_ref().map(identity).transpose()
    };
    read().map(|_| ()).map_err(|what| Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build))
}

fn roots(settings: &Settings) -> Result<Vec<Certificate>, String> {
    let mut roots = match &settings.roots {
        // Nobody looks at them.
        _ if settings.accept_invalid_certs => Vec::new(),
        Roots::Vendored => vendored().to_vec(),
        Roots::System => Vec::new(),
        Roots::Only(pem) => certificates(pem, "roots")?,
    };
    for pem in &settings.more_roots {
        roots.extend(certificates(pem, "add_root_pem")?);
    }
    Ok(roots)
}

/// Parsed once per process and shared by every context.
fn vendored() -> &'static [Certificate] {
    static PARSED: OnceLock<Vec<Certificate>> = OnceLock::new();
    PARSED.get_or_init(|| certificates(VENDORED, "roots").expect("the vendored roots are PEM, a test parses them"))
}

fn certificates(pem: &[u8], option: &str) -> Result<Vec<Certificate>, String> {
    match Certificate::stack_from_pem(pem) {
        Ok(found) if found.is_empty() => Err(format!("TLS option `{option}`: no PEM certificate in it")),
        Ok(found) => Ok(found),
        Err(error) => Err(format!("TLS option `{option}`: {}", reason(&error.to_string()))),
    }
}

fn identity(identity: &Identity) -> Result<NativeIdentity, String> {
    match identity {
        Identity::Pem { certificates: pem, key } => {
            certificates(pem, "identity_pem")?;
            let key = pkcs8(key).ok_or(
                "TLS option `identity_pem`: no private key in PKCS#8 PEM; `openssl pkcs8 -topk8 -nocrypt` makes one \
                 of any other",
            )?;
            NativeIdentity::from_pkcs8(pem, key)
                .map_err(|error| format!("TLS option `identity_pem`: {}", reason(&error.to_string())))
        }
        Identity::Pkcs12 { der, password } => NativeIdentity::from_pkcs12(der, password)
            .map_err(|error| format!("TLS option `identity_pkcs12`: {}", reason(&error.to_string()))),
    }
}

/// The library wants the key's first line first; files have comments and certificates above it.
fn pkcs8(pem: &[u8]) -> Option<&[u8]> {
    const BEGIN: &[u8] = b"-----BEGIN PRIVATE KEY-----";
    pem.windows(BEGIN.len()).position(|window| window == BEGIN).map(|start| &pem[start..])
}

fn protocol(version: TlsVersion) -> Protocol {
    match version {
        TlsVersion::Tls10 => Protocol::Tlsv10,
        TlsVersion::Tls11 => Protocol::Tlsv11,
        TlsVersion::Tls12 => Protocol::Tlsv12,
        TlsVersion::Tls13 => Protocol::Tlsv13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendored_root_is_read() {
        let begins = VENDORED.windows(10).filter(|window| window == b"-----BEGIN").count();
        assert!(begins > 100);
        assert_eq!(vendored().len(), begins);
    }
}
