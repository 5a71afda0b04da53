//! The seconds of a run as a table.

use super::point::Point;
use super::report::Report;

/// The names of the columns of [`Point::to_csv`].
pub const CSV_HEAD: &str =
    "at_s,lasted_s,answers,errors,body_bytes,in_flight,p50_us,p90_us,p99_us,max_us,cpu_s,warm_up,opened";

impl Point {
    /// A row, without the end of the line; what is not known is left empty.
    pub fn to_csv(&self) -> String {
        let Self { answers, errors, body_bytes, in_flight, warm_up, .. } = self;
        let [at, lasted, cpu] = [self.at_s, self.lasted_s, self.cpu_s].map(|seconds| format!("{seconds:.3}"));
        let [p50, p90, p99, max] = [self.p50_us, self.p90_us, self.p99_us, self.max_us].map(f64::round);
        let opened = self.opened.map_or_else(String::new, |n| n.to_string());
        format!(
            "{at},{lasted},{answers},{errors},{body_bytes},{in_flight},{p50},{p90},{p99},{max},{cpu},{warm_up},{opened}"
        )
    }
}

impl Report {
    /// A row for each second, below [the names of the columns](CSV_HEAD). Whoever wants them as they come writes
    /// [`Point::to_csv`] in [`Load::on_tick`](crate::load::Load::on_tick).
    pub fn to_csv(&self) -> String {
        let mut table = format!("{CSV_HEAD}\n");
        for point in &self.series {
            table.push_str(&point.to_csv());
            table.push('\n');
        }
        table
    }
}
