//! Against a real nginx with entity tags and `expires`.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use maypole::client::{Cache, CacheMode, CacheStatus::*};

use crate::peer::wait_until;
use crate::{get, memory, read, with};

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
        fs::create_dir(dir.path().join("www")).unwrap();
        for name in ["fresh", "stale", "packed.txt", "large", "plain"] {
            fs::write(dir.path().join("www").join(name), name.repeat(20_000)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = dir.path().display();
        let config = format!(
            "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log;
             events {{ worker_connections 64; }}
             http {{ access_log {root}/access.log; types {{ text/plain txt; }}
               client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f;
               uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
               server {{ listen 127.0.0.1:{port}; root {root}/www; etag on;
                 location /fresh {{ expires 1h; }}
                 location /large {{ expires 1h; }}
                 location /stale {{ expires -1; }}
                 location /packed.txt {{ gzip on; gzip_types text/plain; gzip_vary on; expires 1h; }} }} }}"
        );
        fs::write(dir.path().join("nginx.conf"), config).unwrap();
        let child = Command::new(program).arg("-c").arg(dir.path().join("nginx.conf")).stderr(Stdio::null()).spawn();
        let nginx = Self { child: child.unwrap(), dir, port };
        wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(nginx)
    }

    fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
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
fn c394_a_real_server() {
    let Some(nginx) = Nginx::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    for cache in [memory(), Cache::disk(folder.path(), 64 << 20).unwrap()] {
        let client = with(&cache.max_object(1 << 20));
        let ask = |name: &str| {
            let (status, body) = get(&client, &nginx.url(name));
            assert!(body == name.repeat(20_000), "{name}");
            status
        };
        assert_eq!(["fresh", "fresh"].map(ask), [Miss, Hit]);
        assert_eq!(["large", "large"].map(ask), [Miss, Hit]);
        // `no-cache`, and an entity tag to ask by.
        assert_eq!(["stale", "stale", "stale"].map(ask), [Miss, Revalidated, Revalidated]);
        let changed = nginx.dir.path().join("www/stale");
        fs::write(&changed, "changed").unwrap();
        assert_eq!(get(&client, &nginx.url("stale")), (Replaced, "changed".into()));
        fs::write(&changed, "stale".repeat(20_000)).unwrap();
        // Without a word about freshness the file's age decides, and it has just been made.
        assert_eq!(ask("plain"), Miss);
        assert!(matches!(ask("plain"), Revalidated | Hit));
        // Coded and not coded are two answers.
        let packed = |coding: &str| {
            let request = client.get(nginx.url("packed.txt")).header("Accept-Encoding", coding);
            read_coded(request.send().unwrap())
        };
        assert_eq!(packed("gzip"), (Miss, true));
        assert_eq!(packed("identity"), (Miss, false));
        assert_eq!(packed("gzip"), (Hit, true));
        assert_eq!(packed("identity"), (Hit, false));
        // What is kept is coded, and decoded each time.
        assert_eq!(["packed.txt", "packed.txt"].map(ask), [Miss, Hit]);
        let reloaded = client.get(nginx.url("fresh")).cache_mode(CacheMode::NoCache).send().unwrap();
        assert_eq!(read(reloaded).0, Revalidated);
    }
}

fn read_coded(response: maypole::Response) -> (maypole::client::CacheStatus, bool) {
    let found = (response.cache_status().unwrap(), response.headers().contains("Content-Encoding"));
    response.bytes().unwrap();
    found
}
