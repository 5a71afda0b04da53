//! Options that exclude each other: one of them would do nothing.

use std::net::IpAddr;

use crate::error::{Error, Kind, Phase, Result};
use crate::net::IpFamily;

/// Names of the options that somebody has set, of those that stand in a table below.
#[derive(Clone, Default)]
pub(super) struct Chosen(Vec<&'static str>);

/// Each pair with why it cannot be meant.
const PAIRS: &[(&str, &str, &str)] = &[
    ("unix_socket", "proxy", "a Unix socket is connected to without one"),
    ("unix_socket", "proxy_from_env", "a Unix socket is connected to without a proxy"),
    ("unix_socket", "connect_to", "a Unix socket has neither host nor port"),
    ("unix_socket", "resolve", "a Unix socket needs no address"),
    ("unix_socket", "address_guard", "a Unix socket has no address to check"),
    ("unix_socket", "local_address", "a Unix socket has no address"),
    ("unix_socket", "local_ports", "a Unix socket has no port"),
    ("unix_socket", "interface", "a Unix socket is on none"),
    ("unix_socket", "ip_family", "a Unix socket has no address"),
    ("proxy_from_env", "proxy", "what is set replaces what the environment says"),
    ("proxy_from_env", "no_proxy", "what is set replaces what the environment says"),
];

impl Chosen {
    pub(super) fn add(&mut self, option: &'static str) {
        if !self.has(option) {
            self.0.push(option);
        }
    }

    pub(super) fn remove(&mut self, option: &str) {
        self.0.retain(|chosen| *chosen != option);
    }

    /// Adds or removes it.
    pub(super) fn set(&mut self, option: &'static str, on: bool) {
        if on { self.add(option) } else { self.remove(option) }
    }

    pub(super) fn has(&self, option: &str) -> bool {
        self.0.contains(&option)
    }

    fn contradiction(&self) -> Option<String> {
        let (a, b, why) = PAIRS.iter().find(|(a, b, _)| self.has(a) && self.has(b))?;
        Some(format!("{a} and {b}: {why}"))
    }
}

/// # Errors
/// [`Kind::InvalidConfig`] that names both options.
pub(super) fn of_client(chosen: &Chosen) -> Result<()> {
    chosen.contradiction().map_or(Ok(()), |what| Err(wrong(what)))
}

/// `at_socket` is whether the request goes to a Unix socket, by its own choice or its client's.
///
/// # Errors
/// [`Kind::InvalidRequest`] that names both options.
pub(super) fn of_request(chosen: &Chosen, at_socket: bool) -> Result<()> {
    // Nearly every request sets none, and goes through the table for nothing.
    if chosen.0.is_empty() {
        return Ok(());
    }
    let mut chosen = chosen.clone();
    if at_socket {
        chosen.add("unix_socket");
    }
    chosen.contradiction().map_or(Ok(()), |what| Err(in_request(wrong(what))))
}

/// An address of one family never connects to one of another.
pub(super) fn of_addresses(local: Option<IpAddr>, family: IpFamily) -> Result<()> {
    match local.filter(|local| !family.contains(*local)) {
        Some(local) => Err(wrong(format!("local_address and ip_family: {local} cannot connect to {family:?} alone"))),
        None => Ok(()),
    }
}

/// With an `Accept-Encoding` of the caller's own the body comes as it was coded.
pub(super) fn of_coding(chosen: &Chosen) -> Result<()> {
    if !chosen.has("decode") {
        return Ok(());
    }
    let what = "decode and default_header `Accept-Encoding`: who asks for codings of his own decodes them himself";
    Err(wrong(what.into()))
}

/// One request's options are part of that request.
pub(super) fn in_request(error: Error) -> Error {
    Error::new(Kind::InvalidRequest, "an option is wrong").with_phase(Phase::Build).because(error)
}

fn wrong(what: String) -> Error {
    Error::new(Kind::InvalidConfig, what).with_phase(Phase::Build)
}
