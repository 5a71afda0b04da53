//! The run itself: a load of the library, and what it cost on this side.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use maypole::HttpClient;
use maypole::error::Error;
use maypole::load::export::Point;
use maypole::load::{Load, Scenario, Snapshot, Stage, Stats, Tick};
use maypole::rt::CancelToken;

use super::args::{End, Plan};
use super::live;
use crate::system::{CpuTime, MachineTime};

/// A row of the table.
const TICK: Duration = Duration::from_secs(1);
/// How long answers that are not counted any more may take to come: the process would otherwise exit under coroutines
/// that are inside OpenSSL.
const LAST_ANSWERS: Duration = Duration::from_millis(100);

/// Everything that was measured.
pub(super) struct Outcome {
    pub(super) stats: Stats,
    pub(super) opened: u64,
    /// The run over time, with what the client's pool knows.
    pub(super) series: Vec<Point>,
    pub(super) cpu: CpuTime,
    pub(super) machine_idle: Option<f64>,
}

/// What the part of the run that counts has cost: read at each tick, the last of which is the end.
#[derive(Clone, Copy)]
struct Cost {
    cpu: (CpuTime, CpuTime),
    machine: (Option<MachineTime>, Option<MachineTime>),
}

impl Cost {
    fn now() -> Self {
        let (cpu, machine) = (CpuTime::now(), MachineTime::now());
        Self { cpu: (cpu, cpu), machine: (machine, machine) }
    }

    fn tick(&mut self, tick: &Tick) {
        let now = Self::now();
        if tick.warm_up {
            *self = now;
        }
        (self.cpu.1, self.machine.1) = (now.cpu.1, now.machine.1);
    }
}

/// Runs the plan to its end, which `interrupted` may bring forward.
pub(super) fn run(
    plan: &Plan,
    scenario: impl Scenario,
    client: &HttpClient,
    interrupted: &CancelToken,
    mut on_second: impl FnMut(&Point) + Send + 'static,
    on_look: impl FnMut(Snapshot) + Send + 'static,
) -> Result<Outcome, Error> {
    let cost = Arc::new(Mutex::new(Cost::now()));
    let series = Arc::new(Mutex::new(Vec::new()));
    let (ticking, points, pool) = (cost.clone(), series.clone(), client.clone());
    let (mut opened, mut since_start, warm_up) = (0, Duration::ZERO, plan.warm_up);
    let load = load(plan).cancel(interrupted).on_tick(TICK, move |tick| {
        ticking.lock().unwrap_or_else(PoisonError::into_inner).tick(tick);
        let mut point = Point::from(tick);
        if tick.warm_up {
            // A tick knows no time before the end of the warm-up.
            since_start += tick.lasted;
            point.at_s = ((since_start.as_secs_f64() - warm_up.as_secs_f64()) * 1e3).round().min(0.0) / 1e3;
        }
        let before = std::mem::replace(&mut opened, pool.stats().created);
        point.opened = Some(opened.saturating_sub(before));
        on_second(&point);
        points.lock().unwrap_or_else(PoisonError::into_inner).push(point);
    });
    let load = load.watch(live::EVERY, on_look);
    let stats = load.run(scenario)?;
    let Cost { cpu, machine } = *cost.lock().unwrap_or_else(PoisonError::into_inner);
    let machine_idle = machine.0.and_then(|earlier| machine.1?.idle_since(earlier));
    let series = std::mem::take(&mut *series.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Outcome { stats, opened: client.stats().created, series, cpu: cpu.1.since(cpu.0), machine_idle })
}

fn load(plan: &Plan) -> Load {
    let mut load = Load::new().users(plan.connections).grace(LAST_ANSWERS).warm_up(plan.warm_up).abandon_unfinished();
    load = match &plan.pace {
        Some(pace) => match pace.ramp_up {
            Some(time) => {
                let rate = pace.rate;
                load.stages(0.0, &[Stage { duration: time, rate }, Stage { duration: Duration::MAX, rate }])
            }
            None if pace.stages.is_empty() => load.rate(pace.rate),
            None => load.stages(pace.rate, &pace.held()),
        },
        None => load,
    };
    if let Some(time) = plan.max_late {
        load = load.max_late(time);
    }
    match plan.end {
        End::Requests(n) => load.iterations(n),
        End::Duration(time) => load.duration(time),
    }
}
