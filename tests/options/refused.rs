//! Options that cannot be meant together are refused by name, before anything is sent; what only looks so is not.

use std::net::IpAddr;
use std::time::Duration;

use maypole::client::{Auth, Cache, CacheMode, Decode, Proxies, Retry};
use maypole::error::{Kind, Phase};
use maypole::limits::Limits;
use maypole::net::{AddressGuard, IpFamily, Keepalive, Proxy, TlsConfig, TlsConfigBuilder, TlsVersion};
use maypole::{ClientBuilder, CookieJar, HttpClient, RequestBuilder, Session, Version};

use crate::stage::ms;

fn proxy() -> Proxy {
    Proxy::parse("http://127.0.0.1:9").unwrap()
}

fn v4() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

type Options<B> = fn(B) -> B;

const SECOND: Duration = Duration::from_secs(1);

/// What stands in the error, and how it comes about.
const CLIENT: &[(&[&str], Options<ClientBuilder>)] = &[
    (&["only_origin", "base_url"], |b| b.only_origin(true)),
    (&["unix_socket", "proxy"], |b| b.unix_socket("/s").proxy(proxy())),
    (&["unix_socket", "proxy"], |b| b.proxies(Proxies::all(proxy())).unix_socket("/s")),
    (&["unix_socket", "proxy_from_env"], |b| b.unix_socket("/s").proxy_from_env(true)),
    (&["unix_socket", "connect_to"], |b| b.unix_socket("/s").connect_to("a:80:b:80")),
    (&["unix_socket", "resolve"], |b| b.unix_socket("/s").resolve("a", 80, [v4()])),
    (&["unix_socket", "address_guard"], |b| b.unix_socket("/s").address_guard(AddressGuard::public_only())),
    (&["unix_socket", "local_address"], |b| b.local_address(v4()).unix_socket("/s")),
    (&["unix_socket", "local_ports"], |b| b.local_ports(1..=2).unix_socket("/s")),
    (&["unix_socket", "interface"], |b| b.interface("lo").unix_socket("/s")),
    (&["unix_socket", "ip_family"], |b| b.ip_family(IpFamily::V4).unix_socket("/s")),
    (&["proxy_from_env", "proxy"], |b| b.proxy(proxy()).proxy_from_env(true)),
    (&["proxy_from_env", "no_proxy"], |b| b.proxy_from_env(true).no_proxy()),
    (&["local_address", "ip_family"], |b| b.local_address(v4()).ip_family(IpFamily::V6)),
    (&["local_address", "ip_family"], |b| b.ip_family(IpFamily::V4).local_address("::1".parse().unwrap())),
    (&["max_concurrent_per_host", "max_concurrent"], |b| b.max_concurrent(2).max_concurrent_per_host(3)),
    (&["cache_mode", "cache"], |b| b.cache_mode(CacheMode::OnlyIfCached)),
    (&["max_entries"], |b| b.cache(Cache::memory(1 << 20).max_entries(0))),
    (&["bytes"], |b| b.cache(Cache::memory(0))),
    (&["max_object", "1000"], |b| b.cache(Cache::memory(1000).max_object(1001))),
    (&["keep_all"], |b| b.cache(Cache::memory(1000).keep_all(Duration::ZERO))),
    (&["keep_all", "stale_if_error"], |b| b.cache(Cache::memory(1000).stale_if_error(SECOND).keep_all(SECOND))),
    (&["retry_followers", "single_flight"], |b| {
        b.cache(Cache::memory(1000).retry_followers(true).single_flight(Duration::ZERO))
    }),
    (&["decode", "Accept-Encoding"], |b| b.decode(Decode::default()).default_header("Accept-Encoding", "gzip")),
    (&["interface"], |b| b.interface("")),
    (&["local_ports"], |b| b.local_ports(0..=1)),
    (&["resolve"], |b| b.resolve("a", 80, [])),
    (&["connect_to"], |b| b.connect_to("a:80")),
    (&["hedge"], |b| b.hedge(Duration::ZERO)),
    (&["retry"], |b| b.retry(Retry::standard().backoff(SECOND, ms(1)))),
    (&["auth"], |b| b.auth(Auth::bearer("a\nb"))),
    (&["default_header"], |b| b.default_header("a b", "c")),
    (&["sensitive_headers"], |b| b.sensitive_headers(["X Key"])),
    (&["max_per_host"], |b| b.max_per_host(0)),
    (&["max_requests"], |b| b.max_requests(0)),
    (&["max_concurrent"], |b| b.max_concurrent(0)),
    (&["max_concurrent_per_host"], |b| b.max_concurrent_per_host(0)),
    (&["download_rate"], |b| b.download_rate(0)),
    (&["upload_rate"], |b| b.upload_rate(0)),
    (&["total_download_rate"], |b| b.total_download_rate(0)),
    (&["total_upload_rate"], |b| b.total_upload_rate(0)),
    (&["min_speed"], |b| b.min_speed(0, SECOND)),
];

