//! A certificate for `localhost` and the authority that signed it, made for one run. P-256, as most servers have it.

use std::path::Path;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, KeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

use super::failed;

pub(crate) const AUTHORITY: &str = "authority.pem";
pub(crate) const CHAIN: &str = "chain.pem";
pub(crate) const KEY: &str = "key.pem";

pub(crate) fn write(directory: &Path) -> Result<(), String> {
    for (name, pem) in make().map_err(failed("certificate"))? {
        std::fs::write(directory.join(name), pem).map_err(failed(name))?;
    }
    Ok(())
}

/// Names of files with what belongs into them.
fn make() -> Result<[(&'static str, Vec<u8>); 3], ErrorStack> {
    let (authority_key, leaf_key) = (key()?, key()?);
    let mut authority = builder("maypole bench authority", &authority_key)?;
    authority.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    authority.append_extension(KeyUsage::new().critical().key_cert_sign().build()?)?;
    authority.sign(&authority_key, MessageDigest::sha256())?;
    let authority = authority.build();

    let mut leaf = builder("localhost", &leaf_key)?;
    leaf.set_issuer_name(authority.subject_name())?;
    let names = SubjectAlternativeName::new()
        .dns("localhost")
        .ip("127.0.0.1")
        .build(&leaf.x509v3_context(Some(&authority), None))?;
    leaf.append_extension(names)?;
    leaf.sign(&authority_key, MessageDigest::sha256())?;
    let key = leaf_key.private_key_to_pem_pkcs8()?;
    Ok([(AUTHORITY, authority.to_pem()?), (CHAIN, leaf.build().to_pem()?), (KEY, key)])
}

fn key() -> Result<PKey<Private>, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    PKey::from_ec_key(EcKey::generate(&group)?)
}

/// Self-signed until its issuer is set; valid for two days around now.
fn builder(name: &str, key: &PKey<Private>) -> Result<X509Builder, ErrorStack> {
    let mut subject = X509NameBuilder::new()?;
    subject.append_entry_by_nid(Nid::COMMONNAME, name)?;
    let subject = subject.build();
    let mut certificate = X509::builder()?;
    certificate.set_version(2)?;
    certificate.set_serial_number(BigNum::from_u32(name.len() as u32)?.to_asn1_integer()?.as_ref())?;
    certificate.set_subject_name(&subject)?;
    certificate.set_issuer_name(&subject)?;
    certificate.set_pubkey(key)?;
    certificate.set_not_before(Asn1Time::days_from_now(0)?.as_ref())?;
    certificate.set_not_after(Asn1Time::days_from_now(2)?.as_ref())?;
    Ok(certificate)
}
