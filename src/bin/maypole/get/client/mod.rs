//! The client that all URLs of one command share.

mod proxies;
mod redirects;
mod tls;

pub(in crate::get) use proxies::of as proxies;

use std::path::Path;
use std::time::Duration;

use maypole::client::{Cache, ClientBuilder, HarRecorder};
use maypole::deadline::{MinSpeed, Timeouts};
use maypole::message::Version;
use maypole::net::{IpFamily, Keepalive};
use maypole::{CookieJar, HttpClient};

use super::args::{ConnectionArgs, GetArgs, TimingArgs};
use super::exit::Code;
use super::failure::Failure;
use super::login;
use super::plan::Plan;
use super::values::Resolve;

/// curl's: for as long it tries to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(300);
/// Room for a few thousand pages, and little enough to be forgotten on a disk.
const CACHE_BYTES: u64 = 256 << 20;

pub(super) fn build(
    args: &GetArgs,
    plan: &Plan,
    jar: Option<&CookieJar>,
    recorder: Option<&HarRecorder>,
) -> Result<HttpClient, Failure> {
    let rate = args.timing.limit_rate.filter(|rate| *rate > 0);
    let mut builder = HttpClient::builder()
        .timeouts(timeouts(args))
        .tls(tls::config(&args.tls)?)
        .without_header("User-Agent")
        .decode(args.request.compressed)
        .redirects(redirects::of(args, plan))
        .download_rate(rate)
        .upload_rate(rate);
    if let Some(proxies) = proxies::of(&args.proxy)? {
        builder = builder.proxies(proxies);
    }
    if let Some(jar) = jar {
        builder = builder.cookie_jar(jar.clone());
    }
    if let Some(netrc) = login::netrc(&args.login)? {
        builder = builder.netrc(netrc);
    }
    if let Some(recorder) = recorder {
        builder = builder.record(recorder);
    }
    if let Some(folder) = &args.own.cache {
        builder = builder.cache(cache(folder)?);
    }
    Ok(connection(builder, &args.connection).build()?)
}

fn cache(folder: &Path) -> Result<Cache, Failure> {
    Cache::disk(folder, CACHE_BYTES).map_err(|error| Failure { code: Code::WRITE, ..Failure::from(error) })
}

/// curl's limits: none but for connecting, and whatever is asked for.
fn timeouts(args: &GetArgs) -> Timeouts {
    let connect = Some(args.timing.connect_timeout.unwrap_or(CONNECT_TIMEOUT));
    Timeouts {
        resolve: connect,
        connect,
        tls: connect,
        checkout: None,
        send: None,
        head: None,
        idle: None,
        min_speed: min_speed(&args.timing),
        total: args.timing.max_time.filter(|limit| !limit.is_zero()),
        expect_continue: args.request.expect100_timeout,
    }
}

/// As curl: one of both flags brings the other's default, and 0 switches it off.
fn min_speed(args: &TimingArgs) -> Option<MinSpeed> {
    let (bytes_per_second, seconds) = match (args.speed_limit, args.speed_time) {
        (None, None) => return None,
        (limit, time) => (limit.unwrap_or(1), time.unwrap_or(30)),
    };
    let over = Duration::from_secs(seconds);
    (bytes_per_second > 0 && seconds > 0).then_some(MinSpeed { bytes_per_second, over })
}

fn connection(mut builder: ClientBuilder, args: &ConnectionArgs) -> ClientBuilder {
    if args.http10 {
        builder = builder.version(Version::Http10);
    }
    if args.ipv4 {
        builder = builder.ip_family(IpFamily::V4);
    }
    if args.ipv6 {
        builder = builder.ip_family(IpFamily::V6);
    }
    builder = elsewhere(builder, &args.resolve, &args.connect_to, args.unix_socket.as_deref());
    if let Some(ports) = &args.local_port {
        builder = builder.local_ports(ports.clone());
    }
    if !args.no_keepalive {
        let every = Duration::from_secs(args.keepalive_time.into());
        builder = builder.tcp_keepalive(Keepalive { interval: Some(every), ..Keepalive::after(every) });
    }
    if args.haproxy_protocol {
        builder = builder.haproxy_protocol(true);
    }
    match &args.interface {
        Some(typed) => interface(builder, typed),
        None => builder,
    }
}

fn interface(builder: ClientBuilder, typed: &str) -> ClientBuilder {
    if let Some(name) = typed.strip_prefix("if!") {
        return builder.interface(name);
    }
    let typed = typed.strip_prefix("host!").unwrap_or(typed);
    match typed.parse() {
        Ok(address) => builder.local_address(address),
        Err(_) => builder.interface(typed),
    }
}

/// `--resolve`, `--connect-to` and `--unix-socket`.
pub(crate) fn elsewhere(
    mut builder: ClientBuilder,
    resolve: &[Resolve],
    connect_to: &[String],
    unix_socket: Option<&Path>,
) -> ClientBuilder {
    for entry in resolve {
        builder = builder.resolve(&entry.host, entry.port, entry.addresses.iter().copied());
    }
    for rule in connect_to {
        builder = builder.connect_to(rule);
    }
    match unix_socket {
        Some(path) => builder.unix_socket(path),
        None => builder,
    }
}
