//! The flags of `get` and its kin as typed: curl's names and meanings. What they amount to is in [`super::plan`].

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::values::{self, Resolve};

#[derive(Args, Debug)]
pub(super) struct GetArgs {
    /// URLs; without a scheme `http://` is assumed. They are never globbed.
    #[arg(required = true, value_name = "URL")]
    pub(super) urls: Vec<String>,

    /// Request method, sent as it is.
    #[arg(short = 'X', long, value_name = "METHOD", help_heading = "Request")]
    pub(super) request: Option<String>,
    /// Header `Name: value`; `Name;` sends it empty, `Name:` removes a default, `@FILE` has one a line.
    #[arg(short = 'H', long, value_name = "HEADER", help_heading = "Request")]
    pub(super) header: Vec<String>,
    /// User-Agent; empty sends none [default: maypole/VERSION]
    #[arg(short = 'A', long, value_name = "NAME", help_heading = "Request")]
    pub(super) user_agent: Option<String>,
    /// Referer.
    #[arg(short = 'e', long, value_name = "URL", help_heading = "Request")]
    pub(super) referer: Option<String>,
    /// Form data, by POST; `@FILE` without its line ends, `@-` standard input; several are joined by `&`.
    #[arg(short = 'd', long, value_name = "DATA", help_heading = "Request")]
    pub(super) data: Vec<String>,
    /// As --data, but `@` has no meaning.
    #[arg(long, value_name = "DATA", help_heading = "Request")]
    pub(super) data_raw: Vec<String>,
    /// As --data, but a file is sent byte by byte.
    #[arg(long, value_name = "DATA", help_heading = "Request")]
    pub(super) data_binary: Vec<String>,
    /// As --data, percent-encoded: `text`, `=text`, `name=text`, `@FILE` or `name@FILE`.
    #[arg(long, value_name = "DATA", help_heading = "Request")]
    pub(super) data_urlencode: Vec<String>,
    /// As --data-binary, with JSON as Content-Type and Accept; several are joined without `&`.
    #[arg(long, value_name = "DATA", help_heading = "Request")]
    pub(super) json: Vec<String>,
    /// Upload a file by PUT, `-` standard input; a URL ending in `/` gets its name; n-th for the n-th URL.
    #[arg(short = 'T', long, value_name = "FILE", help_heading = "Request")]
    pub(super) upload_file: Vec<PathBuf>,
    /// Put the data into the URL's query instead and send a GET.
    #[arg(short = 'G', long, help_heading = "Request")]
    pub(super) get: bool,
    /// Ask for the head only, and print it.
    #[arg(short = 'I', long, help_heading = "Request")]
    pub(super) head: bool,
    /// Range of bytes: `0-499`, `500-` or `-500`.
    #[arg(short = 'r', long, value_name = "RANGE", help_heading = "Request")]
    pub(super) range: Option<String>,
    /// Seconds to wait for `100 Continue` before a body over 1 MiB is sent anyway.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = values::seconds, help_heading = "Request")]
    pub(super) expect100_timeout: Duration,
    /// No globbing of URLs, which is always so.
    #[arg(short = 'g', long, help_heading = "Request")]
    pub(super) globoff: bool,

