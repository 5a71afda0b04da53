//! nginx with `gzip on`, and curl beside us: the same server, the same options, the same bytes.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use maypole::HttpClient;

use crate::peer::{on_both, wait_until};

struct Nginx {
    child: Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    /// `None` where nginx is not installed, which is said, and is a failure where nothing may be skipped.
    fn start() -> Option<Self> {
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        });
        let Some(program) = program else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "nginx is not installed");
            eprintln!("SKIPPED: nginx is not installed (apt-get install nginx)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("www")).unwrap();
        fs::write(at("www/page.html"), page()).unwrap();
        fs::write(at("www/small.html"), "<p>small</p>").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = dir.path().display();
        let config = format!(
            "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
             events {{ worker_connections 256; }}
             http {{ access_log off; types {{ text/html html; }} gzip on; gzip_min_length 100; charset utf-8;
               client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
               uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
               server {{ listen 127.0.0.1:{port}; root {root}/www; }} }}"
        );
        fs::write(at("nginx.conf"), config).unwrap();
        let child = Command::new(program).arg("-c").arg(at("nginx.conf")).stderr(Stdio::null()).spawn().unwrap();
        wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Self { child, dir, port })
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What curl makes of it; `None` where curl is not installed.
    fn curl(&self, options: &[&str], path: &str) -> Option<Vec<u8>> {
        let file = self.dir.path().join("curl");
        let ran = Command::new("curl").args(["-s", "-o"]).arg(&file).args(options).arg(self.url(path)).status();
        if ran.is_err() {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "curl is not installed");
            eprintln!("SKIPPED: curl is not installed (apt-get install curl)");
            return None;
        }
        fs::read(file).ok()
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

fn page() -> String {
    (0..20_000).map(|n| format!("<li>entry {n} of a list that nginx packs: grün</li>\n")).collect()
}

#[test]
fn nginx_packs_and_curl_agrees() {
    let Some(nginx) = Nginx::start() else { return };
    let curled = nginx.curl(&["--compressed"], "/page.html");
    let packed = nginx.curl(&["-H", "Accept-Encoding: gzip"], "/page.html");
    let url = nginx.url("/page.html");
    on_both(move || {
        let client = HttpClient::new().unwrap();
        for turn in 0..5 {
            let response = client.get(&url).send().unwrap();
            assert_eq!((response.header("content-encoding"), response.is_reused()), (Some("gzip"), turn > 0));
            let body = response.text().unwrap();
            assert!(body == page() && curled.as_ref().is_none_or(|curled| body.as_bytes() == curled));
        }
        let lines = client.get(&url).send().unwrap().lines().map(Result::unwrap).count();
        assert_eq!(lines, 20_000);
        let own = client.get(&url).header("Accept-Encoding", "gzip").send().unwrap().bytes().unwrap();
        assert!(packed.as_ref().is_none_or(|packed| own == *packed), "a line of one's own: raw, as with curl");
        assert!(client.get(&url).send().unwrap().raw().unwrap().bytes().unwrap() == own);
        let small = client.get(url.replace("page", "small")).send().unwrap();
        assert_eq!((small.is_decoded(), small.content_length(), small.text().unwrap().len()), (false, Some(12), 12));
        let part = client.get(&url).header("Range", "bytes=4-8").send().unwrap();
        assert_eq!((part.status(), part.text().unwrap().as_str()), (206, "entry"));
        assert_eq!(client.head(&url).send().unwrap().bytes().unwrap().len(), 0);
    });
}
