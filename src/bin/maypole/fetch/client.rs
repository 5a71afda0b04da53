//! The client that all fetches share.

use std::fs;

use maypole::HttpClient;
use maypole::client::{Cache, ClientBuilder, Redirects};
use maypole::deadline::Timeouts;
use maypole::net::{Roots, TlsConfig};

use super::args::{FetchArgs, RequestArgs};
use super::exit;
use super::values::{CacheFor, Header};
use crate::get::{self, LoginArgs, ProxyArgs};
use crate::say;

/// Room for some ten thousand pages.
const MEMORY_CACHE: u64 = 64 << 20;
/// That of `get --cache`.
const DISK_CACHE: u64 = 256 << 20;
/// What is wrong with a flag, and its exit code.
pub(super) type Refused = (u8, String);

pub(super) fn build(args: &FetchArgs) -> Result<HttpClient, Refused> {
    let request = &args.request;
    let usage = |error: maypole::Error| (exit::USAGE, say::reason(&error));
    let connections = args.pace.per_host.unwrap_or(args.pace.concurrency).min(args.pace.concurrency);
    let mut builder = HttpClient::builder()
        .timeouts(timeouts(request))
        .max_per_host(connections)
        .max_idle_total(args.pace.concurrency.max(100))
        .max_body((request.max_body > 0).then_some(request.max_body))
        .redirects(redirects(request))
        .tls(tls(request)?);
    if let Some(cache) = &request.cache {
        builder = builder.cache(kept(cache)?);
    }
    builder = headers(builder, request);
    let (proxy, login) = as_for_get(request);
    builder = get::with_flags(builder, &proxy, &login, &[]).map_err(|why| (exit::USAGE, why))?;
    builder.build().map_err(usage)
}

fn timeouts(args: &RequestArgs) -> Timeouts {
    let connect = Some(args.connect_timeout);
    Timeouts {
        resolve: connect,
        connect,
        tls: connect,
        // Never a reason to fail: whoever waits for a connection waits for our own other fetches.
        checkout: None,
        send: Some(args.timeout),
        head: Some(args.timeout),
        idle: Some(args.timeout),
        total: (!args.max_time.is_zero()).then_some(args.max_time),
        ..Timeouts::default()
    }
}

fn redirects(args: &RequestArgs) -> Redirects {
    if args.location { Redirects::limited(args.max_redirs) } else { Redirects::none() }
}

fn kept(cache: &CacheFor) -> Result<Cache, Refused> {
    match cache {
        CacheFor::Memory => Ok(Cache::memory(MEMORY_CACHE)),
        CacheFor::Time(time) => Ok(Cache::memory(MEMORY_CACHE).keep_all(*time)),
        CacheFor::Disk(folder) => Cache::disk(folder, DISK_CACHE)
            .map_err(|error| (exit::WRITE, format!("--cache {}: {}", folder.display(), say::reason(&error)))),
    }
}

fn headers(mut builder: ClientBuilder, args: &RequestArgs) -> ClientBuilder {
    builder = match args.user_agent.as_deref() {
        Some("") => builder.without_header("User-Agent"),
        Some(name) => builder.user_agent(name),
        None => builder,
    };
    for header in &args.header {
        builder = match header {
            Header::Set(name, value) => builder.default_header(name, value),
            Header::Leave(name) => builder.without_header(name),
        };
    }
    builder
}

fn as_for_get(args: &RequestArgs) -> (ProxyArgs, LoginArgs) {
    let proxy = ProxyArgs { proxy: args.proxy.clone(), noproxy: args.noproxy.clone(), ..ProxyArgs::default() };
    let login = LoginArgs { user: args.user.clone(), cookie: args.cookie.clone(), ..LoginArgs::default() };
    (proxy, login)
}

fn tls(args: &RequestArgs) -> Result<TlsConfig, Refused> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = &args.cacert {
        let pem = fs::read(path).map_err(|error| (77, format!("--cacert {}: {error}", path.display())))?;
        tls = tls.roots(Roots::Only(pem));
    }
    if args.insecure {
        tls = tls.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    }
    tls.build().map_err(|error| (77, format!("--cacert: {error}")))
}
