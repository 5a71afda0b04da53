//! Through a reverse proxy of nginx.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::peer::wait_until;
use crate::site::{Site, batch, ok};

struct Nginx {
    child: Child,
    _dir: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    /// Before `origin`. `None` where nginx is not installed, which is said, and is a failure where nothing may be skipped.
    fn before(origin: &str) -> Option<Self> {
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        });
        let Some(program) = program else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "nginx is not installed");
            eprintln!("SKIPPED: nginx is not installed (apt-get install nginx)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = dir.path().display();
        let config = format!(
            "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
             events {{ worker_connections 256; }}
             http {{ access_log off; client_max_body_size 0;
               client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
               uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
               server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {origin}; }} }} }}"
        );
        fs::write(dir.path().join("nginx.conf"), config).unwrap();
        let config = dir.path().join("nginx.conf");
        let child = Command::new(program).arg("-c").arg(config).stderr(Stdio::null()).spawn().unwrap();
        wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Self { child, _dir: dir, port })
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

#[test]
fn q176_q177_forms_and_pages_through_a_reverse_proxy() {
    let site = Site::start(|request, responder| responder.reply(ok(&request.body.len().to_string())));
    let Some(nginx) = Nginx::before(&site.url("")) else { return };
    let (batch, kept) = batch(2);
    let (url, value) = (format!("http://127.0.0.1:{}/", nginx.port), "x".repeat(105_533));
    for _ in 0..5 {
        batch.post_form(&url, [("a", &value)]).queue().unwrap();
        batch.get(&url).queue().unwrap();
    }
    let report = batch.fetch_all();
    assert_eq!((report.statuses[&200], report.requests), (10, 10));
    for outcome in kept.take() {
        let posted = outcome.meta().req_method().unwrap().as_str() == "POST";
        assert_eq!(outcome.text(), if posted { "105535" } else { "0" });
    }
    let sent = format!("a={value}").into_bytes();
    let bodies: Vec<_> =
        site.requests().into_iter().map(|request| request.body).filter(|body| !body.is_empty()).collect();
    assert!(bodies.len() == 5 && bodies.iter().all(|body| *body == sent));
    drop(nginx);
    site.end(batch, &kept);
}
