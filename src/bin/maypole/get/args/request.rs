//! What is sent.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::values;

#[derive(Args, Debug)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// Request method, sent as it is, after redirects too.
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<String>,
    /// Header `Name: value`; `Name;` sends it empty, `Name:` removes a default, `@FILE` has one a line.
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// User-Agent; empty sends none [default: maypole/VERSION]
    #[arg(short = 'A', long, value_name = "NAME")]
    pub(crate) user_agent: Option<String>,
    /// Referer; with `;auto` at its end, each redirect sends the URL that it came from.
    #[arg(short = 'e', long, value_name = "URL")]
    pub(crate) referer: Option<String>,
    /// Form data, by POST; `@FILE` without its line ends, `@-` standard input; several are joined by `&`.
    #[arg(short = 'd', long, value_name = "DATA")]
    pub(crate) data: Vec<String>,
    /// As --data, but `@` has no meaning.
    #[arg(long, value_name = "DATA")]
    pub(crate) data_raw: Vec<String>,
    /// As --data, but a file is sent byte by byte.
    #[arg(long, value_name = "DATA")]
    pub(crate) data_binary: Vec<String>,
    /// As --data, percent-encoded: `text`, `=text`, `name=text`, `@FILE` or `name@FILE`.
    #[arg(long, value_name = "DATA")]
    pub(crate) data_urlencode: Vec<String>,
    /// As --data-binary, with JSON as Content-Type and Accept; several are joined without `&`.
    #[arg(long, value_name = "DATA")]
    pub(crate) json: Vec<String>,
    /// A part of a multipart form, by POST; see below.
    #[arg(short = 'F', long, value_name = "NAME=CONTENT")]
    pub(crate) form: Vec<String>,
    /// As --form, but the text is sent as it is.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(crate) form_string: Vec<String>,
    /// Upload a file by PUT, `-` standard input; a URL ending in `/` gets its name; n-th for the n-th URL.
    #[arg(short = 'T', long, value_name = "FILE")]
    pub(crate) upload_file: Vec<PathBuf>,
    /// Put the data into the URL's query instead and send a GET.
    #[arg(short = 'G', long)]
    pub(crate) get: bool,
    /// Ask for the head only, and print it.
    #[arg(short = 'I', long)]
    pub(crate) head: bool,
    /// Range of bytes: `0-499`, `500-` or `-500`.
    #[arg(short = 'r', long, value_name = "RANGE")]
    pub(crate) range: Option<String>,
    /// Send the path as it is, `/../` and `/./` included.
    #[arg(long)]
    pub(crate) path_as_is: bool,
    /// No globbing of URLs, which is always so.
    #[arg(short = 'g', long)]
    pub(crate) globoff: bool,
    /// Seconds to wait for `100 Continue` before a body over 1 MiB is sent anyway.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = values::seconds)]
    pub(crate) expect100_timeout: Duration,
    /// Ask for gzip, deflate, br or zstd, and decode it.
    #[arg(long)]
    pub(crate) compressed: bool,
    /// Decode nothing: content codings stay, and so do chunks.
    #[arg(long)]
    pub(crate) raw: bool,
}

/// The part of `--help` about `-F`.
pub(crate) const FORM_HELP: &str = "\
-F takes name=text, name=@FILE (an upload with its file name), name=@A,B (several
in one part) and name=<FILE (its content as a text field); `-` is standard input.
Behind each may stand ;type=MEDIA/TYPE ;filename=NAME ;headers=\"Name: value\" or
;headers=@FILE. Quotes and backslashes protect semicolons and commas.";
