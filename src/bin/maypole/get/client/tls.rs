//! TLS as asked for.

use std::fs;
use std::path::Path;

use maypole::net::{Roots, TlsConfig, TlsConfigBuilder, TlsVersion};

use super::super::args::TlsArgs;
use super::super::exit::Code;
use super::super::failure::Failure;

pub(super) fn config(args: &TlsArgs) -> Result<TlsConfig, Failure> {
    let mut tls = TlsConfig::builder();
    if args.insecure {
        tls = tls.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    }
    if let Some(pem) = roots(args)? {
        tls = tls.roots(Roots::Only(pem));
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
    if args.no_alpn {
        tls = tls.alpn::<String>([]);
    }
    tls = identity(tls, args)?;
    tls.build().map_err(|error| Failure { code: code(args), ..Failure::from(error) })
}

/// The certificates of --cacert and --capath, one after the other.
fn roots(args: &TlsArgs) -> Result<Option<Vec<u8>>, Failure> {
    if args.cacert.is_none() && args.capath.is_none() {
        return Ok(None);
    }
    let mut pem = match &args.cacert {
        Some(file) => read(file, Code::CA_FILE)?,
        None => Vec::new(),
    };
    if let Some(folder) = &args.capath {
        let before = pem.len();
        let failed =
            |error: std::io::Error| Failure::new(Code::CA_FILE, format!("cannot read {}: {error}", folder.display()));
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            // Such folders hold links by hash beside the files themselves, and other things: what is no PEM is passed by.
            let text = if path.is_file() { read(&path, Code::CA_FILE)? } else { Vec::new() };
            if text.windows(BEGIN.len()).any(|window| window == BEGIN) && std::str::from_utf8(&text).is_ok() {
                pem.push(b'\n');
                pem.extend(text);
            }
        }
        if pem.len() == before {
            return Err(Failure::new(Code::CA_FILE, format!("no certificate in {}", folder.display())));
        }
    }
    Ok(Some(pem))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn identity(tls: TlsConfigBuilder, args: &TlsArgs) -> Result<TlsConfigBuilder, Failure> {
    let Some(cert) = &args.cert else { return Ok(tls) };
    // As curl: a colon ends the file's name, unless the whole is one.
    let (file, password) = match cert.rsplit_once(':') {
        Some((file, password)) if !Path::new(cert).exists() => (file, Some(password)),
        _ => (cert.as_str(), None),
    };
    let password = args.pass.as_deref().or(password).unwrap_or_default();
    let certificate = read(Path::new(file), Code::CLIENT_CERTIFICATE)?;
    let is_pkcs12 = Path::new(file).extension().is_some_and(|end| end == "p12" || end == "pfx");
    Ok(match &args.key {
        _ if is_pkcs12 => tls.identity_pkcs12(certificate, password),
        Some(key) => tls.identity_pem(certificate, read(key, Code::CLIENT_CERTIFICATE)?),
        None => tls.identity_pem(certificate.clone(), certificate),
    })
}

/// What is wrong with TLS options is in one of the files, if there is one.
fn code(args: &TlsArgs) -> Code {
    match (&args.cert, &args.cacert, &args.capath) {
        (Some(_), ..) => Code::CLIENT_CERTIFICATE,
        (None, None, None) => Code::USAGE,
        _ => Code::CA_FILE,
    }
}

pub(super) fn read(path: &Path, code: Code) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::new(code, format!("cannot read {}: {error}", path.display())))
}