/// What looks like a contradiction, and has one meaning.
const LEGAL: &[(&str, Options<ClientBuilder>)] = &[
    ("the last of proxy, proxies and no_proxy counts", |b| b.proxy(proxy()).no_proxy().unix_socket("/s")),
    ("a setting for requests that go another way", |b| b.tcp_keepalive(Keepalive::after(SECOND)).unix_socket("/s")),
    ("a proxy that is set, and no environment", |b| b.proxy(proxy()).proxy_from_env(false)),
    ("the last of cookies and cookie_jar counts", |b| b.cookie_jar(CookieJar::new()).cookies(false)),
    ("part of the whole", |b| b.timeout(ms(10)).connect_timeout(SECOND)),
    ("own time is no slowness", |b| b.download_rate(10).min_speed(1000, SECOND)),
    ("per host over all ports", |b| b.max_per_host(1).max_concurrent_per_host(2)),
    ("one at a time, each", |b| b.max_concurrent(2).max_concurrent_per_host(2)),
    ("streams may be longer than what is collected", |b| b.limits(Limits { whole_body: 1, ..Limits::default() })),
    ("a line of the caller's wins", |b| b.default_header("Authorization", "x").basic_auth("u", "p")),
    ("nothing to decode, nothing offered", |b| b.decode(false).default_header("Accept-Encoding", "gzip")),
    ("addresses of the guard's choice", |b| b.address_guard(AddressGuard::public_only()).proxy(proxy())),
    ("the same family", |b| b.local_address(v4()).ip_family(IpFamily::V4)),
    ("set by hand before looked up", |b| b.resolve("a", 0, [v4()]).remember_names(Duration::ZERO)),
    ("a cache above made-up answers", |b| b.cache(Cache::memory(1)).cache_mode(CacheMode::NoStore)),
    ("no connection is kept", |b| b.max_idle_total(0).pool_idle_timeout(SECOND)),
    ("its own back-off", |b| b.resume(1).retry(Retry::none())),
];

#[test]
fn c285_contradictions_of_a_client_are_refused_by_name() {
    for (names, options) in CLIENT {
        let error = options(HttpClient::builder()).build().expect_err(&format!("{names:?}"));
        assert_eq!((error.kind(), error.phase()), (Kind::InvalidConfig, Some(Phase::Build)), "{names:?}");
        names.iter().for_each(|name| assert!(error.to_string().contains(name), "{names:?}: {error}"));
    }
    for (why, options) in LEGAL {
        options(HttpClient::builder()).build().unwrap_or_else(|error| panic!("{why}: {error}"));
    }
}

#[test]
fn c29_a_line_that_is_left_out_stays_out_whatever_is_said_of_decoding() {
    let stage = crate::stage::Stage::new();
    for options in [(|b| b.without_header("Accept-Encoding").decode(true)) as Options<ClientBuilder>, |b| {
        b.decode(true).without_header("Accept-Encoding")
    }] {
        let client = options(stage.builder()).build().unwrap();
        for request in [client.get(stage.url("/echo")), client.get(stage.url("/echo")).decode(true)] {
            let seen = request.send().unwrap().text().unwrap();
            assert!(!seen.contains("Accept-Encoding"), "{seen}");
        }
    }
}

#[test]
fn c285_the_first_one_is_the_error_and_a_session_checks_alike() {
    let error = HttpClient::builder().max_per_host(0).max_requests(0).build().unwrap_err();
    assert!(error.to_string().contains("max_per_host"), "{error}");
    let error = Session::builder().auth(Auth::bearer("a\nb")).build().unwrap_err();
    assert_eq!(error.kind(), Kind::InvalidConfig);
    let error = Session::builder().client(|client| client.only_origin(true)).build().unwrap_err();
    assert!(error.to_string().contains("base_url"), "{error}");
}

