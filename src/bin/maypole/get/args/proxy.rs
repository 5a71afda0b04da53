//! Proxies.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Proxy")]
pub(crate) struct ProxyArgs {
    /// Proxy, `[SCHEME://][USER:PASSWORD@]HOST[:PORT]`: http, https, socks4, socks4a, socks5 or socks5h; '' for none
    /// [default: http_proxy, https_proxy, all_proxy]
    #[arg(short = 'x', long, value_name = "PROXY")]
    pub(crate) proxy: Option<String>,
    /// User name and password for the proxy.
    #[arg(short = 'U', long, value_name = "USER:PASSWORD")]
    pub(crate) proxy_user: Option<String>,
    /// Header for the proxy alone.
    #[arg(long, value_name = "HEADER")]
    pub(crate) proxy_header: Vec<String>,
    /// Go through a tunnel (CONNECT) for http URLs, too.
    #[arg(short = 'p', long)]
    pub(crate) proxytunnel: bool,
    /// Hosts to reach without a proxy, `*` for all [default: no_proxy]
    #[arg(long, value_name = "LIST")]
    pub(crate) noproxy: Option<String>,
    /// SOCKS 4 proxy; names are looked up here.
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with_all = ["socks4a", "socks5", "socks5_hostname", "proxy"])]
    pub(crate) socks4: Option<String>,
    /// SOCKS 4a proxy; it looks names up.
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with_all = ["socks5", "socks5_hostname", "proxy"])]
    pub(crate) socks4a: Option<String>,
    /// SOCKS 5 proxy; names are looked up here.
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with_all = ["socks5_hostname", "proxy"])]
    pub(crate) socks5: Option<String>,
    /// SOCKS 5 proxy; it looks names up.
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with = "proxy")]
    pub(crate) socks5_hostname: Option<String>,
    /// SOCKS proxy to reach the other proxy through.
    #[arg(long, value_name = "PROXY")]
    pub(crate) preproxy: Option<String>,
    /// Accept any certificate of an https proxy.
    #[arg(long)]
    pub(crate) proxy_insecure: bool,
    /// Trust the certificates in this PEM file, and no others, for https proxies.
    #[arg(long, value_name = "FILE")]
    pub(crate) proxy_cacert: Option<PathBuf>,
}
