//! nginx with one worker, no log and connections that live as long as the run.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Server, certificate, failed};

pub(crate) struct Nginx {
    plain: Server,
    secure: SocketAddr,
}

const CONFIG: &str = "nginx.conf";

/// `nginx 1.22.1`, when it is installed.
pub(crate) fn version() -> Option<String> {
    let output = Command::new("nginx").arg("-v").output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.trim().strip_prefix("nginx version: ").map(|version| version.replace('/', " "))
}

impl Nginx {
    pub(crate) fn start(directory: &Path) -> Result<Self, String> {
        certificate::write(directory)?;
        let (plain, secure) = (free_port()?, free_port()?);
        let config = configuration(directory, plain, secure);
        std::fs::write(directory.join(CONFIG), config).map_err(failed(CONFIG))?;
        let child = super::again(&["nginx", &directory.to_string_lossy()])?;
        let nginx = Self { plain: Server { child, address: plain }, secure };
        wait_until_listening(secure, directory)?;
        Ok(nginx)
    }

    pub(crate) fn address(&self, tls: bool) -> SocketAddr {
        match tls {
            true => self.secure,
            false => self.plain.address,
        }
    }
}

/// In a process of our own, because nginx itself would outlive a bench that is killed.
pub(crate) fn keep(directory: &str) -> Result<(), String> {
    let mut command = Command::new("nginx");
    command.args(["-p", directory, "-c"]).arg(Path::new(directory).join(CONFIG));
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().map_err(failed("nginx"))?;
    super::wait_for_end_of_input();
    // Both fail only when it has ended already.
    let _ = child.kill();
    let _ = child.wait();
    Ok(())
}

/// Sessions are not resumed, neither by ticket nor by cache: each new connection costs everybody a full handshake.
fn configuration(directory: &Path, plain: SocketAddr, secure: SocketAddr) -> String {
    let at = directory.display();
    let (chain, key) = (certificate::CHAIN, certificate::KEY);
    format!(
        "daemon off; master_process off; worker_processes 1; pid {at}/nginx.pid; error_log {at}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; default_type text/plain; sendfile on; tcp_nodelay on; root {at}; index index.html;
  keepalive_requests 1000000000; keepalive_timeout 3600s; open_file_cache max=16;
  client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;
  uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;
  server {{ listen {plain} backlog=16384; location = /status {{ stub_status; }} }}
  server {{
    listen {secure} ssl backlog=4096; ssl_certificate {at}/{chain}; ssl_certificate_key {at}/{key};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_tickets off;
  }}
}}
"
    )
}

fn free_port() -> Result<SocketAddr, String> {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(failed("free port"))
}

fn wait_until_listening(address: SocketAddr, directory: &Path) -> Result<(), String> {
    let patience = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(address).is_err() {
        if Instant::now() > patience {
            let log = std::fs::read_to_string(directory.join("error.log")).unwrap_or_default();
            return Err(format!("nginx did not start: {}", log.trim()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
