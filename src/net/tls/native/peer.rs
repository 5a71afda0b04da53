//! What is checked about a server beyond what the library checks.

use sha2::{Digest, Sha256};
use std::net::IpAddr;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::error::{Error, Kind, Result};
use crate::net::info::TlsInfo;
use crate::net::tls::pin::Pin;
use crate::net::tls::settings::Settings;

pub(super) fn check(info: &TlsInfo, settings: &Settings) -> Result<()> {
    offered(info, settings)?;
    let names = !settings.accept_invalid_certs && !settings.accept_invalid_hostnames;
    if !names && settings.pins.is_empty() {
        return Ok(());
    }
    let der = info.peer_certificate.as_deref().ok_or_else(|| refused(info, "the server showed none"))?;
    let certificate =
        Certificate::from_der(der).map_err(|error| refused(info, &format!("it cannot be read: {error}")))?;
    if names && !has_alternative_name(&certificate, &info.server_name) {
        return Err(refused(info, "it has no subject alternative name"));
    }
    pinned(&certificate, info, settings)
}

/// RFC 7301 §3.2: a server chooses one of the protocols that were offered. OpenSSL 3.0.22 checks that too,
/// the other libraries and older versions pass any name on.
fn offered(info: &TlsInfo, settings: &Settings) -> Result<()> {
    match &info.alpn {
        Some(chosen) if !settings.alpn.contains(chosen) => {
            Err(Error::new(Kind::Tls, format!("the server chose the protocol `{chosen}`, which was not offered")))
        }
        _ => Ok(()),
    }
}

/// RFC 9525 §2: the common name is not a name to verify. OpenSSL still falls back to it where there is no other.
fn has_alternative_name(certificate: &Certificate, name: &str) -> bool {
    let address = name.parse::<IpAddr>().is_ok();
    certificate.tbs_certificate.get::<SubjectAltName>().ok().flatten().is_some_and(|(_, names)| {
        names.0.iter().any(|name| match name {
            GeneralName::DnsName(_) => !address,
            GeneralName::IpAddress(_) => address,
            _ => false,
        })
    })
}

fn pinned(certificate: &Certificate, info: &TlsInfo, settings: &Settings) -> Result<()> {
    if settings.pins.is_empty() {
        return Ok(());
    }
    let key = certificate.tbs_certificate.subject_public_key_info.to_der();
    let key = key.map_err(|error| refused(info, &format!("its key cannot be read: {error}")))?;
    let pin = Pin(Sha256::digest(&key).into());
    if settings.pins.contains(&pin) {
        return Ok(());
    }
    let why = format!("its public key {pin} is not a pinned one (subject {})", subject(certificate));
    Err(Error::new(Kind::PinnedKey, format!("certificate of {} not accepted: {why}", info.server_name)))
}

fn subject(certificate: &Certificate) -> String {
    certificate.tbs_certificate.subject.to_string()
}

fn refused(info: &TlsInfo, why: &str) -> Error {
    Error::new(Kind::Certificate, format!("certificate of {} not accepted: {why}", info.server_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_f7_only_what_was_offered_may_be_chosen() {
        let settings = Settings { pins: Vec::new(), accept_invalid_certs: true, ..Settings::default() };
        let chosen = |alpn: Option<&str>| TlsInfo { alpn: alpn.map(Into::into), ..TlsInfo::default() };
        assert!(check(&chosen(None), &settings).is_ok());
        assert!(check(&chosen(Some("http/1.1")), &settings).is_ok());
        assert_eq!(check(&chosen(Some("h2")), &settings).unwrap_err().kind(), Kind::Tls);
        assert_eq!(check(&chosen(Some("")), &settings).unwrap_err().kind(), Kind::Tls);
    }

    #[test]
    fn a_server_without_a_certificate_is_refused() {
        assert_eq!(check(&TlsInfo::default(), &Settings::default()).unwrap_err().kind(), Kind::Certificate);
    }
}
