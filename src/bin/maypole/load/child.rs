//! The embedded server in a child process of its own, so that its cost does not count as the client's.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A running `maypole serve`; dropping it ends the process.
pub(super) struct EmbeddedServer {
    child: Child,
    url: String,
}

impl EmbeddedServer {
    /// Starts it on a free loopback port and waits for its ready line.
    pub(super) fn start(workers: u16) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        // The pipe to its standard input is what ties it to this process: it ends when the pipe does, even after SIGKILL.
        command.args(["serve", "--until-stdin-ends", "--workers", &workers.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = Self { child: command.spawn()?, url: String::new() };
        let mut line = String::new();
        if let Some(out) = server.child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        match line.trim_end().strip_prefix("listening on ") {
            Some(url) => server.url = format!("{url}/"),
            None => return Err(io::Error::other("the embedded server ended before it was ready")),
        }
        Ok(server)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for EmbeddedServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
