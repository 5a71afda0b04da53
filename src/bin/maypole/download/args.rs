//! The flags of `download` as typed: aria2's names and meanings, and wget's long ones where aria2 has none.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};
use maypole::download::Checksum;

use super::exit;
use super::values;

const AFTER_HELP: &str = "\
Each URL is a file of its own; --mirror adds another place of the same file. The
bytes are in FILE.part until all are there and the checksum is right, and
FILE.part.meta knows which. Run again after an interruption, the same command
goes on where it was, if the server confirms that the file is the same still.

SIZE and SPEED are bytes; K, M and G are powers of 1,024. Short flags are
aria2's; what --proxy, --user, --netrc and --cookie take is as for `get`. In an input file a line is a URL, or several of one file with a TAB
between them; indented lines `out=FILE`, `dir=DIR`, `checksum=TYPE=DIGEST` below
it are its own, and # begins a comment.

Ctrl-C ends all transfers and keeps what came; a second one ends at once.";

/// Download files: resumed, in parallel pieces, checked, with their names at the end only.
#[derive(Args, Debug)]
#[command(after_help = format!("{AFTER_HELP}\n\n{}", exit::HELP))]
pub(crate) struct DownloadArgs {
    /// What to download; each is a file of its own.
    #[arg(value_name = "URL", required_unless_present = "input_file")]
    pub(super) urls: Vec<String>,
    /// Read URLs from a file, `-` standard input.
    #[arg(short = 'i', long, value_name = "FILE")]
    pub(super) input_file: Option<PathBuf>,
    /// Another URL of the same file; pieces are spread over all. For a single URL.
    #[arg(long, value_name = "URL")]
    pub(super) mirror: Vec<String>,

    /// Name of the file, within --dir. For a single URL [default: the server's or the URL's]
    #[arg(short = 'o', long, value_name = "FILE", help_heading = "Files")]
    pub(super) out: Option<PathBuf>,
    /// Directory to store the files in, made if it is missing [default: the current one]
    #[arg(short = 'd', long, value_name = "DIR", help_heading = "Files")]
    pub(super) dir: Option<PathBuf>,
    /// Go on with files that another program has begun, such as a browser. Our own are gone on with anyway.
    #[arg(short = 'c', long = "continue", help_heading = "Files")]
    pub(super) go_on: bool,
    /// Replace files that exist, when the new one is complete.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", action = ArgAction::Set, help_heading = "Files")]
    pub(super) allow_overwrite: bool,
    /// Store as `name.1.ext` where a file `name.ext` exists; if false that is an error.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value = "true", default_missing_value = "true", action = ArgAction::Set, help_heading = "Files")]
    pub(super) auto_file_renaming: bool,
    /// What the file's digest must be, as `sha-256=HEX`; sha-512, sha-384, sha-224 and md5 too. For a single URL.
    #[arg(long, value_name = "TYPE=DIGEST", help_heading = "Files")]
    pub(super) checksum: Option<Checksum>,
    /// Give the files the server's time.
    #[arg(short = 'R', long, help_heading = "Files")]
    pub(super) remote_time: bool,
    /// Let the files grow (none), or set the space aside at the start (falloc).
    #[arg(long, value_name = "HOW", default_value = "none", value_parser = ["none", "falloc"], help_heading = "Files")]
    pub(super) file_allocation: String,

