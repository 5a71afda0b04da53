//! Certificates made on the spot, and TLS servers on plain threads.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use maypole::error::Result;
use maypole::net::{DialTimeouts, Network, Roots, Stream, Target, TlsConfig, TlsConfigBuilder};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{HandshakeError, SslAcceptor, SslAcceptorBuilder, SslMethod, SslStream};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};

/// A certificate and its key.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: X509,
    pub(crate) key: PKey<Private>,
}

impl Pair {
    pub(crate) fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    pub(crate) fn key_pem(&self) -> Vec<u8> {
        self.key.private_key_to_pem_pkcs8().unwrap()
    }

    /// As curl's `--pinnedpubkey` wants it.
    pub(crate) fn pin(&self) -> String {
        let key = self.key.public_key_to_der().unwrap();
        format!("sha256//{}", openssl::base64::encode_block(&openssl::sha::sha256(&key)))
    }
}

/// What a certificate says.
pub(crate) struct Recipe<'a> {
    pub(crate) name: &'a str,
    /// Alternative names: an address, or a DNS name.
    pub(crate) names: &'a [&'a str],
    pub(crate) authority: bool,
    /// Days from now.
    pub(crate) valid: (i64, i64),
}

impl Recipe<'_> {
    pub(crate) fn signed_by(&self, issuer: Option<&Pair>) -> Pair {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", self.name).unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        let mut serial = BigNum::new().unwrap();
        serial.rand(127, openssl::bn::MsbOption::ONE, false).unwrap();
        builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(issuer.map_or(&name, |issuer| issuer.certificate.subject_name())).unwrap();
        builder.set_pubkey(&key).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
        let day = |days: i64| Asn1Time::from_unix(now + days * 86_400).unwrap();
        builder.set_not_before(&day(self.valid.0)).unwrap();
        builder.set_not_after(&day(self.valid.1)).unwrap();
        if self.authority {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        }
        if !self.names.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in self.names {
                if name.parse::<IpAddr>().is_ok() {
                    names.ip(name)
                } else {
                    names.dns(name)
                };
            }
            let names = names.build(&builder.x509v3_context(issuer.map(|issuer| &*issuer.certificate), None)).unwrap();
            builder.append_extension(names).unwrap();
        }
        builder.sign(issuer.map_or(&key, |issuer| &issuer.key), MessageDigest::sha256()).unwrap();
        Pair { certificate: builder.build(), key }
    }
}

pub(crate) fn authority(name: &str) -> Pair {
    Recipe { name, names: &[], authority: true, valid: (-1, 30) }.signed_by(None)
}

pub(crate) fn leaf(issuer: &Pair, names: &[&str]) -> Pair {
    Recipe { name: "leaf", names, authority: false, valid: (-1, 30) }.signed_by(Some(issuer))
}

pub(crate) fn acceptor(pair: &Pair) -> SslAcceptorBuilder {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_private_key(&pair.key).unwrap();
    acceptor.set_certificate(&pair.certificate).unwrap();
    acceptor
}

/// What one connection came to: what `serve` made of it, or why the handshake failed.
pub(crate) type Report<T> = std::result::Result<T, String>;

/// Serves every connection on a thread of its own.
pub(crate) fn server<T: Send + 'static>(
    acceptor: SslAcceptorBuilder,
    serve: impl Fn(SslStream<TcpStream>) -> T + Send + Sync + Clone + 'static,
) -> (SocketAddr, Receiver<Report<T>>) {
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, reports) = channel();
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            let (acceptor, serve, sender) = (acceptor.clone(), serve.clone(), sender.clone());
            std::thread::spawn(move || {
                let peer = peer.unwrap();
                let report = match acceptor.accept(peer) {
                    Ok(stream) => Ok(serve(stream)),
                    Err(HandshakeError::Failure(mid)) => Err(mid.error().to_string()),
                    Err(error) => Err(error.to_string()),
                };
                sender.send(report).ok();
            });
        }
    });
    (address, reports)
}

/// Says hello, then goodbye.
pub(crate) fn hello(mut stream: SslStream<TcpStream>) {
    stream.write_all(b"hello").unwrap();
    stream.shutdown().ok();
}

pub(crate) fn trusting(authority: &Pair) -> TlsConfigBuilder {
    TlsConfig::builder().roots(Roots::Only(authority.pem()))
}

/// Connects to `host`, which is at `address` whatever its name.
pub(crate) fn connect(tls: TlsConfigBuilder, host: &str, address: SocketAddr) -> Result<Stream> {
    let network = Network::builder().host(host, None, [address.ip()]).tls(tls.build().unwrap()).build();
    network.connect(&Target::new(host, address.port(), true), &DialTimeouts::default(), None)
}

pub(crate) fn read_to_end(stream: &mut Stream) -> std::io::Result<Vec<u8>> {
    let (mut buffer, mut all) = ([0; 4096], Vec::new());
    let at = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        match stream.read(&mut buffer, Some(at))? {
            0 => return Ok(all),
            n => all.extend_from_slice(&buffer[..n]),
        }
    }
}
