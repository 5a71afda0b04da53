//! A real nginx, as a child of the test.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::body::wait_until;
use super::certs::leaf;
use super::process::free_port;

/// Serves a folder on a plain and on a TLS port; ended when it is dropped.
pub struct Nginx {
    child: Child,
    /// Holds `www`, what it serves.
    pub dir: tempfile::TempDir,
    pub port: u16,
    pub secure: u16,
}

impl Nginx {
    /// With these files under `www`, and these lines in its `http` and its `server` block, `ROOT` being its folder. `None`
    /// where nginx is not installed, which is said, and is a failure where nothing may be skipped.
    pub fn start(files: &[(&str, &[u8])], http: &str, server: &str) -> Option<Self> {
        let program = installed()?;
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("www")).unwrap();
        for (name, bytes) in files {
            fs::write(at("www").join(name), bytes).unwrap();
        }
        fs::write(at("cert.pem"), leaf().pem()).unwrap();
        fs::write(at("key.pem"), leaf().key_pem()).unwrap();
        // Its worker is another user, who must get to the files.
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Once more, if another program has taken a port that was free a moment ago.
        for _ in 0..5 {
            let (port, secure) = (free_port(), free_port());
            fs::write(at("nginx.conf"), config(dir.path(), [port, secure], http, server)).unwrap();
            let mut command = Command::new(program);
            let mut child = command.arg("-c").arg(at("nginx.conf")).stderr(Stdio::null()).spawn().unwrap();
            let mut ended = || child.try_wait().unwrap().is_some();
            // Written when it listens, whoever else does so.
            wait_until("nginx to listen", || at("pid").exists() || ended());
            if !ended() {
                return Some(Self { child, dir, port, secure });
            }
        }
        panic!("nginx does not start: {}", fs::read_to_string(at("error.log")).unwrap_or_default());
    }

    /// A path of it on the plain port.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Plain, and over TLS.
    pub fn urls(&self, path: &str) -> [String; 2] {
        [format!("http://localhost:{}{path}", self.port), format!("https://localhost:{}{path}", self.secure)]
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master ends the workers only when it is asked to.
        let quit = Command::new("kill").arg(self.child.id().to_string()).status();
        if !quit.is_ok_and(|status| status.success()) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

fn config(root: &Path, [port, secure]: [u16; 2], http: &str, server: &str) -> String {
    let config = format!(
        "daemon off; worker_processes 1; pid ROOT/pid; error_log ROOT/error.log;
         events {{ worker_connections 4096; }}
         http {{ access_log off; client_max_body_size 0; keepalive_requests 1000000;
           client_body_temp_path ROOT/b; proxy_temp_path ROOT/p; fastcgi_temp_path ROOT/f;
           uwsgi_temp_path ROOT/u; scgi_temp_path ROOT/s; {http}
           server {{ listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{secure} ssl backlog=4096;
             ssl_certificate ROOT/cert.pem; ssl_certificate_key ROOT/key.pem; root ROOT/www; {server} }} }}"
    );
    config.replace("ROOT", &root.display().to_string())
}

fn installed() -> Option<&'static str> {
    let found = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
        Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    });
    if found.is_none() {
        assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "nginx is not installed");
        eprintln!("SKIPPED: nginx is not installed (apt-get install nginx)");
    }
    found
}
