//! Certificates made for one test process: an authority and what it signed.

use std::sync::OnceLock;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Builder, X509NameBuilder};

/// A certificate with its key.
#[derive(Clone)]
pub struct Leaf {
    pub certificate: X509,
    pub key: PKey<Private>,
}

impl Leaf {
    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub fn der(&self) -> Vec<u8> {
        self.certificate.to_der().unwrap()
    }

    /// Signed by itself, for localhost and the loopback addresses.
    pub fn self_signed() -> Self {
        let key = new_key();
        let mut builder = start("localhost", &key, 0..30);
        builder.set_issuer_name(&name_of("localhost")).unwrap();
        let names =
            SubjectAlternativeName::new().dns("localhost").ip("127.0.0.1").build(&builder.x509v3_context(None, None));
        builder.append_extension(names.unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self { certificate: builder.build(), key }
    }

    /// PKCS #8.
    pub fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }
}

/// What signs the leaves; clients take its certificate as their root.
pub struct Authority(pub Leaf);

/// The authority of this process.
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| Authority::new("maypole test authority"))
}

/// For localhost, 127.0.0.1, ::1 and *.maypole.test, signed by [`authority`].
pub fn leaf() -> &'static Leaf {
    static LEAF: OnceLock<Leaf> = OnceLock::new();
    LEAF.get_or_init(|| authority().sign("localhost", &["localhost", "*.maypole.test"], 0..30))
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = new_key();
        let mut builder = start(name, &key, 0..30);
        builder.set_issuer_name(&name_of(name)).unwrap();
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        Self(Leaf { certificate: builder.build(), key })
    }

    /// A leaf for these DNS names and the loopback addresses, valid for these days from today.
    pub fn sign(&self, name: &str, dns: &[&str], days: std::ops::Range<i64>) -> Leaf {
        self.signed(name, dns, days, |_| ())
    }

    /// For localhost, but for the other end: extended key usage `clientAuth` alone.
    pub fn sign_for_clients(&self) -> Leaf {
        self.signed("localhost", &["localhost"], 0..30, |builder| {
            builder.append_extension(ExtendedKeyUsage::new().client_auth().build().unwrap()).unwrap();
        })
    }

    fn signed(
        &self,
        name: &str,
        dns: &[&str],
        days: std::ops::Range<i64>,
        more: impl FnOnce(&mut X509Builder),
    ) -> Leaf {
        let key = new_key();
        let mut builder = start(name, &key, days);
        more(&mut builder);
        builder.set_issuer_name(self.0.certificate.subject_name()).unwrap();
        let mut names = SubjectAlternativeName::new();
        for name in dns {
            names.dns(name);
        }
        if dns.contains(&"localhost") {
            names.ip("127.0.0.1").ip("::1");
        }
        let names = names.build(&builder.x509v3_context(Some(&self.0.certificate), None)).unwrap();
        builder.append_extension(names).unwrap();
        builder.sign(&self.0.key, MessageDigest::sha256()).unwrap();
        Leaf { certificate: builder.build(), key }
    }
}

fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn name_of(name: &str) -> openssl::x509::X509Name {
    let mut builder = X509NameBuilder::new().unwrap();
    builder.append_entry_by_text("CN", name).unwrap();
    builder.build()
}

fn start(name: &str, key: &PKey<Private>, days: std::ops::Range<i64>) -> X509Builder {
    let day = |n: i64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        Asn1Time::from_unix(now + n * 86_400 - 60).unwrap()
    };
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(120, openssl::bn::MsbOption::MAYBE_ZERO, false).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&name_of(name)).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&day(days.start)).unwrap();
    builder.set_not_after(&day(days.end)).unwrap();
    builder
}
