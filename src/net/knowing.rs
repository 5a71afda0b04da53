//! A network that is told the addresses: by a library that looks names up itself, and then asks for the connection.

use std::net::IpAddr;
use std::sync::Arc;

use super::network::Network;
use super::resolve::{Hosts, Resolution};
use super::settings::Settings;
use super::tcp::TcpOptions;

impl Network {
    /// The same network for one connection whose addresses somebody else has found: each host on its port.
    pub(crate) fn knowing(&self, hosts: Vec<(&str, u16, Vec<IpAddr>)>, nodelay: bool) -> Network {
        let mut known = Hosts::default();
        for (host, port, addresses) in hosts {
            known.set(host, Some(port), addresses.into());
        }
        let settings = &self.0;
        let tcp = match settings.tcp.nodelay == nodelay {
            true => settings.tcp.clone(),
            false => Arc::new(TcpOptions { nodelay, ..TcpOptions::clone(&settings.tcp) }),
        };
        Network(Arc::new(Settings {
            resolution: Resolution { hosts: known, names: settings.resolution.names.clone() },
            family: settings.family,
            delay: settings.delay,
            tcp,
            tls: settings.tls.clone(),
            guard: settings.guard.clone(),
        }))
    }
}
