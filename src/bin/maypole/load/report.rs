//! What a run came to, with what only the command knows about it.

use maypole::load::Stats;
use maypole::load::export::Report;

use super::args::Plan;
use super::run::Outcome;
use crate::system::peak_memory;

/// Below this share the machine had none left.
const IDLE_MACHINE: f64 = 0.05;

pub(super) fn report(plan: &Plan, url: &str, outcome: &Outcome, workers: usize) -> Report {
    let stats = &outcome.stats;
    let mut report = Report::new(url, stats);
    report.url = Some(url.to_owned());
    report.embedded_server = plan.is_embedded;
    report.warm_up_s = plan.warm_up.as_secs_f64();
    report.connections_opened = Some(outcome.opened);
    report.thresholds = plan.thresholds.iter().map(|threshold| threshold.judge(stats)).collect();
    if let (Some(schedule), Some(pace)) = (&mut report.schedule, &plan.pace) {
        pace.tell(schedule);
    }
    let client = &mut report.client;
    let [user, system] = [outcome.cpu.user, outcome.cpu.system].map(|time| time.as_secs_f64());
    client.workers = Some(workers);
    (client.cpu_user_s, client.cpu_system_s) = (Some(user), Some(system));
    client.cpu_us_per_answer = (report.answers > 0).then(|| (user + system) * 1e6 / report.answers as f64);
    client.cpu_cores = (user + system) / report.elapsed_s.max(f64::MIN_POSITIVE);
    client.peak_memory_bytes = peak_memory();
    report.series.clone_from(&outcome.series);
    report.warnings = doubts(&report, stats, outcome.machine_idle, workers);
    report
}

/// Why the figures may say more about this side than about the server.
fn doubts(report: &Report, stats: &Stats, machine_idle: Option<f64>, workers: usize) -> Vec<String> {
    if report.answers == 0 {
        return Vec::new();
    }
    let mut doubts = stats.doubts(workers);
    if machine_idle.is_some_and(|idle| idle < IDLE_MACHINE) {
        let rival = if report.embedded_server { "the embedded server" } else { "whatever else ran" };
        doubts.push(format!("No processor time was left: the client shared it with {rival}."));
    }
    doubts
}
