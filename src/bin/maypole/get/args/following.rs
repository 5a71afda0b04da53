//! Redirects and retries.

use std::time::Duration;

use clap::Args;

use super::super::values::{self, Protocols};

#[derive(Args, Debug)]
#[command(next_help_heading = "Redirects and retries")]
pub(crate) struct FollowArgs {
    /// Follow redirects.
    #[arg(short = 'L', long)]
    pub(crate) location: bool,
    /// Redirects to follow at most (47 beyond); -1 is no limit.
    #[arg(long, value_name = "N", default_value = "50", value_parser = values::hops)]
    pub(crate) max_redirs: u32,
    /// Follow redirects, and send credentials and cookies given here to whichever host they lead to.
    #[arg(long)]
    pub(crate) location_trusted: bool,
    /// Stay with POST after a 301.
    #[arg(long)]
    pub(crate) post301: bool,
    /// Stay with POST after a 302.
    #[arg(long)]
    pub(crate) post302: bool,
    /// Stay with POST after a 303.
    #[arg(long)]
    pub(crate) post303: bool,
    /// Schemes to use: `=https`, `-http`, `http,https` [default: both]
    #[arg(long, value_name = "LIST", default_value = "all", hide_default_value = true, value_parser = values::protocols)]
    pub(crate) proto: Protocols,
    /// Schemes to follow redirects to, written as for --proto [default: both]
    #[arg(long, value_name = "LIST", default_value = "all", hide_default_value = true, value_parser = values::protocols)]
    pub(crate) proto_redir: Protocols,
    /// Try again so often after a timeout, a name that is not found, or 408, 429, 500, 502, 503 and 504.
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub(crate) retry: u32,
    /// Seconds between tries [default: 1, twice as many each time, 600 at most, or what Retry-After says]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds_or_none)]
    pub(crate) retry_delay: Option<Duration>,
    /// Seconds after the first try in which another may begin [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds_or_none)]
    pub(crate) retry_max_time: Option<Duration>,
    /// Try again after any error.
    #[arg(long)]
    pub(crate) retry_all_errors: bool,
    /// Try again when the connection is refused.
    #[arg(long)]
    pub(crate) retry_connrefused: bool,
}

impl FollowArgs {
    pub(crate) fn follows(&self) -> bool {
        self.location || self.location_trusted
    }
}
