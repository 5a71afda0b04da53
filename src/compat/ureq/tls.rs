//! ureq's TLS configurations as ours, each made once.

use std::collections::VecDeque;
use std::ptr;
use std::sync::{Mutex, MutexGuard};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::Error;
use ureq::config::Config;
use ureq::tls::{ClientCert, RootCerts, TlsConfig as UreqTls};

use super::key;
use crate::error;
use crate::net::{Roots, TlsConfig};
use crate::rt;

/// Configurations remembered; a program has one for its agent, and may be a few for single requests.
const REMEMBERED: usize = 16;

/// What was made of ureq's configurations. Making one costs 40 to 80 ms at its first connection.
#[derive(Debug, Default)]
pub(super) struct Configs(Mutex<VecDeque<(UreqTls, TlsConfig)>>);

impl Configs {
    pub(super) fn of(&self, config: &Config) -> Result<TlsConfig, Error> {
        let theirs = config.tls_config();
        if let Some((_, ours)) = self.lock().iter().find(|(known, _)| same(known, theirs)) {
            return Ok(ours.clone());
        }
        let wanted = theirs.clone();
        // OpenSSL parses keys and roots.
        let ours =
            rt::roomy(move || convert(&wanted)).and_then(|made| made).map_err(|error| Error::Other(error.into()))?;
        let mut known = self.lock();
        if known.len() == REMEMBERED {
            known.pop_front();
        }
        known.push_back((theirs.clone(), ours.clone()));
        Ok(ours)
    }

    // Not held over the making, which may wait.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(UreqTls, TlsConfig)>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Whether one stands for the other. Roots and certificates compare by identity, as they do for ureq's pool: what is
/// remembered keeps them alive, so that no other can come to lie at the same place.
fn same(known: &UreqTls, other: &UreqTls) -> bool {
    let roots = match (known.root_certs(), other.root_certs()) {
        (RootCerts::WebPki, RootCerts::WebPki) | (RootCerts::PlatformVerifier, RootCerts::PlatformVerifier) => true,
        (RootCerts::Specific(known), RootCerts::Specific(other)) => std::sync::Arc::ptr_eq(known, other),
        _ => false,
    };
    let identity = match (known.client_cert(), other.client_cert()) {
        (None, None) => true,
        (Some(known), Some(other)) => ptr::eq(known.private_key(), other.private_key()),
        _ => false,
    };
    roots
        && identity
        && known.use_sni() == other.use_sni()
        && known.disable_verification() == other.disable_verification()
}

#[inline(never)]
fn convert(theirs: &UreqTls) -> error::Result<TlsConfig> {
    let unverified = theirs.disable_verification();
    let mut ours = TlsConfig::builder()
        .sni(theirs.use_sni())
        // ureq offers none.
        .alpn(Vec::<String>::new())
        .danger_accept_invalid_certs(unverified)
        .danger_accept_invalid_hostnames(unverified);
    match theirs.root_certs() {
        // Nobody looks at them.
        _ if unverified => {}
        RootCerts::WebPki => ours = ours.roots(Roots::Vendored),
        RootCerts::Specific(roots) => {
            // Stores of machines hold what no library can read; ureq passes over it too.
            let readable =
                roots.iter().map(|root| root.der()).filter(|der| native_tls::Certificate::from_der(der).is_ok());
            ours =
                ours.roots(Roots::Only(readable.map(|der| pem("CERTIFICATE", der)).collect::<String>().into_bytes()));
        }
        // The platform's, and whatever else ureq may come to leave to it.
        _ => ours = ours.roots(Roots::System),
    }
    if let Some(identity) = theirs.client_cert() {
        let (chain, key) = identity_pem(identity)?;
        ours = ours.identity_pem(chain, key);
    }
    ours.build()
}

fn identity_pem(identity: &ClientCert) -> error::Result<(String, String)> {
    let chain = identity.certs().iter().map(|certificate| pem("CERTIFICATE", certificate.der())).collect();
    let key = identity.private_key();
    Ok((chain, pem("PRIVATE KEY", &key::pkcs8(key.der())?)))
}

/// RFC 7468 §2: lines of 64 characters.
fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    // 48 bytes are 64 characters, without padding in all but the last line.
    for line in der.chunks(48) {
        BASE64_STANDARD.encode_string(line, &mut text);
        text.push('\n');
    }
    text + "-----END " + label + "-----\n"
}