    /// Pieces of one file at once, over all its mirrors.
    #[arg(short = 's', long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Connections")]
    pub(super) split: u16,
    /// Connections to one server for one file; pieces need more than one.
    #[arg(short = 'x', long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Connections")]
    pub(super) max_connection_per_server: u16,
    /// No piece is smaller than this.
    #[arg(short = 'k', long, value_name = "SIZE", default_value = "20M", value_parser = values::bytes, help_heading = "Connections")]
    pub(super) min_split_size: u64,
    /// Files at once.
    #[arg(short = 'j', long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Connections")]
    pub(super) max_concurrent_downloads: u16,
    /// Bytes per second, all files together [default: no limit]
    #[arg(long, visible_alias = "max-overall-download-limit", value_name = "SPEED", value_parser = values::bytes, help_heading = "Connections")]
    pub(super) limit_rate: Option<u64>,
    /// How often a connection is tried in a row before it is given up.
    #[arg(long, visible_alias = "tries", value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Connections")]
    pub(super) max_tries: u32,
    /// Seconds before the second try at most, doubled each time; Retry-After of a server counts instead.
    #[arg(long, value_name = "SEC", default_value = "0.5", value_parser = values::seconds, help_heading = "Connections")]
    pub(super) retry_wait: Duration,
    /// Seconds without a byte from the server.
    #[arg(long, value_name = "SEC", default_value = "60", value_parser = values::seconds, help_heading = "Connections")]
    pub(super) timeout: Duration,
    /// Seconds for name lookup, for connecting and for the TLS handshake, each.
    #[arg(long, value_name = "SEC", default_value = "60", value_parser = values::seconds, help_heading = "Connections")]
    pub(super) connect_timeout: Duration,

    /// Header `Name: value` of every request.
    #[arg(long, value_name = "HEADER", value_parser = values::header, help_heading = "Requests")]
    pub(super) header: Vec<(String, String)>,
    /// User-Agent [default: maypole/VERSION]
    #[arg(short = 'U', long, value_name = "NAME", help_heading = "Requests")]
    pub(super) user_agent: Option<String>,
    /// Referer.
    #[arg(long, value_name = "URL", help_heading = "Requests")]
    pub(super) referer: Option<String>,
    /// User name and password for the servers; without a colon the password is asked for.
    #[arg(long, value_name = "USER:PASSWORD", help_heading = "Requests")]
    pub(super) user: Option<String>,
    /// Send nothing before a server has asked, then the strongest that it offers: a digest, or them as they are.
    #[arg(long, help_heading = "Requests")]
    pub(super) anyauth: bool,
    /// Take user name and password from $NETRC or ~/.netrc.
    #[arg(long, help_heading = "Requests")]
    pub(super) netrc: bool,
    /// Take them from this file.
    #[arg(long, visible_alias = "netrc-path", value_name = "FILE", help_heading = "Requests")]
    pub(super) netrc_file: Option<PathBuf>,
    /// Cookies to send, `name=value; …`; else a file to read them from (Netscape's format, or heads), '' for none: with
    /// a file the cookies of answers are kept.
    #[arg(long, visible_alias = "load-cookies", value_name = "DATA|FILE", help_heading = "Requests")]
    pub(super) cookie: Vec<String>,
    /// Proxy, `[SCHEME://][USER:PASSWORD@]HOST[:PORT]`: http, https, socks4, socks4a, socks5 or socks5h; '' for none
    /// [default: http_proxy, https_proxy, all_proxy]
    #[arg(long, visible_alias = "all-proxy", value_name = "PROXY", help_heading = "Requests")]
    pub(super) proxy: Option<String>,
    /// User name and password for the proxy.
    #[arg(long, value_name = "USER:PASSWORD", help_heading = "Requests")]
    pub(super) proxy_user: Option<String>,
    /// Hosts to reach without a proxy, `*` for all [default: no_proxy]
    #[arg(long, visible_alias = "no-proxy", value_name = "LIST", help_heading = "Requests")]
    pub(super) noproxy: Option<String>,
    /// Trust the certificates in this PEM file and no others [default: Mozilla's]
    #[arg(long, value_name = "FILE", help_heading = "Requests")]
    pub(super) ca_certificate: Option<PathBuf>,
    /// Accept any certificate.
    #[arg(long, help_heading = "Requests")]
    pub(super) no_check_certificate: bool,

    /// Nothing but errors.
    #[arg(short = 'q', long, help_heading = "Output")]
    pub(super) quiet: bool,
    /// One JSON object per file on standard output, when it has ended; no progress bars.
    #[arg(long, help_heading = "Output")]
    pub(super) json: bool,
}
