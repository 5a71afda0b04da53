//! Who asks, and what is remembered.

use std::path::PathBuf;

use clap::Args;

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Credentials and cookies")]
pub(crate) struct LoginArgs {
    /// User name and password for the server; without a colon the password is asked for.
    #[arg(short = 'u', long, value_name = "USER:PASSWORD")]
    pub(crate) user: Option<String>,
    /// Send them as they are, which is the default.
    #[arg(long)]
    pub(crate) basic: bool,
    /// Send a digest of them (MD5, SHA-256, SHA-512-256), once the server has asked for it.
    #[arg(long)]
    pub(crate) digest: bool,
    /// Send nothing before the server has asked, then the strongest that it offers; so do several of these flags.
    #[arg(long)]
    pub(crate) anyauth: bool,
    /// A bearer token.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) oauth2_bearer: Option<String>,
    /// Take user name and password from $NETRC or ~/.netrc.
    #[arg(short = 'n', long)]
    pub(crate) netrc: bool,
    /// Take them from this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) netrc_file: Option<PathBuf>,
    /// Cookies to send, `name=value; …`; else a file to read them from (Netscape's format, or heads), '' for none: with
    /// a file the cookies of answers are kept.
    #[arg(short = 'b', long, value_name = "DATA|FILE")]
    pub(crate) cookie: Vec<String>,
    /// Keep the cookies of answers, and write them to this file at the end, `-` standard output.
    #[arg(short = 'c', long, value_name = "FILE")]
    pub(crate) cookie_jar: Option<PathBuf>,
    /// Leave out the session cookies of the files.
    #[arg(short = 'j', long)]
    pub(crate) junk_session_cookies: bool,
}
