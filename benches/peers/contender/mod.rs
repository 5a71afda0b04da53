//! One contender does one job in a process of its own and prints a line of JSON.

mod async_tasks;
mod external;
mod floor;
mod floor_poll;
mod hyper;
mod load;
mod maypole;
mod programs;
mod reqwest;
mod soak;
mod tally;
mod ureq;

use crate::job::{Job, Sample, Work};
use crate::usage;

/// Says so when a contender has no way to do a job.
pub(crate) const NOT_APPLICABLE: &str = "does not do this";

pub(crate) fn main(arguments: &[String]) -> Result<(), String> {
    let [name, core, job] = arguments else { return Err("contender NAME CORE JOB".to_owned()) };
    let job: Job = serde_json::from_str(job).map_err(|e| e.to_string())?;
    usage::pin(core.parse().map_err(|_| "CORE is a number")?)?;
    usage::raise_descriptor_limit();
    let sample = run(name, &job)?;
    println!("{}", serde_json::to_string(&sample).map_err(|e| e.to_string())?);
    Ok(())
}

fn run(name: &str, job: &Job) -> Result<Sample, String> {
    match (job.work, name) {
        (Work::Soak, _) => return soak::run(job),
        (Work::Load | Work::Stalled, _) => return load::run(name, job),
        _ => {}
    }
    match name {
        "floor" => floor::run(job),
        "maypole" => maypole::run(job),
        "hyper" => hyper::run(job),
        "reqwest" => reqwest::run(job),
        "ureq" => ureq::run(job),
        _ => external::run(name, job),
    }
}

/// Why a contender cannot run here and what installs it; `None` when it can.
pub(crate) fn missing(name: &str, work: Work) -> Option<String> {
    match name {
        "maypole" if matches!(work, Work::Load | Work::Stalled | Work::Soak) => load::missing(),
        "floor" | "maypole" | "hyper" | "reqwest" | "ureq" => None,
        _ => external::missing(name),
    }
}

pub(crate) fn version(name: &str) -> String {
    match name {
        "floor" | "maypole" => env!("CARGO_PKG_VERSION").to_owned(),
        "hyper" | "reqwest" | "ureq" => locked_version(name),
        _ => external::version(name),
    }
}

/// From the lock file that this binary was built with.
fn locked_version(name: &str) -> String {
    let lock = include_str!("../../../Cargo.lock");
    let entry = format!("\nname = \"{name}\"\nversion = \"");
    let rest = lock.split_once(&entry).map_or("", |(_, rest)| rest);
    rest.split('"').next().unwrap_or_default().to_owned()
}
