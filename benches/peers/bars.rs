//! What was promised, as figures that a run can meet or miss.

/// One promise about maypole in one case.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// CPU time per unit of work, divided by this contender's.
    Cpu(&'static str, f64),
    /// The 99th percentile, divided by this contender's.
    Tail(&'static str, f64),
    /// Seconds from the first request to the last byte, divided by this contender's.
    Time(&'static str, f64),
    /// Microseconds of CPU per unit of work.
    Micros(f64),
    /// Seconds from the first request to the last answer.
    Wall(f64),
    /// KiB of resident memory per request in flight, over what the process had before the first.
    PerRequest(f64),
    /// MiB of resident memory over what the process had before the first byte.
    Growth(f64),
    /// Times faster than one after the other, by the delays of the answers.
    Speedup(f64),
    /// Of the speed that nobody can beat who takes the list in its order.
    Ideal(f64),
    /// Requests a second.
    Rate(f64),
    /// Requests a second, divided by this contender's.
    Throughput(&'static str, f64),
    /// Requests a second, divided by those that were to begin.
    Achieved(f64),
    /// How far the percentile that agrees least is off this contender's, as a share.
    Agree(&'static str, f64),
    /// The same, off what it must be by the server's schedule.
    Truth(f64),
    /// Failed requests.
    Errors(u64),
}

pub(crate) enum Verdict {
    Met(f64),
    Missed(f64),
    /// The contender to compare with did not run.
    Unknown,
}

impl Bar {
    pub(crate) fn judge(&self, figure: Option<f64>) -> Verdict {
        match figure {
            Some(figure) if self.is_met(figure) => Verdict::Met(figure),
            Some(figure) => Verdict::Missed(figure),
            None => Verdict::Unknown,
        }
    }

    fn is_met(&self, figure: f64) -> bool {
        match self {
            Self::Speedup(_) | Self::Ideal(_) | Self::Rate(_) | Self::Throughput(..) | Self::Achieved(_) => {
                figure >= self.limit()
            }
            _ => figure <= self.limit(),
        }
    }

    pub(crate) fn limit(&self) -> f64 {
        match *self {
            Self::Cpu(_, limit) | Self::Tail(_, limit) | Self::Time(_, limit) => limit,
            Self::Throughput(_, limit) | Self::Agree(_, limit) => limit,
            Self::Achieved(limit) | Self::Truth(limit) => limit,
            Self::Micros(limit) | Self::Wall(limit) | Self::PerRequest(limit) | Self::Growth(limit) => limit,
            Self::Speedup(limit) | Self::Ideal(limit) | Self::Rate(limit) => limit,
            Self::Errors(limit) => limit as f64,
        }
    }

    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Cpu(peer, limit) => format!("CPU <= {limit} x {peer}"),
            Self::Tail(peer, limit) => format!("p99 <= {limit} x {peer}"),
            Self::Time(peer, limit) => format!("wall <= {limit} x {peer}"),
            Self::Micros(limit) => format!("CPU <= {limit} us"),
            Self::Wall(limit) => format!("wall <= {limit} s"),
            Self::PerRequest(limit) => format!("memory <= {limit} KiB per request"),
            Self::Growth(limit) => format!("memory <= {limit} MiB over start"),
            Self::Speedup(limit) => format!("speed >= {limit} x sequential"),
            Self::Ideal(limit) => format!("speed >= {limit} x the ideal"),
            Self::Rate(limit) => format!("rate >= {limit} URLs/s"),
            Self::Throughput(peer, limit) => format!("req/s >= {limit} x {peer}"),
            Self::Achieved(limit) => format!("req/s >= {limit} x asked for"),
            Self::Agree(peer, limit) => format!("percentiles within {:.0} % of {peer}", limit * 100.0),
            Self::Truth(limit) => format!("percentiles within {:.0} % of the truth", limit * 100.0),
            Self::Errors(limit) => format!("errors <= {limit}"),
        }
    }
}
