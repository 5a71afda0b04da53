//! Certificates made for one process.

use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

/// An authority, and a certificate of its for 127.0.0.1 or another name.
pub(crate) struct Certified {
    pub(crate) authority_pem: Vec<u8>,
    pub(crate) acceptor: SslAcceptor,
}

/// A server whose certificate is good for 127.0.0.1.
pub(crate) fn good() -> Certified {
    certified(|names| names.ip("127.0.0.1"))
}

/// A server whose certificate is somebody else's.
pub(crate) fn of_another() -> Certified {
    certified(|names| names.dns("another.test"))
}

fn certified(names: impl Fn(&mut SubjectAlternativeName) -> &mut SubjectAlternativeName) -> Certified {
    let (ca_key, key) = (new_key(), new_key());
    let ca = signed("authority", &ca_key, None, |builder| {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    });
    let leaf = signed("leaf", &key, Some((&ca, &ca_key)), |builder| {
        let mut extension = SubjectAlternativeName::new();
        let extension = names(&mut extension).build(&builder.x509v3_context(Some(&ca), None)).unwrap();
        builder.append_extension(extension).unwrap();
    });
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    acceptor.set_certificate(&leaf).unwrap();
    Certified { authority_pem: ca.to_pem().unwrap(), acceptor: acceptor.build() }
}

fn signed(
    name: &str,
    key: &PKey<Private>,
    issuer: Option<(&X509, &PKey<Private>)>,
    extend: impl FnOnce(&mut openssl::x509::X509Builder),
) -> X509 {
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, MsbOption::MAYBE_ZERO, false).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer.map_or(&subject, |(ca, _)| ca.subject_name())).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    extend(&mut builder);
    builder.sign(issuer.map_or(key, |(_, ca_key)| ca_key), MessageDigest::sha256()).unwrap();
    builder.build()
}

fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}
