//! The parts of the picture; each draws itself into its place.

pub(super) mod answers;
pub(super) mod chart;
pub(super) mod client;
pub(super) mod distribution;
pub(super) mod gauge;
pub(super) mod latency;
pub(super) mod lines;
mod paint;
