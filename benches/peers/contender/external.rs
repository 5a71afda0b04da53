//! Contenders that are programs of their own: measured from outside (curl, wrk) or by themselves, printing the same
//! line of JSON (Go and Python, whose sources stand beside this directory).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::NOT_APPLICABLE;
use super::programs::{answers, finish, from_outside, installed, program};
use crate::job::{Job, Sample, Work};
use crate::payload;

const INSTALL: &str = "sh benches/install-peers.sh";

pub(crate) fn missing(name: &str) -> Option<String> {
    let found = match name {
        "go" => go_peer().is_some(),
        name if module(name).is_some() => python(name).is_some(),
        name => answers(Command::new(program(name)).arg("--version")),
    };
    (!found).then(|| format!("{INSTALL} {name}"))
}

pub(crate) fn version(name: &str) -> String {
    let output = match name {
        "go" => Command::new("go").arg("version").output(),
        name if module(name).is_some() => match python(name) {
            Some(python) => {
                let distribution = if name == "octopus" { "octopus-http" } else { name };
                let text = format!("import importlib.metadata as m; print(m.version('{distribution}'))");
                Command::new(python).args(["-c", &text]).output()
            }
            None => return String::new(),
        },
        "hey" => return package("hey"),
        name => Command::new(program(name)).arg("--version").output(),
    };
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().split(" (").next().unwrap_or_default().to_owned()
}

/// What Debian calls its version: the program does not say.
fn package(name: &str) -> String {
    let output = Command::new("dpkg-query").args(["-W", "-f", "${Package} ${Version}", name]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

pub(crate) fn run(name: &str, job: &Job) -> Result<Sample, String> {
    match (name, job.work) {
        ("curl", Work::Read) => curl(job, &["-o", "/dev/null"], &format!("200 {}", job.bytes)),
        ("curl", Work::Upload | Work::UploadChunked) => curl(job, &[], &format!("{}200 ", job.bytes)),
        ("curl" | "aria2c", Work::Download) => download(name, job),
        ("wrk", Work::Small) => wrk(job),
        ("go", _) => itself(&mut Command::new(go_peer().ok_or(NOT_APPLICABLE)?), job),
        (name, _) if module(name).is_some() => {
            let script = source(&format!("{}_peer.py", module(name).unwrap_or(name)));
            itself(Command::new(python(name).ok_or(NOT_APPLICABLE)?).arg(script), job)
        }
        _ => Err(NOT_APPLICABLE.to_owned()),
    }
}

/// A program that measures itself.
fn itself(command: &mut Command, job: &Job) -> Result<Sample, String> {
    let output = finish(command.arg(serde_json::to_string(job).map_err(|e| e.to_string())?))?;
    serde_json::from_slice(&output.stdout).map_err(|e| format!("its line of JSON: {e}"))
}

fn curl(job: &Job, more: &[&str], expected: &str) -> Result<Sample, String> {
    let mut command = Command::new("curl");
    command.args(["-sS", "-w", "%{http_code} %{size_download}"]).args(more).arg(&job.url);
    if let Some(authority) = &job.authority {
        command.arg("--cacert").arg(authority);
    }
    if let Some(file) = &job.file {
        // The answer to `Expect` is not what is measured.
        command.args(["-H", "Expect:", "-X", "POST", "-T"]);
        match job.work {
            Work::UploadChunked => command.arg("-").stdin(File::open(file).map_err(|e| e.to_string())?),
            _ => command.arg(file),
        };
    }
    let (output, sample) = from_outside(&mut command)?;
    let said = String::from_utf8_lossy(&output.stdout);
    match said.contains(expected) {
        true => Ok(Sample { requests: 1, bytes: job.bytes, ..sample }),
        false => Err(format!("it said {said:?} where {expected:?} was expected")),
    }
}

fn download(name: &str, job: &Job) -> Result<Sample, String> {
    let folder = job.folder()?;
    let file = folder.path().join("file");
    let mut command = Command::new(name);
    match name {
        "curl" => command.arg("-sS").arg("-o").arg(&file),
        _ => {
            let ranges = job.connections.to_string();
            command
                .args(["-q", "--no-conf", "-k1M", "-x", &ranges, "-s", &ranges, "-o", "file", "-d"])
                .arg(folder.path())
        }
    };
    let (_, sample) = from_outside(command.arg(&job.url))?;
    payload::check_file(&file, job.bytes)?;
    Ok(Sample { requests: 1, bytes: job.bytes, ..sample })
}

/// wrk counts by time: as many seconds as the others need for their requests, about.
fn wrk(job: &Job) -> Result<Sample, String> {
    let seconds = (job.count / 30_000).max(1).to_string();
    let mut command = Command::new("wrk");
    command.args(["-t1", "--latency", "-c", &job.connections.to_string(), "-d", &seconds, &job.url]);
    let (output, sample) = from_outside(&mut command)?;
    let said = String::from_utf8_lossy(&output.stdout);
    let word = |prefix: &str| said.lines().find_map(|line| line.trim().strip_prefix(prefix)).map(str::trim);
    let requests = said.lines().find_map(|line| line.split_once(" requests in ")?.0.trim().parse().ok());
    if let Some(errors) = word("Non-2xx or 3xx responses:").or_else(|| word("Socket errors:")) {
        return Err(format!("errors: {errors}"));
    }
    Ok(Sample {
        requests: requests.ok_or("no count in what it said")?,
        p50_micros: word("50%").and_then(micros),
        p99_micros: word("99%").and_then(micros),
        ..sample
    })
}

/// `34.00us`, `1.20ms`, `2.00s`.
fn micros(text: &str) -> Option<f64> {
    let scaled = |suffix, factor: f64| Some(text.strip_suffix(suffix)?.parse::<f64>().ok()? * factor);
    scaled("us", 1.0).or_else(|| scaled("ms", 1e3)).or_else(|| scaled("s", 1e6))
}

pub(super) fn source(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(file)
}

/// Built when its source is newer than what stands there.
fn go_peer() -> Option<PathBuf> {
    let (source, binary) = (source("go_peer.go"), installed("go_peer"));
    let modified = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    if modified(&binary).is_some_and(|built| Some(built) >= modified(&source)) {
        return Some(binary);
    }
    std::fs::create_dir_all(binary.parent()?).ok()?;
    let built = Command::new("go").arg("build").arg("-o").arg(&binary).arg(&source).stderr(Stdio::null()).status();
    built.is_ok_and(|status| status.success()).then_some(binary)
}

/// What a contender in Python imports.
fn module(name: &str) -> Option<&str> {
    match name {
        "geventhttpclient" | "aiohttp" | "octopus" => Some(name),
        "requests-futures" => Some("requests_futures"),
        _ => None,
    }
}

/// The virtual environment of install-peers.sh, or whatever `python3` has the module.
fn python(name: &str) -> Option<PathBuf> {
    let module = module(name)?;
    let candidates = [installed("venv/bin/python3"), PathBuf::from("python3")];
    let has = |python: &PathBuf| {
        let mut command = Command::new(python);
        command.args(["-c", &format!("import {module}")]).stderr(Stdio::null()).stdout(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    candidates.into_iter().find(has)
}
