//! The command at full rate for a minute: how its memory goes, and whether it counts what nginx counts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{NOT_APPLICABLE, load};
use crate::job::{Job, Sample};

/// How often the child's memory is looked at.
const EVERY: Duration = Duration::from_millis(500);

/// `start_kib` is what it has after a sixth of the run, when everything has been used that will be.
pub(super) fn run(job: &Job) -> Result<Sample, String> {
    let before = counted(job.address)?;
    let mut command = Command::new(load::command().ok_or(NOT_APPLICABLE)?);
    command.args(load::maypole_arguments(job)).stdout(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    let settled = Duration::from_secs(job.seconds) / 6;
    let mut sample = Sample::default();
    while child.try_wait().map_err(|e| e.to_string())?.is_none() {
        let kib = resident_kib(child.id());
        if started.elapsed() < settled {
            sample.start_kib = kib.max(sample.start_kib);
        }
        sample.peak_kib = kib.max(sample.peak_kib);
        std::thread::sleep(EVERY);
    }
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    let sample = load::maypole_said(&output.stdout, sample)?;
    // The second look at the count is in the count.
    let server = counted(job.address)? - before - 1;
    let cpu = crate::usage::cpu(nix::sys::resource::UsageWho::RUSAGE_CHILDREN);
    Ok(Sample { cpu_seconds: cpu.as_secs_f64(), errors: sample.errors + lost(server, &sample, job)?, ..sample })
}

/// Those under way at the end are nginx's, and nobody else's.
fn lost(server: u64, sample: &Sample, job: &Job) -> Result<u64, String> {
    let seen = sample.requests + sample.errors;
    let more = server.checked_sub(seen).ok_or_else(|| format!("{seen} answers to {server} requests"))?;
    eprintln!("{server} requests at nginx, {seen} of them counted");
    Ok(more.saturating_sub(job.connections as u64))
}

fn counted(nginx: SocketAddr) -> Result<u64, String> {
    let mut said = String::new();
    let asked = TcpStream::connect(nginx).and_then(|mut stream| {
        stream.write_all(b"GET /status HTTP/1.0\r\n\r\n")?;
        stream.read_to_string(&mut said)
    });
    asked.map_err(|e| format!("nginx's count: {e}"))?;
    let line = said.split("handled requests").nth(1).and_then(|rest| rest.trim_start().lines().next());
    let count = line.and_then(|line| line.split_whitespace().nth(2)?.parse().ok());
    count.ok_or_else(|| "nginx's count is not there".to_owned())
}

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
