//! What a proxy is asked to connect to, and how the talk with it fails.

use std::io;
use std::net::IpAddr;

use crate::deadline::Until;
use crate::error::{Error, Kind, Phase};

/// What a proxy is asked to connect to.
pub(in crate::net) enum Goal {
    /// It looks the name up.
    Name(String),
    /// Looked up here, or written as such.
    Address(IpAddr),
}

impl Goal {
    /// Host and port, an IPv6 address in brackets (RFC 9110 §9.3.6).
    pub(super) fn authority(&self, port: u16) -> String {
        match self {
            Goal::Address(IpAddr::V6(address)) => format!("[{address}]:{port}"),
            Goal::Address(address) => format!("{address}:{port}"),
            Goal::Name(name) => format!("{name}:{port}"),
        }
    }
}

pub(super) fn failed(error: io::Error, until: Until) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::timeout(Phase::Proxy, until.limit()),
        _ => Error::from_io(error).with_phase(Phase::Proxy),
    }
}

pub(super) fn refused(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Kind::Proxy, what).with_phase(Phase::Proxy)
}
