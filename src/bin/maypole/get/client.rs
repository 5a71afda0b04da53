//! The client that all URLs of one command share.

use std::fs;
use std::path::Path;
use std::time::Duration;

use maypole::HttpClient;
use maypole::client::ClientBuilder;
use maypole::deadline::Timeouts;
use maypole::message::Version;
use maypole::net::{IpFamily, Roots, TlsConfig, TlsVersion};

use super::args::GetArgs;
use super::exit::Code;
use super::failure::Failure;

/// curl's: for as long it tries to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(300);

pub(super) fn build(args: &GetArgs) -> Result<HttpClient, Failure> {
    let mut builder = HttpClient::builder().timeouts(timeouts(args)).tls(tls(args)?).without_header("User-Agent");
    builder = builder.decode(false);
    if args.http10 {
        builder = builder.version(Version::Http10);
    }
    for entry in &args.resolve {
        builder = builder.resolve(&entry.host, entry.port, entry.addresses.iter().copied());
    }
    Ok(route(builder, args).build()?)
}

/// curl's limits: none but for connecting, and whatever is asked for.
fn timeouts(args: &GetArgs) -> Timeouts {
    let connect = Some(args.connect_timeout.unwrap_or(CONNECT_TIMEOUT));
    Timeouts {
        resolve: connect,
        connect,
        tls: connect,
        checkout: None,
        send: None,
        head: None,
        idle: None,
        min_speed: None,
        total: args.max_time,
        expect_continue: args.expect100_timeout,
    }
}

fn route(mut builder: ClientBuilder, args: &GetArgs) -> ClientBuilder {
    if args.ipv4 {
        builder = builder.ip_family(IpFamily::V4);
    }
    if args.ipv6 {
        builder = builder.ip_family(IpFamily::V6);
    }
    if let Some(path) = &args.unix_socket {
        builder = builder.unix_socket(path);
    }
    match args.interface.as_deref().map(|name| (name, name.parse())) {
        Some((_, Ok(address))) => builder.local_address(address),
        Some((name, Err(_))) => builder.interface(name),
        None => builder,
    }
}

fn tls(args: &GetArgs) -> Result<TlsConfig, Failure> {
    let mut tls = TlsConfig::builder();
    if args.insecure {
        tls = tls.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    }
    if let Some(path) = &args.cacert {
        tls = tls.roots(Roots::Only(read(path, Code::CA_FILE)?));
    }
    if args.tlsv13 {
        tls = tls.min_version(TlsVersion::Tls13);
    }
    match args.tls_max.as_deref() {
        Some("1.2") => tls = tls.max_version(TlsVersion::Tls12),
        Some("1.3") => tls = tls.max_version(TlsVersion::Tls13),
        _ => {}
    }
    if let Some(pins) = &args.pinnedpubkey {
        tls = tls.pinned_public_key(pins);
    }
    if let Some(cert) = &args.cert {
        // As curl: a colon ends the file's name, unless the whole is one.
        let (file, password) = match cert.rsplit_once(':') {
            Some((file, password)) if !Path::new(cert).exists() => (file, Some(password)),
            _ => (cert.as_str(), None),
        };
        let password = args.pass.as_deref().or(password).unwrap_or_default();
        let certificate = read(Path::new(file), Code::CLIENT_CERTIFICATE)?;
        let is_pkcs12 = Path::new(file).extension().is_some_and(|end| end == "p12" || end == "pfx");
        tls = match &args.key {
            _ if is_pkcs12 => tls.identity_pkcs12(certificate, password),
            Some(key) => tls.identity_pem(certificate, read(key, Code::CLIENT_CERTIFICATE)?),
            None => tls.identity_pem(certificate.clone(), certificate),
        };
    }
    tls.build().map_err(|error| Failure { code: tls_code(args), ..Failure::from(error) })
}

/// What is wrong with TLS options is in one of the files, if there is one.
fn tls_code(args: &GetArgs) -> Code {
    match (&args.cert, &args.cacert) {
        (Some(_), _) => Code::CLIENT_CERTIFICATE,
        (None, Some(_)) => Code::CA_FILE,
        (None, None) => Code::USAGE,
    }
}

fn read(path: &Path, code: Code) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::new(code, format!("cannot read {}: {error}", path.display())))
}
