//! Running the binary and looking at what it said.

// Each test binary uses its own part of this.
#![allow(dead_code, unreachable_pub)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { code: output.status.code().unwrap_or(-1), out: output.stdout, err }
    }

    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }
}

const PROXIES: [&str; 7] =
    ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];

pub fn maypole() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maypole"));
    // A proxy or a colour setting of the machine is not part of the test.
    command.env_remove("NO_COLOR").stdin(Stdio::null());
    for name in PROXIES {
        command.env_remove(name);
    }
    command
}

/// Runs `maypole` to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    Ran::of(maypole().args(arguments).output().unwrap())
}

/// Runs `maypole` with something on its standard input.
pub fn run_with_input(arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = maypole();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that ends without reading all of it is for the test to judge.
    child.stdin.take().unwrap().write_all(input).ok();
    Ran::of(child.wait_with_output().unwrap())
}

/// curl, where it is installed; tests that compare with it say so and pass without it, unless nothing may be skipped.
pub fn curl(arguments: &[&str]) -> Option<Ran> {
    let mut command = Command::new("curl");
    for name in PROXIES {
        command.env_remove(name);
    }
    match command.args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => Some(Ran::of(output)),
        Err(_) => {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "curl is not installed");
            eprintln!("SKIPPED: curl is not installed (apt-get install curl)");
            None
        }
    }
}

/// A running `maypole serve`; dropping it ends it.
pub struct Serving {
    child: Child,
    pub url: String,
}

impl Serving {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    pub fn start_with(arguments: &[&str]) -> Self {
        let mut child = maypole().arg("serve").args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ").expect("a ready line").to_owned();
        Self { child, url }
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub fn authority(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
