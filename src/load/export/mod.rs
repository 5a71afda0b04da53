//! A run as JSON, a table, or a page; saved runs read again and compared.
//!
//! ```text
//!   Stats ──▶ Report ──▶ to_json ──▶ a file ──▶ from_json ─┐
//!               │  ├───▶ to_csv                            ▼
//!               │  └───▶ to_html                       Comparison ──▶ to_html, to_json
//!               └─────────────────────────────────────────▲
//! ```
//!
//! ```
//! use maypole::load::export::Report;
//! use maypole::load::{Load, Sample, Turn};
//!
//! let stats = Load::new().users(2).iterations(50).run(|_: &mut Turn<'_>| {
//!     maypole::rt::sleep(std::time::Duration::from_millis(1));
//!     Ok(Sample::new())
//! })?;
//! let report = Report::new("one sleep", &stats).fact("kernel", "6.1");
//! let page: String = report.to_html(); // no file beside it, no network
//! let saved: String = report.to_json();
//! assert_eq!(Report::from_json(&saved)?.answers, 50);
//! # assert!(page.contains("one sleep"));
//! # Ok::<(), maypole::Error>(())
//! ```

mod compare;
mod csv;
mod distribution;
mod html;
mod json;
mod noise;
mod point;
mod report;
pub mod units;

pub use compare::{Comparison, Difference, Judgement};
pub use csv::CSV_HEAD;
pub use distribution::{Bar, Bin, Distribution, Quantile};
pub use point::Point;
pub use report::{Client, Entry, Fact, Failed, PhaseTime, Report, Schedule, StageTime, Verdict};
