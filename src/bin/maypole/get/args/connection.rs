//! The way to the server.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::Args;

use super::super::values::{self, Resolve};

#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Use these addresses for a name: `HOST:PORT:ADDR[,ADDR]`.
    #[arg(long, value_name = "ENTRY", value_parser = values::resolve)]
    pub(crate) resolve: Vec<Resolve>,
    /// Connect elsewhere: `HOST1:PORT1:HOST2:PORT2`; empty ones are any, or stay as they are.
    #[arg(long, value_name = "RULE")]
    pub(crate) connect_to: Vec<String>,
    /// Connect to a Unix socket instead.
    #[arg(long, value_name = "PATH")]
    pub(crate) unix_socket: Option<PathBuf>,
    /// Local interface or address; `if!NAME` and `host!ADDRESS` say which.
    #[arg(long, value_name = "NAME")]
    pub(crate) interface: Option<String>,
    /// Local port, or the first that is free of a range.
    #[arg(long, value_name = "N[-M]", value_parser = values::ports)]
    pub(crate) local_port: Option<RangeInclusive<u16>>,
    /// IPv4 only.
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    pub(crate) ipv4: bool,
    /// IPv6 only.
    #[arg(short = '6', long)]
    pub(crate) ipv6: bool,
    /// HTTP/1.0.
    #[arg(short = '0', long = "http1.0", conflicts_with = "http11")]
    pub(crate) http10: bool,
    /// HTTP/1.1, which is the default.
    #[arg(long = "http1.1")]
    pub(crate) http11: bool,
    /// HTTP/2: not part of this build.
    #[arg(long)]
    pub(crate) http2: bool,
    /// HTTP/2 without asking: not part of this build.
    #[arg(long)]
    pub(crate) http2_prior_knowledge: bool,
    /// No probes on idle TCP connections.
    #[arg(long)]
    pub(crate) no_keepalive: bool,
    /// Seconds without traffic before, and between, probes of a TCP connection.
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) keepalive_time: u16,
    /// Begin each connection with HAProxy's PROXY line, version 1.
    #[arg(long)]
    pub(crate) haproxy_protocol: bool,
}
