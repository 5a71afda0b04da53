//! The server's side of TLS.

use std::sync::Arc;

use openssl::ssl::{AlpnError, SslAcceptor, SslMethod, SslVerifyMode, SslVersion, select_next_proto};
use openssl::x509::store::X509StoreBuilder;

use super::certs::{Leaf, authority, leaf};

/// Which certificate a peer shows and what it asks for.
#[derive(Clone)]
pub struct Tls {
    leaf: Leaf,
    alpn: Option<&'static [u8]>,
    ask_client: bool,
    max: Option<SslVersion>,
}

impl Default for Tls {
    fn default() -> Self {
        Self { leaf: leaf().clone(), alpn: None, ask_client: false, max: None }
    }
}

impl Tls {
    /// Shows this certificate.
    pub fn leaf(leaf: Leaf) -> Self {
        Self { leaf, ..Self::default() }
    }

    /// Chooses the first of these that the client offers, in the wire form: `b"\x08http/1.1"`.
    #[must_use]
    pub fn alpn(self, protocols: &'static [u8]) -> Self {
        Self { alpn: Some(protocols), ..self }
    }

    /// Demands a client certificate signed by the authority.
    #[must_use]
    pub fn ask_client(self) -> Self {
        Self { ask_client: true, ..self }
    }

    /// Speaks nothing newer.
    #[must_use]
    pub fn max(self, version: SslVersion) -> Self {
        Self { max: Some(version), ..self }
    }

    /// The server's side of a handshake on a blocking socket.
    pub fn accept(&self, socket: std::net::TcpStream) -> openssl::ssl::SslStream<std::net::TcpStream> {
        self.try_accept(socket).unwrap()
    }

    /// The same; `None` if the client refuses.
    pub fn try_accept(&self, socket: std::net::TcpStream) -> Option<openssl::ssl::SslStream<std::net::TcpStream>> {
        self.acceptor().accept(socket).ok()
    }

    pub(super) fn acceptor(&self) -> Arc<SslAcceptor> {
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        builder.set_certificate(&self.leaf.certificate).unwrap();
        builder.set_private_key(&self.leaf.key).unwrap();
        builder.set_session_id_context(b"maypole").unwrap();
        if self.max.is_some() {
            builder.set_min_proto_version(None).unwrap();
            builder.set_security_level(0);
            builder.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
            builder.set_max_proto_version(self.max).unwrap();
        }
        if self.ask_client {
            let mut store = X509StoreBuilder::new().unwrap();
            store.add_cert(authority().0.certificate.clone()).unwrap();
            builder.set_verify_cert_store(store.build()).unwrap();
            builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        }
        if let Some(ours) = self.alpn {
            builder.set_alpn_select_callback(move |_, theirs| select_next_proto(ours, theirs).ok_or(AlpnError::NOACK));
        }
        Arc::new(builder.build())
    }
}