type Both = (&'static [&'static str], Options<ClientBuilder>, Options<RequestBuilder>);

const REQUEST: &[Both] = &[
    (&["unix_socket", "proxy"], |b| b, |r| r.unix_socket("/s").proxy(proxy())),
    (&["unix_socket", "proxy"], |b| b, |r| r.proxy(proxy()).unix_socket("/s")),
    (&["unix_socket", "connect_to"], |b| b, |r| r.unix_socket("/s").connect_to(":::1")),
    (&["unix_socket", "local_address"], |b| b, |r| r.unix_socket("/s").local_address(v4())),
    (&["unix_socket", "local_ports"], |b| b.unix_socket("/s"), |r| r.local_ports(1..=2)),
    (&["unix_socket", "interface"], |b| b.unix_socket("/s"), |r| r.interface("lo")),
    (&["unix_socket", "ip_family"], |b| b.unix_socket("/s"), |r| r.ip_family(IpFamily::V4)),
    (&["unix_socket", "address_guard"], |b| b, |r| r.unix_socket("/s").address_guard(AddressGuard::public_only())),
    (&["local_address", "ip_family"], |b| b, |r| r.local_address(v4()).ip_family(IpFamily::V6)),
    (&["local_address", "ip_family"], |b| b.local_address(v4()), |r| r.ip_family(IpFamily::V6)),
    (&["local_address", "ip_family"], |b| b.ip_family(IpFamily::V6), |r| r.local_address(v4())),
    (&["cache_mode", "cache"], |b| b, |r| r.cache_mode(CacheMode::OnlyIfCached)),
    (&["cache_mode", "cache"], cached, |r| r.cache_mode(CacheMode::OnlyIfCached).without_cache()),
    (&["expect_continue", "version"], |b| b.version(Version::Http10), |r| r.expect_continue()),
    (&["raw_framing", "decode"], |b| b, |r| r.raw_framing(true)),
    (&["hedge"], |b| b, |r| r.hedge(Duration::ZERO)),
    (&["interface"], |b| b, |r| r.interface("")),
    (&["local_ports"], |b| b, |r| r.local_ports(0..=0)),
    (&["connect_to"], |b| b, |r| r.connect_to("a:80")),
    (&["retry"], |b| b, |r| r.retry(Retry::standard().statuses([7]))),
    (&["download_rate"], |b| b, |r| r.download_rate(0)),
    (&["upload_rate"], |b| b, |r| r.upload_rate(0)),
    (&["min_speed"], |b| b, |r| r.min_speed(1, Duration::ZERO)),
];

fn cached(builder: ClientBuilder) -> ClientBuilder {
    builder.cache(Cache::memory(1 << 20))
}

#[test]
fn c285_contradictions_of_a_request_are_refused_by_name_before_anything_is_sent() {
    for (names, client, options) in REQUEST {
        let client = client(HttpClient::builder().proxy_from_env(false)).build().unwrap();
        // A port that nobody listens at: whatever were sent would be another error.
        let error = options(client.get("http://127.0.0.1:9/")).send().expect_err(&format!("{names:?}"));
        assert!(matches!(error.kind(), Kind::InvalidRequest | Kind::InvalidConfig), "{names:?}: {error}");
        assert_eq!((error.phase(), client.stats().created), (Some(Phase::Build), 0), "{names:?}");
        names.iter().for_each(|name| assert!(error.to_string().contains(name), "{names:?}: {error}"));
    }
}

const TLS: &[(&[&str], Options<TlsConfigBuilder>)] = &[
    (&["min_version", "max_version"], |b| b.min_version(TlsVersion::Tls13).max_version(TlsVersion::Tls12)),
    (&["identity_pem", "identity_pkcs12"], |b| b.identity_pem("a", "b").identity_pkcs12("c", "d")),
    (&["alpn"], |b| b.alpn([""])),
    (&["server_name"], |b| b.server_name("")),
    (&["pinned_public_key"], |b| b.pinned_public_key("md5//x")),
];

#[test]
fn c285_contradictions_of_tls_are_refused_by_name() {
    for (names, options) in TLS {
        let error = options(TlsConfig::builder()).build().expect_err(&format!("{names:?}"));
        assert_eq!((error.kind(), error.phase()), (Kind::InvalidConfig, Some(Phase::Build)), "{names:?}");
        names.iter().for_each(|name| assert!(error.to_string().contains(name), "{names:?}: {error}"));
    }
}
