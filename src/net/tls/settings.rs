//! What a TLS configuration says, as plain values: two of them are the same configuration if every part is equal.

use std::fmt;

use super::pin::Pin;

/// Which authorities may vouch for a server.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Roots {
    /// Mozilla's, compiled into this crate: the same on every machine, in a bare container too.
    #[default]
    Vendored,
    /// The machine's own store, with what its administrator added.
    System,
    /// These PEM certificates and no others.
    Only(Vec<u8>),
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Roots::Vendored => f.write_str("Vendored"),
            Roots::System => f.write_str("System"),
            Roots::Only(pem) => write!(f, "Only({} bytes of PEM)", pem.len()),
        }
    }
}

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.0, deprecated by RFC 8996; many builds of OpenSSL 3 refuse it whatever is asked for.
    Tls10,
    /// TLS 1.1, deprecated by RFC 8996; many builds of OpenSSL 3 refuse it whatever is asked for.
    Tls11,
    /// TLS 1.2, RFC 5246.
    Tls12,
    /// TLS 1.3, RFC 8446.
    Tls13,
}

/// What proves who we are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::net) enum Identity {
    Pem { certificates: Vec<u8>, key: Vec<u8> },
    Pkcs12 { der: Vec<u8>, password: String },
}

// Neither a private key nor its password belongs into a log.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Identity::Pem { .. } => "Pem(hidden)",
            Identity::Pkcs12 { .. } => "Pkcs12(hidden)",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::net) struct Settings {
    pub(in crate::net) roots: Roots,
    pub(in crate::net) more_roots: Vec<Vec<u8>>,
    pub(in crate::net) identity: Option<Identity>,
    pub(in crate::net) min_version: TlsVersion,
    pub(in crate::net) max_version: Option<TlsVersion>,
    pub(in crate::net) alpn: Vec<String>,
    pub(in crate::net) server_name: Option<String>,
    pub(in crate::net) sni: bool,
    pub(in crate::net) pins: Vec<Pin>,
    pub(in crate::net) accept_invalid_certs: bool,
    pub(in crate::net) accept_invalid_hostnames: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            more_roots: Vec::new(),
            identity: None,
            min_version: TlsVersion::Tls12,
            max_version: None,
            alpn: vec!["http/1.1".into()],
            server_name: None,
            sni: true,
            pins: Vec::new(),
            accept_invalid_certs: false,
            accept_invalid_hostnames: false,
        }
    }
}
