//! The messages of both protocols, checked as they are written.

use std::net::IpAddr;

use super::refusal::Refusal;

/// Whom to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Destination<'a> {
    /// A name, which the proxy looks up: SOCKS 4a and 5.
    Name(&'a str),
    /// An address.
    Address(IpAddr),
}

const CONNECT: u8 = 1;

/// SOCKS 4: version, command, port, address, user, NUL. 4a: an impossible address 0.0.0.1, and the name after the user.
pub(super) fn request4(to: Destination<'_>, port: u16, user: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (address, name) = match to {
        Destination::Address(IpAddr::V4(address)) => (address.octets(), None),
        Destination::Address(IpAddr::V6(_)) => return Err(Refusal::NoIpv6),
        Destination::Name(name) => ([0, 0, 0, 1], Some(checked(name)?)),
    };
    if user.len() > 255 || user.contains(&0) {
        return Err(Refusal::Credentials);
    }
    let mut out = vec![4, CONNECT];
    out.extend_from_slice(&port.to_be_bytes());
    out.extend_from_slice(&address);
    for text in std::iter::once(user).chain(name) {
        out.extend_from_slice(text);
        out.push(0);
    }
    Ok(out)
}

/// RFC 1928 §3: the methods that may be chosen: none (0), user and password (2).
pub(super) fn greeting(with_credentials: bool) -> Vec<u8> {
    if with_credentials { vec![5, 2, 0, 2] } else { vec![5, 1, 0] }
}

/// RFC 1929 §2.
pub(super) fn login(user: &[u8], password: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut out = vec![1];
    for text in [user, password] {
        out.push(u8::try_from(text.len()).map_err(|_| Refusal::Credentials)?);
        out.extend_from_slice(text);
    }
    Ok(out)
}

/// RFC 1928 §4.
pub(super) fn request5(to: Destination<'_>, port: u16) -> Result<Vec<u8>, Refusal> {
    let mut out = vec![5, CONNECT, 0];
    match to {
        Destination::Address(IpAddr::V4(address)) => {
            out.push(1);
            out.extend_from_slice(&address.octets());
        }
        Destination::Address(IpAddr::V6(address)) => {
            out.push(4);
            out.extend_from_slice(&address.octets());
        }
        Destination::Name(name) => {
            let name = checked(name)?;
            out.extend_from_slice(&[3, name.len() as u8]);
            out.extend_from_slice(name);
        }
    }
    out.extend_from_slice(&port.to_be_bytes());
    Ok(out)
}

/// A length that wraps to a small one, or a NUL that ends the field early, would make the proxy read another message.
fn checked(name: &str) -> Result<&[u8], Refusal> {
    let fits = (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(name.as_bytes()) } else { Err(Refusal::Name) }
}
