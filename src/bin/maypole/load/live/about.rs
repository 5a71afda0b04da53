//! What does not change while a run is shown.

use std::time::Duration;

use maypole::load::export::Schedule;

use super::super::args::{End, Plan};
use super::super::units::count;

#[derive(Clone, Debug)]
pub(in crate::load) struct About {
    pub(super) url: String,
    /// The model in a few words.
    pub(super) model: String,
    pub(super) connections: u64,
    pub(super) is_open: bool,
    pub(super) requests: Option<u64>,
    pub(super) duration: Option<Duration>,
    pub(super) warm_up: Duration,
    /// Cores that the workers can use.
    pub(super) cores: usize,
}

impl About {
    pub(in crate::load) fn new(plan: &Plan, url: &str, workers: usize) -> Self {
        let (requests, duration) = match plan.end {
            End::Requests(n) => (Some(n), None),
            End::Duration(time) => (None, Some(time)),
        };
        let pace = plan.pace.as_ref().and_then(|pace| {
            let mut schedule = Schedule::default();
            pace.tell(&mut schedule);
            schedule.pace()
        });
        let model = pace.map_or_else(|| "closed model".to_owned(), |pace| format!("open model, {pace}"));
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(workers);
        Self {
            url: format!("{url}{}", if plan.is_embedded { " (embedded)" } else { "" }),
            model,
            connections: plan.connections as u64,
            is_open: plan.pace.is_some(),
            requests,
            duration,
            warm_up: plan.warm_up,
            cores,
        }
    }

    /// `50 connections`.
    pub(super) fn connections(&self) -> String {
        format!("{} connection{}", count(self.connections), if self.connections == 1 { "" } else { "s" })
    }
}
