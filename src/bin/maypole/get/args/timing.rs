//! Time and rate.

use std::time::Duration;

use clap::Args;

use super::super::values;

#[derive(Args, Debug)]
#[command(next_help_heading = "Time and rate")]
pub(crate) struct TimingArgs {
    /// Seconds for the whole transfer, for each try of it [default: no limit]
    #[arg(short = 'm', long, value_name = "SECONDS", value_parser = values::seconds_or_none)]
    pub(crate) max_time: Option<Duration>,
    /// Seconds for name lookup, for connecting and for the TLS handshake, each [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    pub(crate) connect_timeout: Option<Duration>,
    /// Give up (28) on fewer bytes a second over --speed-time [default: 1 with --speed-time]
    #[arg(short = 'Y', long, value_name = "BYTES")]
    pub(crate) speed_limit: Option<u64>,
    /// Seconds over which --speed-limit counts [default: 30 with --speed-limit]
    #[arg(short = 'y', long, value_name = "SECONDS")]
    pub(crate) speed_time: Option<u64>,
    /// Most bytes a second in each direction; K, M and G are binary units [default: no limit]
    #[arg(long, value_name = "BYTES", value_parser = values::bytes)]
    pub(crate) limit_rate: Option<u64>,
}
