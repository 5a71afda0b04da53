//! Private keys of each kind that ureq reads, as PKCS #8, the one that the platform's libraries take.
//!
//! ```text
//!   PKCS #8 (RFC 5208 §5)    SEQUENCE { 0, algorithm, OCTET STRING { key } }
//!   PKCS #1 (RFC 8017)       the key of an RSA algorithm
//!   SEC 1 (RFC 5915 §3)      SEQUENCE { 1, OCTET STRING, [0] { OID of the curve }, .. }, the key of that curve
//! ```

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use x509_cert::der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};

use crate::error::{Error, Kind, Phase, Result};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// The second field tells them apart; the kind that ureq has noted cannot be named outside of it.
pub(super) fn pkcs8(key: &[u8]) -> Result<Vec<u8>> {
    let (second, rest) = fields(key).map_err(|error| invalid(&error.to_string()))?;
    let wrapped = match second.tag() {
        Tag::Sequence => return Ok(key.to_vec()),
        Tag::Integer => wrap(RSA, AnyRef::NULL.to_der(), key),
        Tag::OctetString => curve(rest).and_then(|curve| wrap(EC, curve.to_der(), key)),
        _ => return Err(invalid("its kind is not known")),
    };
    wrapped.map_err(|error| invalid(&error.to_string()))
}

/// What follows the version.
fn fields(key: &[u8]) -> Der<(AnyRef<'_>, SliceReader<'_>)> {
    let whole = AnyRef::from_der(key)?;
    whole.tag().assert_eq(Tag::Sequence)?;
    let mut fields = SliceReader::new(whole.value())?;
    fields.decode::<u8>()?;
    Ok((fields.decode()?, fields))
}

fn wrap(algorithm: ObjectIdentifier, parameters: Der<Vec<u8>>, key: &[u8]) -> Der<Vec<u8>> {
    let identifier = sequence(&[algorithm.to_der()?, parameters?].concat())?;
    sequence(&[0u8.to_der()?, identifier, OctetStringRef::new(key)?.to_der()?].concat())
}

fn sequence(content: &[u8]) -> Der<Vec<u8>> {
    AnyRef::new(Tag::Sequence, content)?.to_der()
}

fn curve(mut rest: SliceReader<'_>) -> Der<ObjectIdentifier> {
    let parameters: AnyRef<'_> = rest.decode()?;
    parameters.tag().assert_eq(Tag::ContextSpecific { constructed: true, number: TagNumber::N0 })?;
    ObjectIdentifier::from_der(parameters.value())
}

type Der<T> = x509_cert::der::Result<T>;

fn invalid(what: &str) -> Error {
    Error::new(Kind::InvalidConfig, format!("TLS option `client_cert`: its private key cannot be used: {what}"))
        .with_phase(Phase::Build)
}

#[cfg(test)]
mod tests {
    use super::*;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::nid::Nid;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;

    #[test]
    fn every_kind_of_key_is_the_same_key_afterwards() {
        let rsa = Rsa::generate(2048).unwrap();
        let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let ec = EcKey::generate(&curve).unwrap();
        let both = [
            (rsa.private_key_to_der().unwrap(), PKey::from_rsa(rsa).unwrap()),
            (ec.private_key_to_der().unwrap(), PKey::from_ec_key(ec).unwrap()),
        ];
        for (der, key) in both {
            let wrapped = PKey::private_key_from_pkcs8(&pkcs8(&der).unwrap()).unwrap();
            assert!(wrapped.public_eq(&key));
            let whole = key.private_key_to_pkcs8().unwrap();
            assert_eq!(pkcs8(&whole).unwrap(), whole);
        }
    }

    #[test]
    fn what_is_no_key_is_an_error_that_shows_nothing_of_it() {
        for key in [&b""[..], b"\x30\x00", b"s3cret", b"\x30\x03\x02\x01\x01", b"\x30\x08\x02\x01\x01\x04\x03abc"] {
            let error = pkcs8(key).unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidConfig);
            assert!(!format!("{error} {error:?}").contains("s3cret"));
        }
    }
}
