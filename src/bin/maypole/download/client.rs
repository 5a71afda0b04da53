//! The client that all files share.

use std::fs;

use maypole::deadline::Timeouts;
use maypole::net::{Roots, TlsConfig};
use maypole::{HttpClient, Url};

use super::args::DownloadArgs;
use crate::get::{self, LoginArgs, ProxyArgs};

pub(super) fn build(args: &DownloadArgs, urls: &[Url]) -> Result<HttpClient, String> {
    let connect = Some(args.connect_timeout);
    let timeouts = Timeouts {
        resolve: connect,
        connect,
        tls: connect,
        // Never a reason to fail here: whoever waits for a connection waits for our own other files.
        checkout: None,
        head: Some(args.timeout),
        idle: Some(args.timeout),
        ..Timeouts::default()
    };
    let per_server = usize::from(args.max_connection_per_server) * usize::from(args.max_concurrent_downloads);
    let mut builder = HttpClient::builder().timeouts(timeouts).max_per_host(per_server).tls(tls(args)?);
    if let Some(name) = &args.user_agent {
        builder = builder.user_agent(name);
    }
    if let Some(url) = &args.referer {
        builder = builder.default_header("Referer", url);
    }
    for (name, value) in &args.header {
        builder = builder.default_header(name, value);
    }
    let (proxy, login) = as_for_get(args);
    let urls: Vec<_> = urls.iter().collect();
    builder = get::with_flags(builder, &proxy, &login, &urls)?;
    builder.build().map_err(|error| error.to_string())
}

/// The flags that `get` has, too. Its short ones are not here: aria2's `-x` is another one.
fn as_for_get(args: &DownloadArgs) -> (ProxyArgs, LoginArgs) {
    let proxy = ProxyArgs {
        proxy: args.proxy.clone(),
        proxy_user: args.proxy_user.clone(),
        noproxy: args.noproxy.clone(),
        ..ProxyArgs::default()
    };
    let login = LoginArgs {
        user: args.user.clone(),
        anyauth: args.anyauth,
        netrc: args.netrc,
        netrc_file: args.netrc_file.clone(),
        cookie: args.cookie.clone(),
        ..LoginArgs::default()
    };
    (proxy, login)
}

fn tls(args: &DownloadArgs) -> Result<TlsConfig, String> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = &args.ca_certificate {
        let pem = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        tls = tls.roots(Roots::Only(pem));
    }
    if args.no_check_certificate {
        tls = tls.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    }
    tls.build().map_err(|error| error.to_string())
}
