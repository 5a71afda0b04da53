//! Where and when: what a figure means nothing without.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::options::Options;

#[derive(Serialize)]
pub(crate) struct Machine {
    /// Seconds since 1970, and the day in UTC.
    pub(crate) time: u64,
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) server: String,
    pub(crate) maypole: &'static str,
}

impl Machine {
    pub(crate) fn here(server: String) -> Self {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |line: &str| line.split_once(':').map(|(_, value)| value.trim().to_owned());
        let processor = cpuinfo.lines().find(|line| line.starts_with("model name")).and_then(field);
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            time,
            date: date(time / 86_400),
            processor: processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: cpuinfo.lines().filter(|line| line.starts_with("processor")).count(),
            kernel: kernel.trim().to_owned(),
            server,
            maypole: env!("CARGO_PKG_VERSION"),
        }
    }

    pub(crate) fn print(&self, options: &Options) {
        println!(
            "{} · {} x {} · Linux {} · server {}",
            self.date, self.cores, self.processor, self.kernel, self.server
        );
        println!("maypole {} · {} rounds after a warm-up, scale {}", self.maypole, options.rounds, options.scale);
        if self.cores < 2 {
            println!("one core: server and contender share it, latencies mean little");
        }
    }
}

/// Civil date of a day since 1970-01-01 (Howard Hinnant's algorithm).
fn date(days: u64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}
