//! A real nginx, and curl as what has begun a file.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use maypole::HttpClient;
use maypole::download::Download;

use crate::peer::{on_both, wait_until};
use crate::site::bytes;

struct Nginx {
    child: Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    /// `None` where nginx is not installed, which is said, and is a failure where nothing may be skipped.
    fn start(body: &[u8]) -> Option<Self> {
        let found = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        });
        let Some(program) = found else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "nginx is not installed");
            eprintln!("SKIPPED: nginx is not installed (apt-get install nginx)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("www")).unwrap();
        fs::write(dir.path().join("www/f"), body).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = dir.path().display();
        let config = format!(
            "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log; events {{ }}
             http {{ access_log off; client_body_temp_path {root}/b; proxy_temp_path {root}/p;
               fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
               server {{ listen 127.0.0.1:{port}; root {root}/www; }} }}"
        );
        let file = dir.path().join("nginx.conf");
        fs::write(&file, config).unwrap();
        let child = Command::new(program).arg("-c").arg(file).stderr(Stdio::null()).spawn().unwrap();
        wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Self { child, dir, port })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master ends the workers only when it is asked to.
        Command::new("kill").arg(self.child.id().to_string()).status().ok();
        self.child.wait().ok();
    }
}

#[test]
fn nginx_serves_whole_files_and_pieces_and_what_was_begun() {
    let body = bytes(12 << 20);
    let Some(nginx) = Nginx::start(&body) else { return };
    let (url, root) = (format!("http://127.0.0.1:{}/f", nginx.port), nginx.dir.path().to_owned());
    let check = move || {
        let client = HttpClient::builder().max_per_host(8).build().unwrap();
        let dir = tempfile::tempdir_in(&root).unwrap();
        let target = dir.path().join("f");
        for connections in [1, 8] {
            let report = Download::new(&client, &url).to(&target).connections(connections).run().unwrap();
            assert_eq!(report.connections, connections);
            assert!(fs::read(&target).unwrap() == body);
            fs::remove_file(&target).unwrap();
        }
        let begun = Command::new("curl").args(["-s", "-r", "0-4999999", "-o"]).arg(&target).arg(&url).status();
        if begun.is_ok_and(|status| status.success()) {
            let report = Download::new(&client, &url).to(&target).adopt(true).connections(4).run().unwrap();
            assert!(fs::read(&target).unwrap() == body);
            assert_eq!((report.resumed, report.received), (5_000_000, (12 << 20) - 5_000_000));
            let again = Download::new(&client, &url).to(&target).adopt(true).run().unwrap();
            assert_eq!((again.received, fs::read_dir(dir.path()).unwrap().count()), (0, 1));
        }
    };
    on_both(check);
}
