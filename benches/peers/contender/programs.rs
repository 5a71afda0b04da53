//! Where other programs are, and running one while its cost is measured.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nix::sys::resource::UsageWho;

use crate::job::Sample;
use crate::usage::{self, Meter};

/// The whole life of a program counts, its start included.
pub(super) fn from_outside(command: &mut Command) -> Result<(Output, Sample), String> {
    let (meter, before) = (Meter::start(), usage::cpu(UsageWho::RUSAGE_CHILDREN));
    let output = finish(command)?;
    let cpu = usage::cpu(UsageWho::RUSAGE_CHILDREN) - before;
    let sample = meter.stop(0, 0, &crate::histogram::Histogram::new());
    let peak_kib = usage::children_peak_kib();
    Ok((output, Sample { cpu_seconds: cpu.as_secs_f64(), peak_kib, start_kib: 0, ..sample }))
}

pub(super) fn finish(command: &mut Command) -> Result<Output, String> {
    let output = command.stderr(Stdio::piped()).output().map_err(|e| e.to_string())?;
    let errors = String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(output),
        false => Err(errors.lines().last().unwrap_or("without a word").to_owned()),
    }
}

pub(super) fn answers(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// One that install-peers.sh has put into `target/peers/bin`, or whatever PATH has.
pub(super) fn program(name: &str) -> PathBuf {
    let own = installed("bin").join(name);
    if own.exists() { own } else { PathBuf::from(name) }
}

/// Where install-peers.sh puts things: beside the profile's directory that this binary stands in.
pub(super) fn installed(file: &str) -> PathBuf {
    let binary = std::env::current_exe().unwrap_or_default();
    let target = binary.ancestors().find(|path| path.file_name().is_some_and(|name| name == "target"));
    target.unwrap_or(Path::new("target")).join("peers").join(file)
}
