//! Medians, a line for each contender.

use crate::job::Sample;

pub(crate) struct Row {
    pub(crate) pool: &'static str,
    pub(crate) name: &'static str,
    pub(crate) samples: Vec<Sample>,
}

impl Row {
    fn median(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        let mut figures: Vec<f64> = self.samples.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let middle = figures.len() / 2;
        if figures.len() % 2 == 1 { figures[middle] } else { (figures[middle - 1] + figures[middle]) / 2.0 }
    }
}

pub(crate) fn print(rows: &[Row]) {
    println!(
        "\n{:<8} {:<18} {:>8} {:>8} {:>11} {:>8} {:>8} {:>9} {:>7}",
        "idle", "", "wall s", "CPU s", "CPU us/GET", "p50 ms", "p99 ms", "peak MiB", "errors"
    );
    for row in rows {
        let per_get = row.median(|s| s.cpu_seconds * 1e6 / s.requests.max(1) as f64);
        println!(
            "{:<8} {:<18} {:>8.2} {:>8.2} {:>11.1} {:>8.1} {:>8.1} {:>9.1} {:>7}",
            row.pool,
            row.name,
            row.median(|s| s.wall_seconds),
            row.median(|s| s.cpu_seconds),
            per_get,
            row.median(|s| s.p50_micros.unwrap_or(0.0) / 1000.0),
            row.median(|s| s.p99_micros.unwrap_or(0.0) / 1000.0),
            row.median(|s| s.peak_kib as f64 / 1024.0),
            row.samples.iter().map(|s| s.errors).sum::<u64>(),
        );
    }
}