    /// Print the response head before the body.
    #[arg(short = 'i', long, visible_alias = "show-headers", help_heading = "Output")]
    pub(super) include: bool,
    /// Write the response head to a file, `-` standard output.
    #[arg(short = 'D', long, value_name = "FILE", help_heading = "Output")]
    pub(super) dump_header: Option<PathBuf>,
    /// Write the body to a file, `-` standard output; n-th for the n-th URL.
    #[arg(short = 'o', long, value_name = "FILE", help_heading = "Output")]
    pub(super) output: Vec<PathBuf>,
    /// Write the body to a file named like the last part of the URL; counted together with -o.
    #[arg(short = 'O', long, action = ArgAction::Append, num_args = 0, default_missing_value = "true", help_heading = "Output")]
    pub(super) remote_name: Vec<bool>,
    /// Create the directories of -o.
    #[arg(long, help_heading = "Output")]
    pub(super) create_dirs: bool,
    /// No error messages.
    #[arg(short = 's', long, help_heading = "Output")]
    pub(super) silent: bool,
    /// Error messages even with -s.
    #[arg(short = 'S', long, help_heading = "Output")]
    pub(super) show_error: bool,
    /// Show both heads on standard error, credentials hidden, and the causes of errors.
    #[arg(short = 'v', long, help_heading = "Output")]
    pub(super) verbose: bool,
    /// Print this after each transfer; `@FILE` reads it from a file, `@-` standard input. See below.
    #[arg(short = 'w', long, value_name = "FORMAT", help_heading = "Output")]
    pub(super) write_out: Option<String>,
    /// A status of 400 or more is an error (22), its body is not written.
    #[arg(short = 'f', long, conflicts_with = "fail_with_body", help_heading = "Output")]
    pub(super) fail: bool,
    /// A status of 400 or more is an error (22), its body is written.
    #[arg(long, help_heading = "Output")]
    pub(super) fail_with_body: bool,
    /// Write what arrives at once, as to a terminal; otherwise in pieces of 64 KiB.
    #[arg(short = 'N', long, help_heading = "Output")]
    pub(super) no_buffer: bool,
    /// Write each line when it is complete.
    #[arg(long, help_heading = "Output")]
    pub(super) follow_lines: bool,
    /// Give up (63) on a body of more bytes; K, M and G are binary units [default: no limit]
    #[arg(long, value_name = "BYTES", value_parser = values::bytes, help_heading = "Output")]
    pub(super) max_filesize: Option<u64>,

    /// Seconds for the whole transfer [default: no limit]
    #[arg(short = 'm', long, value_name = "SECONDS", value_parser = values::seconds, help_heading = "Connection")]
    pub(super) max_time: Option<Duration>,
    /// Seconds for name lookup, for connecting and for the TLS handshake, each [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, help_heading = "Connection")]
    pub(super) connect_timeout: Option<Duration>,
    /// Use these addresses for a name: `HOST:PORT:ADDR[,ADDR]`.
    #[arg(long, value_name = "ENTRY", value_parser = values::resolve, help_heading = "Connection")]
    pub(super) resolve: Vec<Resolve>,
    /// Connect to a Unix socket instead.
    #[arg(long, value_name = "PATH", help_heading = "Connection")]
    pub(super) unix_socket: Option<PathBuf>,
    /// Local interface or address.
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    pub(super) interface: Option<String>,
    /// IPv4 only.
    #[arg(short = '4', long, conflicts_with = "ipv6", help_heading = "Connection")]
    pub(super) ipv4: bool,
    /// IPv6 only.
    #[arg(short = '6', long, help_heading = "Connection")]
    pub(super) ipv6: bool,
    /// HTTP/1.0.
    #[arg(short = '0', long = "http1.0", conflicts_with = "http11", help_heading = "Connection")]
    pub(super) http10: bool,
    /// HTTP/1.1, which is the default.
    #[arg(long = "http1.1", help_heading = "Connection")]
    pub(super) http11: bool,

    /// Accept any certificate.
    #[arg(short = 'k', long, help_heading = "TLS")]
    pub(super) insecure: bool,
    /// Trust the certificates in this PEM file and no others [default: Mozilla's]
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    pub(super) cacert: Option<PathBuf>,
    /// Client certificate, PEM or PKCS#12 (.p12, .pfx), as `FILE` or `FILE:PASSWORD`; keys as PKCS#8.
    #[arg(short = 'E', long, value_name = "FILE", help_heading = "TLS")]
    pub(super) cert: Option<String>,
    /// Private key of the client certificate, PEM [default: in its file]
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "TLS")]
    pub(super) key: Option<PathBuf>,
    /// Password of a PKCS#12 file.
    #[arg(long, value_name = "PASSWORD", requires = "cert", help_heading = "TLS")]
    pub(super) pass: Option<String>,
    /// TLS 1.2 or later, which is the default.
    #[arg(long = "tlsv1.2", conflicts_with = "tlsv13", help_heading = "TLS")]
    pub(super) tlsv12: bool,
    /// TLS 1.3 or later.
    #[arg(long = "tlsv1.3", help_heading = "TLS")]
    pub(super) tlsv13: bool,
    /// Highest version of TLS.
    #[arg(long, value_name = "VERSION", value_parser = ["default", "1.2", "1.3"], help_heading = "TLS")]
    pub(super) tls_max: Option<String>,
    /// Public keys to accept: `sha256//BASE64[;sha256//BASE64]`.
    #[arg(long, value_name = "HASHES", help_heading = "TLS")]
    pub(super) pinnedpubkey: Option<String>,
}
