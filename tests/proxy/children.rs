//! Real proxies as children, each on a port of its own.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::peer::{authority, free_port, leaf, wait_until};

/// One proxy, ended with the test.
pub(crate) struct Real {
    child: Child,
    dir: tempfile::TempDir,
    pub(crate) port: u16,
    /// Of a second port, inside TLS.
    pub(crate) secure: u16,
}

/// The program, where it is installed; where it is not, that is said, and a failure where nothing may be skipped.
pub(crate) fn installed(names: &[&str]) -> Option<String> {
    let all =
        names.iter().flat_map(|name| ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map(|at| format!("{at}/{name}")));
    let found = all.into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "{} is not installed", names[0]);
        eprintln!("SKIPPED: {} is not installed (apt-get install {})", names[0], names[0]);
    }
    found
}

impl Real {
    fn start(program: String, arguments: impl Fn(&Path, u16, u16) -> Vec<String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Programs that give up their user have to read it.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        // Once more, if another program has taken a port that was free a moment ago.
        for _ in 0..5 {
            let (port, secure) = (free_port(), free_port());
            let mut command = Command::new(&program);
            command.args(arguments(dir.path(), port, secure));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            let mut ended = || child.try_wait().unwrap().is_some();
            let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
            wait_until(&format!("{program} to listen"), || ended() || listens());
            if !ended() {
                return Self { child, dir, port, secure };
            }
        }
        panic!("{program} does not start");
    }

    pub(crate) fn tinyproxy(user: bool) -> Option<Self> {
        let program = installed(&["tinyproxy"])?;
        Some(Self::start(program, |dir, port, _| {
            let auth = if user { "BasicAuth me secret\n" } else { "" };
            let text = format!("Port {port}\nListen 127.0.0.1\nTimeout 20\nLogLevel Critical\n{auth}");
            write(dir, "conf", &text);
            vec!["-d".into(), "-c".into(), path(dir, "conf")]
        }))
    }

    /// With a digest, and inside TLS at its second port, for `p.maypole.test`.
    pub(crate) fn squid(digest: bool) -> Option<Self> {
        let program = installed(&["squid"])?;
        Some(Self::start(program, |dir, port, secure| {
            write(dir, "users", "me:secret\n");
            write(dir, "cert.pem", &String::from_utf8([leaf().pem(), authority().0.pem()].concat()).unwrap());
            write(dir, "key.pem", &String::from_utf8(leaf().key_pem()).unwrap());
            let root = dir.display();
            let access = if digest {
                format!(
                    "auth_param digest program /usr/lib/squid/digest_file_auth {root}/users\n\
                     auth_param digest realm squid\nauth_param digest children 1\n\
                     acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n"
                )
            } else {
                "http_access allow all\n".into()
            };
            let text = format!(
                "http_port 127.0.0.1:{port}\n\
                 https_port 127.0.0.1:{secure} tls-cert={root}/cert.pem tls-key={root}/key.pem\n\
                 {access}cache deny all\npid_filename none\naccess_log none\ncache_log {root}/log\n\
                 coredump_dir {root}\nshutdown_lifetime 0 seconds\nvisible_hostname p.maypole.test\n\
                 pinger_enable off\nmax_filedescriptors 1024\nhosts_file {root}/hosts\n"
            );
            write(dir, "hosts", "127.0.0.1 localhost h.maypole.test\n");
            write(dir, "conf", &text);
            vec!["-N".into(), "-f".into(), path(dir, "conf")]
        }))
    }

    pub(crate) fn microsocks(user: bool) -> Option<Self> {
        let program = installed(&["microsocks"])?;
        Some(Self::start(program, |_, port, _| {
            let user: &[&str] = if user { &["-u", "me", "-P", "secret"] } else { &[] };
            let port = port.to_string();
            ["-i", "127.0.0.1", "-p", &port].iter().chain(user).map(|text| (*text).to_owned()).collect()
        }))
    }

    pub(crate) fn dante() -> Option<Self> {
        let program = installed(&["danted", "sockd"])?;
        Some(Self::start(program, |dir, port, _| {
            let root = dir.display();
            let text = format!(
                "logoutput: {root}/log\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.1\n\
                 clientmethod: none\nsocksmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\n\
                 client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\n\
                 socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 protocol: tcp }}\n"
            );
            write(dir, "conf", &text);
            vec!["-f".into(), path(dir, "conf"), "-p".into(), path(dir, "pid"), "-N".into(), "1".into()]
        }))
    }

    /// What it wrote to its own log, for messages.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        // Asked first: some have children of their own.
        Command::new("kill").arg(self.child.id().to_string()).status().ok();
        for _ in 0..200 {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn write(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(name), text).unwrap();
}

fn path(dir: &Path, name: &str) -> String {
    dir.join(name).display().to_string()
}
