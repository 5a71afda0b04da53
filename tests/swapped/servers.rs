//! Real servers as children, each on a port of its own and in a folder of its own.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::crowd::pinned;
use crate::peer::{authority, leaf};

/// One server, ended with the test, and with this process.
pub(crate) struct Server {
    child: Child,
    dir: tempfile::TempDir,
    pub(crate) port: u16,
}

/// The program, where it is installed; where it is not, that is said, and a failure where nothing may be skipped.
pub(crate) fn installed(program: &str, package: &str, at: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    let found = at.into_iter().map(|folder| folder.join(program)).find(|path| path.exists());
    if found.is_none() {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "{program} is not installed");
        eprintln!("SKIPPED: {program} is not installed (apt-get install {package})");
    }
    found
}

/// Where programs are.
pub(crate) fn folders() -> Vec<PathBuf> {
    ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map(PathBuf::from).into()
}

/// In a temporary folder: the certificate of the test's authority, and a key and certificate for 127.0.0.1.
pub(crate) fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("authority.pem"), authority().0.pem()).unwrap();
    fs::write(dir.path().join("cert.pem"), [leaf().pem(), authority().0.pem()].concat()).unwrap();
    fs::write(dir.path().join("key.pem"), leaf().key_pem()).unwrap();
    dir
}

/// A command that ends when this process does, on the servers' half of the processors.
pub(crate) fn bound(signal: &str, program: &Path) -> Command {
    let mut command = pinned(false, Path::new("setpriv"));
    command.args(["--pdeathsig", signal]).arg("--").arg(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Server {
    /// Starts it and waits until it listens at all of its ports, of which the first one is plain.
    pub(crate) fn start(mut command: Command, dir: tempfile::TempDir, ports: &[u16]) -> Self {
        let mut this = Self { child: command.spawn().unwrap(), dir, port: ports[0] };
        let start = Instant::now();
        while ports.iter().any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()) {
            assert!(start.elapsed() < Duration::from_secs(60), "{command:?} does not listen");
            let ended = this.child.try_wait().unwrap();
            assert!(ended.is_none(), "{command:?} ended: {ended:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        this
    }

    /// The file with the certificate that its clients should trust.
    pub(crate) fn authority(&self) -> String {
        self.path("authority.pem")
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first: some have children of their own.
        Command::new("kill").args(["-s", "INT", &self.child.id().to_string()]).status().ok();
        for _ in 0..500 {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
