//! TLS.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsArgs {
    /// Accept any certificate.
    #[arg(short = 'k', long)]
    pub(crate) insecure: bool,
    /// Trust the certificates in this PEM file and no others [default: Mozilla's]
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// Trust the certificates in the PEM files of this directory, and of --cacert, and no others.
    #[arg(long, value_name = "DIR")]
    pub(crate) capath: Option<PathBuf>,
    /// Client certificate, PEM or PKCS#12 (.p12, .pfx), as `FILE` or `FILE:PASSWORD`; keys as PKCS#8.
    #[arg(short = 'E', long, value_name = "FILE")]
    pub(crate) cert: Option<String>,
    /// Private key of the client certificate, PEM [default: in its file]
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// Password of a PKCS#12 file.
    #[arg(long, value_name = "PASSWORD", requires = "cert")]
    pub(crate) pass: Option<String>,
    /// TLS 1.2 or later, which is the default.
    #[arg(long = "tlsv1.2", conflicts_with = "tlsv13")]
    pub(crate) tlsv12: bool,
    /// TLS 1.3 or later.
    #[arg(long = "tlsv1.3")]
    pub(crate) tlsv13: bool,
    /// Highest version of TLS.
    #[arg(long, value_name = "VERSION", value_parser = ["default", "1.2", "1.3"])]
    pub(crate) tls_max: Option<String>,
    /// Public keys to accept: `sha256//BASE64[;sha256//BASE64]`.
    #[arg(long, value_name = "HASHES")]
    pub(crate) pinnedpubkey: Option<String>,
    /// Offer no protocol by ALPN.
    #[arg(long)]
    pub(crate) no_alpn: bool,
}
