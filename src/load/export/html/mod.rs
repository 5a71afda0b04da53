//! One page with everything in it: no script, no file beside it, no network.
//!
//! ```text
//!   Report ─┬─▶ over_time ──── series ─┐
//!           ├─▶ over_latency ──────────┼─▶ chart ── axis ─┐
//!           └─▶ tables ────────────────┴──────────────────┴─▶ page
//!   Comparison ─▶ versus ───────────────────────────────────┘
//! ```

mod axis;
mod chart;
mod escape;
mod over_latency;
mod over_time;
mod page;
mod series;
mod single;
mod tables;
mod versus;
