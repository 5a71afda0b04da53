//! What is asked: nginx, or where it is not installed a thread for each connection.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// nginx's welcome page has so many bytes.
pub(crate) const BODY: usize = 612;

pub(crate) struct Server {
    child: Child,
    pub(crate) name: String,
    pub(crate) url: String,
    _directory: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn start() -> Result<Server, String> {
    let directory = tempfile::tempdir().map_err(|e| e.to_string())?;
    let version = ["nginx", "/usr/sbin/nginx"].into_iter().find_map(|program| {
        let output = Command::new(program).arg("-v").output().ok()?;
        Some((program, String::from_utf8_lossy(&output.stderr).trim().replace("nginx version: ", "")))
    });
    let (child, name, port) = match version {
        Some((program, version)) => nginx(program, version, directory.path())?,
        None => own()?,
    };
    let patience = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > patience {
            return Err(format!("{name} does not listen"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(Server { child, name, url: format!("http://127.0.0.1:{port}/"), _directory: directory })
}

fn nginx(program: &str, version: String, at: &std::path::Path) -> Result<(Child, String, u16), String> {
    let failed = |e: std::io::Error| e.to_string();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(failed)?.port();
    let root = at.display();
    let config = format!(
        "daemon off; master_process off; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
events {{ worker_connections 20000; }}
http {{
  access_log off; default_type text/plain; tcp_nodelay on; root {root}; index index.html;
  keepalive_requests 1000000000; keepalive_timeout 3600s; open_file_cache max=16;
  client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
  uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
  server {{ listen 127.0.0.1:{port} backlog=4096; }}
}}
"
    );
    fs::write(at.join("index.html"), "x".repeat(BODY)).map_err(failed)?;
    fs::write(at.join("nginx.conf"), config).map_err(failed)?;
    let mut command = Command::new(program);
    command.arg("-p").arg(at).arg("-c").arg(at.join("nginx.conf")).stdin(Stdio::null()).stderr(Stdio::null());
    Ok((command.spawn().map_err(failed)?, version, port))
}

fn own() -> Result<(Child, String, u16), String> {
    let binary = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut child = Command::new(binary).arg("serve").stdout(Stdio::piped()).spawn().map_err(|e| e.to_string())?;
    let mut line = String::new();
    let output = child.stdout.take().ok_or("no output of the server")?;
    BufReader::new(output).read_line(&mut line).map_err(|e| e.to_string())?;
    let port = line.trim().parse().map_err(|_| format!("not a port: {line:?}"))?;
    Ok((child, "of threads, since nginx is not installed".to_owned(), port))
}

/// Says its port, and answers for as long as it lives.
pub(crate) fn serve() -> Result<(), String> {
    crate::usage::raise_descriptor_limit();
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    println!("{}", listener.local_addr().map_err(|e| e.to_string())?.port());
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n{}", "x".repeat(BODY));
    for stream in listener.incoming().flatten() {
        let answer = answer.clone();
        std::thread::Builder::new()
            .stack_size(64 << 10)
            .spawn(move || converse(stream, answer.as_bytes()))
            .map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Requests here have no body and come one at a time.
fn converse(mut stream: TcpStream, answer: &[u8]) {
    let (mut head, mut piece) = (Vec::new(), [0; 1024]);
    while let Ok(n @ 1..) = stream.read(&mut piece) {
        head.extend_from_slice(&piece[..n]);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            if stream.write_all(answer).is_err() {
                return;
            }
        }
    }
}
