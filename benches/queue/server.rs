//! `maypole serve` as a child, on the first core.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::meter::on_first_core;

pub(crate) struct Server {
    child: Child,
    port: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maypole"));
        command.args(["serve", "--listen", "0.0.0.0:0", "--workers", "1", "--until-stdin-ends"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = on_first_core(|| command.spawn()).map_err(|e| e.to_string())?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no pipe to the server")?;
        BufReader::new(stdout).read_line(&mut line).map_err(|e| e.to_string())?;
        let port = line.trim().rsplit(':').next().unwrap_or_default().to_owned();
        Ok(Self { child, port })
    }

    pub(crate) fn port(&self) -> &str {
        &self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
