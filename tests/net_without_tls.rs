//! What a build without the feature `tls` says: `cargo test --no-default-features --test net_without_tls`.
#![cfg(not(feature = "tls"))]

use maypole::error::{Kind, Phase};
use maypole::net::{DialTimeouts, Network, Target, TlsConfig};

#[test]
fn c293_https_fails_with_an_error_that_says_why() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let network = Network::builder().tls(TlsConfig::builder().build().unwrap()).build();
    let connect = |secure| network.connect(&Target::new("127.0.0.1", port, secure), &DialTimeouts::default(), None);
    assert!(connect(false).is_ok());
    let error = connect(true).unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::Unsupported, Some(Phase::Tls)));
    assert!(error.to_string().contains("TLS not built in"), "{error}");
}

#[test]
fn c293_options_that_could_not_be_kept_are_refused() {
    let error = TlsConfig::builder().sni(false).build().unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
}
