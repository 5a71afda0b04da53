//! What does not change while a run is shown.

use std::time::Duration;

use super::super::args::{End, Plan};
use super::super::units::{count, rate};

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
        let model = match &plan.pace {
            Some(pace) if pace.stages.is_empty() => format!("open model, {}/s", rate(pace.rate)),
            Some(pace) => format!("open model, {} per second", pace.text()),
            None => "closed model".to_owned(),
        };
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
